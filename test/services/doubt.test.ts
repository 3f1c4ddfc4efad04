// Answers that say 2xx and prove nothing, events that would be dropped, values that were copied badly, and deliveries made up
// to cost us much. The provider is a fake on loopback (labelled).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openService } from "../../src/services/open.ts";
import type { Point } from "../../src/services/provider.ts";
import { findProvider } from "../../src/services/registry.ts";
import { verifyDelivery } from "../../src/services/signature.ts";
import { checkedValues } from "../../src/services/values.ts";
import { type FakeProvider, type Given, startFakeProvider } from "./fake-provider.ts";

const HOUR_MS = 3_600_000;
const TOKEN = "pat-na1-0123456789abcdef";
const GA = { measurement_id: "G-ABC123", api_secret: "0123456789abcdef" };

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

async function sent(id: string, values: Readonly<Record<string, string>>, answer: Given, agoMs = 0) {
  fake.answer(() => answer);
  const parts = { clock: systemClock, random: () => 0, answerMs: 150 };
  const service = await openService(await findProvider(id), { ...values, baseUrl: fake.baseUrl }, parts);
  const point: Point = "form_submission";
  const fields = { email: "ada@example.com", form: "contact" };
  const id_ = "0b54d8a5-9f3c-4d5b-8f7e-0a1b2c3d4e5f";
  return service.send({ id: id_, point, atMs: Date.now() - agoMs, fields, tried: false });
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
    expect(checkedValues(await findProvider("hubspot"), { access_token: ` ${TOKEN}\n` })).toEqual({
      access_token: TOKEN,
    });
    const service_account = '{\n  "client_email": "a@b.example"\n}';
    const values = checkedValues(await findProvider("google-analytics"), { ...GA, service_account });
    expect(values.service_account).toBe(service_account);
  });
});

test("a form of very many names is refused by work that grows with its length only", async () => {
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
  expect(taken).toEqual({ ok: false, why: "wrong-signature" });
});
