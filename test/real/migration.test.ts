import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import { parseLockfile } from "../../src/content/lockfile.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "../commands/bench.ts";
import { withoutWordPress } from "../wordpress.ts";
import { emptyWordPress, fillWordPress, type Told, toldByLocal, toldByWordPress } from "./migrated.ts";

const RULES = "targets: [wp, there]\ntimezone: Europe/Vienna\nmedia: { pull: download }\n";
const failuresOf = (ran: Ran) => ran.results.filter((result) => result.status !== "ok");
const ENTRIES = 9;

/** A site of its own, because all of it moves. */
describe.skipIf(withoutWordPress)("from one CMS to another", () => {
  let wordpress: WordPress;
  let operator: Bench;
  let site: string;
  let env: Record<string, string>;
  let before: readonly Told[];
  let moved: string;

  beforeAll(async () => {
    wordpress = await startWordPress();
    const { url, users } = wordpress;
    site = join(tempDir("site"), "site");
    env = {
      AINSTEIN_CONNECTION_WP: JSON.stringify({
        ...{ platform: "wordpress", url, auth: "app-password", username: "admin", password: users.admin },
      }),
      AINSTEIN_CONNECTION_THERE: JSON.stringify({
        ...{ platform: "local", url: site, settings: { timezone: "America/New_York" } },
      }),
    };
    operator = bench({ env });
    operator.write("ainstein.yaml", RULES);
    await fillWordPress(wordpress.php);
    before = await toldByWordPress(wordpress.php);
  });

  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  it("keeps texts, pictures, links, terms, dates and states of all entries from WordPress to a local site", async () => {
    expect(before).toHaveLength(ENTRIES);
    expect(before.find(({ slug }) => slug === "every")).toMatchObject({
      categories: ["Recipes", "Recipes/Bread/Rye & Spelt"],
      tags: ["Café", "R & D", "a/b"],
      links: ["https://example.org/?a=1&b=2", "entry:old#part"],
      pictures: [expect.stringMatching(/^[0-9a-f]{64}$/)],
    });
    const brought = await operator.run(pull, [], { target: ["wp"] });
    expect(failuresOf(brought)).toEqual([]);
    expect(brought.summary).toMatchObject({ pulled: ENTRIES, writes: 0 });
    const sent = await operator.run(push, [], { target: ["there"] });
    expect(failuresOf(sent)).toEqual([]);
    expect(sent.summary).toMatchObject({ created: ENTRIES, failed: 0, verified: ENTRIES });
    moved = sent.summary.run;
    expect(await toldByLocal(site)).toEqual(before);
  });

  it("leaves both sites with nothing to do, each with its own lines in the lockfile", async () => {
    for (const target of ["wp", "there"]) {
      const idle = await operator.run(status, [], { target: [target] });
      expect(idle.plan.steps).toEqual([]);
      expect(idle.summary).toMatchObject({ unchanged: ENTRIES });
    }
    const lock = parseLockfile(operator.read("ainstein.lock"), "ainstein.lock");
    expect(lock.headers.map(({ target, platform }) => [target, platform])).toEqual([
      ["there", "local"],
      ["wp", "wordpress"],
    ]);
    for (const target of ["wp", "there"]) {
      expect(lock.entries.filter((line) => line.target === target)).toHaveLength(ENTRIES);
    }
    const ids = (target: string) => lock.entries.flatMap((line) => (line.target === target ? line.id : []));
    expect(ids("wp").filter((id) => ids("there").includes(id))).toEqual([]);
  });

  it("keeps them from the local site to an empty WordPress", async () => {
    await emptyWordPress(wordpress.php);
    const another = bench({ env });
    another.write("ainstein.yaml", RULES);
    const brought = await another.run(pull, [], { target: ["there"] });
    expect(failuresOf(brought)).toEqual([]);
    const sent = await another.run(push, [], { target: ["wp"] });
    expect(failuresOf(sent)).toEqual([]);
    expect(sent.summary).toMatchObject({ created: ENTRIES, failed: 0 });
    expect(await toldByWordPress(wordpress.php)).toEqual(before);
    expect((await another.run(push, [], { target: ["all"] })).summary).toMatchObject({ writes: 0 });
  });

  it("is taken back whole by undoing the run, and the site it came from is as it was", async () => {
    const undone = await operator.run(runs, ["undo", moved], { maxDelete: ENTRIES });
    expect(failuresOf(undone).filter((result) => result.status !== "skipped")).toEqual([]);
    expect(undone.summary).toMatchObject({ deleted: ENTRIES, conflicts: 0 });
    expect(await toldByLocal(site)).toEqual([]);
    expect(await toldByWordPress(wordpress.php)).toEqual(before);
  });
});
