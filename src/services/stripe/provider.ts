// Stripe: payments. Keys tell live and test apart.
import { currencyLower } from "../money.ts";
import type { Provider } from "../provider.ts";

const VERSION = "2026-10-28.endive";

export const provider: Provider = {
  id: "stripe",
  title: "Stripe",
  types: ["payment"],
  about: "Keeps people as customers, opens a checkout for an order, and tells of payments.",
  fields: [
    {
      name: "api_key",
      title: "Secret or restricted key",
      secret: true,
      format: {
        pattern: /^(?:sk|rk)_(?:live|test)_\w{8,}$/,
        words: "a key that begins with sk_ or rk_, then live_ or test_",
      },
      where:
        "Stripe Dashboard, Developers, API keys. A restricted key needs Customers and Checkout Sessions (write), Webhook Endpoints (write) and Balance (read).",
    },
    {
      name: "webhook_secret",
      title: "Signing secret of the webhook endpoint",
      secret: true,
      need: "webhooks",
      format: { pattern: /^whsec_\S{8,}$/, words: "a text that begins with whsec_" },
      where:
        "Shown once when the endpoint is made; later in the Dashboard, Developers, Webhooks, the endpoint.",
    },
    {
      name: "success_url",
      title: "Page after a payment",
      secret: false,
      need: "optional",
      format: { pattern: /^https:\/\/\S+$/, words: "an https address" },
      where: "A page of the client's own site; needed to open a checkout for an order.",
    },
  ],
  rules: { currency: { currencyLower } },
  mode: { field: "api_key", live: /^(?:sk|rk)_live_/, test: /^(?:sk|rk)_test_/ },
  testing: "A key with _test_ in it: the same address, other data, no money. Card 4242 4242 4242 4242 pays.",
  bases: { api: "https://api.stripe.com" },
  authentication: { kind: "bearer", token: "{api_key}" },
  version: { value: VERSION, header: "Stripe-Version" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: "/v1/balance" },
      expected: "200 with the account's balance",
      answers: [
        {
          status: 200,
          where: [{ path: "object", is: "balance" }],
          means: "verified",
          words: "the balance is readable",
        },
        {
          status: 401,
          means: "refused",
          words: "the key is not accepted",
          hint: "Copy it anew, or roll it: a key that was rolled or deleted is refused so.",
        },
        {
          status: 403,
          where: [{ path: "error.type", exists: true }],
          means: "verified",
          words: "the key is known, and may not read the balance",
          hint: "A restricted key: look whether it has the rights that its actions need.",
        },
      ],
      mode: { path: "livemode", live: true },
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration"],
      title: "makes a customer",
      steps: [
        {
          request: {
            method: "POST",
            path: "/v1/customers",
            body: {
              form: {
                email: "{event.email}",
                name: "{event.name?}",
                phone: "{event.phone?}",
                "metadata[company]": "{event.company?}",
                "metadata[source]": "{event.source?}",
                "metadata[occurrence]": "{id}",
              },
            },
          },
          answers: [{ status: 409, means: "retry", words: "the same is being done already" }],
        },
      ],
      idempotency: { kind: "header", name: "Idempotency-Key", value: "{id}", keptHours: 24 },
      tells: "id",
    },
    {
      points: ["checkout"],
      title: "opens a checkout for the order's amount",
      when: ["success_url"],
      steps: [
        {
          request: {
            method: "POST",
            path: "/v1/checkout/sessions",
            body: {
              form: {
                mode: "payment",
                success_url: "{success_url}",
                client_reference_id: "{event.order_id}",
                customer_email: "{event.email?}",
                "line_items[0][quantity]": "1",
                "line_items[0][price_data][currency]": "{currency}",
                "line_items[0][price_data][unit_amount]": "{event.amount_cents}",
                "line_items[0][price_data][product_data][name]": "Order {event.order_id}",
              },
            },
          },
          answers: [{ status: 409, means: "retry", words: "the same is being done already" }],
        },
      ],
      needs: ["currency"],
      idempotency: { kind: "header", name: "Idempotency-Key", value: "{id}", keptHours: 24 },
      tells: "url",
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: "/v1/webhook_endpoints",
        body: {
          form: {
            url: "{hook.target}",
            api_version: VERSION,
            "enabled_events[0]": "checkout.session.completed",
            "enabled_events[1]": "payment_intent.succeeded",
            "enabled_events[2]": "payment_intent.payment_failed",
            "enabled_events[3]": "charge.refunded",
            "enabled_events[4]": "customer.created",
          },
        },
      },
      id: "id",
      keeps: { webhook_secret: "secret" },
    },
    list: {
      request: { method: "GET", path: "/v1/webhook_endpoints", query: { limit: "100" } },
      items: "data.*",
      id: "id",
      url: "url",
    },
    remove: { request: { method: "DELETE", path: "/v1/webhook_endpoints/{hook.id}" } },
    note: "The signing secret is in the answer that makes the endpoint and nowhere else in the interface: of one that is there already, copy it from the Dashboard.",
  },
  signature: {
    kind: "signed",
    secret: "webhook_secret",
    header: "Stripe-Signature",
    algorithm: "hmac-sha256",
    encoding: "hex",
    key: "text",
    form: { kind: "pairs", time: "t", signature: "v1" },
    message: "{ts}.{body}",
    time: { unit: "s", windowMs: 300_000 },
    event: { format: "json", key: "id", topic: "type", at: { path: "created", unit: "s" } },
  },
  errors: { message: ["error.message"], code: ["error.code", "error.type"] },
  limits: {
    perSecond: 20,
    concurrency: 4,
    words:
      "100 requests a second live, 25 in test mode. More is answered by 429 with the reason in Stripe-Rate-Limited-Reason.",
  },
  docs: {
    links: [
      { title: "API keys", url: "https://docs.stripe.com/keys" },
      { title: "Webhooks", url: "https://docs.stripe.com/webhooks" },
      { title: "Idempotent requests", url: "https://docs.stripe.com/api/idempotent_requests" },
      { title: "Testing", url: "https://docs.stripe.com/testing" },
    ],
    troubleshooting: [
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "Each endpoint has a secret of its own, in test mode another one than live. Something that parses the body before it is verified changes it.",
      },
      {
        sign: "Deliveries are refused as stale.",
        cure: "The clock of this machine is off by more than five minutes.",
      },
      {
        sign: "parked: it is remembered there for 24 hours only",
        cure: "Look in the Dashboard whether the customer or session with this occurrence's id is there, then replay or drop it.",
      },
    ],
  },
};
