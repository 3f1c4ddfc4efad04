// What every provider over HTTP must hold, asked of a fake that answers as documented: a provider's own test is what its
// requests look like and what it answers.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openService } from "../../src/services/open.ts";
import type { Mode, Point, Provider } from "../../src/services/provider.ts";
import type { Occurrence, Opened, OpenParts } from "../../src/services/service.ts";
import { type FakeProvider, type Given, type Seen, startFakeProvider } from "./fake-provider.ts";

/** A request that is due. Headers: those named; all else exactly. */
export interface Expected {
  readonly method: string;
  /** Host first. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** In place of both, where a signature makes it another each time. */
  readonly body?: RegExp;
}

export type Exchange = readonly [Expected, Given];

export interface ProviderCase {
  readonly provider: Provider;
  /** Good ones: form as documented, invented. */
  readonly values: Readonly<Record<string, string>>;
  /** Where a token is fetched first. */
  readonly signIn?: Exchange;
  /** Absent where nothing proves the credentials. */
  readonly check?: {
    readonly exchanges: readonly Exchange[];
    readonly mode: Mode;
    readonly account?: string;
    /** The first answer to credentials that are wrong. */
    readonly wrong: Given;
  };
  readonly actions?: readonly ActionCase[];
  readonly hooks?: {
    readonly values?: Readonly<Record<string, string>>;
    /** Listing, creating, and what follows. */
    readonly exchanges: readonly Exchange[];
    readonly id: string;
    /** What is to be kept. */
    readonly gives: Readonly<Record<string, string>>;
  };
}

export interface ActionCase {
  readonly point: Point;
  readonly fields?: Occurrence["fields"];
  /** Settings besides the case's own. */
  readonly values?: Readonly<Record<string, string>>;
  readonly exchanges: readonly Exchange[];
  readonly detail?: string;
}

/** The id and time that every occurrence of the cases has. */
export const ID = "0b54d8a5-9f3c-4d5b-8f7e-0a1b2c3d4e5f";
export const AT_MS = 1_700_000_000_000;

export const FIELDS: Readonly<Record<Point, Occurrence["fields"]>> = {
  form_submission: {
    form: "contact",
    name: "Ada Lovelace",
    email: "Ada@Example.com",
    phone: "+441234567890",
    company: "Engines Ltd",
    message: "Hello <there>",
    source: "web",
  },
  user_registration: { user_id: "42", name: "Ada Lovelace", email: "Ada@Example.com", source: "web" },
  checkout: {
    order_id: "O-17",
    email: "Ada@Example.com",
    amount_cents: 1999,
    currency: "eur",
    source: "web",
  },
  content_published: {
    title: "A title",
    url: "https://site.example/a",
    path: "posts/a.md",
    kind: "post",
    target: "blog",
    locale: "en",
  },
  content_updated: {
    title: "A title",
    url: "https://site.example/a",
    path: "posts/a.md",
    kind: "post",
    target: "blog",
    locale: "en",
  },
  run_failed: { run: "r1", target: "blog", command: "publish", code: "auth", failed: 3 },
};

export const HOOK_URL = "https://hooks.example/services/x";
export const HOOK_SECRET = "a-secret-of-our-own-0123456789";
const PAGE = {
  status: 200,
  text: "<!doctype html><title>Sign in to the network</title>",
  headers: { "content-type": "text/html" },
};

/** A minute after what happened: some providers count nothing that is old. */
const STARTED = Date.now();
const CLOCK = { ...systemClock, now: () => AT_MS + 60_000 + Date.now() - STARTED };
const PARTS: OpenParts = { clock: CLOCK, random: () => 0, answerMs: 150 };

/** Registers the tests of one provider. */
export function providerCases(asGiven: ProviderCase): void {
  const limits = { ...asGiven.provider.limits, perSecond: Number.POSITIVE_INFINITY };
  const given = { ...asGiven, provider: { ...asGiven.provider, limits } };
  describe(`${given.provider.title} (a fake on loopback: proves the shape of requests)`, () => {
    let fake: FakeProvider;
    beforeAll(async () => {
      fake = await startFakeProvider();
    });
    afterAll(() => fake.close());
    const open = (values: Readonly<Record<string, string>> = {}): Promise<Opened> =>
      openService(given.provider, { ...given.values, ...values, baseUrl: fake.baseUrl }, PARTS);
    if (given.check !== undefined) checkCases(given, given.check, () => fake, open);
    for (const action of given.actions ?? []) actionCases(given, action, () => fake, open);
    if (given.hooks !== undefined) hookCases(given, given.hooks, () => fake, open);
  });
}

type Open = (values?: Readonly<Record<string, string>>) => Promise<Opened>;

/** Answers each request of the list in turn, and the last one as often as it is asked. */
function play(fake: FakeProvider, exchanges: readonly Exchange[]): void {
  fake.answer((_request, index) => exchanges[Math.min(index, exchanges.length - 1)]?.[1] ?? { status: 500 });
}

/** Signs in where a token is wanted; all else is answered so. */
function answerAll(fake: FakeProvider, { signIn }: ProviderCase, given: Given): void {
  fake.answer(({ path }) => (signIn !== undefined && path === signIn[0].path ? signIn[1] : given));
}

function expectRequests(seen: readonly Seen[], exchanges: readonly Exchange[]): void {
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(
    exchanges.map(([{ method, path }]) => `${method} ${path}`),
  );
  for (const [index, [due]] of exchanges.entries()) {
    const came = seen[index];
    expect(came?.query).toEqual(due.query ?? {});
    for (const [name, wanted] of Object.entries(due.headers ?? {})) {
      const header = came?.headers[name.toLowerCase()] ?? "";
      if (typeof wanted === "string") expect(header, name).toBe(wanted);
      else expect(header, name).toMatch(wanted);
    }
    if (due.body !== undefined) expect(came?.body).toMatch(due.body);
    else if (due.json !== undefined) expect(JSON.parse(came?.body ?? "")).toEqual(due.json);
    else if (due.form !== undefined)
      expect(Object.fromEntries(new URLSearchParams(came?.body))).toEqual(due.form);
    else expect(came?.body).toBe("");
  }
}

function checkCases(
  given: ProviderCase,
  { exchanges, mode, account, wrong }: NonNullable<ProviderCase["check"]>,
  fake: () => FakeProvider,
  open: Open,
): void {
  const verdictFor = async (answer: Given) => {
    fake().answer(() => answer);
    return (await open()).prove();
  };

  test("good credentials are verified by the cheapest request", async () => {
    play(fake(), exchanges);
    const verdict = await (await open()).prove();
    expect(verdict).toMatchObject({ verdict: "verified", mode });
    expect(verdict.account).toBe(account);
    expectRequests(fake().seen, exchanges);
  });

  test("wrong ones are refused, with no secret in what is said", async () => {
    const verdict = await verdictFor(wrong);
    expect(verdict.verdict).toBe("refused");
    for (const { name, secret } of given.provider.fields) {
      const text = secret ? given.values[name] : undefined;
      if (text !== undefined) expect(JSON.stringify(verdict)).not.toContain(text);
    }
  });

  test.each<[string, Given]>([
    ["no answer in time", "silence"],
    ["a connection that breaks", "reset"],
    ["a web page with 200", PAGE],
    ["a web page with 403", { ...PAGE, status: 403 }],
    ["a 503", { status: 503, json: {} }],
    ["too many requests", { status: 429, json: {}, headers: { "retry-after": "600" } }],
    ["JSON of something else", { status: 200, json: { hello: "world" } }],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.example/" } }],
  ])("%s proves nothing", async (_what, answer) => {
    const { verdict } = await verdictFor(answer);
    expect(["unreachable", "not-verifiable"]).toContain(verdict);
  });
}

function actionCases(given: ProviderCase, action: ActionCase, fake: () => FakeProvider, open: Open): void {
  const { point, exchanges } = action;
  const occurrence: Occurrence = {
    id: ID,
    point,
    atMs: AT_MS,
    fields: { ...FIELDS[point], ...action.fields },
    tried: false,
  };
  const opened = () => open(action.values ?? {});
  const sendTo = async (answer: Given) => {
    answerAll(fake(), given, answer);
    return (await opened()).send(occurrence);
  };
  const { idempotency, tells } =
    given.provider.actions.find(
      ({ points, when = [] }) =>
        points.includes(point) && when.every((name) => name in { ...given.values, ...action.values }),
    ) ?? {};
  const doubtful = idempotency?.kind === "none" ? "parked" : "retry";
  const name = action.values === undefined ? point : `${point} with ${Object.keys(action.values).join(", ")}`;

  test(`${name}: sent as documented, and the same again`, async () => {
    const all = given.signIn === undefined ? exchanges : [given.signIn, ...exchanges];
    play(fake(), all);
    const outcome = await (await opened()).send(occurrence);
    expect(outcome).toEqual({
      state: "sent",
      ...(action.detail === undefined ? {} : { detail: action.detail }),
    });
    expectRequests(fake().seen, all);
    const [first] = fake().seen.slice(-1);
    play(fake(), all);
    await (await opened()).send(occurrence);
    expect(fake().seen.at(-1)?.body).toBe(first?.body);
  });

  test.each<[string, Given, string]>([
    ["an answer that never comes", "silence", doubtful],
    ["a connection that breaks", "reset", doubtful],
    ["a web page in place of an answer", PAGE, doubtful],
    ["a 502", { status: 502, text: "bad gateway" }, doubtful],
    [
      "JSON of something else",
      { status: 200, json: { hello: "world" } },
      tells === undefined ? "sent" : doubtful,
    ],
    ["credentials that are refused", { status: 401, json: {} }, "retry"],
    ["an account that is not paid", { status: 402, json: {} }, "retry"],
    ["values that are refused", { status: 422, json: { message: "Ada@Example.com is bad" } }, "refused"],
    ["too many requests", { status: 429, json: {}, headers: { "retry-after": "60" } }, "retry"],
    ["too many for a year", { status: 429, json: {}, headers: { "retry-after": "99999999999" } }, "retry"],
  ])(`${name}: %s`, async (what, answer, state) => {
    const outcome = await sendTo(answer);
    expect(outcome.state).toBe(state);
    if (what === "too many requests") expect(outcome).toMatchObject({ waitMs: 60_000 });
    if (what === "too many for a year") expect(outcome).toMatchObject({ waitMs: 24 * 3_600_000 });
    expect(JSON.stringify(outcome)).not.toMatch(/ada@example/i);
  });

  test(`${name}: what may have arrived is sent again only where it is known again`, async () => {
    play(fake(), given.signIn === undefined ? exchanges : [given.signIn, ...exchanges]);
    const clock = { ...systemClock, now: () => AT_MS + 60_000 };
    const values = { ...given.values, ...action.values, baseUrl: fake().baseUrl };
    const service = await openService(given.provider, values, { ...PARTS, clock });
    const { state } = await service.send({ ...occurrence, tried: true });
    expect(state).toBe(idempotency?.kind === "none" ? "parked" : "sent");
    expect(fake().seen.length === 0).toBe(idempotency?.kind === "none");
  });
}

function hookCases(
  given: ProviderCase,
  { values, exchanges, id, gives }: NonNullable<ProviderCase["hooks"]>,
  fake: () => FakeProvider,
  open: Open,
): void {
  test("a webhook is registered, and what it gives is kept", async () => {
    const all = given.signIn === undefined ? exchanges : [given.signIn, ...exchanges];
    play(fake(), all);
    const made = await (await open(values)).hooks?.register(HOOK_URL, HOOK_SECRET);
    expect(made).toEqual({ id, url: HOOK_URL, values: gives });
    expectRequests(fake().seen, all);
  });

  test("a registration that is refused is a fault without secrets", async () => {
    answerAll(fake(), given, { status: 403, json: { message: `no right for ${HOOK_SECRET}` } });
    const service = await open(values);
    await expect(service.hooks?.register(HOOK_URL, HOOK_SECRET)).rejects.toMatchObject({ kind: "forbidden" });
  });
}
