import { afterAll, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";
import { sharedWordPress, withoutWordPress } from "../wordpress.ts";

afterAll(removeTempDirs);

describe.skipIf(withoutWordPress)("an Editor", () => {
  it("pulls and publishes pages although WordPress hides the privacy policy from them", async () => {
    const { url, users, php } = await sharedWordPress();
    const connection = {
      platform: "wordpress",
      url,
      auth: "app-password",
      username: "ed",
      password: users.ed,
    };
    const editor = bench({ env: { AINSTEIN_CONNECTION_WP: JSON.stringify(connection) } });
    expect(await php("echo get_post_status(get_option('wp_page_for_privacy_policy'));")).toBe("draft");
    const pulled = await editor.run(pull, [], { target: ["wp"], kind: ["page"] });
    expect(pulled.fault).toBeUndefined();
    expect(pulled.exit).toBe(0);
    editor.write("about-editors.md", "---\ntitle: About editors\nkind: page\n---\n\nText.\n");
    const sent = await editor.run(publish, ["about-editors.md"], { target: ["wp"] });
    expect(sent.summary).toMatchObject({ created: 1, failed: 0, verified: 1 });
  });
});
