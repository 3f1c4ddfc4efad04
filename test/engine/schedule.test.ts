import fc from "fast-check";
import { expect, test } from "vitest";
import { inGroups } from "../../src/engine/schedule.ts";

const later = (ticks: number) =>
  Array.from({ length: ticks }).reduce<Promise<void>>((before) => before.then(() => {}), Promise.resolve());

test("every item is done once, behind what it waits for, in groups that are no larger and no more than allowed", async () => {
  const plan = fc.record({
    links: fc.array(fc.array(fc.nat({ max: 40 }), { maxLength: 3 }), { maxLength: 40 }),
    most: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 4 }),
    lasts: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 9 }),
    outside: fc.array(fc.option(fc.nat({ max: 9 }), { nil: undefined }), { minLength: 1, maxLength: 7 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ links, most, width, lasts, outside }) => {
      const items = links.map((_, index) => index);
      const ended = new Set<number>();
      const begun: number[] = [];
      const open = new Set<number>();
      let running = 0;
      const waits = items.map((index) => {
        const ticks = outside[index % outside.length];
        return ticks === undefined ? undefined : later(ticks).then(() => void open.add(index));
      });
      await inGroups(
        items,
        { most, width, after: (item) => links[item] ?? [], until: (item) => waits[item] },
        async (group) => {
          running += 1;
          expect(running).toBeLessThanOrEqual(width);
          expect(group.length).toBeLessThanOrEqual(most);
          for (const item of group) {
            begun.push(item);
            for (const before of links[item] ?? []) if (before < item) expect(ended.has(before)).toBe(true);
            if (waits[item] !== undefined) expect(open.has(item)).toBe(true);
          }
          await later(lasts[begun.length % lasts.length] ?? 0);
          for (const item of group) ended.add(item);
          running -= 1;
        },
      );
      expect([...begun].sort((a, b) => a - b)).toEqual(items);
      expect(ended.size).toBe(items.length);
    }),
    { numRuns: 500 },
  );
});

test("items that wait for nothing travel in full groups", async () => {
  const sizes: number[] = [];
  const items = Array.from({ length: 60 }, (_, index) => index);
  await inGroups(items, { most: 25, width: 3, after: () => [] }, async (group) => {
    sizes.push(group.length);
  });
  expect(sizes).toEqual([25, 25, 10]);
});

test("a group that could still grow is not sent half full while others are under way", async () => {
  const sizes: number[] = [];
  // The second half waits for the first, item by item.
  const items = Array.from({ length: 20 }, (_, index) => index);
  await inGroups(
    items,
    { most: 10, width: 4, after: (item) => (item < 10 ? [] : [item - 10]) },
    async (group) => {
      sizes.push(group.length);
      await later(3);
    },
  );
  expect(sizes).toEqual([10, 10]);
});

test("a long chain travels along with those that nobody waits for, and is not left over", async () => {
  const sizes: number[] = [];
  const items = Array.from({ length: 48 }, (_, index) => index);
  // The last eight are a chain.
  await inGroups(
    items,
    { most: 6, width: 1, after: (item) => (item > 40 ? [item - 1] : []) },
    async (group) => {
      sizes.push(group.length);
    },
  );
  expect(sizes).toEqual([6, 6, 6, 6, 6, 6, 6, 6]);
});

test("what fails for good ends the whole, once what is under way has ended", async () => {
  const done: number[] = [];
  const items = [0, 1, 2, 3, 4, 5];
  const all = inGroups(items, { most: 1, width: 2, after: () => [] }, async ([item = 0]) => {
    await later(item === 1 ? 1 : 4);
    if (item === 1) throw new Error("gone");
    done.push(item);
  });
  await expect(all).rejects.toThrow("gone");
  expect(done).toEqual([0]);
});
