import { describe, expect, it } from "vitest";
import { type Adapt, observed, type Range, startAdapt } from "../../src/http/adapt.ts";

/** How long one request takes, in milliseconds, while so many are under way at one time. */
type Site = (atOnce: number) => number;

/** Plays so many requests against a site, all of them wanted at once; the level at each, and what came of it. */
function play(
  start: Adapt,
  site: Site,
  requests: number,
  trouble = false,
): { readonly end: Adapt; readonly levels: readonly number[] } {
  let end = start;
  let now = 0;
  const levels: number[] = [];
  for (let n = 0; n < requests; n += 1) {
    const ms = site(end.allowed);
    now += ms / end.allowed;
    end = observed(end, { at: now, ms, trouble, busy: true });
    levels.push(end.allowed);
  }
  return { end, levels };
}

/** The level of most of the time, once it was found. */
function settled(start: Adapt, site: Site): number | undefined {
  const late = play(start, site, 800).levels.slice(-300);
  return late.sort((a, b) => a - b)[150];
}

const NORMAL: Range = { from: 2, most: 4 };
const FAST: Range = { from: 4, most: 16 };

describe("requests at one time", () => {
  it("rise to the most that politeness allows where the site bears it", () => {
    expect(settled(startAdapt(NORMAL), () => 100)).toBe(4);
    expect(settled(startAdapt(FAST), () => 100)).toBe(16);
  });

  it("stay at what the site does side by side", () => {
    // Two workers: more at one time only wait for each other.
    expect(settled(startAdapt(FAST), (atOnce) => 100 * Math.max(1, atOnce / 2))).toBe(2);
  });

  it("fall where four are slower than two", () => {
    expect(settled(startAdapt(FAST), (atOnce) => (atOnce <= 2 ? 100 : 100 * atOnce))).toBe(2);
  });

  it("fall to one where the site does one after the other", () => {
    expect(settled(startAdapt(NORMAL), (atOnce) => 100 * atOnce)).toBe(1);
  });

  it("are halved by an error, once for all that were under way", () => {
    const grown = play(startAdapt(FAST), () => 100, 2000).end;
    expect(grown.allowed).toBeGreaterThan(8);
    const at = 1_000_000;
    const hit = observed(grown, { at, ms: 100, trouble: true, busy: true });
    expect(hit.allowed).toBe(Math.floor(grown.allowed / 2));
    expect(observed(hit, { at: at + 5, ms: 100, trouble: true, busy: true }).allowed).toBe(hit.allowed);
    expect(observed(hit, { at: at + 500, ms: 100, trouble: true, busy: true }).allowed).toBe(
      Math.floor(hit.allowed / 2),
    );
  });

  it("never fall below one, and come back when the errors end", () => {
    const down = play(startAdapt(NORMAL), () => 100, 50, true).end;
    expect(down.allowed).toBe(1);
    expect(play(down, () => 100, 600).end.allowed).toBeGreaterThan(1);
  });

  it("do not change while nobody waits for a place", () => {
    let adapt = startAdapt(NORMAL);
    for (let n = 0; n < 500; n += 1) {
      adapt = observed(adapt, { at: n * 100, ms: 100, trouble: false, busy: false });
    }
    expect(adapt.allowed).toBe(2);
  });

  it("are not judged by requests of another sort", () => {
    let adapt = startAdapt(NORMAL);
    while (adapt.before === undefined) adapt = play(adapt, () => 1000, 10).end;
    expect(adapt.allowed).toBe(3);
    // Quick ones now: that they are so many more is not because of the third place.
    const after = play(adapt, () => 10, 13).end;
    expect(after.before).toBeUndefined();
    expect(after.allowed).toBe(2);
  });
});
