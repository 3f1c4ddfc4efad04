// PayPal: payments. Its webhooks are signed with a certificate whose address each delivery names.
import { currencyCode, decimalAmount } from "../money.ts";
import type { Provider, RequestTemplate } from "../provider.ts";

const TOKEN: RequestTemplate = {
  method: "POST",
  path: "/v1/oauth2/token",
  body: { form: { grant_type: "client_credentials" } },
  authentication: { kind: "basic", user: "{client_id}", password: "{client_secret}" },
};

export const provider: Provider = {
  id: "paypal",
  title: "PayPal",
  types: ["payment"],
  about: "Makes an order to be approved by the buyer, and tells of payments.",
  fields: [
    {
      name: "environment",
      title: "Live or sandbox",
      secret: false,
      format: { pattern: /^(?:live|sandbox)$/, words: "live or sandbox" },
      where:
        "The switch at the top of developer.paypal.com, Apps & Credentials: its keys look alike in both.",
    },
    {
      name: "client_id",
      title: "Client ID",
      secret: false,
      format: { pattern: /^[\w-]{20,120}$/, words: "20 to 120 letters, digits, - and _" },
      where: "developer.paypal.com, Apps & Credentials, the app.",
    },
    {
      name: "client_secret",
      title: "Secret",
      secret: true,
      format: { pattern: /^[\w-]{20,120}$/, words: "20 to 120 letters, digits, - and _" },
      where: "developer.paypal.com, Apps & Credentials, the app, Secret key 1.",
    },
    {
      name: "webhook_id",
      title: "Id of the webhook",
      secret: false,
      need: "webhooks",
      format: { pattern: /^[A-Z0-9]{8,40}$/, words: "capital letters and digits" },
      where:
        "developer.paypal.com, Apps & Credentials, the app, Webhooks: the id of the webhook, not of an event.",
    },
  ],
  rules: { amount: { decimalAmount }, currency: { currencyCode } },
  mode: { field: "environment", live: /^live$/, test: /^sandbox$/ },
  testing:
    "environment: sandbox with the keys of a sandbox app; buyers are the sandbox accounts of developer.paypal.com.",
  bases: {
    api: { by: "mode", at: { live: "https://api-m.paypal.com", test: "https://api-m.sandbox.paypal.com" } },
  },
  authentication: { kind: "client-credentials", token: TOKEN },
  checks: [{ kind: "token", expected: "200 with an access token", account: ["app_id"] }],
  actions: [
    {
      points: ["checkout"],
      title: "makes an order that the buyer approves",
      steps: [
        {
          request: {
            method: "POST",
            path: "/v2/checkout/orders",
            body: {
              json: {
                intent: "CAPTURE",
                purchase_units: [
                  {
                    reference_id: "{event.order_id}",
                    custom_id: "{id}",
                    amount: { currency_code: "{currency}", value: "{amount}" },
                  },
                ],
              },
            },
          },
        },
      ],
      needs: ["currency", "amount_cents"],
      idempotency: { kind: "header", name: "PayPal-Request-Id", value: "{id}", keptHours: 6 },
      tells: "id",
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: "/v1/notifications/webhooks",
        body: {
          json: {
            url: "{hook.target}",
            event_types: [
              { name: "CHECKOUT.ORDER.APPROVED" },
              { name: "PAYMENT.CAPTURE.COMPLETED" },
              { name: "PAYMENT.CAPTURE.DENIED" },
              { name: "PAYMENT.CAPTURE.REFUNDED" },
            ],
          },
        },
      },
      id: "id",
      keeps: { webhook_id: "id" },
    },
    list: {
      request: { method: "GET", path: "/v1/notifications/webhooks" },
      items: "webhooks.*",
      id: "id",
      url: "url",
      keeps: { webhook_id: "id" },
    },
    remove: { request: { method: "DELETE", path: "/v1/notifications/webhooks/{hook.id}" } },
  },
  signature: {
    kind: "signed",
    secret: "webhook_id",
    header: "PAYPAL-TRANSMISSION-SIG",
    algorithm: "rsa-sha256",
    encoding: "base64",
    key: "certificate",
    form: { kind: "whole" },
    message: "{h:PAYPAL-TRANSMISSION-ID}|{h:PAYPAL-TRANSMISSION-TIME}|{secret}|{crc32}",
    certificate: {
      header: "PAYPAL-CERT-URL",
      hosts: { live: "api.paypal.com", test: "api.sandbox.paypal.com" },
      path: "/v1/notifications/certs/",
      names: ["messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com"],
    },
    postback: {
      request: {
        method: "POST",
        path: "/v1/notifications/verify-webhook-signature",
        body: {
          json: {
            auth_algo: "{h:paypal-auth-algo}",
            cert_url: "{h:paypal-cert-url}",
            transmission_id: "{h:paypal-transmission-id}",
            transmission_sig: "{h:paypal-transmission-sig}",
            transmission_time: "{h:paypal-transmission-time}",
            webhook_id: "{webhook_id}",
            webhook_event: "{delivery.json}",
          },
        },
      },
      success: { path: "verification_status", is: "SUCCESS" },
    },
    event: { format: "json", key: "id", topic: "event_type", at: { path: "create_time", unit: "iso" } },
  },
  errors: { message: ["message", "error_description"], code: ["name", "error"] },
  limits: {
    perSecond: 5,
    concurrency: 2,
    words:
      "Not published. Too many are answered by 429 RATE_LIMIT_REACHED; tokens are kept for as long as they are good.",
  },
  docs: {
    links: [
      { title: "Keys and environments", url: "https://developer.paypal.com/api/rest/" },
      { title: "Orders", url: "https://developer.paypal.com/docs/api/orders/v2/" },
      { title: "Webhooks", url: "https://developer.paypal.com/api/rest/webhooks/rest/" },
    ],
    troubleshooting: [
      {
        sign: "refused: invalid_client",
        cure: "The keys of the sandbox do not work live, nor the other way round: look at environment.",
      },
      {
        sign: "Deliveries of the simulator are refused.",
        cure: "The simulator signs with the webhook id WEBHOOK_ID, whatever yours is. Pay with a sandbox account instead.",
      },
      {
        sign: "Deliveries are refused with wrong-signature after the webhook was made anew.",
        cure: "webhook_id is that of the webhook, and a new one has a new id: register it again from here.",
      },
    ],
  },
};
