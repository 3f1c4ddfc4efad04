import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rateOf } from "../../src/commands/pacing.ts";
import { createHttp } from "../../src/http/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { type Limit, type LimitedSite, limitedSite, mostWithin } from "../fakes/limits.ts";
import type { Asking } from "../fakes/limits-client.ts";
import { bundleProgram, linesOf, tempDir } from "../store/programs.ts";

const sites: LimitedSite[] = [];
let client: string;

beforeAll(() => {
  client = bundleProgram("test/fakes/limits-client.ts");
});
afterAll(() => Promise.all(sites.map((site) => site.stop())));

/** A minute of the vendor's takes four seconds. */
const SCALE = 15;

async function site(limit: Limit): Promise<LimitedSite> {
  const made = await limitedSite(limit, SCALE);
  sites.push(made);
  return made;
}

/** Two processes of one installation, each sending half of so many requests as fast as it may. When each set out. */
async function byTwo(
  { url }: LimitedSite,
  requests: number,
  more: Pick<Asking, "pace" | "cost">,
): Promise<number[]> {
  const asking: Asking = { url, home: tempDir(), requests: requests / 2, callers: 4, ...more };
  const lines = await Promise.all([1, 2].map(() => linesOf(client, JSON.stringify(asking))));
  return lines
    .flat()
    .map(Number)
    .sort((a, b) => a - b);
}

describe("two processes at once", () => {
  it("never send more in any window than it allows", async () => {
    const strict = await site({ type: "window", requests: 60, seconds: 60, silent: true });
    const times = await byTwo(strict, 90, { pace: { perSecond: SCALE, window: 60 / SCALE } });
    expect(strict.seen().served).toBe(90);
    expect(mostWithin(times, 60_000 / SCALE)).toBeLessThanOrEqual(60);
  });

  it("spend a bucket of points to the ground, and are refused nothing", async () => {
    const points = await site({ type: "cost", capacity: 2000, perSecond: 100, cost: 50 });
    const pace = { perSecond: 100 * SCALE, burst: 2000, tells: { graphqlCost: true } } as const;
    await byTwo(points, 100, { pace, cost: 10 });
    expect(points.seen()).toMatchObject({ requests: 100, served: 100, refused: 0 });
  });

  it("know from one another what a request weighs, whenever they set out", async () => {
    const points = await site({ type: "cost", capacity: 2000, perSecond: 100, cost: 50 });
    const pace = { perSecond: 100 * SCALE, burst: 2000, tells: { graphqlCost: true } } as const;
    const asking: Asking = { url: points.url, home: tempDir(), requests: 100, callers: 4, pace, cost: 10 };
    const first = linesOf(client, JSON.stringify(asking));
    // By then the bucket is empty but for what comes back.
    await expect.poll(() => points.seen().served, { timeout: 20_000 }).toBeGreaterThan(50);
    await Promise.all([first, linesOf(client, JSON.stringify({ ...asking, requests: 20 }))]);
    expect(points.seen()).toMatchObject({ requests: 120, served: 120, refused: 0 });
  });
});

describe("a site that refuses now and then", () => {
  it("is left alone for as long as it asks, however it says that, and gets everything in the end", async () => {
    const moment = () => new Date(Date.now() + 1000).toUTCString();
    const values = ["0.1", "0", "-5", "soon", "", "0.05, 3", moment(), "Sat, 31 Jan 2026 11:00:00 GMT"];
    const moody = await site({ type: "retry-after", values });
    const http = createHttp({
      baseUrl: moody.url,
      authorize: (headers) => headers,
      pace: rateOf({ perSecond: Number.POSITIVE_INFINITY }, { concurrency: 1 }),
      clock: systemClock,
      random: Math.random,
      retry: { baseMs: 10 },
    });
    const write = { method: "POST", path: "/", repeatable: false, decode: () => undefined } as const;
    for (let n = 0; n < 20; n += 1) await http.send(write);
    const { served, refused, tooSoon } = moody.seen();
    expect([served, tooSoon]).toEqual([20, 0]);
    expect(refused).toBeGreaterThanOrEqual(values.length);
  });
});
