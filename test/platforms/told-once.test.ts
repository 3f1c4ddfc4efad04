// What a platform cannot hold of a document is told in one place.
import { afterAll, describe, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { WORLDS } from "./worlds.ts";

afterAll(removeTempDirs);

async function startWordPress() {
  const { url, users, stop } = await startFakeWordPress();
  const connection = { platform: "wordpress", url, auth: "app-password", username: "admin" };
  return { connection: () => ({ ...connection, password: users.admin }), close: stop };
}

const SITES = [...WORLDS, { name: "WordPress", start: startWordPress, kinds: ["post", "page"] as const }];

/** Of all platforms' posts; `hashtags` none maps. */
const FIELDS = ["excerpt: Short.", "sticky: true", "parent: home", "seo: { title: Bread }", "hashtags: [a]"];

describe.each(SITES)("$name", ({ start, kinds: [kind] }) => {
  it("tells each field that it cannot hold once: as a loss, or as one that stays in the files", async () => {
    const site = await start();
    try {
      const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(site.connection()) } });
      for (const n of [1, 2]) {
        const front = ["title: Bread", `kind: ${kind}`, ...FIELDS].join("\n");
        operator.write(`bread-${n}.md`, `---\n${front}\n---\n\nText.\n`);
      }
      const { plan, events } = await operator.run(push, [], { target: ["site"], dryRun: true });
      const notices = events.filter((event) => event.type === "notice");
      const kept = notices.filter(({ message }) => message.includes("stays in the files only"));
      expect(kept).toHaveLength(1);
      expect(kept[0]?.message).toContain("hashtags (2 files)");
      const lost = plan.steps.flatMap(({ losses = [] }) => losses.map(({ field }) => field));
      expect(lost).not.toEqual([]);
      expect(lost.filter((field) => kept[0]?.message.includes(`${field} (`))).toEqual([]);
    } finally {
      await site.close();
    }
  });
});
