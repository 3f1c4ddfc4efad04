// Answers that say 2xx and prove nothing, events that would be dropped, values that were copied badly, and deliveries made up
// to cost us much. The provider is a fake on loopback (labelled).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { openService } from "../../src/services/open.ts";
import { prove } from "../../src/services/prove.ts";
import type { Point } from "../../src/services/provider.ts";
import { findProvider } from "../../src/services/registry.ts";
import type { Asker } from "../../src/services/request.ts";
import { verifyDelivery } from "../../src/services/signature.ts";
import { checkedValues } from "../../src/services/values.ts";
import { type FakeProvider, type Given, startFakeProvider } from "./fake-provider.ts";

const ID = "0b54d8a5-9f3c-4d5b-8f7e-0a1b2c3d4e5f";
const HOUR_MS = 3_600_000;
const TOKEN = "pat-na1-0123456789abcdef";
const GA = { measurement_id: "G-ABC123", api_secret: "0123456789abcdef" };

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

const PARTS = { clock: systemClock, random: () => 0, answerMs: 150 };

async function proven(id: string, values: Readonly<Record<string, string>>) {
  const service = await openService(await findProvider(id), { ...values, baseUrl: fake.baseUrl }, PARTS);
  return service.prove();
}

async function sent(id: string, values: Readonly<Record<string, string>>, answer: Given, agoMs = 0) {
  fake.answer(() => answer);
  const service = await openService(await findProvider(id), { ...values, baseUrl: fake.baseUrl }, PARTS);
  const point: Point = "form_submission";
  const fields = { email: "ada@example.com", form: "contact" };
  return service.send({ id: ID, point, atMs: Date.now() - agoMs, fields, tried: false });
}

describe("what says 2xx and an error", () => {
  test("is not taken for sent, and says the provider's words", async () => {
    const json = { status: "error", message: "Something went wrong" };
    const outcome = await sent("hubspot", { access_token: TOKEN }, { status: 200, json });
    expect(outcome).toEqual({ state: "retry", why: expect.stringContaining("Something went wrong") });
  });

  test("is sent where a provider answers nothing at all", async () => {
    expect(await sent("google-analytics", GA, { status: 204 })).toEqual({ state: "sent" });
  });
});

const AWS = { access_key_id: "AKIA0123456789ABCDEF", secret_access_key: "secret" };
const APP = { client_id: "12345678", client_secret: "0".repeat(32), redirect_uri: "https://a.example/back" };
const PIXEL = { pixel_id: "12345678", access_token: "a".repeat(24), site_url: "https://a.example" };

describe("a check that is answered by somebody who has no time, or is somebody else", () => {
  test.each<[string, Readonly<Record<string, string>>, number, unknown]>([
    ["facebook-pixel", PIXEL, 400, { error: { code: 4, message: "limit reached" } }],
    ["facebook", APP, 400, { error: { code: 4, message: "limit reached" } }],
    ["mailchimp", { api_key: `${"0".repeat(32)}-us19` }, 403, "Forbidden"],
    [
      "cognito",
      { ...AWS, user_pool_id: "eu-central-1_AbCdEf123" },
      400,
      { __type: "TooManyRequestsException" },
    ],
    [
      "authorize-net",
      { environment: "sandbox", login_id: "login", transaction_key: "0123456789abcdef" },
      200,
      { messages: { resultCode: "Error", message: [{ code: "E00053", text: "too busy" }] } },
    ],
  ])("%s: says nothing against the credentials", async (id, values, status, json) => {
    fake.answer(() => ({ status, json }));
    expect((await proven(id, values)).verdict).toBe("unreachable");
  });

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ["stripe", { api_key: "sk_test_0123456789" }, 403],
    ["github", { ...APP, client_id: "Iv1.0123456789abcdef", client_secret: "0".repeat(40) }, 404],
  ])("%s: a refusal that is not its own proves nothing", async (id, values, status) => {
    fake.answer(() => ({ status, json: { message: "blocked by the proxy" } }));
    expect((await proven(id, values)).verdict).not.toBe("verified");
  });

  test("a secret of the app is shown with each call, the check too", async () => {
    fake.answer(() => ({ status: 200, json: { id: PIXEL.pixel_id } }));
    expect((await proven("facebook-pixel", { ...PIXEL, app_secret: "s".repeat(32) })).verdict).toBe(
      "verified",
    );
    expect(fake.seen[0]?.query.appsecret_proof).toMatch(/^[0-9a-f]{64}$/);
  });
});

test("a text with half a surrogate pair, which nothing can encode, is answered for like any other", async () => {
  fake.answer(() => ({ status: 400, json: { message: "name: hush \ufffd hush is bad" } }));
  const service = await openService(
    await findProvider("hubspot"),
    { access_token: TOKEN, baseUrl: fake.baseUrl },
    PARTS,
  );
  const fields = { email: "ada@example.com", name: "hush \ud800 hush" };
  const occurrence = { id: ID, point: "form_submission" as const, atMs: Date.now(), fields, tried: false };
  const outcome = await service.send(occurrence);
  expect(outcome).toEqual({ state: "refused", why: "400: not accepted (name: [hidden] is bad)" });
});

test("a certificate that nobody vouches for: the cure is one that services have", async () => {
  const untrusted = new Fault("unavailable", "a certificate of an authority that is not known", {
    code: "certificate-untrusted",
    hint: "Pass it with --ca-file FILE.",
  });
  const provider = await findProvider("stripe");
  const asker: Asker = {
    provider,
    filler: { title: provider.title },
    exchange: () => Promise.reject(untrusted),
    signerOf: async () => ({ sign: async ({ headers }) => headers }),
  };
  const verdict = await prove(asker, { values: { api_key: "sk_test_0123456789" }, mode: "test" }, () => []);
  expect(verdict).toMatchObject({
    verdict: "unreachable",
    hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
  });
});

describe("what is too old to count", () => {
  test("is refused with the reason, and never asked", async () => {
    const outcome = await sent("google-analytics", GA, { status: 204 }, 73 * HOUR_MS);
    expect(outcome).toEqual({ state: "refused", why: expect.stringContaining("72 hours") });
    expect(fake.seen).toEqual([]);
    expect(await sent("google-analytics", GA, { status: 204 }, 71 * HOUR_MS)).toEqual({ state: "sent" });
  });
});

describe("a value that was copied with something else", () => {
  test.each([
    [`"${TOKEN}"`, /quotes/],
    [`‘${TOKEN}’`, /quotes/],
    [`Bearer ${TOKEN}`, /scheme/],
    [`${TOKEN}\nX-Evil: 1`, /control character/],
    [`${TOKEN}\u0000`, /control character/],
  ])("%j is refused in words that hold none of it", async (text, words) => {
    const provider = await findProvider("hubspot");
    const attempt = () => checkedValues(provider, { access_token: text });
    expect(attempt).toThrow(words);
    expect(attempt).not.toThrow(TOKEN);
  });

  test("spaces around it, and a key file of many lines, are fine", async () => {
    const { access_token } = checkedValues(await findProvider("hubspot"), { access_token: ` ${TOKEN}\n` });
    expect(access_token).toBe(TOKEN);
    const service_account = '{\n  "client_email": "a@b.example"\n}';
    const values = checkedValues(await findProvider("google-analytics"), { ...GA, service_account });
    expect(values.service_account).toBe(service_account);
  });
});

test("a form of very many names is refused without being put in order", async () => {
  const { signature } = await findProvider("twilio");
  if (signature === undefined) throw new Error("Twilio signs");
  const body = Buffer.from(Array.from({ length: 180_000 }, (_none, nth) => nth.toString(36)).join("&"));
  const headers = { "x-twilio-signature": "AA==", "content-type": "application/x-www-form-urlencoded" };
  const delivery = { headers, body, url: "https://hooks.example/services/twilio", now: Date.now() };
  const taken = await verifyDelivery(
    signature,
    delivery,
    { auth_token: "0".repeat(32) },
    { mode: "unknown" },
  );
  expect(taken).toEqual({ ok: false, why: "unsigned" });
});
