// Authorize.Net: payments. Every answer is a 200 that begins with a byte order mark; what it means stands in it.
import { sha256Hex } from "../../lib/hash.ts";
import type { AnswerRule, Authentication, Inputs, Provider } from "../provider.ts";

const REST: Authentication = { kind: "basic", user: "{login_id}", password: "{transaction_key}" };
const MERCHANT = { name: "{login_id}", transactionKey: "{transaction_key}" };
const RESULT = "messages.resultCode";
const CODES = "messages.message.*.code";

/** A rule: the same person is the same customer, in as many characters as fit. */
export function customerNumber({ event }: Inputs): string | undefined {
  return typeof event?.email === "string"
    ? sha256Hex(event.email.trim().toLowerCase()).slice(0, 20)
    : undefined;
}

const JUST_NOW = [{ path: CODES, in: ["E00001", "E00053", "E00104"] }];

const ANSWERS: readonly AnswerRule<"sent" | "retry" | "refused">[] = [
  { status: 200, where: [{ path: RESULT, is: "Ok" }], means: "sent" },
  { where: [{ path: CODES, is: "E00039" }], means: "sent", words: "was there already" },
  { where: JUST_NOW, means: "retry", words: "not able to just now" },
  {
    where: [{ path: CODES, in: ["E00005", "E00006", "E00007", "E00008"] }],
    means: "retry",
    words: "the credentials are not accepted",
  },
  { where: [{ path: RESULT, is: "Error" }], means: "refused", words: "not accepted" },
  { status: 200, means: "retry", words: "not the answer that is documented" },
];

export const provider: Provider = {
  id: "authorize-net",
  title: "Authorize.Net",
  types: ["payment"],
  about:
    "Keeps people and buyers as customer profiles, and tells of payments that are taken on its hosted page.",
  fields: [
    {
      name: "environment",
      title: "Live or sandbox",
      secret: false,
      format: { pattern: /^(?:live|sandbox)$/, words: "live or sandbox" },
      where: "Which of the two accounts the keys are from: they look alike.",
    },
    {
      name: "login_id",
      title: "API Login ID",
      secret: true,
      format: { pattern: /^\S{5,25}$/, words: "5 to 25 characters without spaces" },
      where: "Merchant Interface, Account, Settings, API Credentials & Keys.",
    },
    {
      name: "transaction_key",
      title: "Transaction Key",
      secret: true,
      format: { pattern: /^\S{16}$/, words: "16 characters without spaces" },
      where:
        "Merchant Interface, Account, Settings, API Credentials & Keys, New Transaction Key. Making a new one ends the old one.",
    },
    {
      name: "signature_key",
      title: "Signature Key",
      secret: true,
      need: "webhooks",
      format: { pattern: /^[0-9A-F]{128}$/i, words: "128 hexadecimal digits" },
      where:
        "Merchant Interface, Account, Settings, API Credentials & Keys, New Signature Key: a third secret.",
    },
  ],
  rules: { customer: { customerNumber } },
  mode: { field: "environment", live: /^live$/, test: /^sandbox$/ },
  testing: "environment: sandbox with the keys of a free sandbox account of developer.authorize.net.",
  bases: {
    api: { by: "mode", at: { live: "https://api2.authorize.net", test: "https://apitest.authorize.net" } },
  },
  authentication: { kind: "in-request", where: "body" },
  checks: [
    {
      kind: "request",
      request: {
        method: "POST",
        path: "/xml/v1/request.api",
        body: { json: { authenticateTestRequest: { merchantAuthentication: MERCHANT } } },
      },
      expected: "resultCode Ok",
      answers: [
        { status: 200, where: [{ path: RESULT, is: "Ok" }], means: "verified", words: "the keys are good" },
        { where: JUST_NOW, means: "unreachable", words: "not able to just now" },
        {
          where: [{ path: CODES, in: ["E00005", "E00006", "E00007", "E00008"] }],
          means: "refused",
          words: "the keys are not accepted",
          hint: "Keys of the sandbox are refused live, and the other way round: look at environment.",
        },
        { where: [{ path: RESULT, is: "Error" }], means: "refused", words: "not accepted" },
      ],
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration", "checkout"],
      title: "makes a customer profile",
      steps: [
        {
          request: {
            method: "POST",
            path: "/xml/v1/request.api",
            body: {
              // Its schema is XML's: the order of members counts.
              json: {
                createCustomerProfileRequest: {
                  merchantAuthentication: MERCHANT,
                  profile: { merchantCustomerId: "{customer}", email: "{event.email}" },
                },
              },
            },
          },
          answers: ANSWERS,
        },
      ],
      idempotency: {
        kind: "natural",
        by: "customer number and email: a second profile is refused as E00039",
      },
      tells: "customerProfileId",
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: "/rest/v1/webhooks",
        authentication: REST,
        body: {
          json: {
            name: "ainstein-cms",
            url: "{hook.target}",
            eventTypes: [
              "net.authorize.payment.authcapture.created",
              "net.authorize.payment.capture.created",
              "net.authorize.payment.refund.created",
              "net.authorize.payment.void.created",
            ],
            status: "active",
          },
        },
      },
      id: "webhookId",
    },
    list: {
      request: { method: "GET", path: "/rest/v1/webhooks", authentication: REST },
      items: "*",
      id: "webhookId",
      url: "url",
    },
    remove: { request: { method: "DELETE", path: "/rest/v1/webhooks/{hook.id}", authentication: REST } },
    note: "A Signature Key must have been made in the Merchant Interface before webhooks can be.",
  },
  signature: {
    kind: "signed",
    secret: "signature_key",
    header: "X-ANET-Signature",
    algorithm: "hmac-sha512",
    encoding: "HEX",
    // The key is these 128 characters themselves, not the bytes that they would be in hexadecimal.
    key: "text",
    form: { kind: "whole", prefix: "sha512=" },
    message: "{body}",
    event: {
      format: "json",
      key: "notificationId",
      topic: "eventType",
      at: { path: "eventDate", unit: "iso" },
    },
  },
  errors: { message: ["messages.message.0.text", "message"], code: ["messages.message.0.code", "reason"] },
  limits: { perSecond: 3, concurrency: 2, words: "Not published: asked slowly." },
  docs: {
    links: [
      { title: "API reference", url: "https://developer.authorize.net/api/reference/index.html" },
      { title: "Webhooks", url: "https://developer.authorize.net/api/reference/features/webhooks.html" },
    ],
    troubleshooting: [
      {
        sign: "refused: E00007",
        cure: "Login ID and Transaction Key do not belong together, or are from the other of live and sandbox.",
      },
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "signature_key is neither the Transaction Key nor decoded: its 128 characters as they are shown. The body must reach us as it was sent: 0.0 that became 0 is another body.",
      },
    ],
  },
};
