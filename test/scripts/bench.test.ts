import { expect, it } from "vitest";
import { interleave, noiseOf, spread } from "../../scripts/bench-measure.mjs";
import { benchPost } from "../../scripts/bench-posts.mjs";

it("makes the same post of 5 KB with two categories and three tags each time, and another edition of it", () => {
  const numbers = Array.from({ length: 50 }, (_, n) => n + 1);
  for (const n of numbers) {
    const post = benchPost(n);
    expect(benchPost(n)).toBe(post);
    expect(Buffer.byteLength(post)).toBeGreaterThan(5000);
    expect(Buffer.byteLength(post)).toBeLessThan(7000);
    const names = (field: string) => new RegExp(`^${field}: \\[(.*)\\]$`, "m").exec(post)?.[1]?.split(", ");
    expect(new Set(names("categories")).size).toBe(2);
    expect(new Set(names("tags")).size).toBe(3);
    expect(benchPost(n, 1)).toBe(`${post}\nEdition 1 of it.\n`);
  }
  expect(new Set(numbers.map((n) => benchPost(n))).size).toBe(numbers.length);
});

it("claims nothing on a machine where the same work takes now this long, now that", () => {
  const alone = (ms: number) => ({ ms, share: 0.98 });
  expect(noiseOf([100, 101, 103, 104, 102, 100, 99, 101].map(alone))).toEqual({
    words: "the same work took 101 ms, spread 3 %, and got 98 % of the cores",
    tooNoisy: false,
  });
  expect(noiseOf([100, 101, 140, 150, 100, 160, 100, 155].map(alone)).tooNoisy).toBe(true);
});

it("claims nothing on a machine that others use all the time, though the same work always takes as long", () => {
  expect(noiseOf([470, 470, 471, 470].map((ms) => ({ ms, share: 0.4 }))).tooNoisy).toBe(true);
});

it("does not let one outlier of many speak for the machine, but does of few", () => {
  expect(spread([100, 100, 100, 100, 100, 100, 100, 900])).toBe(0);
  expect(spread([100, 100, 900])).toBe(8);
});

it("gives each way its turn in every round, and none always the first", async () => {
  const order: string[] = [];
  const turn = (name: string) => () => Promise.resolve(order.push(name));
  const { samples } = await interleave(2, { one: turn("one"), two: turn("two") });
  expect(order).toEqual(["one", "two", "two", "one"]);
  expect(samples).toEqual({ one: [1, 4], two: [2, 3] });
});
