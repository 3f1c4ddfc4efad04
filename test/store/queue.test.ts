import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { putConnection, renameConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { exclusively } from "../../src/store/exclusive.ts";
import {
  beginQueued,
  dequeue,
  enqueue,
  giveBack,
  giveBackLeft,
  LEASE_MS,
  leftClaims,
  listQueue,
  renewLeases,
  takeUp,
  takeUpNamed,
} from "../../src/store/queue.ts";
import { createRun, getRun } from "../../src/store/runs.ts";
import { bundleProgram, killHard, linesOf, startProgram, tempDir } from "./programs.ts";
import { samples } from "./queue-samples.ts";
import { connection, run } from "./samples.ts";

const worker = bundleProgram("test/store/queue-worker.ts");
let store: Store;
let home: string;
let now = 0;
const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
const ANY = () => true;
const never = () => false;

beforeEach(() => {
  home = tempDir();
  store = openStore(home);
  now = Date.UTC(2026, 0, 1);
});
afterEach(() => store.close());

const states = () => listQueue(store).map(({ run, state }) => `${run} ${state}`);
/** As if the process that has them were on another machine. */
const moveAway = () => store.run("UPDATE queue SET host = 'elsewhere'");

describe("runs in the queue", () => {
  it("that belong to a process which is gone are given back, and no others", () => {
    enqueue(store, samples(2), clock, never);
    beginQueued(store, "run-0");
    expect(leftClaims(store, clock)).toEqual([]);
    store.run("UPDATE queue SET start_time = 'gone' WHERE run = 'run-0'");
    expect(giveBackLeft(store, clock, ({ run }) => run !== "run-0")).toEqual([]);
    expect(giveBackLeft(store, clock, () => true)).toMatchObject([{ run: "run-0", state: "running" }]);
    expect(giveBackLeft(store, clock, () => true)).toEqual([]);
    expect(states()).toEqual(["run-0 queued", "run-1 queued"]);
    expect(listQueue(store).map(({ owner }) => owner === undefined)).toEqual([true, false]);
  });

  it("keep the order in which they were asked for, a single one being under way at once", () => {
    enqueue(store, samples(3), clock, never);
    beginQueued(store, "run-1");
    enqueue(store, samples(1, { run: "alone" }), clock, never);
    expect(states()).toEqual(["run-0 queued", "run-1 running", "run-2 queued", "alone running"]);
    dequeue(store, "run-1");
    expect(states()).toEqual(["run-0 queued", "run-2 queued", "alone running"]);
  });

  it("that another process took up while this one slept are left to it", () => {
    enqueue(store, samples(2), clock, never);
    moveAway();
    const before = listQueue(store);
    giveBack(store, "run-0", { state: "parked", cause: "the site is away" });
    dequeue(store, "run-1");
    expect(() => beginQueued(store, "run-0")).toThrow(expect.objectContaining({ code: "run.claimed" }));
    expect(listQueue(store)).toEqual(before);
  });

  it("go on to their site under the new name of its connection", () => {
    putConnection(store, connection);
    const queued = samples(2).map((one) => ({ ...one, target: connection.name }));
    enqueue(store, [...queued, ...samples(1, { run: "other" })], clock, never);
    createRun(store, { ...run, id: "run-0" });
    createRun(store, { ...run, id: "over" });
    renameConnection(store, connection.name, "shop");
    expect(listQueue(store).map(({ target }) => target)).toEqual(["shop", "shop", "site-0"]);
    expect(getRun(store, "run-0")?.target).toBe("shop");
    expect(getRun(store, "over")?.target).toBe(run.target);
  });

  it("of a living process are left to it, and named ones say whose they are", () => {
    enqueue(store, samples(2), clock, never);
    expect(takeUp(store, clock, ANY)).toBeUndefined();
    expect(() => takeUpNamed(store, clock, "run-1")).toThrow(
      expect.objectContaining({ kind: "locked", code: "run.claimed" }),
    );
  });

  it("of a process that was killed are taken up, queued and running ones alike", async () => {
    const { child } = await startProgram(worker, ["hold-queue", home, "2"]);
    expect(takeUp(store, clock, ANY)).toBeUndefined();
    await killHard(child);
    store.run("UPDATE queue SET state = 'running' WHERE run = 'run-0'");
    expect([takeUp(store, clock, ANY)?.run, takeUp(store, clock, ANY)?.run]).toEqual(["run-0", "run-1"]);
    expect(takeUp(store, clock, ANY)).toBeUndefined();
  });

  it("are each taken up by one of two processes that ask at once", async () => {
    const { child } = await startProgram(worker, ["hold-queue", home, "60"]);
    await killHard(child);
    const start = String(Date.now() + 800);
    const taken = await Promise.all([0, 1].map(() => linesOf(worker, "take-at", home, start)));
    expect(
      taken
        .flat()
        .filter((run) => run !== "")
        .sort(),
    ).toEqual(
      samples(60)
        .map(({ run }) => run)
        .sort(),
    );
    expect(listQueue(store)).toEqual([]);
  });

  it("of another machine are taken up when their lease is over, which renewing puts off", () => {
    enqueue(store, samples(1), clock, never);
    now += LEASE_MS - 1;
    renewLeases(store, clock);
    moveAway();
    now += LEASE_MS - 1;
    expect(takeUp(store, clock, ANY)).toBeUndefined();
    now += 1;
    expect(takeUp(store, clock, ANY)?.run).toBe("run-0");
  });

  it("that are parked wait for their time, unless somebody names them", () => {
    enqueue(store, samples(2), clock, never);
    for (const run of ["run-0", "run-1"]) {
      giveBack(store, run, { state: "parked", cause: "the site is away", notBeforeMs: now + 1000 });
    }
    expect(listQueue(store)[0]).toMatchObject({ state: "parked", cause: "the site is away" });
    expect(takeUp(store, clock, ANY)).toBeUndefined();
    takeUpNamed(store, clock, "run-1");
    now += 1000;
    expect(takeUp(store, clock, ANY)?.run).toBe("run-0");
    expect(states()).toEqual(["run-0 running", "run-1 running"]);
  });

  it("that write files are taken up one at a time in a root, others beside them", () => {
    const pulls = samples(2, { command: "pull" });
    enqueue(store, [...pulls, ...samples(1, { run: "push" })], clock, never);
    for (const { run } of listQueue(store)) giveBack(store, run, { state: "queued" });
    expect(takeUp(store, clock, ANY)?.run).toBe("run-0");
    expect(takeUp(store, clock, ANY)?.run).toBe("push");
    expect(takeUp(store, clock, ANY)).toBeUndefined();
    dequeue(store, "run-0");
    expect(takeUp(store, clock, ANY)?.run).toBe("run-1");
  });

  it("give way to a new one that does all they were to do, but not while they are at work", () => {
    enqueue(store, samples(2), clock, never);
    giveBack(store, "run-0", { state: "parked", notBeforeMs: now });
    enqueue(store, [{ ...samples(1)[0], run: "new" } as never], clock, () => true);
    enqueue(store, samples(2, { run: "other" }).slice(1), clock, () => true);
    expect(states()).toEqual(["run-1 queued", "new running", "other running"]);
  });
});

describe("a name that one process has", () => {
  it("is free again when that process is killed", async () => {
    const name = `${home}/ainstein.lock`;
    const { child } = await startProgram(worker, ["hold-name", name]);
    const work = () => exclusively(name, async () => "mine", clock);
    await expect(work()).rejects.toMatchObject({ kind: "locked", code: "file-locked" });
    await killHard(child);
    await expect(work()).resolves.toBe("mine");
  });

  it("is free again when the work fails, and is one's own alone meanwhile", async () => {
    await expect(exclusively(home, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    const seen: string[] = [];
    const piece = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(`${name} ends`);
    };
    await Promise.all([exclusively(home, piece("a")), exclusively(home, piece("b"))]);
    expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });
});
