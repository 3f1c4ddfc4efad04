// What Twilio signs, through the real receiver and over the wire: forms, JSON, and the address that its customers know, whatever
// stands in front. Twilio itself is a fake; the signatures are made as its documentation says, by plain HMAC.
import { createHash, createHmac } from "node:crypto";
import { type OutgoingHttpHeaders, request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../src/commands/context.ts";
import { services } from "../../../src/commands/services.ts";
import { webhooks } from "../../../src/commands/webhooks.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Operator } from "../operator.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const PUBLIC = "https://hooks.example.com/services/twilio";
/** As Twilio writes it: `+`, `%2B`, a name twice, one that is empty, signs of other languages. */
const FORM =
  "ToCountry=DE&MessageSid=SM1&SmsStatus=received&Body=Gr%C3%BC%C3%9Fe+%26+mehr&From=%2B14158675309&MediaUrl=b&MediaUrl=a&ToState=";
const JSON_BODY = '{"type":"com.twilio.messaging.message.delivered","data":{"messageSid":"SM2"}}';

let operator: Operator;
let fake: FakeProvider;
let env: Record<string, string>;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(() => ({ status: 200, json: { status: "active", friendly_name: "Engines" } }));
  const values = { account_sid: `AC${TOKEN}`, auth_token: TOKEN, baseUrl: fake.baseUrl };
  env = { AINSTEIN_SERVICE_TWILIO: JSON.stringify(values) };
  const { exit, all } = await operator.run(services, ["connect", "twilio"], {
    env,
    flags: { every: "real_time" },
  });
  expect(exit, all).toBe(0);
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

/** Names in order, each before its values, as documented; written apart from the product's. */
function signedForm(address: string, form = FORM): string {
  const pairs = [...new URLSearchParams(form)].map(([name, value]) => name + value).sort();
  return createHmac("sha1", TOKEN)
    .update(address + pairs.join(""))
    .digest("base64");
}

function signedAddress(address: string): string {
  return createHmac("sha1", TOKEN).update(address).digest("base64");
}

const withHash = (address: string, body: string): string =>
  `${address}?bodySHA256=${createHash("sha256").update(body).digest("hex")}`;

/** Serves until all are answered; gives each one's status. Node's own client, since `fetch` may not name a host. */
async function statuses(asked: readonly { path?: string; headers: OutgoingHttpHeaders; body?: string }[]) {
  const end = new AbortController();
  const seen: number[] = [];
  const post = (url: string, { path = "/services/twilio", headers, body = FORM }: (typeof asked)[number]) =>
    new Promise<number>((resolve, reject) => {
      // An undefined one is left out.
      const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
      const sent = request(`${url}${path}`, { method: "POST", headers: given }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("error", reject).end(body);
    });
  const serve = (context: Context, args: Parameters<typeof webhooks>[1]) => {
    const record = (value: object): void => {
      const { type, url } = value as { type: string; url: string };
      if (type !== "webhooks") return;
      Promise.all(asked.map((each) => post(url, each)))
        .then((all) => seen.push(...all))
        .finally(() => end.abort());
    };
    return webhooks({ ...context, ui: { ...context.ui, record } }, args);
  };
  await operator.run(serve, ["serve"], { flags: { port: 0 }, signal: end.signal, env });
  return seen;
}

const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" };
const form = (address: string, headers: OutgoingHttpHeaders, more: object = {}) => ({
  headers: { ...FORM_TYPE, "x-twilio-signature": signedForm(address), ...headers },
  ...more,
});

test("a form is taken under the address that Twilio knows, whatever is in front of the receiver", async () => {
  const query = "?site=1&name=a%20b";
  expect(
    await statuses([
      // A proxy that says so; two in a row; one that hands on the host that was asked for; Twilio's own port.
      form(PUBLIC, { "x-forwarded-host": "hooks.example.com", "x-forwarded-proto": "https" }),
      form(PUBLIC, {
        "x-forwarded-host": "hooks.example.com, inner.local",
        "x-forwarded-proto": "https,http",
      }),
      form(PUBLIC, { host: "hooks.example.com" }),
      form(PUBLIC.replace(".com", ".com:443"), { host: "hooks.example.com" }),
      form(PUBLIC.replace("https", "http"), { host: "hooks.example.com", "x-forwarded-proto": "http" }),
      form(PUBLIC + query, { host: "hooks.example.com" }, { path: `/services/twilio${query}` }),
    ]),
  ).toEqual([200, 200, 200, 200, 200, 200]);
  const { records } = await operator.run(services, ["events"], { flags: { in: true } });
  expect(records).toEqual([expect.objectContaining({ service: "twilio", topic: "received", deliveries: 6 })]);
});

test("a form is refused where anything that is signed is another", async () => {
  const host = { host: "hooks.example.com" };
  expect(
    await statuses([
      form(PUBLIC, host, { body: FORM.replace("14158675309", "14158675308") }),
      form(PUBLIC, host, { body: `${FORM}&More=1` }),
      form(PUBLIC, host, { path: "/services/twilio?more=1" }),
      form(PUBLIC, { host: "else.example.com" }),
      form(PUBLIC, { ...host, "x-forwarded-proto": "http" }),
      form(PUBLIC, { ...host, "x-twilio-signature": undefined }),
      form(PUBLIC, { ...host, "content-type": "application/json" }),
      form(PUBLIC, { ...host, "content-type": undefined }),
      { headers: { ...FORM_TYPE, ...host, "x-twilio-signature": signedAddress(PUBLIC) } },
    ]),
  ).toEqual(Array(9).fill(401));
});

test("JSON is taken by its hash in the address that is signed, and by nothing else", async () => {
  const signed = withHash(PUBLIC, JSON_BODY);
  const path = signed.slice(signed.indexOf("/services"));
  const json = (address: string, more: object = {}) => ({
    headers: {
      "content-type": "application/json",
      host: "hooks.example.com",
      "x-twilio-signature": signedAddress(address),
    },
    path,
    body: JSON_BODY,
    ...more,
  });
  const other = JSON_BODY.replace("delivered", "failed");
  const otherPath = withHash(PUBLIC, other).slice(signed.indexOf("/services"));
  expect(
    await statuses([
      json(signed),
      json(signed, { body: other }),
      json(signed, { body: other, path: otherPath }),
      json(PUBLIC, { path: "/services/twilio" }),
    ]),
  ).toEqual([200, 401, 401, 401]);
  const { records } = await operator.run(services, ["events"], { flags: { in: true } });
  expect(records).toEqual([
    expect.objectContaining({ topic: "com.twilio.messaging.message.delivered", deliveries: 1 }),
  ]);
});
