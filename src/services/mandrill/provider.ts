// Mailchimp Transactional, which was Mandrill: single mails. It refuses with a 500, and takes with a 200 what it will not send.
import { fullText, headline } from "../occurrence-text.ts";
import type { Inputs, Provider } from "../provider.ts";

/** A rule: ids of webhooks are numbers there. */
export function hookNumber({ named }: Inputs): number | undefined {
  const id = Number(named?.["hook.id"]);
  return Number.isSafeInteger(id) ? id : undefined;
}

export const provider: Provider = {
  id: "mandrill",
  title: "Mailchimp Transactional (Mandrill)",
  types: ["email"],
  about: "Mails somebody of the client's that something happened, and tells what became of mails.",
  fields: [
    {
      name: "api_key",
      title: "API key",
      secret: true,
      format: { pattern: /^[\w-]{20,40}$/, words: "20 to 40 letters, digits, - and _" },
      where:
        "Mailchimp Transactional, Settings, SMTP & API Info, API Keys. A key made as a test key sends nothing.",
    },
    {
      name: "from_email",
      title: "Sender",
      secret: false,
      need: "optional",
      format: { pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, words: "an address" },
      where: "An address of a domain that is verified in Settings, Domains; needed to send mails.",
    },
    {
      name: "notify_to",
      title: "Whom to tell",
      secret: false,
      need: "optional",
      format: { pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, words: "an address" },
      where: "An address of the client's own; needed to send mails.",
    },
    {
      name: "webhook_key",
      title: "Key of the webhook",
      secret: true,
      need: "webhooks",
      where: "Mailchimp Transactional, Settings, Webhooks, the webhook: Key.",
    },
  ],
  rules: { subject: { headline }, text: { fullText }, hook_number: { hookNumber } },
  testing:
    "A test key, made in Settings with Test Key ticked: all works, nothing is sent. Keys do not show which they are.",
  bases: { api: "https://mandrillapp.com/api/1.0" },
  authentication: { kind: "in-request", where: "body" },
  version: { value: "1.0" },
  checks: [
    {
      kind: "request",
      request: { method: "POST", path: "/users/ping2", body: { json: { key: "{api_key}" } } },
      expected: "200 with PONG!",
      answers: [
        { status: 200, where: [{ path: "PING", is: "PONG!" }], means: "verified", words: "the key is good" },
        { where: [{ path: "name", is: "Invalid_Key" }], means: "refused", words: "the key is not accepted" },
      ],
    },
  ],
  actions: [
    {
      points: [
        "form_submission",
        "user_registration",
        "checkout",
        "content_published",
        "content_updated",
        "run_failed",
      ],
      title: "mails what happened",
      when: ["from_email", "notify_to"],
      steps: [
        {
          request: {
            method: "POST",
            path: "/messages/send",
            body: {
              json: {
                key: "{api_key}",
                message: {
                  subject: "{subject}",
                  text: "{text}",
                  from_email: "{from_email}",
                  to: [{ email: "{notify_to}", type: "to" }],
                  metadata: { occurrence: "{id}" },
                },
              },
            },
          },
          answers: [
            {
              status: 200,
              where: [{ path: "0.status", in: ["sent", "queued", "scheduled"] }],
              means: "sent",
            },
            {
              status: 200,
              where: [{ path: "0.status", in: ["rejected", "invalid"] }],
              means: "refused",
              words: "not sent by it",
            },
            { status: 200, means: "parked", words: "not the answer that is documented" },
            {
              where: [{ path: "name", is: "Invalid_Key" }],
              means: "retry",
              words: "the key is not accepted",
            },
            { where: [{ path: "name", exists: true }], means: "refused", words: "not accepted" },
          ],
        },
      ],
      idempotency: { kind: "none", why: "it sends each mail that it is given" },
      tells: "0._id",
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: "/webhooks/add",
        body: {
          json: {
            key: "{api_key}",
            url: "{hook.target}",
            description: "ainstein-cms",
            events: ["hard_bounce", "soft_bounce", "reject", "spam", "unsub"],
          },
        },
      },
      id: "id",
      keeps: { webhook_key: "auth_key" },
    },
    list: {
      request: { method: "POST", path: "/webhooks/list", body: { json: { key: "{api_key}" } } },
      items: "*",
      id: "id",
      url: "url",
      keeps: { webhook_key: "auth_key" },
    },
    remove: {
      request: {
        method: "POST",
        path: "/webhooks/delete",
        body: { json: { key: "{api_key}", id: "{hook_number}" } },
      },
    },
  },
  signature: {
    kind: "signed",
    secret: "webhook_key",
    header: "X-Mandrill-Signature",
    otherHeaders: ["X-Mailchimp-Signature"],
    algorithm: "hmac-sha1",
    encoding: "base64",
    key: "text",
    form: { kind: "whole" },
    message: "{url}{sortedForm}",
    event: {
      format: "form",
      items: "mandrill_events.*",
      keys: ["event", "_id", "ts"],
      topic: "event",
      at: { path: "ts", unit: "s" },
    },
  },
  errors: { message: ["message"], code: ["name"], as5xx: [500] },
  limits: {
    perSecond: 5,
    concurrency: 4,
    words: "By hour and reputation of the account; users/info tells the quota.",
  },
  docs: {
    links: [
      { title: "Transactional API", url: "https://mailchimp.com/developer/transactional/docs/fundamentals/" },
      {
        title: "Webhooks",
        url: "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: not sent by it",
        cure: "The sender's domain is not verified, or the recipient is on the rejection list: look into Outbound, Activity.",
      },
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "The address is signed, too: it must be written as it was registered.",
      },
    ],
  },
};
