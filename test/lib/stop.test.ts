import { describe, expect, it } from "vitest";
import { type Clock, clockUntil } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { stopFault, unlessStopped } from "../../src/lib/stop.ts";
import { faultOf } from "../http/servers.ts";

const over = new Fault("deadline", "the time is over");

describe("what stopped the work", () => {
  it("is the fault it was stopped with, else somebody's interruption", () => {
    expect(stopFault(AbortSignal.abort(over), "stopped")).toBe(over);
    expect(stopFault(AbortSignal.abort(), "stopped", "again")).toMatchObject({
      kind: "interrupted",
      message: "stopped",
      hint: "again",
    });
  });

  it("ends waiting for work that only looks", async () => {
    const controller = new AbortController();
    const never = unlessStopped(new Promise(() => {}), controller.signal, () => over);
    controller.abort();
    expect(await faultOf(never)).toBe(over);
    expect(await faultOf(unlessStopped(Promise.resolve(1), controller.signal, () => over))).toBe(over);
  });

  it("does not touch work that ends before", async () => {
    const controller = new AbortController();
    expect(await unlessStopped(Promise.resolve(1), controller.signal, () => over)).toBe(1);
    const failed = unlessStopped(Promise.reject(new Fault("auth", "no")), controller.signal, () => over);
    expect((await faultOf(failed)).kind).toBe("auth");
  });
});

describe("a clock with an end", () => {
  const slept: number[] = [];
  const clock: Clock = { now: () => 1000, sleep: async (ms) => void slept.push(ms) };
  const { signal } = new AbortController();

  it("waits until then, and not for what would pass it", async () => {
    const until = clockUntil(clock, 5000, over);
    await until.sleep(4000, signal);
    expect(await faultOf(until.sleep(4001, signal))).toBe(over);
    expect(slept).toEqual([4000]);
    expect(until.now()).toBe(1000);
  });

  it("waits all the same where what was begun has to be finished", async () => {
    await clockUntil(clock, 5000, over).sleep(60_000);
    expect(slept).toContain(60_000);
  });
});
