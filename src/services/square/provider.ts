// Square: payments. Live and sandbox are told apart by the host only.
import { currencyCode } from "../money.ts";
import type { Provider } from "../provider.ts";

const VERSION = "2026-09-16";

export const provider: Provider = {
  id: "square",
  title: "Square",
  types: ["payment"],
  about: "Keeps people as customers, makes a payment link for an order, and tells of payments.",
  fields: [
    {
      name: "environment",
      title: "Live or sandbox",
      secret: false,
      format: { pattern: /^(?:live|sandbox)$/, words: "live or sandbox" },
      where:
        "The switch at the top of the application's page at developer.squareup.com: tokens look alike in both.",
    },
    {
      name: "access_token",
      title: "Access token",
      secret: true,
      format: { pattern: /^[\w-]{20,}$/, words: "letters, digits, - and _, at least 20" },
      where:
        "developer.squareup.com, the application, Credentials. Webhooks are made with the application's personal token only, not with one of OAuth.",
    },
    {
      name: "webhook_signature_key",
      title: "Signature key of the subscription",
      secret: true,
      need: "webhooks",
      where: "developer.squareup.com, the application, Webhooks, Subscriptions, the subscription.",
    },
    {
      name: "location_id",
      title: "Location",
      secret: false,
      need: "optional",
      format: { pattern: /^[A-Z0-9]{5,40}$/, words: "capital letters and digits" },
      where: "developer.squareup.com, the application, Locations; needed to make payment links.",
    },
  ],
  rules: { currency: { currencyCode } },
  mode: { field: "environment", live: /^live$/, test: /^sandbox$/ },
  testing: "environment: sandbox with the sandbox token; card 4111 1111 1111 1111 pays.",
  bases: {
    api: {
      by: "mode",
      at: { live: "https://connect.squareup.com", test: "https://connect.squareupsandbox.com" },
    },
  },
  authentication: { kind: "bearer", token: "{access_token}" },
  version: { value: VERSION, header: "Square-Version" },
  checks: [
    {
      kind: "request",
      request: { method: "POST", path: "/oauth2/token/status" },
      expected: "200 with the token's application and merchant",
      answers: [
        {
          status: 200,
          where: [{ path: "client_id", exists: true }],
          means: "verified",
          words: "the token is good",
        },
        {
          status: 401,
          means: "refused",
          words: "the token is not accepted",
          hint: "A sandbox token is refused live, and the other way round: look at environment.",
        },
      ],
      account: ["merchant_id"],
      details: { expires: "expires_at" },
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
            path: "/v2/customers",
            body: {
              json: {
                email_address: "{event.email}",
                given_name: "{event.name?}",
                phone_number: "{event.phone?}",
                company_name: "{event.company?}",
                reference_id: "{id}",
              },
            },
          },
        },
      ],
      idempotency: { kind: "body", member: "idempotency_key", value: "{id}", keptHours: 24 },
      tells: "customer.id",
    },
    {
      points: ["checkout"],
      title: "makes a payment link for the order's amount",
      when: ["location_id"],
      steps: [
        {
          request: {
            method: "POST",
            path: "/v2/online-checkout/payment-links",
            body: {
              json: {
                quick_pay: {
                  name: "Order {event.order_id}",
                  price_money: { amount: "{event.amount_cents}", currency: "{currency}" },
                  location_id: "{location_id}",
                },
              },
            },
          },
        },
      ],
      needs: ["currency"],
      idempotency: { kind: "body", member: "idempotency_key", value: "{id}", keptHours: 24 },
      tells: "payment_link.url",
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: "/v2/webhooks/subscriptions",
        body: {
          json: {
            subscription: {
              name: "ainstein-cms",
              event_types: ["payment.created", "payment.updated", "refund.updated", "customer.created"],
              notification_url: "{hook.target}",
              api_version: VERSION,
            },
          },
        },
      },
      id: "subscription.id",
      keeps: { webhook_signature_key: "subscription.signature_key" },
    },
    list: {
      request: { method: "GET", path: "/v2/webhooks/subscriptions", query: { limit: "100" } },
      items: "subscriptions.*",
      id: "id",
      url: "notification_url",
      keeps: { webhook_signature_key: "signature_key" },
    },
    remove: { request: { method: "DELETE", path: "/v2/webhooks/subscriptions/{hook.id}" } },
    note: "Square lets only the application's personal token make subscriptions, not a token of OAuth.",
  },
  signature: {
    kind: "signed",
    secret: "webhook_signature_key",
    header: "x-square-hmacsha256-signature",
    algorithm: "hmac-sha256",
    encoding: "base64",
    key: "text",
    form: { kind: "whole" },
    message: "{url}{body}",
    event: { format: "json", key: "event_id", topic: "type", at: { path: "created_at", unit: "iso" } },
  },
  errors: { message: ["errors.0.detail", "message"], code: ["errors.0.code", "type"] },
  limits: {
    perSecond: 5,
    concurrency: 2,
    words: "Not published. Too many are answered by 429 RATE_LIMITED; it is waited longer each time.",
  },
  docs: {
    links: [
      { title: "Access tokens", url: "https://developer.squareup.com/docs/build-basics/access-tokens" },
      { title: "Webhooks", url: "https://developer.squareup.com/docs/webhooks/overview" },
      { title: "Sandbox", url: "https://developer.squareup.com/docs/devtools/sandbox/overview" },
    ],
    troubleshooting: [
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "The address is signed, too: it must be written as it was registered, a slash at its end included.",
      },
      {
        sign: "Deliveries have stopped.",
        cure: "Square disables a subscription whose deliveries failed for three weeks: enable it at developer.squareup.com.",
      },
    ],
  },
};
