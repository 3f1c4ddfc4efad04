import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rateOf } from "../../src/commands/pacing.ts";
import {
  type Budget,
  begun,
  budgetOf,
  corrected,
  freshBudget,
  LONGEST_QUIET_MS,
  reserve,
  type Terms,
  type Ticket,
} from "../../src/http/budget.ts";
import type { Cost } from "../../src/http/http.ts";
import type { Told } from "../../src/http/told.ts";

const NOW = 1_000_000;
const GAP: Terms = { gapMs: 1000, lateMs: 900, bucket: undefined, restMs: 1000 };
const BUCKET: Terms = {
  gapMs: 0,
  lateMs: Number.POSITIVE_INFINITY,
  bucket: { capacity: 40, perSecond: 2 },
  restMs: 1000,
};

function told(more: Partial<Told>): Told {
  const nothing = { left: undefined, limit: undefined, perSecond: undefined, resetMs: undefined };
  return { throttled: false, askedMs: undefined, cost: undefined, ...nothing, ...more };
}

/** So many in one moment: the budget after them, and their tickets. */
function several(
  budget: Budget,
  terms: Terms,
  count: number,
  about = 1,
): { budget: Budget; tickets: Ticket[] } {
  const tickets: Ticket[] = [];
  let left = budget;
  for (let n = 0; n < count; n += 1) {
    const reserved = reserve(left, terms, NOW, { kind: "query", about });
    left = reserved.budget;
    tickets.push(reserved.ticket);
  }
  return { budget: left, tickets };
}

const delays = (tickets: readonly Ticket[]) => tickets.map((ticket) => ticket.startAt - NOW);

describe("a budget of a strict window", () => {
  it("serves who asks first, one gap apart", () => {
    expect(delays(several(freshBudget(NOW), GAP, 4).tickets)).toEqual([0, 1000, 2000, 3000]);
  });

  it("keeps to the limit that answers state, and to the operator's where that is lower", () => {
    const terms = { ...GAP, told: { windowMs: 60_000, share: 1, perSecond: 4 } };
    const first = reserve(freshBudget(NOW), terms, NOW, undefined);
    const startsWith = (limit: number) => {
      const changed = corrected(first.budget, terms, first.ticket, told({ limit, left: 50 }), NOW);
      return delays(several(changed, terms, 3).tickets);
    };
    expect(startsWith(120)).toEqual([1000, 1500, 2000]);
    expect(startsWith(30)).toEqual([1000, 3000, 5000]);
    expect(startsWith(6000)).toEqual([1000, 1250, 1500]);
    // Not of the vendor's: it would stop the run, or have it refused.
    expect([startsWith(1), startsWith(1_000_000)]).toEqual([
      [1000, 2000, 3000],
      [1000, 2000, 3000],
    ]);
    const deaf = corrected(first.budget, GAP, first.ticket, told({ limit: 120, left: 50 }), NOW);
    expect(delays(several(deaf, GAP, 2).tickets)).toEqual([1000, 2000]);
  });

  it("saves nothing up while nobody asks", () => {
    const { budget } = several(freshBudget(NOW - 3_600_000), GAP, 1);
    expect(delays(several(budget, GAP, 2).tickets)).toEqual([1000, 2000]);
  });

  it("puts a start off again that comes so late that the next would follow too closely", () => {
    const { budget, ticket } = reserve(freshBudget(NOW), GAP, NOW, undefined);
    expect(begun(budget, GAP, ticket, NOW + 900)).toBeDefined();
    expect(begun(budget, GAP, ticket, NOW + 901)).toBeUndefined();
  });

  it("is never exceeded in any window, whoever asks when and however late requests set out", () => {
    const limit = 60;
    const windowMs = 60_000;
    const { perSecond, lateMs = 0 } = rateOf({ perSecond: 1, window: 60 }, {});
    const terms: Terms = { ...GAP, gapMs: 1000 / perSecond, lateMs };
    const wait = fc.integer({ min: 0, max: 3000 });
    const late = fc.integer({ min: 0, max: 950 });
    fc.assert(
      fc.property(fc.array(fc.tuple(wait, late), { minLength: 150, maxLength: 200 }), (asks) => {
        let budget = freshBudget(NOW);
        let now = NOW;
        const starts: number[] = [];
        for (const [waits, delay] of asks) {
          now += waits % 700;
          const reserved = reserve(budget, terms, now, undefined);
          budget = reserved.budget;
          const at = reserved.ticket.startAt + delay;
          if (begun(budget, terms, reserved.ticket, at) !== undefined) starts.push(at);
        }
        starts.sort((a, b) => a - b);
        for (const [index, at] of starts.entries()) {
          const inside = starts.slice(index).filter((other) => other - at < windowMs).length;
          expect(inside).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("waits when somebody else has spent it", () => {
    const { budget, ticket } = reserve(freshBudget(NOW), GAP, NOW, undefined);
    expect(corrected(budget, GAP, ticket, told({ left: 1 }), NOW)).toBe(budget);
    expect(corrected(budget, GAP, ticket, told({ left: 0, resetMs: 20_000 }), NOW).quietUntil).toBe(
      NOW + 20_000,
    );
    expect(corrected(budget, GAP, ticket, told({ left: 0 }), NOW).quietUntil).toBe(NOW + 3000);
  });
});

describe("a site that asks to be left alone", () => {
  it("voids all promises, and afterwards requests set out one by one", () => {
    const { budget, tickets } = several(freshBudget(NOW), GAP, 3);
    const [first, second] = tickets;
    const quiet = corrected(budget, GAP, first as Ticket, told({ throttled: true, askedMs: 30_000 }), NOW);
    expect(begun(quiet, GAP, second as Ticket, NOW + 1000)).toBeUndefined();
    expect(delays(several(quiet, GAP, 2).tickets)).toEqual([30_000, 31_000]);
  });

  it("is left alone for a moment when it does not say for how long, and never for longer than an hour", () => {
    const { budget, ticket } = reserve(freshBudget(NOW), GAP, NOW, undefined);
    const until = (more: Partial<Told>) =>
      corrected(budget, GAP, ticket, told({ throttled: true, ...more }), NOW).quietUntil - NOW;
    expect(until({})).toBe(1000);
    expect(until({ askedMs: 1e12 })).toBe(LONGEST_QUIET_MS);
  });

  it("is not left alone for hours because the clock was put back", () => {
    const { budget, ticket } = reserve(freshBudget(NOW), BUCKET, NOW, undefined);
    const quiet = corrected(budget, BUCKET, ticket, told({ throttled: true, askedMs: 60_000 }), NOW);
    const back = reserve(quiet, BUCKET, NOW - 7_200_000, undefined).ticket;
    expect(back.startAt - (NOW - 7_200_000)).toBeLessThanOrEqual(1000);
  });
});

describe("a budget that is a bucket", () => {
  /** One request that has begun and is answered. */
  function answered(budget: Budget, answer: Partial<Told>, cost?: Cost): Budget {
    const reserved = reserve(budget, BUCKET, NOW, cost);
    const kept = begun(reserved.budget, BUCKET, reserved.ticket, NOW);
    if (kept === undefined) throw new Error("not kept");
    return corrected(kept.budget, BUCKET, kept.ticket, told(answer), NOW);
  }

  it("never starts full, but takes the server's word for what is left", () => {
    expect(delays(several(freshBudget(NOW), BUCKET, 3).tickets)).toEqual([0, 500, 1000]);
    const full = answered(freshBudget(NOW), { left: 39, limit: 40 });
    expect(delays(several(full, BUCKET, 41).tickets).filter((delay) => delay === 0)).toHaveLength(39);
  });

  it("fills up no further than it holds", () => {
    const long = { ...answered(freshBudget(NOW), { left: 39 }), at: NOW - 300_000 };
    expect(delays(several(long, BUCKET, 42).tickets).slice(39)).toEqual([0, 500, 1000]);
  });

  it("takes from what is left all that the server may not have counted yet", () => {
    const open = answered(freshBudget(NOW), { left: 39 });
    const { budget, tickets } = several(open, BUCKET, 5);
    let state = budget;
    const under = tickets.map((ticket) => {
      const kept = begun(state, BUCKET, ticket, NOW);
      state = kept?.budget ?? state;
      return kept?.ticket ?? ticket;
    });
    // The first of five in flight says 38: the other four may or may not be among what it counted.
    const after = corrected(state, BUCKET, under[0] as Ticket, told({ left: 38 }), NOW);
    expect(after.tokens).toBe(34);
    // An answer to one that set out before all others ended, and that comes last, gives back nothing.
    let late = after;
    for (const ticket of under.slice(1, 4)) late = corrected(late, BUCKET, ticket, told({ left: 34 }), NOW);
    expect(corrected(late, BUCKET, under[4] as Ticket, told({ left: 38 }), NOW).tokens).toBe(34);
  });

  it("lets those who wait go as soon as the server says that there is room", () => {
    const { budget, tickets } = several(freshBudget(NOW), BUCKET, 4);
    const kept = begun(budget, BUCKET, tickets[0] as Ticket, NOW);
    const after = corrected(kept?.budget as Budget, BUCKET, kept?.ticket as Ticket, told({ left: 39 }), NOW);
    expect(begun(after, BUCKET, tickets[1] as Ticket, NOW + 500)).toBeUndefined();
    expect(delays(several(after, BUCKET, 3).tickets)).toEqual([0, 0, 0]);
  });

  it("goes by the size and speed that the server names", () => {
    const plus = answered(freshBudget(NOW), { left: 10, limit: 20_000, perSecond: 1000 });
    expect(delays(several(plus, BUCKET, 2, 500).tickets)).toEqual([490, 990]);
  });

  it("weighs a request as the server weighed one of its kind, whoever sent that", () => {
    const weighed = answered(freshBudget(NOW), { left: 25, cost: 15 }, { kind: "query", about: 10 });
    const kept = budgetOf(JSON.parse(JSON.stringify(weighed))) as Budget;
    const paid = (cost?: Cost) => reserve(kept, BUCKET, NOW, cost).ticket.cost;
    expect(paid({ kind: "query", about: 10 })).toBe(15);
    expect(paid({ kind: "another", about: 10 })).toBe(10);
    expect(paid()).toBe(1);
  });

  it("keeps the weights of the kinds that were seen last", () => {
    let budget = freshBudget(NOW);
    for (let n = 0; n < 150; n += 1) {
      budget = answered(budget, { left: 30, cost: 3 }, { kind: `query ${n}`, about: 10 });
    }
    const weight = (n: number) => reserve(budget, BUCKET, NOW, { kind: `query ${n}`, about: 10 }).ticket.cost;
    expect([weight(149), weight(50), weight(49)]).toEqual([3, 3, 10]);
  });

  it("forgets what a process that is gone had under way", () => {
    const reserved = reserve(freshBudget(NOW - 400_000), BUCKET, NOW - 400_000, undefined);
    const lost = begun(reserved.budget, BUCKET, reserved.ticket, NOW - 400_000);
    const after = answered(lost?.budget as Budget, { left: 39 });
    expect(after.tokens).toBe(39);
  });
});
