// What the core does for every provider, tried on one of data that is made up for it. The fake is on loopback.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { provider as mailchimp } from "../../src/services/mailchimp/provider.ts";
import { openService } from "../../src/services/open.ts";
import type { Action, Provider } from "../../src/services/provider.ts";
import { neededFields } from "../../src/services/send.ts";
import type { Occurrence, OpenParts } from "../../src/services/service.ts";
import { provider as twilio } from "../../src/services/twilio/provider.ts";
import { checkedValues, missingFields, modeOf, secretTexts } from "../../src/services/values.ts";
import { type FakeProvider, type Given, startFakeProvider } from "./fake-provider.ts";
import { AT_MS, FIELDS, HOOK_URL, ID } from "./provider-cases.ts";

const ACTION: Action = {
  points: ["form_submission"],
  title: "keeps the person",
  steps: [
    {
      request: {
        method: "POST",
        path: "/people",
        body: { json: { email: "{event.email}", name: "{event.name?}", "...": "{event.*}" } },
      },
    },
  ],
  idempotency: { kind: "header", name: "Idempotency-Key", value: "{id}", keptHours: 1 },
};

const PROVIDER: Provider = {
  id: "made-up",
  title: "Made-up",
  types: ["crm"],
  about: "For tests.",
  fields: [
    {
      name: "api_key",
      title: "Key",
      secret: true,
      format: { pattern: /^(?:live|test)-[a-z]{8,}$/, words: "a key that begins with live- or test-" },
      where: "On its page.",
    },
    { name: "team", title: "Team", secret: false, default: "all", where: "On its page." },
    { name: "hook_secret", title: "Secret", secret: true, need: "webhooks", where: "On its page." },
  ],
  mode: { field: "api_key", live: /^live-/, test: /^test-/ },
  testing: "A test key.",
  bases: { api: "https://api.made-up.example/v1" },
  authentication: { kind: "bearer", token: "{api_key}" },
  version: { value: "3", header: "X-Version" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: "/me" },
      expected: "200 with the account",
      answers: [
        { status: 200, where: [{ path: "team", is: "{team}" }], means: "verified", words: "the key is good" },
      ],
      account: ["id"],
      details: { plan: "plan" },
    },
  ],
  actions: [ACTION],
  webhooks: { kind: "none", why: "For tests of the rest." },
  errors: { message: ["message"], code: ["code"] },
  limits: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4, words: "None." },
  docs: { links: [], troubleshooting: [] },
};

const VALUES = { api_key: "test-abcdefgh" };
const OCCURRENCE: Occurrence = {
  id: ID,
  point: "form_submission",
  atMs: AT_MS,
  fields: FIELDS.form_submission,
  tried: false,
};

let fake: FakeProvider;
const lines: string[] = [];
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

const PARTS: OpenParts = {
  clock: systemClock,
  random: () => 0,
  answerMs: 150,
  trace: (line) => lines.push(line),
};

async function open(
  provider: Provider,
  values: Readonly<Record<string, string>>,
  parts: Partial<OpenParts> = {},
) {
  return openService(provider, { ...values, baseUrl: fake.baseUrl }, { ...PARTS, ...parts });
}

async function sent(answer: Given, occurrence: Partial<Occurrence> = {}, parts: Partial<OpenParts> = {}) {
  fake.answer(() => answer);
  return (await open(PROVIDER, VALUES, parts)).send({ ...OCCURRENCE, ...occurrence });
}

const bodyOf = (index: number): unknown => JSON.parse(fake.seen[index]?.body ?? "null");

describe("values", () => {
  test("are trimmed, checked and completed, and faults hold none of them", () => {
    expect(checkedValues(PROVIDER, { api_key: " test-abcdefgh\n", hook_secret: "" })).toEqual({
      api_key: "test-abcdefgh",
      team: "all",
    });
    expect(() => checkedValues(PROVIDER, {})).toThrow("Made-up needs api_key.");
    expect(() => checkedValues(PROVIDER, { api_key: "sesame" })).toThrow(
      "api_key of Made-up must be a key that begins",
    );
    expect(() => checkedValues(PROVIDER, { api_key: "sesame" })).not.toThrow("sesame");
    expect(() => checkedValues(PROVIDER, { ...VALUES, api_kee: "x" })).toThrow('no field "api_kee"');
  });

  test("tell the mode, what is missing for webhooks, and what must not be shown", () => {
    expect(modeOf(PROVIDER, VALUES)).toBe("test");
    expect(modeOf(PROVIDER, { api_key: "live-abcdefgh" })).toBe("live");
    expect(missingFields(PROVIDER, VALUES, "webhooks").map(({ name }) => name)).toEqual(["hook_secret"]);
    expect(secretTexts(PROVIDER, VALUES)).toEqual(["test-abcdefgh"]);
  });

  test.each([
    "https://127.0.0.1",
    "http://api.example",
    "http://127.0.0.1.evil.example",
    "http://2130706433.example",
  ])("the address for tests cannot be %s", (baseUrl) => {
    expect(() => checkedValues(PROVIDER, { ...VALUES, baseUrl })).toThrow("baseUrl must be");
  });
});

describe("proving", () => {
  test("shows account and details, and asks with version and credentials", async () => {
    fake.answer(() => ({ status: 200, json: { id: 7, team: "all", plan: "free" } }));
    const verdict = await (await open(PROVIDER, VALUES)).prove();
    expect(verdict).toEqual({
      verdict: "verified",
      expected: "200 with the account",
      seen: "200: the key is good",
      mode: "test",
      account: "7",
      details: { plan: "free" },
    });
    expect(fake.seen[0]).toMatchObject({
      path: "/api.made-up.example/v1/me",
      headers: { authorization: "Bearer test-abcdefgh", "x-version": "3" },
    });
  });

  test("a right that is missing is another thing than a key that is wrong", async () => {
    fake.answer(() => ({ status: 403, json: { message: "no scope", code: "scope" } }));
    expect(await (await open(PROVIDER, VALUES)).prove()).toMatchObject({
      verdict: "refused",
      seen: "403: known, but without the right to this (scope no scope)",
      hint: expect.stringContaining("right"),
    });
  });

  test("another account's answer proves nothing", async () => {
    fake.answer(() => ({ status: 200, json: { id: 7, team: "others" } }));
    expect((await (await open(PROVIDER, VALUES)).prove()).verdict).toBe("unreachable");
  });

  test("where nothing proves them, nothing is asked and nothing is claimed", async () => {
    const checks = [{ kind: "none", why: "it answers 200 to anything" }] as const;
    fake.answer(() => ({ status: 200 }));
    expect(await (await open({ ...PROVIDER, checks }, VALUES)).prove()).toMatchObject({
      verdict: "not-verifiable",
      seen: "not asked: it answers 200 to anything",
    });
    expect(fake.seen).toHaveLength(0);
  });

  test("what an answer repeats of the secrets is hidden, in traces too", async () => {
    lines.length = 0;
    fake.answer(() => ({ status: 401, json: { message: "bad key test-abcdefgh of ada@example.com" } }));
    const verdict = await (await open(PROVIDER, VALUES)).prove();
    expect(verdict.seen).toBe("401: the credentials are not accepted (bad key [hidden] of [address])");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join("\n")).not.toContain("abcdefgh");
  });
});

describe("sending", () => {
  test("only the fields asked for, and those that the action needs", async () => {
    await sent({ status: 200, json: {} }, {}, { fields: ["company"] });
    expect(bodyOf(0)).toEqual({ email: "Ada@Example.com", company: "Engines Ltd" });
    await sent({ status: 200, json: {} });
    expect(bodyOf(0)).toEqual(FIELDS.form_submission);
    expect(neededFields(ACTION)).toEqual(["email"]);
  });

  test("what lacks something is refused, and not sent", async () => {
    const outcome = await sent({ status: 200, json: {} }, { fields: { name: "Ada" } });
    expect(outcome).toEqual({ state: "refused", why: "What happened has no email, which Made-up needs." });
    expect(fake.seen).toHaveLength(0);
    expect(await sent({ status: 200 }, { point: "checkout" })).toEqual({
      state: "refused",
      why: "Made-up does nothing with checkout",
    });
  });

  test("the same id goes with it each time, for as long as the provider remembers", async () => {
    const at = (ms: number) => ({ clock: { ...systemClock, now: () => AT_MS + ms } });
    expect((await sent({ status: 200, json: {} }, { tried: true }, at(3_600_000))).state).toBe("sent");
    expect(fake.seen[0]?.headers["idempotency-key"]).toBe(ID);
    expect(await sent({ status: 200, json: {} }, { tried: true }, at(3_600_001))).toEqual({
      state: "parked",
      why: "an earlier try may have arrived, and it is remembered there for 1 hours only",
    });
    expect(fake.seen).toHaveLength(0);
    expect((await sent({ status: 200, json: {} }, { tried: false }, at(9e9))).state).toBe("sent");
  });

  test("a lost answer is asked for again at once, by the same id", async () => {
    fake.answer((_request, index) => (index === 0 ? "reset" : { status: 200, json: {} }));
    expect((await (await open(PROVIDER, VALUES)).send(OCCURRENCE)).state).toBe("sent");
    expect(fake.seen.map(({ headers }) => headers["idempotency-key"])).toEqual([ID, ID]);
  });

  test("what cannot be repeated is sent once and parked", async () => {
    const once: Provider = {
      ...PROVIDER,
      actions: [{ ...ACTION, idempotency: { kind: "none", why: "it has none" } }],
    };
    for (const answer of ["reset", "silence", { status: 500, json: { message: "x" } }] satisfies Given[]) {
      fake.answer(() => answer);
      expect((await (await open(once, VALUES)).send(OCCURRENCE)).state).toBe("parked");
      expect(fake.seen).toHaveLength(1);
    }
  });

  test("what was done before is not done again where the provider would not know it", async () => {
    const steps = [...ACTION.steps, ...ACTION.steps];
    const twice: Provider = {
      ...PROVIDER,
      actions: [{ ...ACTION, steps, idempotency: { kind: "none", why: "it has none" } }],
    };
    fake.answer((_request, index) => (index === 0 ? { status: 200, json: {} } : { status: 401, json: {} }));
    const outcome = await (await open(twice, VALUES)).send(OCCURRENCE);
    expect(outcome).toMatchObject({
      state: "parked",
      why: expect.stringContaining("what comes before it was done"),
    });
  });

  test("a server that is not there is tried again, whatever was to be sent", async () => {
    const gone = await startFakeProvider();
    await gone.close();
    const values = { ...VALUES, baseUrl: gone.baseUrl };
    const once: Provider = {
      ...PROVIDER,
      actions: [{ ...ACTION, idempotency: { kind: "none", why: "it has none" } }],
    };
    const service = await openService(once, values, PARTS);
    expect((await service.send(OCCURRENCE)).state).toBe("retry");
    expect((await service.prove()).verdict).toBe("unreachable");
  });
});

describe("subscriptions", () => {
  const KEY = { api_key: "0123456789abcdef0123456789abcdef-us19", list_id: "0123abcdef" };
  const listing = (...urls: readonly string[]): Given => ({
    status: 200,
    json: { webhooks: urls.map((url, index) => ({ id: `w${index}`, url })) },
  });

  test("what is there for the address is adopted", async () => {
    fake.answer(() => listing("https://hooks.example/other", `${HOOK_URL}?key=the-same-secret-0123`));
    const service = await open(mailchimp, KEY);
    expect(await service.hooks?.register(HOOK_URL, "the-same-secret-0123")).toEqual({
      id: "w1",
      url: HOOK_URL,
      values: { webhook_key: "the-same-secret-0123" },
    });
    expect(fake.seen).toHaveLength(1);
    expect(await service.hooks?.list()).toEqual([
      { id: "w0", url: "https://hooks.example/other", values: {} },
      { id: "w1", url: HOOK_URL, values: {} },
    ]);
  });

  test("one of the same address with another secret gives way", async () => {
    fake.answer(({ method }) =>
      method === "GET"
        ? listing(`${HOOK_URL}?key=an-older-secret`)
        : method === "POST"
          ? { status: 200, json: { id: "new" } }
          : { status: 204 },
    );
    const service = await open(mailchimp, KEY);
    expect(await service.hooks?.register(HOOK_URL, "a-newer-secret")).toMatchObject({ id: "new" });
    expect(fake.seen.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`)).toEqual([
      "GET webhooks",
      "DELETE w0",
      "POST webhooks",
    ]);
  });

  test("one that is gone already is removed well", async () => {
    fake.answer(() => ({ status: 404, json: { title: "Resource Not Found" } }));
    await (await open(mailchimp, KEY)).hooks?.remove("w9");
    expect(fake.seen[0]?.path).toMatch(/\/webhooks\/w9$/);
  });

  test("somebody else's only address is left alone (Twilio)", async () => {
    fake.answer(() => ({ status: 200, json: { sid: "PN1", sms_url: "https://other.example/sms?token=x" } }));
    const values = {
      account_sid: `AC${"0".repeat(32)}`,
      auth_token: "0".repeat(32),
      phone_number_sid: `PN${"0".repeat(32)}`,
    };
    const service = await open(twilio, values);
    await expect(service.hooks?.register(HOOK_URL, "s")).rejects.toMatchObject({
      kind: "conflict",
      message: "Twilio tells https://other.example/sms already, and can tell one address only.",
    });
    expect(fake.seen).toHaveLength(1);
  });

  test("there are none where a setting that they need is missing", async () => {
    expect((await open(mailchimp, { api_key: KEY.api_key })).hooks).toBeUndefined();
  });
});
