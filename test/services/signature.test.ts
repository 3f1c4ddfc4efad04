import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { provider as hubspot } from "../../src/services/hubspot/provider.ts";
import { provider as mailchimp } from "../../src/services/mailchimp/provider.ts";
import { findProvider } from "../../src/services/registry.ts";
import {
  crc32,
  type Delivered,
  type ServiceDelivery,
  schemeOf,
  verifyDelivery,
} from "../../src/services/signature.ts";
import type { Signature, SignedDelivery } from "../../src/services/signed.ts";
import { provider as stripe } from "../../src/services/stripe/provider.ts";
import { provider as twilio } from "../../src/services/twilio/provider.ts";
import { OTHERS, VECTORS } from "./vectors.ts";

const DECLARED = Object.entries(VECTORS).flatMap(([id, vectors]) =>
  vectors.map((vector) => ({ name: `${id} (${vector.from})`, vector, signature: signatureOf(id) })),
);
const ALL = [
  ...DECLARED,
  ...OTHERS.map((vector) => ({ name: vector.from, vector, signature: Promise.resolve(vector.signature) })),
];

async function signatureOf(id: string): Promise<Signature> {
  const { signature } = await findProvider(id);
  if (signature === undefined) throw new Error(`${id} has vectors and no signature`);
  return signature;
}

function verify(
  signature: Signature,
  delivery: ServiceDelivery,
  values: Readonly<Record<string, string>>,
): Promise<Delivered> {
  return verifyDelivery(signature, delivery, values, { mode: "unknown" });
}

describe.each(ALL)("$name", ({ vector: { values, delivery, events }, signature: loaded }) => {
  test("is taken, and says what happened", async () => {
    const taken = await verify(await loaded, delivery, values);
    expect(
      taken.ok && taken.events.map((event) => ({ ...event, key: event.key.replace(/^(hash:).*/, "$1") })),
    ).toEqual(events);
    const again = await verify(await loaded, delivery, values);
    expect(again).toEqual(taken);
  });

  test("is refused in every variant that was tampered with", async () => {
    const declared = await loaded;
    const signature = declared.kind === "signed" ? schemeOf(declared, values) : declared;
    for (const [what, changed, keys] of tampered(signature, delivery, values)) {
      const taken = await verify(signature, changed, keys).catch(() => ({
        ok: false as const,
        why: "fault",
      }));
      expect(taken.ok, what).toBe(false);
    }
  });
});

type Changed = readonly [what: string, delivery: ServiceDelivery, values: Readonly<Record<string, string>>];

function tampered(
  signature: Signature,
  delivery: ServiceDelivery,
  values: Readonly<Record<string, string>>,
): readonly Changed[] {
  const secret = values[signature.secret] ?? "";
  const as = (what: string, part: Partial<ServiceDelivery>): Changed => [
    what,
    { ...delivery, ...part },
    values,
  ];
  const otherKey: Changed = ["another key", delivery, { ...values, [signature.secret]: swapped(secret) }];
  const noKey: Changed = ["no key", delivery, { ...values, [signature.secret]: "" }];
  if (signature.kind === "url-secret") {
    const { url } = delivery;
    return [
      otherKey,
      noKey,
      as("another secret in the address", { url: url.replace(secret, swapped(secret)) }),
      as("no secret in the address", { url: url.replace(/\?.*/, "") }),
      as("an empty secret in the address", { url: url.replace(secret, "") }),
    ];
  }
  const header = signature.header.toLowerCase();
  const changed = (value: string | undefined) => ({ headers: { ...delivery.headers, [header]: value } });
  const given = delivery.headers[header] ?? "";
  const common = [
    otherKey,
    noKey,
    as("no signature", changed(undefined)),
    as("an empty signature", changed("")),
    as("half a signature", changed(given.slice(0, -10))),
    as("another signature", changed(swapped(given))),
  ];
  return signature.kind === "header-secret" ? common : [...common, ...ofMessage(signature, delivery, as)];
}

/** Each part that is signed, changed by itself. */
function ofMessage(
  { message, time, form }: SignedDelivery,
  { headers, body, url, now, method = "POST" }: ServiceDelivery,
  as: (what: string, part: Partial<ServiceDelivery>) => Changed,
): readonly Changed[] {
  const text = Buffer.from(body).toString("utf8");
  const cases = [
    as("another body", { body: Buffer.from(text.replace(/\w(?=\W*$)/, swapped)) }),
    as("a body with more to it", { body: Buffer.from(`${text}&x=1\r\n`) }),
    as("no body", { body: Buffer.alloc(0) }),
  ];
  if (text.endsWith("\r\n"))
    cases.push(as("a body without its last line break", { body: Buffer.from(text.trimEnd()) }));
  if (message.includes("{url}")) {
    cases.push(as("another address", { url: url.replace("://", "://other.") }));
    cases.push(as("an address with a slash more", { url: `${url}/` }));
  }
  if (message.includes("{method}"))
    cases.push(as("another method", { method: method === "PUT" ? "POST" : "PUT" }));
  if (time !== undefined && Number.isFinite(time.windowMs)) {
    cases.push(as("a window later", { now: now + time.windowMs + 2000 }));
    cases.push(as("a window early", { now: now - time.windowMs - 2000 }));
  }
  const timed = time?.header?.toLowerCase();
  if (timed !== undefined) {
    cases.push(as("another time", { headers: { ...headers, [timed]: swapped(headers[timed] ?? "") } }));
    cases.push(as("no time", { headers: { ...headers, [timed]: undefined } }));
  }
  if (form.kind === "pairs") {
    const header = Object.keys(headers).find((each) => headers[each]?.startsWith(`${form.time}=`)) ?? "";
    const other = headers[header]?.replace(/=(\d+)/, (_whole, at: string) => `=${Number(at) + 1}`);
    cases.push(as("another time", { headers: { ...headers, [header]: other } }));
  }
  return cases;
}

/** The same length, and not the same. */
function swapped(text: string): string {
  const at = Math.floor(text.length / 2);
  const sign = text[at] === "a" ? "b" : "a";
  return (
    text.slice(0, at) +
    (/\d/.test(text[at] ?? "") ? String((Number(text[at]) + 1) % 10) : sign) +
    text.slice(at + 1)
  );
}

describe("times and several signatures (Stripe)", () => {
  const [vector] = VECTORS.stripe ?? [];
  if (vector === undefined || stripe.signature === undefined) throw new Error("no vector of Stripe");
  const { signature } = stripe;
  const { values, delivery } = vector;
  const given = delivery.headers["stripe-signature"] ?? "";
  const why = async (part: Partial<ServiceDelivery>) => {
    const taken = await verify(signature, { ...delivery, ...part }, values);
    return taken.ok ? "taken" : taken.why;
  };

  test("300 seconds pass and 301 do not, to either side", async () => {
    expect(await why({ now: delivery.now + 300_000 })).toBe("taken");
    expect(await why({ now: delivery.now + 301_000 })).toBe("stale");
    expect(await why({ now: delivery.now - 300_000 })).toBe("taken");
    expect(await why({ now: delivery.now - 301_000 })).toBe("stale");
  });

  test("one of several signatures is enough, and other schemes count for nothing", async () => {
    const [time, v1 = ""] = given.split(",");
    const wrong = `v1=${"0".repeat(64)}`;
    expect(await why({ headers: { "stripe-signature": `${time},${wrong},${v1}` } })).toBe("taken");
    expect(await why({ headers: { "stripe-signature": `${time},${wrong}` } })).toBe("wrong-signature");
    expect(await why({ headers: { "stripe-signature": `${time},v0=${v1.slice(3)}` } })).toBe("unsigned");
    expect(await why({ headers: { "stripe-signature": v1 } })).toBe("unsigned");
  });

  test("what is too large, or no JSON, is malformed", async () => {
    expect(await why({ body: Buffer.alloc(1024 * 1024 + 1) })).toBe("malformed");
    const body = "no json";
    const v1 = createHmac("sha256", values.webhook_secret ?? "")
      .update(`1700000000.${body}`)
      .digest("hex");
    const headers = { "stripe-signature": `t=1700000000,v1=${v1}` };
    expect(await why({ body: Buffer.from(body), headers })).toBe("malformed");
  });
});

describe("versions of signatures (HubSpot)", () => {
  const { signature } = hubspot;
  if (signature === undefined) throw new Error("HubSpot signs");
  const [v3, v2, v1] = VECTORS.hubspot ?? [];
  if (v3 === undefined || v2 === undefined || v1 === undefined) throw new Error("a vector is missing");
  const why = async (delivery: ServiceDelivery, values: Readonly<Record<string, string>>) => {
    const taken = await verify(signature, delivery, values);
    return taken.ok ? "taken" : taken.why;
  };

  test("only the version that is set is taken", async () => {
    for (const { delivery, values } of [v3, v2, v1]) {
      const own = values.signature_version ?? "v3";
      for (const version of ["v1", "v2", "v3"]) {
        const said = await why(delivery, { ...values, signature_version: version });
        expect([version, said === "taken"]).toEqual([version, version === own]);
      }
    }
    const { signature_version: _version, ...unset } = v1.values;
    expect(await why(v1.delivery, unset)).toBe("unsigned");
  });

  test.each([
    ["GET", "", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"],
    [
      "POST",
      '{"example_field":"example_value"}',
      "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
    ],
  ])("the documentation's example of %s is genuine, and no event", async (method, body, hash) => {
    const values = { client_secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", signature_version: "v2" };
    const url = "https://www.example.com/webhook_uri";
    const headers = { "x-hubspot-signature": hash };
    const delivery = { method, url, headers, body: Buffer.from(body), now: 0 };
    expect(await why(delivery, values)).toBe("malformed");
    expect(await why({ ...delivery, method: "PUT" }, values)).toBe("wrong-signature");
  });
});

describe("Twilio", () => {
  const [vector] = VECTORS.twilio ?? [];
  if (vector === undefined || twilio.signature === undefined) throw new Error("no vector of Twilio");
  const { signature } = twilio;
  const { values, delivery } = vector;
  const sign = (text: string) => createHmac("sha1", "12345").update(text).digest("base64");

  test("the usual port may be written or not", async () => {
    const form = "CallSidCA1Digits1";
    const body = Buffer.from("Digits=1&CallSid=CA1");
    const url = "https://mycompany.com/myapp.php";
    const withPort = "https://mycompany.com:443/myapp.php";
    for (const [came, signed] of [
      [url, withPort],
      [withPort, url],
    ] as const) {
      const headers = { ...delivery.headers, "x-twilio-signature": sign(signed + form) };
      expect((await verify(signature, { ...delivery, headers, body, url: came }, values)).ok).toBe(true);
    }
    const headers = {
      ...delivery.headers,
      "x-twilio-signature": sign(`https://mycompany.com:8443/myapp.php${form}`),
    };
    expect((await verify(signature, { ...delivery, headers, body, url }, values)).ok).toBe(false);
  });

  test("JSON is held against the hash in the address, and JSON without one is covered by nothing", async () => {
    const body = Buffer.from('{"type":"com.twilio.messaging.message.delivered"}');
    const hash = createHash("sha256").update(body).digest("hex");
    const url = `https://mycompany.com/events?bodySHA256=${hash}`;
    const signed = { "content-type": "application/json", "x-twilio-signature": sign(url) };
    const taken = await verify(signature, { ...delivery, headers: signed, body, url }, values);
    expect(taken.ok && taken.events[0]?.topic).toBe("com.twilio.messaging.message.delivered");
    const other = Buffer.from('{"type":"com.twilio.messaging.message.failed"}');
    expect((await verify(signature, { ...delivery, headers: signed, body: other, url }, values)).ok).toBe(
      false,
    );
    const bare = "https://mycompany.com/events";
    const uncovered = { "content-type": "application/json", "x-twilio-signature": sign(bare) };
    expect((await verify(signature, { ...delivery, headers: uncovered, body, url: bare }, values)).ok).toBe(
      false,
    );
  });

  test("values of one name are each signed once, in order", async () => {
    const url = "https://mycompany.com/a";
    const headers = { ...delivery.headers, "x-twilio-signature": sign(`${url}A1A2`) };
    const body = Buffer.from("A=2&A=1&A=2");
    expect((await verify(signature, { ...delivery, headers, body, url }, values)).ok).toBe(true);
  });
});

test("an empty secret fits nothing, not even a delivery with an empty one (Mailchimp)", async () => {
  const [vector] = VECTORS.mailchimp ?? [];
  if (vector === undefined || mailchimp.signature === undefined) throw new Error("no vector of Mailchimp");
  const delivery = { ...vector.delivery, url: "https://hooks.example/services/mailchimp?key=" };
  expect(await verify(mailchimp.signature, delivery, { webhook_key: "" })).toEqual({
    ok: false,
    why: "unsigned",
  });
});

test("CRC-32 is the usual one", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  expect(crc32(Buffer.from('{"id":"WH-TEST-1","event_type":"CHECKOUT.ORDER.APPROVED"}'))).toBe(3_449_628_889);
});
