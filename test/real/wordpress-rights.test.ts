import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { sync } from "../../src/commands/sync.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";
import { sharedWordPress, withoutWordPress } from "../wordpress.ts";

afterAll(removeTempDirs);

describe.skipIf(withoutWordPress)("a user whose rights were taken away", () => {
  it("removes neither entries nor files of what the site no longer shows them", async () => {
    const { url, users, php } = await sharedWordPress();
    const as = (username: "admin" | "auth") => {
      const connection = { platform: "wordpress", url, auth: "app-password", username };
      return { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: users[username] }) };
    };
    const operator = bench({ env: as("admin") });
    const names = ["rights-one", "rights-three", "rights-two"];
    for (const name of names) {
      const status = name === "rights-two" ? "\nstatus: draft" : "";
      operator.write(`${name}.md`, `---\ntitle: ${name}${status}\n---\n\nText of ${name}.\n`);
    }
    await operator.run(publish, [], { target: ["wp"] });
    await operator.run(push, [], { target: ["wp"] });
    const count = () =>
      php(
        `echo count(get_posts(['name' => '', 'post_name__in' => ${JSON.stringify(names)}, 'post_status' => 'any', 'numberposts' => -1]));`,
      );
    expect(await count()).toBe("3");
    Object.assign(operator.env, as("auth"));
    rmSync(join(operator.root, "rights-one.md"));
    for (const command of [push, pull, sync]) {
      const ran = await operator.run(
        command,
        names.map((name) => `${name}.md`),
        {
          target: ["wp"],
          delete: true,
          maxDelete: 9,
        },
      );
      expect(ran.exit).toBe(1);
      expect(ran.plan.steps.map(({ action, path }) => `${action} ${path}`)).toEqual([]);
      const told = ran.results.map(({ path, status, fault }) => `${path} ${status} ${fault?.kind}`);
      expect(told.sort()).toEqual(names.map((name) => `${name}.md failed forbidden`));
      expect(ran.summary).toMatchObject({ writes: 0, deleted: 0, failed: 3 });
    }
    expect(await count()).toBe("3");
    expect(readdirSync(operator.root).filter((name) => name.endsWith(".md"))).toHaveLength(2);
  });
});
