import { afterAll, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { sync } from "../../src/commands/sync.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { bench, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["wp"] };

it("an edit of a body that belongs to a page builder is a conflict with the reason, with and without the journal", async () => {
  const fake = await startFakeWordPress();
  try {
    const { url, users } = fake;
    const login = { auth: "app-password", username: "admin", password: users.admin };
    const env = { AINSTEIN_CONNECTION_WP: JSON.stringify({ platform: "wordpress", url, ...login }) };
    const operator = bench({ env });
    operator.write("sold.md", "---\ntitle: Sold\n---\n\nOurs.\n");
    await operator.run(publish, [], TARGET);
    const theirs = '[et_pb_section fb_built="1"]Theirs.[/et_pb_section]';
    for (const post of fake.state.posts.values()) {
      post.content = theirs;
      post.modified = new Date(Date.now() + 1000).toISOString().slice(0, 19);
    }
    await operator.run(sync, [], TARGET);
    operator.write("sold.md", operator.read("sold.md").replace("Theirs.", "Mine."));
    for (const who of [operator, operator.elsewhere(operator.root)]) {
      const ran = await who.run(push, [], TARGET);
      expect(ran.plan.steps.map(({ action, reason }) => [action, reason])).toEqual([
        ["conflict", "its body belongs to Divi and is edited there only"],
      ]);
      expect([ran.exit, ran.summary.writes]).toEqual([4, 0]);
    }
    expect([...fake.state.posts.values()].map(({ content }) => content)).toEqual([theirs]);
    expect(operator.read("sold.md")).toContain("Mine.");
  } finally {
    await fake.stop();
  }
});
