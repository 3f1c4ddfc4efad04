import { readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { pruneRuns } from "../../src/commands/runs-prune.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { intend } from "../../src/store/journal.ts";
import { listRuns } from "../../src/store/runs.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";

afterAll(removeTempDirs);

function withStore<T>(home: string, work: (store: Store) => T): T {
  const store = openStore(home);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

describe("retention", () => {
  const DAY = 24 * 60 * 60 * 1000;
  let operator: Bench;
  let site: string;
  const TARGET = { target: ["site"] };
  const runs = () => withStore(operator.home, (store) => listRuns(store, -1));
  const age = (days: number) =>
    withStore(operator.home, (store) => {
      const at = new Date(Date.now() - days * DAY).toISOString();
      store.run("UPDATE runs SET started_at = @at, ended_at = @at", { at });
      store.run("UPDATE versions SET at = @at", { at });
      store.run("DELETE FROM meta WHERE key = 'pruned'");
    });
  const texts = () =>
    withStore(operator.home, (store) => Number(store.one("SELECT count(*) AS n FROM versions")?.n));
  const edit = async (body: string) => {
    operator.write("rye.md", `---\ntitle: Rye\n---\n\n${body}\n`);
    return operator.run(push, [], TARGET);
  };

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
    operator.write("rye.md", "---\ntitle: Rye\n---\n\nOne.\n");
    await operator.run(publish, [], TARGET);
    await edit("Two.");
    await edit("Three.");
  });

  it("lets a run delete what is older than 400 days, once a day", async () => {
    age(401);
    expect(runs()).toHaveLength(3);
    await edit("Four.");
    expect(runs().map((run) => run.command)).toEqual(["push"]);
    withStore(operator.home, (store) => store.run("UPDATE runs SET ended_at = '2001-01-01T00:00:00.000Z'"));
    await edit("Five.");
    expect(runs()).toHaveLength(2);
  });

  it("keeps what is younger, and what was replaced since then", async () => {
    age(399);
    const before = texts();
    await edit("Four.");
    expect(runs()).toHaveLength(4);
    expect(texts()).toBe(before + 2);
  });

  it("is told another number of days by the environment, and refuses what is none before anything is sent", async () => {
    age(10);
    operator.env.AINSTEIN_KEEP_AUDIT = "a week";
    operator.write("rye.md", "---\ntitle: Rye\n---\n\nUnsent.\n");
    const { fault } = await operator.run(push, [], TARGET);
    expect(fault).toMatchObject({ kind: "usage", code: "bad-value" });
    expect(fault?.message).toContain("AINSTEIN_KEEP_AUDIT");
    expect(
      readFileSync(join(site, "entries", readdirSync(join(site, "entries"))[0] ?? ""), "utf8"),
    ).toContain("Three");
    operator.env.AINSTEIN_KEEP_AUDIT = "9";
    await operator.run(push, [], TARGET);
    expect(runs()).toHaveLength(1);
  });

  it("is done by hand, and shown beforehand without doing it", async () => {
    age(30);
    const flags = { keepTexts: 20, keepAudit: 20 };
    const before = { runs: runs().length, texts: texts() };
    const shown = await operator.run(pruneRuns, [], { ...flags, dryRun: true });
    expect({ runs: runs().length, texts: texts() }).toEqual(before);
    const done = await operator.run(pruneRuns, [], flags);
    expect(done.out).toEqual(shown.out.map((line) => line.replace("Would delete", "Deleted")));
    expect(done.out.join()).toContain("3 runs");
    expect(runs()).toEqual([]);
    expect((await edit("Four.")).summary).toMatchObject({ updated: 1, conflicts: 0 });
  });

  it("never takes a run whose outcome nobody knows", async () => {
    withStore(operator.home, (store) => {
      const [run] = listRuns(store, 1);
      if (run === undefined) throw new Error("no run");
      const about = { site: run.site, rootId: "r", path: "a.md", locale: "", key: "k", payload: {} };
      intend(store, { ...about, run: run.id, op: "create" });
    });
    age(1000);
    await operator.run(pruneRuns, [], { keepTexts: 0, keepAudit: 0 });
    expect(runs()).toHaveLength(1);
  });

  it("takes removed files with their run, and those of runs nobody knows when they are old", async () => {
    const trash = join(operator.home, "trash");
    rmSync(join(site, "entries"), { recursive: true });
    await operator.run(pull, [], { ...TARGET, delete: true, maxDelete: 9 });
    expect(readdirSync(trash)).toHaveLength(1);
    const [run = ""] = readdirSync(trash);
    await operator.run(pruneRuns, [], { keepAudit: 0, dryRun: true });
    expect(readdirSync(trash)).toEqual([run]);
    age(500);
    await operator.run(pruneRuns, [], {});
    // Its record is gone; the files are younger than that, as after a lost database.
    expect(readdirSync(trash)).toEqual([run]);
    const old = new Date(Date.now() - 500 * DAY);
    utimesSync(join(trash, run), old, old);
    await operator.run(pruneRuns, [], {});
    expect(readdirSync(trash)).toEqual([]);
  });
});
