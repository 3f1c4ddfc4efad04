// PayPal's deliveries: certificates of our own stand in for PayPal's, which cannot be had here.
import { sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openVerifier } from "../../src/services/deliveries.ts";
import { provider as paypal } from "../../src/services/paypal/provider.ts";
import { type ServiceDelivery, type VerifierParts, verifyDelivery } from "../../src/services/signature.ts";
import type { SignedDelivery } from "../../src/services/signed.ts";
import { vouched } from "../http/certificate.ts";
import { type FakeProvider, startFakeProvider } from "./fake-provider.ts";

const NAME = "messageverificationcerts.sandbox.paypal.com";
const CERT = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594";
const BODY = '{"id":"WH-TEST-1","event_type":"CHECKOUT.ORDER.APPROVED"}';
/** Of PayPal's documentation: the message that belongs to this body. */
const MESSAGE = "d938e770-8046-11e6-8103-6b62a8a99ac4|2016-09-21T22:00:46Z|9XL90610J3647323C|3449628889";
const VALUES = {
  environment: "sandbox",
  client_id: "client-id-0123456789",
  client_secret: "client-secret-0123456789",
  webhook_id: "9XL90610J3647323C",
};

const good = vouched(NAME);
const signature = paypal.signature as SignedDelivery;

function delivered(
  part: Partial<ServiceDelivery> = {},
  headers: Readonly<Record<string, string>> = {},
): ServiceDelivery {
  return {
    headers: {
      "paypal-transmission-id": "d938e770-8046-11e6-8103-6b62a8a99ac4",
      "paypal-transmission-time": "2016-09-21T22:00:46Z",
      "paypal-transmission-sig": sign("sha256", Buffer.from(MESSAGE), good.holder.key).toString("base64"),
      "paypal-cert-url": CERT,
      "paypal-auth-algo": "SHA256withRSA",
      ...headers,
    },
    body: Buffer.from(BODY),
    url: "https://hooks.example/services/paypal",
    now: Date.UTC(2026, 0, 1),
    ...part,
  };
}

async function why(delivery: ServiceDelivery, parts: Partial<VerifierParts> = {}): Promise<string> {
  const taken = await verifyDelivery(signature, delivery, VALUES, {
    mode: "test",
    certificate: async () => good.holder.cert + good.between,
    roots: [good.root],
    ...parts,
  });
  return taken.ok ? (taken.events[0]?.key ?? "") : taken.why;
}

describe("by the certificate", () => {
  test("what was signed with its key is taken", async () => {
    expect(await why(delivered())).toBe("id:WH-TEST-1");
  });

  test("what was tampered with is not", async () => {
    expect(await why(delivered({ body: Buffer.from(BODY.replace("APPROVED", "APPROVEX")) }))).toBe(
      "wrong-signature",
    );
    expect(await why(delivered({}, { "paypal-transmission-time": "2016-09-21T22:00:47Z" }))).toBe(
      "wrong-signature",
    );
    expect(await why(delivered({}, { "paypal-transmission-id": "other" }))).toBe("wrong-signature");
    expect(await why(delivered({}, { "paypal-transmission-sig": "AAAA" }))).toBe("wrong-signature");
    const { "paypal-transmission-sig": _none, ...unsigned } = delivered().headers;
    expect(await why(delivered({ headers: unsigned }))).toBe("unsigned");
  });

  test.each([
    ["another host", "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1"],
    ["the host of the other mode", "https://api.paypal.com/v1/notifications/certs/CERT-1"],
    ["this machine", "https://127.0.0.1/v1/notifications/certs/CERT-1"],
    ["no https", "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"],
    ["another port", "https://api.sandbox.paypal.com:8443/v1/notifications/certs/CERT-1"],
    ["a user before the host", "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1"],
    ["another path", "https://api.sandbox.paypal.com/v1/other/CERT-1"],
    ["a step up", "https://api.sandbox.paypal.com/v1/notifications/certs/../../CERT-1"],
    ["a query", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1?x=1"],
    ["no address", "CERT-1"],
  ])("nothing is fetched from %s", async (_what, address) => {
    let fetched = 0;
    const certificate = async () => {
      fetched += 1;
      return good.holder.cert;
    };
    expect(await why(delivered({}, { "paypal-cert-url": address }), { certificate })).toBe("wrong-signature");
    expect(fetched).toBe(0);
  });

  test("a certificate that nobody vouches for proves nothing", async () => {
    const of = async (made: ReturnType<typeof vouched>, roots = [made.root]) => {
      const headers = {
        "paypal-transmission-sig": sign("sha256", Buffer.from(MESSAGE), made.holder.key).toString("base64"),
      };
      return why(delivered({}, headers), { certificate: async () => made.holder.cert + made.between, roots });
    };
    expect(await of(vouched(NAME))).toBe("id:WH-TEST-1");
    expect(await of(vouched(NAME), [good.root])).toBe("unverifiable");
    expect(await of(vouched(NAME), [])).toBe("unverifiable");
    expect(await of(vouched(NAME, { expired: true }))).toBe("unverifiable");
    expect(await of(vouched(NAME, { byNobody: true }))).toBe("unverifiable");
    expect(await of(vouched("www.paypal.com"))).toBe("unverifiable");
    expect(await why(delivered(), { certificate: async () => good.holder.cert })).toBe("unverifiable");
    expect(await why(delivered(), { certificate: async () => "no certificate" })).toBe("unverifiable");
    expect(await why(delivered(), { certificate: async () => undefined })).toBe("unverifiable");
  });
});

describe("by asking PayPal (a fake on loopback), where the certificate does not do", () => {
  let fake: FakeProvider;
  beforeAll(async () => {
    fake = await startFakeProvider();
  });
  afterAll(() => fake.close());

  const parts = { clock: systemClock, random: () => 0, answerMs: 1000 };
  const verifier = (mayAsk: () => boolean) =>
    openVerifier(paypal, { ...VALUES, baseUrl: fake.baseUrl }, parts, mayAsk);

  function answering(status: number, verification: string): void {
    fake.answer(({ path }) => {
      if (path.endsWith("/oauth2/token"))
        return { status: 200, json: { access_token: "token", expires_in: 600 } };
      if (path.includes("/certs/")) return { status: 200, text: vouched(NAME).holder.cert };
      return { status, json: { verification_status: verification } };
    });
  }

  async function asked(status: number, verification: string): Promise<string> {
    answering(status, verification);
    const taken = await verifier(() => true)(delivered());
    return taken.ok ? "taken" : taken.why;
  }

  test("its word counts, and without it nothing is taken", async () => {
    expect(await asked(200, "SUCCESS")).toBe("taken");
    const [certificate, , question] = fake.seen;
    expect(certificate?.path).toBe("/api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594");
    expect(certificate?.headers.authorization).toBeUndefined();
    expect(question?.path).toBe("/api-m.sandbox.paypal.com/v1/notifications/verify-webhook-signature");
    expect(JSON.parse(question?.body ?? "")).toMatchObject({
      auth_algo: "SHA256withRSA",
      cert_url: CERT,
      transmission_time: "2016-09-21T22:00:46Z",
      webhook_id: "9XL90610J3647323C",
      webhook_event: JSON.parse(BODY),
    });
    expect(await asked(200, "FAILURE")).toBe("wrong-signature");
    expect(await asked(503, "")).toBe("unverifiable");
  });

  test("a share is taken by each question, and by no certificate that is there; without one nothing is asked", async () => {
    answering(200, "SUCCESS");
    let shares = 0;
    const verify = verifier(() => {
      shares += 1;
      return true;
    });
    await verify(delivered());
    expect(shares).toBe(2);
    await verify(delivered());
    expect(shares).toBe(3);
    answering(200, "SUCCESS");
    expect(await verifier(() => false)(delivered())).toEqual({ ok: false, why: "unverifiable" });
    expect(fake.seen).toEqual([]);
  });
});
