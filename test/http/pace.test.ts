import { describe, expect, it } from "vitest";
import { createPacer, type Pacer } from "../../src/http/pace.ts";
import { toldBy } from "../../src/http/told.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { faultOf } from "./servers.ts";

/** Time that passes by sleeping only. */
function sleeper(): Clock & { slept: number[] } {
  let now = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}

const never = new AbortController().signal;

/** One request passes, and its answer asks to be left alone. */
async function askedToWait(pacer: Pacer, seconds: number): Promise<void> {
  const leave = await pacer.enter(never);
  const headers = { "retry-after": String(seconds) };
  const told = toldBy({ status: 429, headers, body: Buffer.alloc(0) }, {}, 0);
  leave({ told, trouble: false });
}

describe("a pacer", () => {
  it("starts with one token and then keeps the rate", async () => {
    const clock = sleeper();
    const pacer = createPacer({ perSecond: 4, concurrency: 1 }, clock);
    const starts: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const leave = await pacer.enter(never);
      starts.push(clock.now());
      leave();
    }
    expect(starts.map((start) => start - 1_000_000)).toEqual([0, 250, 500, 750]);
  });

  it("lets no window of a second see more than the rate, however many ask at once", async () => {
    const pacer = createPacer({ perSecond: 50, concurrency: 20 }, systemClock);
    const starts: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const leave = await pacer.enter(never);
        starts.push(performance.now());
        leave();
      }),
    );
    // 20 starts 20 ms apart take 380 ms; timers may be 1 ms early.
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(360);
  });

  it("never lets more in at one time than allowed, and wastes no place", async () => {
    const pacer = createPacer({ perSecond: Number.POSITIVE_INFINITY, concurrency: 3 }, systemClock);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const leave = await pacer.enter(never);
        inside += 1;
        most = Math.max(most, inside);
        await systemClock.sleep(2);
        inside -= 1;
        leave();
      }),
    );
    expect(most).toBe(3);
  });

  it("keeps everybody out while the server wants to be left alone", async () => {
    const clock = sleeper();
    const pacer = createPacer({ perSecond: Number.POSITIVE_INFINITY, concurrency: 2 }, clock);
    await askedToWait(pacer, 5);
    await pacer.enter(never);
    expect(clock.now()).toBe(1_005_000);
  });

  it("ends that wait on abort, and gives its place back", async () => {
    const pacer = createPacer({ perSecond: Number.POSITIVE_INFINITY, concurrency: 1 }, systemClock);
    await askedToWait(pacer, 60);
    const abort = new AbortController();
    const waiting = faultOf(pacer.enter(abort.signal));
    abort.abort();
    expect((await waiting).kind).toBe("interrupted");
    const second = new AbortController();
    const next = faultOf(pacer.enter(second.signal));
    second.abort();
    expect((await next).kind).toBe("interrupted");
  });
});
