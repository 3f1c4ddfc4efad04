import { expect, test } from "vitest";
import { groupCommit, meetingOf } from "../../src/engine/together.ts";
import type { Store } from "../../src/store/db.ts";

/** Counts transactions; what is done in one that fails is taken back. */
function countingStore() {
  const kept: string[] = [];
  const counts = { transactions: 0 };
  const transaction = <T>(work: () => T): T => {
    counts.transactions += 1;
    const before = kept.length;
    try {
      return work();
    } catch (thrown) {
      kept.length = before;
      throw thrown;
    }
  };
  return { store: { transaction } as unknown as Store, kept, counts };
}

test("documents of a group go on in the same tick, with one transaction for all", async () => {
  const { store, kept, counts } = countingStore();
  const {
    ends: [a, b, c],
  } = meetingOf(store, 3);
  const order: string[] = [];
  const keep = (name: string) => () => kept.push(name);
  const first = a?.meet(keep("a")).then(() => order.push("a"));
  const second = b?.meet(keep("b")).then(() => order.push("b"));
  await Promise.resolve();
  expect(order).toEqual([]);
  await Promise.all([first, second, c?.meet(keep("c")).then(() => order.push("c"))]);
  expect({ order, kept, ...counts }).toEqual({
    order: ["a", "b", "c"],
    kept: ["a", "b", "c"],
    transactions: 1,
  });
});

test("a document that ended or left is not waited for, and may still do its work alone", async () => {
  const { store, kept } = countingStore();
  const {
    ends: [a, b, c],
  } = meetingOf(store, 3);
  const waiting = a?.meet(() => kept.push("a"));
  b?.leave();
  b?.leave();
  expect(kept).toEqual([]);
  c?.leave();
  await waiting;
  await c?.meet(() => kept.push("c"));
  expect(kept).toEqual(["a", "c"]);
});

test("a group is ready once it met, or once nobody is left of it", async () => {
  const { store } = countingStore();
  const told: string[] = [];
  const meeting = meetingOf(store, 2);
  const empty = meetingOf(store, 1);
  void meeting.ready.then(() => told.push("met"));
  void empty.ready.then(() => told.push("left"));
  const first = meeting.ends[0]?.meet(() => 1);
  await Promise.resolve();
  expect(told).toEqual([]);
  await Promise.all([first, meeting.ends[1]?.meet(() => 2)]);
  empty.ends[0]?.leave();
  await Promise.resolve();
  expect(told).toEqual(["met", "left"]);
});

test("work that fails fails its own document, and that of the others is kept once", async () => {
  const { store, kept } = countingStore();
  const {
    ends: [a, b, c],
  } = meetingOf(store, 3);
  const results = await Promise.allSettled([
    a?.meet(() => kept.push("a")),
    b?.meet(() => {
      throw new Error("full");
    }),
    c?.meet(() => kept.push("c")),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(kept).toEqual(["a", "c"]);
});

test("what is recorded in one tick is one transaction, and later work another", async () => {
  const { store, kept, counts } = countingStore();
  const commit = groupCommit(store);
  await Promise.all(["a", "b", "c"].map((name) => commit(() => kept.push(name))));
  await commit(() => kept.push("d"));
  expect({ kept, ...counts }).toEqual({ kept: ["a", "b", "c", "d"], transactions: 2 });
  const failing = commit(() => {
    throw new Error("full");
  });
  const fine = commit(() => kept.push("e"));
  await expect(failing).rejects.toThrow("full");
  await fine;
  expect(kept).toEqual(["a", "b", "c", "d", "e"]);
});
