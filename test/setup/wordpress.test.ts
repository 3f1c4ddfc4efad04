import { describe, expect, it } from "vitest";
import { sharedWordPress, withoutWordPress } from "../wordpress.ts";

describe.skipIf(withoutWordPress)("the WordPress that tests share", () => {
  it("is one and the same for everybody who asks", async () => {
    const [first, second] = await Promise.all([sharedWordPress(), sharedWordPress()]);
    expect(second.url).toBe(first.url);
  });

  it("lets every role in with its application password", async () => {
    const { api, users } = await sharedWordPress();
    for (const [login, role] of [
      ["admin", "administrator"],
      ["ed", "editor"],
      ["auth", "author"],
      ["contrib", "contributor"],
      ["sub", "subscriber"],
    ] as const) {
      const authorization = `Basic ${Buffer.from(`${login}:${users[login]}`).toString("base64")}`;
      const answer = await fetch(`${api}/wp/v2/users/me?context=edit`, { headers: { authorization } });
      expect(await answer.json()).toMatchObject({ slug: login, roles: [role] });
    }
  });

  it("runs PHP inside, and throws what PHP says when that fails", async () => {
    const { php } = await sharedWordPress();
    expect(await php("echo get_userdata(1)->user_login;")).toBe("admin");
    await expect(php("no_such_function();")).rejects.toThrow("no_such_function");
  });
});
