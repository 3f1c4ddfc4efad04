import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import {
  acquireLock,
  type LockHolder,
  leftLocks,
  removeLeftLocks,
  whileHolding,
} from "../../src/store/locks.ts";
import { isRunning, startTimeOf, thisProcess } from "../../src/store/processes.ts";
import { createRun, getRun } from "../../src/store/runs.ts";
import { bundleProgram, killHard, startProgram, tempDir } from "./programs.ts";

const worker = bundleProgram("test/store/worker.ts");
const START = Date.UTC(2026, 0, 1);
let store: Store;
let home: string;
let now = START;
const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
const me: LockHolder = { ...thisProcess(), run: "mine", command: "push" };

beforeEach(() => {
  home = tempDir();
  store = openStore(home);
  now = START;
});
afterEach(() => store.close());

function acquire(holder: LockHolder = me, site = "site") {
  return acquireLock(store, site, holder, clock);
}

const refused = expect.objectContaining({ kind: "locked", code: "run.locked" });

describe("the lock of a site", () => {
  it("is held by one run, and free after release", () => {
    const lock = acquire();
    acquire({ ...me, run: "second" }, "another site");
    expect(() => acquire({ ...me, run: "second" })).toThrow(refused);
    lock.release();
    lock.release();
    acquire({ ...me, run: "second" });
    lock.release();
    expect(() => acquire({ ...me, run: "third" })).toThrow(refused);
  });

  it("is refused with who holds it", async () => {
    const { child } = await startProgram(worker, ["hold", home, "site"]);
    try {
      expect(() => acquire()).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(new RegExp(`process ${child.pid}, push, since 20\\d\\d-`)),
          hint: expect.stringContaining(`kill -INT ${child.pid}`),
        }),
      );
    } finally {
      await killHard(child);
    }
  });

  it("is taken over after kill -9, and the dead run is marked", async () => {
    const { child } = await startProgram(worker, ["hold", home, "site"]);
    expect(getRun(store, "held-run")?.status).toBe("running");
    await killHard(child);
    acquire();
    expect(getRun(store, "held-run")?.status).toBe("interrupted");
    expect(() => acquire({ ...me, run: "second" })).toThrow(refused);
  });

  it("is taken over when its process number belongs to a later process", () => {
    acquire({ ...me, startTime: "an earlier boot:123" });
    acquire({ ...me, run: "second" });
    expect(() => acquire({ ...me, run: "third" })).toThrow(refused);
  });

  it("on another host is taken over only after ten silent minutes", () => {
    const lock = acquire({ ...me, host: "elsewhere" });
    now += 9 * 60_000;
    expect(() => acquire()).toThrow(
      expect.objectContaining({ message: expect.stringContaining("elsewhere") }),
    );
    lock.touch();
    now += 9 * 60_000;
    expect(() => acquire()).toThrow(refused);
    now += 61_000;
    acquire();
    expect(() => lock.touch()).toThrow(expect.objectContaining({ code: "run.lock-lost" }));
    lock.release();
    expect(() => acquire({ ...me, run: "second" })).toThrow(refused);
  });

  it("on another host is held as long as its run takes", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      await whileHolding(store, "site", { ...me, host: "elsewhere" }, clock, async () => {
        for (let minute = 0; minute < 30; minute += 1) {
          now += 60_000;
          vi.advanceTimersByTime(60_000);
        }
        expect(() => acquire()).toThrow(refused);
      });
      acquire().release();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is known to be lost before the next write, where its holder slept and another one came", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const lost = expect.objectContaining({ kind: "locked", code: "run.lock-lost" });
      for (const wakes of [() => undefined, () => vi.advanceTimersByTime(60_000)]) {
        await whileHolding(store, "site", { ...me, host: "elsewhere" }, clock, async (stillHeld) => {
          stillHeld();
          now += 11 * 60_000;
          const other = acquire({ ...me, run: "other" });
          wakes();
          expect(stillHeld).toThrow(lost);
          other.release();
          expect(stillHeld).toThrow(lost);
        });
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it("is still held after a sleep in which nobody came", async () => {
    await whileHolding(store, "site", { ...me, host: "elsewhere" }, clock, async (stillHeld) => {
      now += 11 * 60_000;
      stillHeld();
      expect(() => acquire()).toThrow(refused);
    });
  });

  it("marks no run that is not its holder's", () => {
    const run = { command: "push", target: "wp", site: "site", root: "/", startedAt: "", pid: 1, host: "" };
    createRun(store, { ...run, id: "dead" });
    createRun(store, { ...run, id: "other" });
    acquire({ ...me, run: "dead", startTime: "gone" });
    acquire();
    expect([getRun(store, "dead")?.status, getRun(store, "other")?.status]).toEqual([
      "interrupted",
      "running",
    ]);
  });
});

describe("locks that were left", () => {
  it("are those of dead processes, and of other machines that have been silent for ten minutes", () => {
    acquire();
    acquire({ ...me, run: "dead", startTime: "gone" }, "dead site");
    acquire({ ...me, run: "far", host: "elsewhere" }, "far site");
    const left = () => leftLocks(store, clock).map(({ site }) => site);
    expect(left()).toEqual(["dead site"]);
    now += 10 * 60_000;
    expect(left()).toEqual(["dead site", "far site"]);
  });

  it("are removed with their runs marked, and no others", () => {
    const run = { command: "push", target: "wp", site: "site", root: "/", startedAt: "", pid: 1, host: "" };
    for (const id of ["dead", "mine"]) createRun(store, { ...run, id });
    acquire();
    acquire({ ...me, run: "dead", startTime: "gone" }, "dead site");
    expect(removeLeftLocks(store, clock, ({ site }) => site === "live site")).toEqual([]);
    expect(removeLeftLocks(store, clock, () => true)).toMatchObject([{ site: "dead site", run: "dead" }]);
    expect(removeLeftLocks(store, clock, () => true)).toEqual([]);
    expect(["dead", "mine"].map((id) => getRun(store, id)?.status)).toEqual(["interrupted", "running"]);
    expect(() => acquire({ ...me, run: "second" })).toThrow(refused);
  });
});

describe("processes", () => {
  it("are told apart from later ones of the same number", async () => {
    const child = spawn("sleep", ["30"]);
    const pid = child.pid ?? 0;
    const startTime = startTimeOf(pid);
    expect(isRunning({ pid, startTime })).toBe(true);
    expect(isRunning({ pid, startTime: `${startTime}0` })).toBe(process.platform !== "linux");
    await killHard(child);
    expect(isRunning({ pid, startTime })).toBe(false);
  });

  it("know where they are", () => {
    const { pid, host, startTime } = thisProcess();
    expect(pid).toBe(process.pid);
    expect(host.startsWith(hostname())).toBe(true);
    expect(startTime).toBe(startTimeOf(process.pid));
  });
});
