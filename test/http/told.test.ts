import { describe, expect, it } from "vitest";
import { type Tells, type Told, toldBy } from "../../src/http/told.ts";

const NOW = Date.UTC(2026, 0, 31, 12);

function told(headers: Record<string, string>, status = 200, body = "{}", tells: Tells = {}): Told {
  return toldBy({ status, headers, body: Buffer.from(body) }, tells, NOW);
}

describe("what an answer says of the site's limit", () => {
  it.each([
    [
      { "x-ratelimit-limit": "60", "x-ratelimit-remaining": "59" },
      { left: 59, limit: 60 },
    ],
    [
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" },
      { left: 0, resetMs: 30_000 },
    ],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1000 + 9) }, { resetMs: 9000 }],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW + 900) }, { resetMs: 900 }],
    [{ "x-ratelimit-reset": String(NOW / 1000 - 9) }, { resetMs: 0 }],
    [
      { "ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "7", "ratelimit-reset": "5" },
      { limit: 100 },
    ],
    [{ ratelimit: "limit=100, remaining=50, reset=5" }, { left: 50, limit: 100, resetMs: 5000 }],
    [
      { ratelimit: '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60' },
      { left: 50, limit: 100 },
    ],
  ])("%j", (headers, wanted) => {
    expect(told(headers as unknown as Record<string, string>)).toMatchObject(wanted);
  });

  it.each([
    [{ "x-ratelimit-remaining": "many", "x-ratelimit-limit": "0", "x-ratelimit-reset": "-1" }],
    [{ "x-ratelimit-remaining": "-5", "x-ratelimit-reset": "99999999999999" }],
    [{ "x-ratelimit-reset": "1e9" }],
    [{ ratelimit: "gibberish" }],
  ])("nothing in %j", (headers) => {
    const { left, limit, resetMs } = told(headers as unknown as Record<string, string>);
    expect([left, limit, resetMs]).toEqual([undefined, undefined, undefined]);
  });

  it("a used share, where the vendor writes one", () => {
    const tells = { bucketHeader: "x-shopify-shop-api-call-limit" };
    const headers = { "x-shopify-shop-api-call-limit": "32/40" };
    expect(told(headers, 200, "{}", tells)).toMatchObject({ left: 8, limit: 40 });
    expect(told(headers)).toMatchObject({ left: undefined });
    expect(told({ "x-shopify-shop-api-call-limit": "full" }, 200, "{}", tells).left).toBeUndefined();
  });
});

describe("an answer that wants fewer requests", () => {
  it("says for how long", () => {
    expect(told({ "retry-after": "7" }, 429)).toMatchObject({ throttled: true, askedMs: 7000 });
    expect(told({ "retry-after": "soon" }, 429)).toMatchObject({ throttled: true, askedMs: undefined });
    const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4" };
    expect(told(reset, 429)).toMatchObject({ throttled: true, askedMs: 4000 });
  });

  it("or is a site that is away for a while, unless Varnish says so in its place", () => {
    expect(told({ "retry-after": "7" }, 503)).toMatchObject({ throttled: false, askedMs: 7000 });
    expect(told({ "retry-after": "7", "x-varnish": "1" }, 503).askedMs).toBeUndefined();
    expect(told({ "retry-after": "7" }, 200).askedMs).toBeUndefined();
  });

  it("may be an empty 403, where the vendor means that by it", () => {
    const tells = { emptyMeansTooFast: [403] };
    expect(told({}, 403, "", tells).throttled).toBe(true);
    expect(told({}, 403, '{"message":"no"}', tells).throttled).toBe(false);
    expect(told({}, 403, "").throttled).toBe(false);
  });
});

describe("a GraphQL answer", () => {
  const status = { maximumAvailable: 2000, currentlyAvailable: 252, restoreRate: 100 };
  const cost = { requestedQueryCost: 752, actualQueryCost: null, throttleStatus: status };
  const tells = { graphqlCost: true } as const;

  it("tells its weight and what is left", () => {
    const body = JSON.stringify({ data: {}, extensions: { cost } });
    expect(told({}, 200, body, tells)).toMatchObject({
      throttled: false,
      left: 252,
      limit: 2000,
      perSecond: 100,
      cost: 752,
    });
    expect(told({}, 200, body).left).toBeUndefined();
  });

  it("with status 200 may be a refusal, and says when there will be enough", () => {
    const errors = [{ message: "Throttled", extensions: { code: "THROTTLED" } }];
    const body = JSON.stringify({ errors, extensions: { cost } });
    expect(told({}, 200, body, tells)).toMatchObject({ throttled: true, askedMs: 5000 });
  });

  it("that was done in part is no refusal, since what was done would be done twice", () => {
    const errors = [{ message: "Throttled", path: ["o1"], extensions: { code: "THROTTLED" } }];
    const said = (data: unknown) =>
      told({}, 200, JSON.stringify({ data, errors, extensions: { cost } }), tells);
    expect(said({ o0: { article: null }, o1: null })).toMatchObject({ throttled: false });
    expect(said({ o0: null, o1: null })).toMatchObject({ throttled: true });
  });

  it("that only speaks of it in a text is no refusal", () => {
    const body = JSON.stringify({ data: { title: '"THROTTLED" and "throttleStatus"' } });
    expect(told({}, 200, body, tells)).toMatchObject({ throttled: false, left: undefined });
    expect(told({}, 200, '<"throttleStatus"', tells)).toMatchObject({ throttled: false });
  });
});
