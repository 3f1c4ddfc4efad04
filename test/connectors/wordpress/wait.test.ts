import { expect, test } from "vitest";
import { waitFor } from "../../../src/connectors/wordpress/wait.ts";
import type { Clock } from "../../../src/lib/clock.ts";

/** A clock on which everybody who sleeps wakes at their own time, in order. */
function sleepers() {
  let now = 0;
  const asleep: { readonly at: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((wake) => asleep.push({ at: now + ms, wake })),
  };
  const run = async <T>(done: Promise<T>): Promise<T> => {
    let over = false;
    const ended = done.finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise(setImmediate);
      asleep.sort((a, b) => a.at - b.at);
      const next = asleep.shift();
      now = Math.max(now, next?.at ?? now);
      next?.wake();
    }
    return ended;
  };
  return { clock, run };
}

/** What a site shows of entries that arrive at these seconds; undefined for one that never does. */
function arriving(seconds: readonly (number | undefined)[]) {
  const { clock, run } = sleepers();
  const arrivals = { at: Number.NEGATIVE_INFINITY };
  const looked = seconds.map((second, n) =>
    waitFor(clock, arrivals, async () =>
      second !== undefined && clock.now() >= second * 1000 ? `entry ${n}` : undefined,
    ),
  );
  return run(Promise.all(looked));
}

test("what a slow site still writes of a lost batch is waited for as long as entries go on arriving", async () => {
  expect(await arriving([0, 0, 8, 16, 25, 33])).toEqual([
    "entry 0",
    "entry 1",
    "entry 2",
    "entry 3",
    "entry 4",
    "entry 5",
  ]);
});

test("a batch of which nothing arrives any more is given up", async () => {
  expect(await arriving([0, 0, 3, undefined, undefined])).toEqual([
    "entry 0",
    "entry 1",
    "entry 2",
    undefined,
    undefined,
  ]);
  expect(await arriving([undefined])).toEqual([undefined]);
});
