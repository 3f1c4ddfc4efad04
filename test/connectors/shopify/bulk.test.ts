import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connector, Draft, Entry } from "../../../src/connectors/contract.ts";
import { BULK } from "../../../src/connectors/shopify/bulk.ts";
import type { Json } from "../../../src/lib/json.ts";
import type { Behaviours } from "../../../src/sandbox/shopify/behaviours.ts";
import { type ShopifySandbox, startShopifySandbox } from "../../../src/sandbox/shopify/server.ts";
import { faultOf } from "../rules/writing.ts";
import { article, draftOf, leapingClock, openShopify } from "./shop.ts";

const MANY = BULK.from;

let sandbox: ShopifySandbox;
let connector: Connector;
let clock: ReturnType<typeof leapingClock>;

beforeEach(async () => {
  clock = leapingClock();
  sandbox = await startShopifySandbox({
    clock,
    behaviours: { bulkMs: 20_000, maximumAvailable: 1_000_000, restoreRate: 1_000_000 },
  });
  connector = openShopify(sandbox, {}, clock);
});
afterEach(() => sandbox.close());

interface Planned {
  readonly draft: Draft;
  readonly intent: Json;
}

/** Drafts as the engine hands them in, prepared. */
async function plan(count: number, kind = "article"): Promise<readonly Planned[]> {
  const first = await draftOf(connector, { ...article("T", {}, "Text."), kind }, "t");
  const drafts = Array.from({ length: count }, (_, n) => ({
    ...first,
    ...{ key: `${first.key}-${n}`, slug: `t-${n}` },
    wire: { ...first.wire, title: `T ${n}` },
  }));
  const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
  return drafts.map((draft, n) => ({ draft, intent: intents[n] ?? null }));
}

const create = (planned: readonly Planned[]) =>
  Promise.allSettled(planned.map(({ draft, intent }) => connector.create(draft, intent)));
const find = (planned: readonly Planned[], by = connector) =>
  Promise.all(planned.map(({ draft, intent }) => by.find(draft, intent)));

const madeOf = (outcomes: readonly PromiseSettledResult<Entry>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
const codesOf = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  new Set(outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : [])));

const slugs = () => [...sandbox.store.articles.values()].map(({ handle }) => handle).sort();
const slugsOf = (planned: readonly Planned[]) => planned.map(({ draft }) => draft.slug).sort();
const sent = (word: string) => sandbox.requests.filter(({ body }) => body.includes(word)).length;

/** Once, when the shop is asked for this; the start of an operation is asked for after the staging of its lines. */
function when(
  asked: "stagedUploadsCreate(" | "bulkOperationRunMutation(",
  change: Partial<Behaviours>,
): void {
  sandbox.behaviours.onRequest = (query) => {
    if (!query.includes(asked)) return;
    sandbox.behaviours.onRequest = undefined;
    Object.assign(sandbox.behaviours, change);
  };
}

describe("many creates of one moment", () => {
  test.each(["article", "page"])("are one operation, each %s with an answer of its own", async (kind) => {
    const planned = await plan(MANY + 1, kind);
    const before = sandbox.requests.length;
    const long = planned.map((one, n) =>
      n === 7
        ? { ...one, draft: { ...one.draft, wire: { ...one.draft.wire, title: "x".repeat(300) } } }
        : one,
    );
    const outcomes = await create(long);
    expect(outcomes.flatMap(({ status }, n) => (status === "rejected" ? [n] : []))).toEqual([7]);
    expect(codesOf(outcomes)).toEqual(new Set(["shopify.invalid-title"]));
    expect(madeOf(outcomes).map(({ slug, title }) => [slug, title])).toEqual(
      planned.filter((_, n) => n !== 7).map(({ draft }) => [draft.slug, draft.wire.title]),
    );
    expect(sandbox.store.bulk.size).toBe(1);
    expect(sent(`${kind}Create(`)).toBe(1);
    expect(sandbox.requests.length - before).toBeLessThan(20);
  });

  test("travel by twenty where they are fewer, and where the shop begins no operation", async () => {
    const few = await plan(MANY - 1);
    expect(madeOf(await create(few))).toHaveLength(MANY - 1);
    expect([sandbox.store.bulk.size, sent("articleCreate(")]).toEqual([0, 15]);
    sandbox.store.articles.clear();
    sandbox.behaviours.bulkLimit = 0;
    const many = await plan(MANY);
    expect(madeOf(await create(many))).toHaveLength(MANY);
    // One names it as what is to be done in bulk.
    expect([sandbox.store.bulk.size, sent("articleCreate(")]).toEqual([0, 15 + 15 + 1]);
    expect(slugs()).toEqual(slugsOf(many));
  });

  test("travel by twenty where their lines cannot be staged", async () => {
    sandbox.behaviours.refusesUploads = 99;
    const many = await plan(MANY);
    expect(madeOf(await create(many))).toHaveLength(MANY);
    expect(sandbox.store.bulk.size).toBe(0);
    expect(slugs()).toEqual(slugsOf(many));
  });

  test("are made once where the answer to their start is lost", async () => {
    when("bulkOperationRunMutation(", { dropsAnswerAfterWrite: 1 });
    const many = await plan(MANY);
    expect(madeOf(await create(many))).toHaveLength(MANY);
    expect([sandbox.store.bulk.size, sent("bulkOperationRunMutation(")]).toEqual([1, 1]);
    expect(slugs()).toEqual(slugsOf(many));
  });

  test("are not known to be made, and then known not to be, where the start never arrived", async () => {
    when("stagedUploadsCreate(", { badGatewayBefore: 1 });
    const many = await plan(MANY);
    const outcomes = await create(many);
    expect([madeOf(outcomes).length, sandbox.store.bulk.size]).toEqual([0, 0]);
    expect(codesOf(outcomes)).toEqual(new Set(["shopify.bulk"]));
    expect(await find(many)).toEqual(many.map(() => undefined));
  });

  test("of an operation that failed half way are told one by one, and found or not by asking", async () => {
    Object.assign(sandbox.behaviours, { bulkEnds: "FAILED", bulkDone: 100 });
    const many = await plan(MANY);
    const outcomes = await create(many);
    expect(madeOf(outcomes).map(({ slug }) => slug)).toEqual(
      many.slice(0, 100).map(({ draft }) => draft.slug),
    );
    expect(codesOf(outcomes)).toEqual(new Set(["shopify.bulk"]));
    sandbox.behaviours.searchLagMs = 3_600_000;
    const found = await find(many.slice(98, 102));
    expect(found.map((entry) => entry?.slug)).toEqual(["t-98", "t-99", undefined, undefined]);
    sandbox.behaviours.searchLagMs = 0;
    expect(madeOf(await create(many.slice(100)))).toHaveLength(MANY - 100);
    expect(slugs()).toEqual(slugsOf(many));
  });

  test.each(["CANCELED", "EXPIRED"] as const)(
    "of an operation that is %s are ambiguous",
    async (bulkEnds) => {
      Object.assign(sandbox.behaviours, { bulkEnds, bulkDone: 0 });
      const many = await plan(MANY);
      const outcomes = await create(many);
      expect([madeOf(outcomes).length, codesOf(outcomes)]).toEqual([0, new Set(["shopify.bulk"])]);
    },
  );

  test("are all found where the result is not to be had, whatever searches show", async () => {
    Object.assign(sandbox.behaviours, { losesResults: 99, searchLagMs: 3_600_000 });
    const many = await plan(MANY);
    const outcomes = await create(many);
    expect([madeOf(outcomes).length, codesOf(outcomes)]).toEqual([0, new Set(["shopify.bulk"])]);
    const found = await find(many);
    expect(found.map((entry) => entry?.slug)).toEqual(many.map(({ draft }) => draft.slug));
  });

  test("whose lines are told under other numbers are asked for, and never taken for each other", async () => {
    sandbox.behaviours.onRequest = (query) => {
      const [operation] = sandbox.store.bulk.values();
      if (!query.includes("bulkOperation(id") || operation === undefined || operation.lines.length === 0)
        return;
      sandbox.behaviours.onRequest = undefined;
      operation.lines = operation.lines.map((line) =>
        line.replace(/"__lineNumber":(\d+)/, (_, n) => `"__lineNumber":${Number(n) + 1}`),
      );
    };
    const many = await plan(MANY);
    expect(madeOf(await create(many))).toEqual([]);
    const [first] = await find(many.slice(0, 1));
    expect(first?.title).toBe("T 0");
  });
});

describe("an operation that takes long", () => {
  const HOUR = 3_600_000;

  test("is given up, and nothing is decided on before it is over", async () => {
    sandbox.behaviours.bulkMs = 2 * HOUR;
    const many = await plan(MANY);
    const outcomes = await create(many);
    expect([madeOf(outcomes).length, codesOf(outcomes)]).toEqual([0, new Set(["shopify.bulk"])]);
    const asked = sandbox.requests.length;
    const fault = await faultOf(find(many));
    expect(fault).toMatchObject({ kind: "unavailable", code: "shopify.bulk-runs", scope: "connection" });
    expect(sandbox.requests.length - asked).toBeLessThan(5);
    // Another process, later: it waits for the end.
    await clock.sleep(2 * HOUR - 20 * 60_000);
    const other = openShopify(sandbox, {}, clock);
    const found = await find(many, other).catch(() => find(many, openShopify(sandbox, {}, clock)));
    expect(found.map((entry) => entry?.slug)).toEqual(many.map(({ draft }) => draft.slug));
    expect(slugs()).toEqual(slugsOf(many));
  });

  test("is waited for by a machine that knows nothing of it, before it lists", async () => {
    sandbox.behaviours.bulkMs = 10 * 60_000;
    const many = await plan(MANY);
    const made = create(many);
    while (sandbox.store.bulk.size === 0) await clock.sleep(0);
    const other = openShopify(sandbox, {}, clock);
    const listed: string[] = [];
    for await (const page of other.list(["article", "page"])) listed.push(...page.map(({ slug }) => slug));
    expect(listed.sort()).toEqual(slugsOf(many));
    expect(madeOf(await made)).toHaveLength(MANY);
  });

  test("keeps a machine that knows nothing of it from new documents of the kind, and from nothing else", async () => {
    sandbox.behaviours.bulkMs = 2 * HOUR;
    const many = await plan(MANY);
    await create(many);
    const other = openShopify(sandbox, {}, clock);
    for await (const page of other.list(["article", "page"])) expect(page).toEqual([]);
    const [one] = many;
    const fault = await faultOf(other.prepare(one?.draft ?? expect.unreachable()));
    expect(fault).toMatchObject({ kind: "unavailable", code: "shopify.bulk-runs" });
    const page = await draftOf(other, { ...article("P"), kind: "page" }, "p");
    expect(await other.prepare(page)).toMatchObject({ slug: "p" });
  });

  test("is waited for a little while once the run is to end", async () => {
    sandbox.behaviours.bulkMs = 2 * HOUR;
    const stop = new AbortController();
    connector = openShopify(sandbox, {}, clock, stop.signal);
    const many = await plan(MANY);
    sandbox.behaviours.onRequest = (query) => {
      if (query.includes("bulkOperation(id")) stop.abort();
    };
    const before = clock.now();
    const outcomes = await create(many);
    expect([madeOf(outcomes).length, codesOf(outcomes)]).toEqual([0, new Set(["shopify.bulk"])]);
    expect(clock.now() - before).toBeLessThan(120_000);
    sandbox.behaviours.bulkMs = 0;
    await clock.sleep(2 * HOUR);
    connector = openShopify(sandbox, {}, clock);
    expect((await find(many)).filter((entry) => entry !== undefined)).toHaveLength(MANY);
  });
});
