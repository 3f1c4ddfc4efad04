import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  appendAudit,
  auditRows,
  chainOf,
  forgetAudit,
  INSTALLATION,
  lastAuditRows,
  strayChains,
  verifyAudit,
} from "../../src/store/audit.ts";
import type { Flaw } from "../../src/store/audit-chain.ts";
import { pruneAudit } from "../../src/store/audit-prune.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { bundleProgram, killHard, startProgram, tempDir } from "./programs.ts";

const KEY = Buffer.alloc(32, 1);
const OTHER_KEY = Buffer.alloc(32, 2);
let home: string;
let store: Store;
beforeEach(() => {
  home = tempDir();
  store = openStore(home);
});
afterEach(() => store.close());

const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();

function row(n: number, more: Readonly<Record<string, string | number>> = {}) {
  const ms = 10 * n;
  return {
    type: "read",
    at: at(n),
    method: "GET",
    url: `https://a.example/${n}`,
    status: 200,
    ms,
    bytesOut: 0,
    bytesIn: 1,
    ...more,
  };
}

/** Ten calls of `wp`, in three batches. */
function fill(key: Uint8Array | null = KEY): void {
  for (const [from, to] of [
    [1, 4],
    [5, 5],
    [6, 10],
  ] as const) {
    const rows = Array.from({ length: to - from + 1 }, (_, index) => row(from + index));
    appendAudit(store, key ?? undefined, "wp", rows);
  }
}

const chain = (): string => chainOf(store, "wp")?.chain ?? "none";
const flaws = (): readonly Flaw[] => verifyAudit(store, KEY, chain()).flaws;
/** Behind the back of the program. */
const tamper = (sql: string) => store.db.exec(sql);

describe("the audit chain of a connection", () => {
  it("is whole as it was written, and after the database was opened anew", () => {
    fill();
    expect(verifyAudit(store, KEY, chain())).toMatchObject({ rows: 10, flaws: [], journal: [] });
    store.close();
    store = openStore(home);
    expect(appendAudit(store, KEY, "wp", [row(11)])).toEqual([11]);
    expect(verifyAudit(store, KEY, chain())).toMatchObject({ rows: 11, flaws: [], journal: [] });
  });

  it.each([
    [
      "a row whose words were changed",
      "UPDATE audit SET row = replace(row, '/6', '/7') WHERE n = 6",
      [["changed", 6, 6]],
    ],
    ["a row that was taken out", "DELETE FROM audit WHERE n = 6", [["missing", 6, 6]]],
    [
      "several rows that were taken out",
      "DELETE FROM audit WHERE n IN (2, 3, 8)",
      [
        ["missing", 2, 3],
        ["missing", 8, 8],
      ],
    ],
    ["the first row, taken out", "DELETE FROM audit WHERE n = 1", [["missing", 1, 1]]],
    ["the last rows, taken out", "DELETE FROM audit WHERE n > 8", [["missing", 9, 10]]],
    [
      "the last rows, taken out together with the note of how many there are",
      `DELETE FROM audit WHERE n > 8;
       UPDATE audit_chains SET last = 8, mac = (SELECT mac FROM audit WHERE n = 8) WHERE connection = 'wp'`,
      [["end", 8, 8]],
    ],
    [
      "two rows that changed places",
      `UPDATE audit SET n = 100 WHERE n = 6; UPDATE audit SET n = 6 WHERE n = 7; UPDATE audit SET n = 7 WHERE n = 100`,
      [["changed", 6, 8]],
    ],
    [
      "every row, taken out",
      "DELETE FROM audit WHERE chain = (SELECT chain FROM audit_chains WHERE connection = 'wp')",
      [["missing", 1, 10]],
    ],
    [
      "every row, taken out, where the note of how many there are names no key",
      `DELETE FROM audit WHERE chain = (SELECT chain FROM audit_chains WHERE connection = 'wp');
       UPDATE audit_chains SET last = 0, mac = '', key = 'of mine', seal = '' WHERE connection = 'wp'`,
      [["end", 0, 0]],
    ],
    [
      "a row that says two things, of which readers take one or the other",
      `UPDATE audit SET row = replace(row, '{"', '{"type":"none","') WHERE n = 6`,
      [["changed", 6, 6]],
    ],
    ["a row that is no JSON any more", "UPDATE audit SET row = 'gone' WHERE n = 3", [["changed", 3, 3]]],
    ["a row that says nothing any more", "UPDATE audit SET row = '{}' WHERE n = 3", [["changed", 3, 3]]],
  ] as const)("names %s", (_, sql, expected) => {
    fill();
    // The installation's own chain has the rows of the same numbers.
    tamper("DELETE FROM audit WHERE chain <> (SELECT chain FROM audit_chains WHERE connection = 'wp')");
    tamper(sql);
    expect(flaws().map(({ what, from, to }) => [what, from, to])).toEqual(expected);
  });

  it("names rows that somebody without the key appended, whoever signed them", () => {
    fill();
    appendAudit(store, OTHER_KEY, "wp", [row(11), row(12)]);
    expect(flaws()).toEqual([{ what: "other-key", from: 11, to: 12 }]);
    appendAudit(store, undefined, "wp", [row(13)]);
    expect(flaws()).toEqual([
      { what: "other-key", from: 11, to: 12 },
      { what: "unsigned", from: 13, to: 13 },
    ]);
  });

  it("names rows that were written over by an unsigned chain of the same length", () => {
    fill();
    tamper("DELETE FROM audit; DELETE FROM audit_chains");
    fill(null);
    expect(flaws()).toEqual([{ what: "unsigned", from: 1, to: 10 }]);
    expect(strayChains(store)).toEqual({ gone: [], unknown: [] });
  });

  it("tells of a chain that was taken away whole, and of one that came from elsewhere", () => {
    fill();
    const gone = chain();
    tamper("DELETE FROM audit_chains WHERE connection = 'wp'");
    expect(strayChains(store)).toEqual({ gone: [gone], unknown: [] });
    tamper("INSERT INTO audit_chains VALUES ('strange', 'wp', 0, '', '', '', '{}')");
    expect(strayChains(store)).toEqual({ gone: [gone], unknown: ["wp"] });
  });

  it("can still be verified after old rows were deleted, and shows more of them missing", () => {
    fill();
    expect(pruneAudit(store, KEY, "wp", at(5), at(60))).toBe(4);
    expect(pruneAudit(store, KEY, "wp", at(5), at(60))).toBe(0);
    expect(verifyAudit(store, KEY, chain())).toMatchObject({ rows: 7, flaws: [], journal: [] });
    expect(pruneAudit(store, KEY, "wp", at(8), at(61))).toBe(3);
    expect(verifyAudit(store, KEY, chain())).toMatchObject({ rows: 5, flaws: [], journal: [] });
    tamper(`DELETE FROM audit WHERE n = 8 AND chain = '${chain()}'`);
    expect(flaws()).toEqual([{ what: "missing", from: 8, to: 8 }]);
  });

  it("still names what was wrong with rows once these were deleted because of their age", () => {
    fill();
    tamper("UPDATE audit SET row = replace(row, '/3', '/4') WHERE n = 3");
    expect(flaws()).toEqual([{ what: "changed", from: 3, to: 3 }]);
    expect(pruneAudit(store, KEY, "wp", at(5), at(60))).toBe(4);
    expect(pruneAudit(store, KEY, "wp", at(8), at(61))).toBe(3);
    expect(flaws()).toEqual([{ what: "changed", from: 3, to: 3 }]);
  });

  it("loses nothing to its age while its key is not at hand", () => {
    fill();
    expect(pruneAudit(store, undefined, "wp", at(5), at(60))).toBe(0);
    expect(verifyAudit(store, KEY, chain()).rows).toBe(10);
  });

  it("leaves a tombstone when its connection is forgotten, without its name", () => {
    fill();
    const forgotten = chain();
    expect(forgetAudit(store, KEY, "wp", at(60))).toBe(10);
    const own = chainOf(store, INSTALLATION)?.chain ?? "none";
    expect(chainOf(store, "wp")).toBeUndefined();
    expect([...auditRows(store, own)].map(({ row: said }) => [said.type, said.chain, said.last])).toEqual([
      ["chain", forgotten, undefined],
      ["forgotten", forgotten, 10],
    ]);
    expect(verifyAudit(store, KEY, own).flaws).toEqual([]);
    expect(strayChains(store)).toEqual({ gone: [], unknown: [] });
    expect(JSON.stringify(store.all("SELECT * FROM audit"))).not.toContain("example");
  });

  it("shows the calls that are asked for", () => {
    fill();
    appendAudit(store, KEY, "wp", [
      row(11, { type: "sent", run: "abcdef" }),
      row(12, { type: "answered", run: "abcdef", status: 500 }),
    ]);
    const shown = (filter: Parameters<typeof lastAuditRows>[2], limit = 3) =>
      lastAuditRows(store, chain(), filter, limit).map(({ n }) => n);
    expect(shown({})).toEqual([10, 11, 12]);
    expect(shown({ kinds: "writes" })).toEqual([11, 12]);
    expect(shown({ kinds: "reads" }, 2)).toEqual([9, 10]);
    expect(shown({ failed: true })).toEqual([12]);
    expect(shown({ run: "abc" })).toEqual([11, 12]);
    expect(shown({ since: at(2), until: at(4) })).toEqual([2, 3]);
  });

  it("counts what came of calls", () => {
    fill();
    appendAudit(store, KEY, "wp", [row(30, { status: 503, attempt: 2 }), row(5000, { type: "answered" })]);
    expect(chainOf(store, "wp")?.tally).toMatchObject({
      outcomes: { "2xx": 11, "5xx": 1 },
      ms: 550 + 300 + 50_000,
      again: 1,
      bytesIn: 12,
    });
  });
});

describe("a process that is killed while it writes", () => {
  const worker = bundleProgram("test/store/audit-worker.ts");

  it("leaves a chain that holds, with all that was durable", { timeout: 30_000 }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const { child, lines } = await startProgram(worker, [home]);
      await vi.waitUntil(() => lines.length > 10);
      await killHard(child);
      const { rows, flaws: found } = verifyAudit(store, KEY, chain());
      expect(found).toEqual([]);
      expect(rows).toBeGreaterThanOrEqual(Number(lines.at(-1)));
    }
  });
});
