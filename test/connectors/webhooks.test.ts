import { createHmac, generateKeyPairSync } from "node:crypto";
import { AppStrategy, createClient } from "@wix/sdk";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { WebflowClient } from "webflow-api";
import type { Delivery, Told, WebhookScheme } from "../../src/connectors/contract-webhooks.ts";
import { webhookScheme } from "../../src/connectors/registry.ts";
import { standardWebhooks } from "../../src/connectors/webhooks.ts";
import { webhooks as wix } from "../../src/connectors/wix/webhooks.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const SECRET = "a secret of some length";
const MINUTE = 60_000;

function delivery(body: string, headers: Delivery["headers"], now = NOW): Delivery {
  return { body: Buffer.from(body), headers, now };
}

function tell(scheme: WebhookScheme, given: Delivery, secret = SECRET, settings = {}): Told {
  const verdict = scheme.verify(given, secret, settings);
  if (!verdict.ok) throw new Error(`was not taken: ${verdict.why}`);
  return verdict.told;
}

function why(scheme: WebhookScheme, given: Delivery, secret = SECRET, settings = {}): string {
  const verdict = scheme.verify(given, secret, settings);
  return verdict.ok ? "taken" : verdict.why;
}

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = publicKey.export({ type: "spki", format: "pem" }).toString();

interface Claims {
  readonly exp?: number | undefined;
  readonly iss?: string;
  readonly event?: object;
  readonly instanceId?: string;
}

function wixToken({ exp = NOW / 1000 + 300, iss, event, instanceId = "site-1" }: Claims, key = privateKey) {
  const inner = {
    id: "event-1",
    entityFqdn: "wix.blog.v3.post",
    slug: "updated",
    entityId: "post-1",
    eventTime: "2026-11-20T11:59:58.000Z",
    ...event,
  };
  const data = JSON.stringify({
    eventType: "wix.blog.v3.post_updated",
    instanceId,
    data: JSON.stringify(inner),
  });
  const token = new SignJWT({ data }).setProtectedHeader({ alg: "RS256", kid: "k" }).setIssuedAt(NOW / 1000);
  if (iss !== undefined) token.setIssuer(iss);
  if (exp > 0) token.setExpirationTime(exp);
  return token.sign(key);
}

/** The same delivery as it is and spoilt in each way that a stranger, a replay or a clock may. */
interface Platform {
  readonly id: string;
  readonly entry: string;
  /** Sample, time when it is signed. */
  readonly timed: boolean;
}

const PLATFORMS: readonly Platform[] = [
  { id: "shopify", entry: "0", timed: false },
  { id: "webflow", entry: "000000000000000000000000", timed: true },
  { id: "ghost", entry: "000000000000000000000000", timed: true },
  { id: "wordpress", entry: "0", timed: true },
];

describe.each(PLATFORMS)("webhooks of $id", ({ id, entry, timed }) => {
  const sampled = async (at = NOW) => {
    const scheme = await webhookScheme(id);
    const sample = scheme.sample?.(SECRET, at);
    if (sample === undefined) throw new Error("no sample");
    return { scheme, ...sample };
  };

  test("are taken when signed with the secret, and told again alike", async () => {
    const { scheme, body, headers } = await sampled();
    const told = tell(scheme, delivery(body, headers));
    expect(told.entry).toBe(entry);
    expect(tell(scheme, delivery(body, headers, NOW + MINUTE)).key).toBe(told.key);
  });

  test("are refused with another secret, another body, or no signature", async () => {
    const { scheme, body, headers } = await sampled();
    expect(why(scheme, delivery(body, headers), "another")).toBe("wrong-signature");
    expect(why(scheme, delivery(`${body} `, headers))).toBe("wrong-signature");
    expect(why(scheme, delivery(body, {}))).toBe("unsigned");
    expect(why(scheme, delivery(body, headers), "")).toBe("wrong-signature");
  });

  test.runIf(timed)("are taken within five minutes, and refused at six", async () => {
    const { scheme, body, headers } = await sampled();
    for (const skew of [-4 * MINUTE, 4 * MINUTE]) {
      expect(why(scheme, delivery(body, headers, NOW + skew))).toBe("taken");
    }
    for (const skew of [-6 * MINUTE, 6 * MINUTE]) {
      expect(why(scheme, delivery(body, headers, NOW + skew))).toBe("stale");
    }
  });

  test("cannot have their time moved without a new signature", async () => {
    const { scheme, body, headers } = await sampled();
    const moved = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace(String(NOW), String(NOW + 1)).replace(/^17\d{8}$/, String(NOW / 1000 + 1)),
      ]),
    );
    const isMoved = JSON.stringify(moved) !== JSON.stringify(headers);
    expect(isMoved).toBe(timed);
    if (timed) expect(why(scheme, delivery(body, moved))).toBe("wrong-signature");
  });
});

describe("vendors' own signatures", () => {
  test("Shopify: the published HMAC vector, as base64 of a body", async () => {
    // https://shopify.dev/docs/apps/auth/oauth/getting-started: the documentation's example message and digest.
    const body =
      "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173";
    const digest = "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf";
    const headers = { "x-shopify-hmac-sha256": Buffer.from(digest, "hex").toString("base64") };
    const scheme = await webhookScheme("shopify");
    // Genuine, and no JSON.
    expect(why(scheme, delivery(body, headers), "hush")).toBe("malformed");
    expect(why(scheme, delivery(body, headers), "hash")).toBe("wrong-signature");
  });

  test("Shopify: a product is named as listings name it, its removal too", async () => {
    const scheme = await webhookScheme("shopify");
    const sign = (body: string) => createHmac("sha256", SECRET).update(body).digest("base64");
    const updated = JSON.stringify({
      id: 788,
      admin_graphql_api_id: "gid://shopify/Product/788",
      updated_at: "2026-11-20T06:59:58-05:00",
    });
    const told = tell(
      scheme,
      delivery(updated, { "x-shopify-hmac-sha256": sign(updated), "x-shopify-topic": "products/update" }),
    );
    expect(told).toMatchObject({ entry: "788", topic: "products/update", at: NOW - 2000 });
    const gone = JSON.stringify({ id: 788 });
    const removed = delivery(gone, {
      "x-shopify-hmac-sha256": sign(gone),
      "x-shopify-topic": "products/delete",
    });
    expect(tell(scheme, removed)).toMatchObject({ entry: "788", removed: true });
  });

  test("Webflow: what webflow-api takes is taken, what it refuses is refused", async () => {
    const scheme = await webhookScheme("webflow");
    const client = new WebflowClient({ accessToken: "none" });
    const { headers, body } = scheme.sample?.(SECRET, NOW) ?? { headers: {}, body: "" };
    const theirs = (secret: string, text: string) =>
      client.webhooks.verifySignature({ headers, body: text, secret });
    for (const [secret, text] of [
      [SECRET, body],
      ["other", body],
      [SECRET, `${body} `],
    ] as const) {
      const ours = why(scheme, delivery(text, headers), secret) === "taken";
      expect(ours).toBe(await theirs(secret, text));
    }
  });

  test("Ghost: a delivery as Ghost 6 signs it", async () => {
    const scheme = await webhookScheme("ghost");
    const body = JSON.stringify({
      post: {
        current: { id: "64b", title: "Ä", updated_at: "2026-11-20T11:59:59.000Z" },
        previous: { title: "A" },
      },
    });
    const digest = createHmac("sha256", SECRET).update(`${body}${NOW}`).digest("hex");
    const headers = { "x-ghost-signature": `sha256=${digest}, t=${NOW}` };
    expect(tell(scheme, delivery(body, headers))).toMatchObject({
      entry: "64b",
      topic: "post.changed",
      at: NOW - 1000,
    });
    const gone = JSON.stringify({ page: { current: {}, previous: { id: "64c" } } });
    const second = createHmac("sha256", SECRET).update(`${gone}${NOW}`).digest("hex");
    const removed = delivery(gone, { "x-ghost-signature": `sha256=${second}, t=${NOW}` });
    expect(tell(scheme, removed)).toMatchObject({ entry: "64c", topic: "page.deleted", removed: true });
  });

  test("Standard Webhooks: the specification's vector, and one of several signatures", () => {
    // https://github.com/standard-webhooks/standard-webhooks: the test vector of its libraries.
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const headers = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,aaaa v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const at = 1_614_265_330_000;
    const given = delivery('{"test": 2432232314}', headers, at);
    // Genuine; what it says is nothing of ours.
    expect(why(standardWebhooks, given, secret)).toBe("malformed");
    expect(why(standardWebhooks, { ...given, now: at + 6 * MINUTE }, secret)).toBe("stale");
    expect(why(standardWebhooks, given, "whsec_AAAA")).toBe("wrong-signature");
  });
});

describe("webhooks of Wix", () => {
  const client = createClient({ auth: AppStrategy({ appId: "app", publicKey: PEM, appSecret: "x" }) });
  const settings = { instance: "site-1" };

  test("are taken where Wix's own library takes them, and told by the id of the event", async () => {
    const now = Date.now();
    const token = await wixToken({ exp: now / 1000 + 300 });
    const seen: unknown[] = [];
    const processed = client.webhooks.process(token).then(
      () => seen.push("taken"),
      (thrown: unknown) => seen.push(String(thrown)),
    );
    await processed;
    expect(seen).toEqual(["taken"]);
    expect(tell(wix, delivery(token, {}, now), PEM, settings)).toEqual({
      key: "id:event-1",
      topic: "wix.blog.v3.post_updated",
      entry: "post-1",
      at: NOW - 2000,
    });
  });

  test("are the same event when signed anew", async () => {
    const [first, again] = [await wixToken({}), await wixToken({ exp: NOW / 1000 + 200 })];
    expect(again).not.toBe(first);
    expect(tell(wix, delivery(again, {}), PEM).key).toBe(tell(wix, delivery(first, {}), PEM).key);
  });

  test("must expire, and must not have expired: more than the library asks", async () => {
    expect(why(wix, delivery(await wixToken({ exp: 0 }), {}), PEM)).toBe("malformed");
    expect(why(wix, delivery(await wixToken({ exp: NOW / 1000 - 360 }), {}), PEM)).toBe("stale");
    const ahead = delivery(await wixToken({ exp: NOW / 1000 + 900 }), {}, NOW - 6 * MINUTE);
    expect(why(wix, ahead, PEM)).toBe("stale");
  });

  test("are refused with another key, another issuer, another site, or no RS256", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    expect(why(wix, delivery(await wixToken({}, other), {}), PEM)).toBe("wrong-signature");
    expect(why(wix, delivery(await wixToken({ iss: "evil.example" }), {}), PEM)).toBe("wrong-signature");
    expect(why(wix, delivery(await wixToken({ iss: "wix.com" }), {}), PEM)).toBe("taken");
    const elsewhere = delivery(await wixToken({ instanceId: "site-2" }), {});
    expect(why(wix, elsewhere, PEM, settings)).toBe("wrong-signature");
    // With the public key as the secret of an HMAC, which careless verifiers take.
    const forged = await new SignJWT({ data: "{}" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime(NOW / 1000 + 300)
      .sign(Buffer.from(PEM));
    expect(why(wix, delivery(forged, {}), PEM)).toBe("wrong-signature");
    const [, payload] = (await wixToken({})).split(".");
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.x`;
    expect(why(wix, delivery(none, {}), PEM)).toBe("wrong-signature");
    expect(why(wix, delivery("hello", {}), PEM)).toBe("unsigned");
  });
});
