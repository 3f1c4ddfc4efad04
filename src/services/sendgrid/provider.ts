// SendGrid: contacts and single mails.
import { fullText, headline } from "../occurrence-text.ts";
import type { Provider } from "../provider.ts";

const EVENTS = "/v3/user/webhooks/event/settings";

export const provider: Provider = {
  id: "sendgrid",
  title: "SendGrid",
  types: ["email"],
  about:
    "Adds people to contacts, or mails somebody of the client's that something happened, and tells what became of mails.",
  fields: [
    {
      name: "api_key",
      title: "API key",
      secret: true,
      format: {
        pattern: /^SG\.[\w-]{16,}\.[\w-]{16,}$/,
        words: "a text that begins with SG. and has two more parts",
      },
      where:
        "SendGrid, Settings, API Keys. It needs Mail Send, Marketing, and for webhooks User Settings and Mail Settings, Event Notification.",
    },
    {
      name: "region",
      title: "Region",
      secret: false,
      need: "optional",
      default: "global",
      format: { pattern: /^(?:global|eu)$/, words: "global or eu" },
      where: "eu for a subuser that was made in the EU region.",
    },
    {
      name: "list_id",
      title: "Contact list",
      secret: false,
      need: "optional",
      format: { pattern: /^[0-9a-f-]{36}$/, words: "a UUID" },
      where:
        "SendGrid, Marketing, Contacts: the last part of the list's address. Needed to add people to contacts.",
    },
    {
      name: "from_email",
      title: "Sender",
      secret: false,
      need: "optional",
      format: { pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, words: "an address" },
      where: "A verified sender of Settings, Sender Authentication; needed to send mails.",
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
      name: "webhook_public_key",
      title: "Verification key",
      secret: false,
      need: "webhooks",
      where: "SendGrid, Settings, Mail Settings, Event Webhooks, the webhook, Signed Event Webhook.",
    },
  ],
  rules: { subject: { headline }, text: { fullText } },
  testing: "There is no sandbox host: use a list of its own, and a notify_to that is yours.",
  bases: {
    api: { by: "region", at: { global: "https://api.sendgrid.com", eu: "https://api.eu.sendgrid.com" } },
  },
  authentication: { kind: "bearer", token: "{api_key}" },
  version: { value: "v3" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: "/v3/scopes" },
      expected: "200 with the key's scopes",
      answers: [
        {
          status: 200,
          where: [{ path: "scopes", exists: true }],
          means: "verified",
          words: "the key is good",
        },
        {
          status: 401,
          means: "refused",
          words: "the key is not accepted",
          hint: "The key was deleted or copied in part; keys are shown once only.",
        },
      ],
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration"],
      title: "adds the person to the contact list",
      when: ["list_id"],
      steps: [
        {
          request: {
            method: "PUT",
            path: "/v3/marketing/contacts",
            body: {
              json: {
                list_ids: ["{list_id}"],
                contacts: [
                  { email: "{event.email}", first_name: "{event.name?}", phone_number: "{event.phone?}" },
                ],
              },
            },
          },
        },
      ],
      idempotency: { kind: "natural", by: "the address among the contacts" },
      tells: "job_id",
    },
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
            path: "/v3/mail/send",
            body: {
              json: {
                personalizations: [{ to: [{ email: "{notify_to}" }], custom_args: { occurrence: "{id}" } }],
                from: { email: "{from_email}" },
                subject: "{subject}",
                content: [{ type: "text/plain", value: "{text}" }],
              },
            },
          },
        },
      ],
      idempotency: { kind: "none", why: "it sends each mail that it is given" },
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: EVENTS,
        body: {
          json: {
            enabled: true,
            url: "{hook.target}",
            friendly_name: "ainstein-cms",
            bounce: true,
            dropped: true,
            deferred: true,
            delivered: true,
            spam_report: true,
            unsubscribe: true,
            group_unsubscribe: true,
            group_resubscribe: true,
            processed: false,
            open: false,
            click: false,
          },
        },
      },
      id: "id",
    },
    sign: {
      request: { method: "PATCH", path: `${EVENTS}/signed/{hook.id}`, body: { json: { enabled: true } } },
      keeps: { webhook_public_key: "public_key" },
    },
    list: { request: { method: "GET", path: `${EVENTS}/all` }, items: "webhooks.*", id: "id", url: "url" },
    remove: { request: { method: "DELETE", path: `${EVENTS}/{hook.id}` } },
    note: "How many event webhooks there may be depends on the plan: max_allowed in the list.",
  },
  signature: {
    kind: "signed",
    secret: "webhook_public_key",
    header: "X-Twilio-Email-Event-Webhook-Signature",
    algorithm: "ecdsa-sha256",
    encoding: "base64",
    key: "spki",
    form: { kind: "whole" },
    message: "{ts}{body}",
    // A retry a day later may carry the time of the first try: repeated events are told by their ids, not by their age.
    time: { header: "X-Twilio-Email-Event-Webhook-Timestamp", unit: "s", windowMs: Number.POSITIVE_INFINITY },
    event: {
      format: "json",
      items: "*",
      key: "sg_event_id",
      topic: "event",
      at: { path: "timestamp", unit: "s" },
    },
  },
  errors: { message: ["errors.0.message"], code: ["errors.0.field"] },
  limits: {
    perSecond: 5,
    concurrency: 4,
    words: "Told in X-RateLimit-Limit, -Remaining and -Reset; too many are answered by 429.",
  },
  docs: {
    links: [
      { title: "API keys", url: "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys" },
      { title: "Mail Send", url: "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send" },
      {
        title: "Signed Event Webhook",
        url: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: 403 when a mail is sent",
        cure: "The sender is not verified, or the key lacks Mail Send.",
      },
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "The body ends with a line break that is signed: something on the way trims it.",
      },
      {
        sign: "parked: an earlier try may have arrived",
        cure: "Search Activity for this occurrence's id, then replay or drop it: mails have no idempotency there.",
      },
    ],
  },
};
