// The module that is handed out, run as the client would run it, in a process of its own: what it sends must be what we send,
// and what it makes of answers what we make of them. Providers are fakes on loopback (they prove the shape of requests).
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { sha256Hex } from "../../../src/lib/hash.ts";
import { openService } from "../../../src/services/open.ts";
import type { Provider } from "../../../src/services/provider.ts";
import { allProviders, findProvider } from "../../../src/services/registry.ts";
import { actionFor } from "../../../src/services/send.ts";
import { indirectWords, sendName } from "../../../src/tasks/services/direct.ts";
import { serviceFiles } from "../../../src/tasks/services/files.ts";
import { variableOf } from "../../../src/tasks/services/module.ts";
import { type FakeProvider, type Given, type Seen, startFakeProvider } from "../../services/fake-provider.ts";
import { FIELDS, ID } from "../../services/provider-cases.ts";
import { CALLS, type CallCase } from "./calls.ts";

/** A moment ago: some providers take nothing that is old. */
const AT_MS = Math.floor(Date.now() / 1000) * 1000 - 60_000;
/** Answers that come are waited for, however busy the machine. */
const PATIENCE_MS = 10_000;
/** Made by whoever sends, and no part of what is said. */
const CARRIER = [
  "host",
  "connection",
  "content-length",
  "user-agent",
  "accept-encoding",
  "accept-language",
  "sec-fetch-mode",
];

interface Job {
  readonly file: string;
  readonly name: string;
  readonly fields: object;
  readonly at: number;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}
interface Result {
  readonly sent?: { readonly id: string; readonly detail?: string };
  readonly error?: string;
  readonly ambiguous?: boolean;
  readonly retryable?: boolean;
  readonly status?: number;
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** What another project does with the module; every host is the fake. */
const CALLER = `
import { createInterface } from "node:readline";
const real = globalThis.fetch;
globalThis.unfaked = real;
globalThis.fetch = (url, init) => real(process.env.FAKE + "/" + new URL(url).host + new URL(url).pathname + new URL(url).search, init);
for await (const line of createInterface({ input: process.stdin })) {
  const { file, name, fields, at, timeoutMs, env } = JSON.parse(line);
  let result;
  try {
    const module = await import(file);
    result = { sent: await module[name](fields, { id: ${JSON.stringify(ID)}, at: new Date(at), env, timeoutMs }) };
  } catch (error) {
    const { ambiguous, retryable, status, code, retryAfterMs } = error;
    result = { error: String(error.stack), ambiguous, retryable, status, code, retryAfterMs };
  }
  console.log(JSON.stringify(result));
}`;

let dir: string;
let fake: FakeProvider;
let call: (job: Job) => Promise<Result>;
let end: () => void;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "ainstein-direct-"));
  fake = await startFakeProvider();
  writeFileSync(join(dir, "caller.mjs"), CALLER);
  const child = spawn(process.execPath, [join(dir, "caller.mjs")], {
    env: { PATH: process.env.PATH ?? "", FAKE: fake.baseUrl },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  call = async (job) => {
    child.stdin.write(`${JSON.stringify(job)}\n`);
    return JSON.parse((await lines.next()).value ?? "{}");
  };
  end = () => child.stdin.end();
});
afterAll(async () => {
  end();
  await fake.close();
  rmSync(dir, { recursive: true, force: true });
});

type Values = Readonly<Record<string, string>>;

/** The module in the client's project. Node keeps a module that it loaded: each has a file of its own. */
function moduleFor(
  provider: Provider,
  { point, fields = [], settings = {} }: CallCase,
  spoil = (text: string) => text,
): string {
  const files = serviceFiles(provider, { name: "x", points: [point], fields, settings });
  const text = spoil(files.find(({ path }) => path.endsWith("-integration.js"))?.text ?? "");
  const file = join(dir, `${sha256Hex(text)}.mjs`);
  writeFileSync(file, text);
  return file;
}

function envOf(provider: Provider, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [variableOf(provider, name), text]));
}

/** What was said: what carries it left aside, and JSON apart from its order of members only where that counts for nobody. */
function said(requests: readonly Seen[]) {
  return requests.map(({ headers, ...request }) => ({
    ...request,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !CARRIER.includes(name))),
  }));
}

/** Answers are the same matter for all that a provider does. */
const judged = (each: CallCase): boolean => CALLS.find(({ provider }) => provider === each.provider) === each;

const CASES = CALLS.map((each): [string, CallCase] => [
  `${each.provider}: ${each.point}${each.about === undefined ? "" : ` ${each.about}`}`,
  each,
]);

const asDocumented =
  (each: CallCase, other?: Given) =>
  (request: Seen): Given =>
    /\/token$/.test(request.path)
      ? { status: 200, json: { access_token: "a-token", expires_in: 3600 } }
      : (other ?? { status: 200, json: each.answer });

/** The same by us and by the module: what each sent, and what each made of the answer. */
async function byBoth(
  each: CallCase,
  next: (request: Seen) => Given,
  { spoil = (text: string) => text, timeoutMs = PATIENCE_MS } = {},
) {
  const { point, values, fields = [], settings = {}, extra = {} } = each;
  const provider = await findProvider(each.provider);
  const unlimited = { ...provider, limits: { ...provider.limits, perSecond: Number.POSITIVE_INFINITY } };
  const happened = { ...FIELDS[point], ...extra };
  fake.answer(next);
  const given = { ...values, ...settings, baseUrl: fake.baseUrl };
  const parts = { clock: systemClock, random: () => 0, answerMs: timeoutMs, fields };
  const service = await openService(unlimited, given, parts);
  const outcome = await service.send({ id: ID, point, atMs: AT_MS, fields: happened, tried: false });
  const ours = said(fake.seen);
  fake.answer(next);
  const file = moduleFor(provider, each, spoil);
  const env = envOf(provider, values);
  const result = await call({ file, name: sendName(point), fields: happened, at: AT_MS, timeoutMs, env });
  return { outcome, ours, result, theirs: said(fake.seen) };
}

describe.each(CASES)("%s", (_name, each) => {
  test("sends what we send", async () => {
    const { outcome, ours, result, theirs } = await byBoth(each, asDocumented(each));
    expect(outcome.state, JSON.stringify(outcome)).toBe("sent");
    expect(result.error).toBeUndefined();
    expect(theirs).toEqual(ours);
    expect(result.sent?.id).toBe(ID);
    expect(result.sent?.detail).toBe(outcome.state === "sent" ? outcome.detail : "");
  });

  test.runIf(judged(each))("makes of answers what we make of them", async () => {
    for (const given of answersFor(each)) {
      const { outcome, result, ours, theirs } = await byBoth(each, asDocumented(each, given));
      const what = JSON.stringify(given);
      const state = result.sent
        ? "sent"
        : result.ambiguous
          ? "parked"
          : result.retryable
            ? "retry"
            : "refused";
      expect(`${what} ${state}`, result.error).toBe(`${what} ${outcome.state}`);
      if (typeof given === "string") continue;
      // A token that is refused is asked for anew, once.
      if (given.status === 401) expect(theirs, what).toEqual(ours);
      if (state !== "sent") expect(result.status, what).toBe(given.status);
      if (given.headers?.["retry-after"] !== undefined) expect(result.retryAfterMs, what).toBe(60_000);
      expect(result.error ?? "", what).not.toMatch(/ada@example/i);
    }
  });
});

test.each([
  ["stripe", "retryable"],
  ["twilio", "ambiguous"],
] as const)("no answer in time is %s's %s", async (id, how) => {
  const [each] = CALLS.filter(({ provider }) => provider === id);
  if (each === undefined) throw new Error(`no case of ${id}`);
  const { outcome, result } = await byBoth(each, () => "silence", { timeoutMs: 100 });
  expect(outcome.state).toBe(how === "ambiguous" ? "parked" : "retry");
  expect(result).toMatchObject({ ambiguous: how === "ambiguous", retryable: how === "retryable" });
});

test("who cannot be reached was sent nothing", async () => {
  const [each] = CALLS.filter(({ provider }) => provider === "twilio");
  if (each === undefined) throw new Error("no case of Twilio");
  const gone = await startFakeProvider();
  await gone.close();
  const spoil = (text: string): string =>
    text.replace("await fetch(address", `await globalThis.unfaked("${gone.baseUrl}"`);
  const { result } = await byBoth(each, asDocumented(each), { spoil });
  expect(result).toMatchObject({ ambiguous: false, retryable: true });
  expect(result.error).toContain("not reached");
});

test.each([
  ["another version", "2026-10-28.endive", "2025-01-01.acacia"],
  ["no idempotency", '"idempotency-key": what.id', '"idempotency-key": randomUUID()'],
  ["another amount", "what.event.amount_cents", "what.event.amount_cents + 1"],
  ["another address", "/v1/checkout/sessions", "/v1/checkout/session"],
  ["another method", 'method: "POST",\n        url', 'method: "PUT",\n        url'],
  ["a member less", "client_reference_id: what.event.order_id,", ""],
  ["no credentials", "Bearer ${", "Basic ${"],
])("a module with %s is noticed", async (_what, from, to) => {
  const [each] = CALLS.filter(({ provider, point }) => provider === "stripe" && point === "checkout");
  if (each === undefined) throw new Error("no case of Stripe");
  const spoil = (text: string): string => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };
  const { ours, theirs } = await byBoth(each, asDocumented(each), { spoil });
  expect(theirs).toHaveLength(1);
  expect(theirs).not.toEqual(ours);
});

test("nothing is sent without what is needed", async () => {
  const provider = await findProvider("stripe");
  const [each] = CALLS;
  if (each === undefined) throw new Error("no case");
  const file = moduleFor(provider, each);
  fake.answer(() => ({ status: 500 }));
  const job = { file, name: "sendFormSubmission", at: AT_MS, timeoutMs: PATIENCE_MS };
  const key = { STRIPE_API_KEY: "sk_test_0123456789" };
  expect((await call({ ...job, fields: { name: "Ada" }, env: key })).error).toContain("needs email");
  const { error } = await call({ ...job, fields: FIELDS.form_submission, env: {} });
  expect(error).toContain("STRIPE_API_KEY is not set");
  expect(fake.seen).toEqual([]);
});

const answersFor = ({ provider }: CallCase): readonly Given[] =>
  ["stripe", "twilio"].includes(provider) ? [...OWN, ...COMMON] : OWN;

/** What a provider's own rules may be about. */
const OWN: readonly Given[] = [
  { status: 200, json: { hello: "world" } },
  { status: 401, json: {} },
  { status: 409, json: {} },
  { status: 422, json: { message: "Ada@Example.com is bad" } },
  { status: 500, json: { message: "broken" } },
];

/** The same for all of them: asked of one that knows what it was sent, and of one that does not. */
const COMMON: readonly Given[] = [
  "reset",
  { status: 200, text: "<!doctype html><title>Sign in</title>" },
  { status: 204, text: "" },
  { status: 302, text: "", headers: { location: "https://elsewhere.example/" } },
  { status: 402, json: {} },
  { status: 403, json: { message: "no" } },
  { status: 408, json: {} },
  { status: 429, json: {}, headers: { "retry-after": "60" } },
  { status: 502, text: "bad gateway" },
  { status: 503, json: {}, headers: { "retry-after": "60" } },
];

test("every action of every provider is called directly, or it is said why not", async () => {
  const held = new Set(CALLS.map(({ provider, point }) => `${provider} ${point}`));
  const indirect = new Set<string>();
  for (const provider of await allProviders()) {
    const values = Object.fromEntries(provider.fields.map(({ name }) => [name, name]));
    for (const point of new Set(provider.actions.flatMap(({ points }) => points))) {
      const action = actionFor(provider, point, values);
      if (action === undefined) continue;
      const why = indirectWords(provider, action);
      if (why !== undefined) indirect.add(`${provider.id}: ${why}`);
      else
        expect(
          [...held].some((each) => each.startsWith(`${provider.id} `)),
          provider.id,
        ).toBe(true);
    }
  }
  expect([...indirect].sort()).toEqual([
    "cognito: each call is signed (AWS Signature Version 4)",
    "firebase-auth: it signs in with the key file of a service account",
    "mongodb: it is not called over HTTP",
    "postgresql: it is not called over HTTP",
    "redis: it is not called over HTTP",
    "s3: each call is signed (AWS Signature Version 4)",
  ]);
});
