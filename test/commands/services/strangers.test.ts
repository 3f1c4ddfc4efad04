// Deliveries that anybody can make up lead to questions at the provider, a fake on loopback (labelled): few of them.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServiceTaker } from "../../../src/commands/services/incoming.ts";
import { services } from "../../../src/commands/services.ts";
import { EXIT } from "../../../src/lib/exit.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Operator } from "../operator.ts";

const SENT = 40;

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(({ path }) => {
    if (path.includes("oauth2")) return { status: 200, json: { access_token: "t", expires_in: 3600 } };
    if (path.includes("certs")) return { status: 404, text: "" };
    return { status: 200, json: { verification_status: "FAILURE" } };
  });
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

function delivery(nth: number) {
  return {
    url: "https://hooks.example/services/paypal",
    body: Buffer.from("{}"),
    now: Date.now(),
    headers: {
      "paypal-transmission-sig": "x",
      "paypal-transmission-id": `${nth}`,
      "paypal-transmission-time": new Date().toISOString(),
      "paypal-auth-algo": "SHA256withRSA",
      "paypal-cert-url": `https://api.sandbox.paypal.com/v1/notifications/certs/CERT-${nth}`,
    },
  };
}

test("strangers cannot make the receiver ask PayPal for each of theirs", { timeout: 60_000 }, async () => {
  const values = {
    environment: "sandbox",
    client_id: "A".repeat(80),
    client_secret: "E".repeat(80),
    webhook_id: "0123456789ABCDEFG",
    baseUrl: fake.baseUrl,
  };
  const env = { AINSTEIN_SERVICE_PAYPAL: JSON.stringify(values) };
  expect((await operator.run(services, ["connect", "paypal"], { env })).exit).toBe(0);
  const asked = fake.seen.length;
  await operator.run(
    async (context) => {
      const take = createServiceTaker(context, () => {});
      const ends = await Promise.allSettled(
        Array.from({ length: SENT }, (_, nth) => take("paypal", delivery(nth))),
      );
      const put = ends.filter((end) => end.status === "rejected").length;
      expect(put).toBeGreaterThanOrEqual(SENT - 15);
      return EXIT.done;
    },
    [],
    { env },
  );
  // Certificates and questions together have one share; besides, PayPal is signed in to once.
  expect(fake.seen.length - asked).toBeLessThanOrEqual(15 + 1);
});
