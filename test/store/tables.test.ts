import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeBudget, readBudget } from "../../src/store/budgets.ts";
import { changeCircuit, circuitKept } from "../../src/store/circuits.ts";
import {
  type ConnectionRecord,
  getConnection,
  listConnections,
  putConnection,
  removeConnection,
  renameConnection,
  setConnectionUrl,
} from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { intend, pending, receipts, settle } from "../../src/store/journal.ts";
import {
  createRun,
  findRun,
  finishRun,
  getRun,
  interruptRun,
  listRuns,
  undoneBy,
} from "../../src/store/runs.ts";
import { forgetSealed, getSecret, hasSealedRows, putSecret } from "../../src/store/secrets.ts";
import { getVersion, keepVersion } from "../../src/store/versions.ts";
import { tempDir } from "./programs.ts";
import { connection, intent, run, version } from "./samples.ts";

let store: Store;
beforeEach(() => {
  store = openStore(tempDir());
});
afterEach(() => store.close());

const full: ConnectionRecord = {
  ...connection,
  name: "alt-2",
  username: "admin",
  settings: { body: "blocks" },
  proxy: "http://proxy.example:3128",
  caFile: "/etc/ca.pem",
};

describe("connections", () => {
  it("come back as they were put, by name", () => {
    putConnection(store, connection);
    putConnection(store, full);
    expect(listConnections(store)).toEqual([full, connection]);
    putConnection(store, { ...connection, account: "editor" });
    expect(getConnection(store, "wp")).toEqual({ ...connection, account: "editor" });
    expect(getConnection(store, "none")).toBeUndefined();
  });

  it.each(["", "Wp", "1wp", "wp_client", "wp client", "-wp", "../wp", "a".repeat(65)])(
    "cannot be named %j",
    (name) => {
      expect(() => putConnection(store, { ...connection, name })).toThrow(
        expect.objectContaining({ kind: "usage", code: "connection.bad-name" }),
      );
    },
  );

  it("are renamed, but never over another one", () => {
    putConnection(store, connection);
    putConnection(store, full);
    expect(() => renameConnection(store, "wp", "alt-2")).toThrow(
      expect.objectContaining({ code: "connection.name-taken" }),
    );
    expect(() => renameConnection(store, "none", "other")).toThrow(
      expect.objectContaining({ code: "connection.unknown" }),
    );
    renameConnection(store, "wp", "client");
    expect(listConnections(store)).toEqual([full, { ...connection, name: "client" }]);
  });

  it("move to another address", () => {
    putConnection(store, full);
    const moved = {
      url: "https://new.example",
      site: "new",
      siteTitle: "New",
      checkedAt: "2026-02-02T00:00:00Z",
    };
    setConnectionUrl(store, "alt-2", moved);
    expect(getConnection(store, "alt-2")).toEqual({ ...full, ...moved });
    expect(() => setConnectionUrl(store, "none", moved)).toThrow(
      expect.objectContaining({ code: "connection.unknown" }),
    );
  });

  it("take their secrets with them when removed, and nobody else's", () => {
    putConnection(store, connection);
    putSecret(store, { connection: "wp", name: "password", sealed: Buffer.from("x") });
    putSecret(store, { connection: "alt-2", name: "password", sealed: Buffer.from("y") });
    expect(removeConnection(store, "wp")).toBe(true);
    expect(removeConnection(store, "wp")).toBe(false);
    expect(getSecret(store, "wp", "password")).toBeUndefined();
    expect(getSecret(store, "alt-2", "password")).toEqual(Buffer.from("y"));
  });

  it("are checked when read", () => {
    putConnection(store, connection);
    store.run("UPDATE connections SET settings = 'no json'");
    expect(() => getConnection(store, "wp")).toThrow(
      expect.objectContaining({ kind: "defect", message: expect.stringContaining("connections.settings") }),
    );
  });
});

describe("circuits", () => {
  const open = { state: "open" };

  it("are kept until there is nothing to keep", () => {
    expect(circuitKept(store, "wp")).toBeUndefined();
    changeCircuit(store, "wp", () => open);
    changeCircuit(store, "wp", (kept) => {
      expect(kept).toEqual(open);
      return { state: "closed", failures: 1 };
    });
    expect(circuitKept(store, "wp")).toEqual({ state: "closed", failures: 1 });
    changeCircuit(store, "wp", () => undefined);
    expect(circuitKept(store, "wp")).toBeUndefined();
  });

  it("follow their connection to its new name, and go with it", () => {
    putConnection(store, connection);
    changeCircuit(store, "wp", () => open);
    renameConnection(store, "wp", "client");
    expect([circuitKept(store, "wp"), circuitKept(store, "client")]).toEqual([undefined, open]);
    removeConnection(store, "client");
    expect(circuitKept(store, "client")).toBeUndefined();
  });
});

describe("budgets", () => {
  const kept = (n: number) => () => ({ state: { n }, result: n });

  it("are changed by what they were, and give what the change gives", () => {
    expect(changeBudget(store, "wp", kept(1))).toBe(1);
    const seen = changeBudget(store, "wp", (state) => ({ state: { n: 2 }, result: state }));
    expect(seen).toEqual({ n: 1 });
    expect(readBudget(store, "wp")).toEqual({ n: 2 });
  });

  it("follow their connection to its new name, and go with it", () => {
    putConnection(store, connection);
    changeBudget(store, "wp", kept(1));
    renameConnection(store, "wp", "client");
    expect([readBudget(store, "wp"), readBudget(store, "client")]).toEqual([undefined, { n: 1 }]);
    removeConnection(store, "client");
    expect(readBudget(store, "client")).toBeUndefined();
  });
});

describe("runs", () => {
  it("begin, end and are listed newest first", () => {
    createRun(store, run);
    createRun(store, { ...run, id: "r2" });
    expect(getRun(store, "r1")).toEqual({ ...run, status: "running" });
    finishRun(store, "r1", { status: "done", endedAt: "2026-01-01T00:01:00Z", summary: { created: 1 } });
    const done = { ...run, status: "done", endedAt: "2026-01-01T00:01:00Z", summary: { created: 1 } };
    expect(listRuns(store, 10)).toEqual([{ ...run, id: "r2", status: "running" }, done]);
    expect(listRuns(store, 1)).toHaveLength(1);
    expect(getRun(store, "r3")).toBeUndefined();
  });

  it("that do not say who began them, and how, have nothing there", () => {
    const { actor: _actor, options: _options, ...least } = run;
    createRun(store, least);
    expect(getRun(store, "r1")).toEqual({ ...least, actor: {}, options: {}, status: "running" });
  });

  it("know which runs undo them", () => {
    createRun(store, run);
    for (const [id, undoes] of [
      ["u1", "r1"],
      ["u2", "u1"],
      ["u3", "r1"],
    ] as const) {
      createRun(store, { ...run, id, undoes });
    }
    expect(undoneBy(store, "r1").map(({ id }) => id)).toEqual(["u1", "u3"]);
    expect(undoneBy(store, "u1")).toEqual([{ ...run, id: "u2", undoes: "u1", status: "running" }]);
    expect(undoneBy(store, "u3")).toEqual([]);
  });

  it("are found by the beginning of their id", () => {
    for (const id of ["ab%d-1", "abcd-1", "abcd-12", "abcd-2", "abce-1"]) createRun(store, { ...run, id });
    expect(findRun(store, "abce").id).toBe("abce-1");
    expect(findRun(store, "abcd-2").id).toBe("abcd-2");
    expect(findRun(store, "abcd-1").id).toBe("abcd-1");
    expect(findRun(store, "ab%d").id).toBe("ab%d-1");
    for (const [prefix, code, message] of [
      ["abc", "run.short-id", /"abc"/],
      ["abcx", "run.unknown", /"abcx"/],
      ["abcd", "run.several", /abcd-1 .*abcd-12 .*abcd-2 /],
    ] as const) {
      expect(() => findRun(store, prefix)).toThrow(
        expect.objectContaining({ kind: "usage", code, message: expect.stringMatching(message) }),
      );
    }
  });

  it("are marked interrupted only while they run", () => {
    createRun(store, run);
    createRun(store, { ...run, id: "r2" });
    finishRun(store, "r2", { status: "failed", endedAt: "2026-01-01T00:01:00Z" });
    interruptRun(store, "r1");
    interruptRun(store, "r2");
    expect([getRun(store, "r1")?.status, getRun(store, "r2")?.status]).toEqual(["interrupted", "failed"]);
  });

  it("cannot be finished when unknown, nor begun twice", () => {
    const end = { status: "done", endedAt: "2026-01-01T00:01:00Z" } as const;
    expect(() => finishRun(store, "r9", end)).toThrow(expect.objectContaining({ kind: "defect" }));
    createRun(store, run);
    expect(() => createRun(store, run)).toThrow("UNIQUE");
  });
});

describe("the journal", () => {
  it("keeps intents pending until they are settled, oldest first, per site", () => {
    createRun(store, run);
    const first = intend(store, intent);
    const second = intend(store, { ...intent, op: "update", id: "12", key: "k2" });
    intend(store, { ...intent, site: "other" });
    expect(pending(store, "site")).toEqual([
      { ...intent, seq: first },
      { ...intent, seq: second, op: "update", id: "12", key: "k2" },
    ]);
    settle(store, second, "done", { id: "12" });
    expect(pending(store, "site").map(({ seq }) => seq)).toEqual([first]);
    settle(store, first, "absent", undefined);
    expect(pending(store, "site")).toEqual([]);
    expect(receipts(store, "r1")).toEqual([
      { ...intent, seq: first, outcome: "absent" },
      { ...intent, seq: second, op: "update", id: "12", key: "k2", outcome: "done", receipt: { id: "12" } },
    ]);
  });

  it("settles a step once", () => {
    createRun(store, run);
    const seq = intend(store, intent);
    settle(store, seq, "failed", { status: 400 });
    expect(() => settle(store, seq, "done", undefined)).toThrow(expect.objectContaining({ kind: "defect" }));
    expect(() => settle(store, seq + 1, "done", undefined)).toThrow(
      expect.objectContaining({ kind: "defect" }),
    );
    expect(receipts(store, "r1").map(({ outcome }) => outcome)).toEqual(["failed"]);
  });

  it("belongs to a recorded run", () => {
    expect(() => intend(store, intent)).toThrow("FOREIGN KEY");
  });
});

describe("what is sealed", () => {
  it("is secrets and the texts of versions", () => {
    expect(hasSealedRows(store)).toBe(false);
    keepVersion(store, version("a", { sealed: undefined }));
    expect(hasSealedRows(store)).toBe(false);
    keepVersion(store, version("b"));
    expect(hasSealedRows(store)).toBe(true);
    forgetSealed(store);
    expect(hasSealedRows(store)).toBe(false);
    putSecret(store, { connection: "wp", name: "password", sealed: Buffer.from("x") });
    expect(hasSealedRows(store)).toBe(true);
    forgetSealed(store);
    expect(hasSealedRows(store)).toBe(false);
  });

  it("is all that goes when the key is given up: what was there and when stays known", () => {
    const seq = keepVersion(store, version("a"));
    forgetSealed(store);
    expect(getVersion(store, seq)).toEqual({ ...version("a"), seq, sealed: undefined });
    expect(keepVersion(store, version("a"))).toBe(seq + 1);
  });
});
