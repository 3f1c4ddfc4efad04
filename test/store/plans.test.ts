import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openConflicts } from "../../src/store/conflicts.ts";
import { openStore, type Parameters, type Store } from "../../src/store/db.ts";
import { pending, receipts } from "../../src/store/journal.ts";
import { prune } from "../../src/store/retention.ts";
import { findRun, undoneBy } from "../../src/store/runs.ts";
import { hasSealedRows } from "../../src/store/secrets.ts";
import { recordResult, recordSteps, stepsOf } from "../../src/store/steps.ts";
import { getVersion, historyOf, keepVersion, versionsOf } from "../../src/store/versions.ts";
import { tempDir } from "./programs.ts";
import { version } from "./samples.ts";

let store: Store;
beforeEach(() => {
  store = openStore(tempDir());
});
afterEach(() => store.close());

/** How SQLite carries out each statement that `work` runs: one line per table it goes through. */
function plansOf(work: (store: Store) => void): readonly string[] {
  const statements: (readonly [string, Parameters])[] = [];
  const note = (sql: string, parameters: Parameters = {}): void => {
    statements.push([sql, parameters]);
  };
  work({
    ...store,
    all: (sql, parameters) => {
      note(sql, parameters);
      return store.all(sql, parameters);
    },
    one: (sql, parameters) => {
      note(sql, parameters);
      return store.one(sql, parameters);
    },
    run: (sql, parameters) => {
      note(sql, parameters);
      return store.run(sql, parameters);
    },
  });
  return statements.flatMap(([sql, parameters]) =>
    store.all(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => String(detail)),
  );
}

const KEY = { site: "site", rootId: "root", id: "1", locale: "" };
/** Going through all rows, and sorting many of them. */
const SLOW = /^SCAN (?:versions|successor|steps|intents|runs)\b|TEMP B-TREE FOR ORDER BY/;

describe("however many rows there are, no statement goes through all of", () => {
  it.each<readonly [string, (store: Store) => unknown, RegExp]>([
    ["versions to keep one", (on) => keepVersion(on, version("a")), /USING INDEX versions_by_entry/],
    ["versions to get one", (on) => getVersion(on, 1), /USING INTEGER PRIMARY KEY/],
    ["versions for those of an entry", (on) => versionsOf(on, KEY, "site", 1), /INDEX versions_by_entry/],
    ["versions for the history of a file", (on) => historyOf(on, "root", "a.md"), /INDEX versions_by_path/],
    [
      "versions to prune a few",
      (on) => prune(on, { textsBefore: "2026", auditBefore: "" }),
      /INDEX versions_with_text \(at<\?\)/,
    ],
    [
      "runs to prune a few",
      (on) => prune(on, { textsBefore: "", auditBefore: "2026" }),
      /INDEX runs_by_end \(ended_at<\?\)/,
    ],
    [
      "conflicts to prune a few",
      (on) => prune(on, { textsBefore: "", auditBefore: "2026" }),
      /INDEX conflicts_settled \(settled_at<\?\)/,
    ],
    ["steps to record a result", recordOne, /USING PRIMARY KEY/],
    ["steps for those of a run", (on) => stepsOf(on, "r1"), /USING PRIMARY KEY/],
    ["runs to find one", (on) => findRun(on, "run-"), /INDEX sqlite_autoindex_runs_1/],
    ["runs for those that undo one", (on) => undoneBy(on, "r1"), /INDEX runs_undone/],
    ["intents for the pending ones", (on) => pending(on, "site"), /INDEX intents_pending/],
    ["intents for those of a run", (on) => receipts(on, "r1"), /INDEX intents_by_run/],
  ])("%s", (_, work, index) => {
    store.run(ONE_RUN);
    const plans = plansOf(work);
    expect(plans.join("\n")).toMatch(index);
    expect(plans.filter((line) => SLOW.test(line))).toEqual([]);
  });
});

const ONE_RUN = `INSERT INTO runs (id, command, target, site, root, started_at, status, pid, host)
  VALUES ('run-1', '', '', '', '', '', 'running', 1, '')`;

function recordOne(on: Store): void {
  recordSteps(on, "run-1", [{ n: 1, path: "", locale: "", action: "", step: {} }]);
  recordResult(on, "run-1", 1, { status: "ok" });
}

describe("what is open", () => {
  it("is found by its own index, in the order wanted", () => {
    expect(plansOf((on) => openConflicts(on, "site", "root"))).toEqual([
      "SEARCH conflicts USING INDEX conflicts_open (site=? AND root_id=?)",
    ]);
  });

  it("or sealed is known from the first row of an index", () => {
    expect(plansOf((on) => hasSealedRows(on)).join("\n")).toContain("versions_with_text");
  });
});
