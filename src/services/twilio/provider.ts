// Twilio: text messages. Deliveries are signed with the auth token, whatever calls are made with.
import { shortText } from "../occurrence-text.ts";
import type { Inputs, Point, Provider, RequestTemplate } from "../provider.ts";

const ACCOUNT = "/2010-04-01/Accounts/{account_sid}";
/** With test credentials this sender sends nothing and answers as if it had; of other accounts it is refused. */
const NOBODY = "+15005550006";

function hasApiKey({ values }: Inputs): boolean {
  return values.api_key_sid !== undefined && values.api_key_secret !== undefined;
}

/** A rule: who calls, which is the API key where there is one with its secret. */
export function caller(inputs: Inputs): string | undefined {
  return hasApiKey(inputs) ? inputs.values.api_key_sid : inputs.values.account_sid;
}

/** A rule: the secret of who calls. */
export function callerSecret(inputs: Inputs): string | undefined {
  return hasApiKey(inputs) ? inputs.values.api_key_secret : inputs.values.auth_token;
}

const POINTS: readonly Point[] = [
  "form_submission",
  "user_registration",
  "checkout",
  "content_published",
  "content_updated",
  "run_failed",
];

function message(from: "From" | "MessagingServiceSid", field: string): RequestTemplate {
  return {
    method: "POST",
    path: `${ACCOUNT}/Messages.json`,
    body: { form: { To: "{notify_to}", [from]: field, Body: "{text}" } },
  };
}

const IDEMPOTENCY = { kind: "none", why: "it sends each message that it is given" } as const;
const PHONE = { pattern: /^\+[1-9]\d{6,14}$/, words: "a number such as +14155550123" };

export const provider: Provider = {
  id: "twilio",
  title: "Twilio",
  types: ["communication"],
  about:
    "Sends somebody of the client's a text message that something happened, and tells of messages that came in.",
  fields: [
    {
      name: "account_sid",
      title: "Account SID",
      secret: false,
      format: { pattern: /^AC[0-9a-f]{32}$/, words: "AC and 32 hexadecimal digits" },
      where: "Twilio Console, Account Dashboard, Account Info.",
    },
    {
      name: "auth_token",
      title: "Auth token",
      secret: true,
      format: { pattern: /^[0-9a-f]{32}$/, words: "32 hexadecimal digits" },
      where:
        "Twilio Console, Account Dashboard, Account Info. Needed beside an API key, too: deliveries are signed with it.",
    },
    {
      name: "api_key_sid",
      title: "API key SID",
      secret: false,
      need: "optional",
      format: { pattern: /^SK[0-9a-f]{32}$/, words: "SK and 32 hexadecimal digits" },
      where: "Twilio Console, Account, API keys & tokens: calls are made with it in place of the auth token.",
    },
    {
      name: "api_key_secret",
      title: "Secret of the API key",
      secret: true,
      need: "optional",
      where: "Shown once when the API key is made.",
    },
    {
      name: "from",
      title: "Sender",
      secret: false,
      need: "optional",
      format: PHONE,
      where:
        "Twilio Console, Phone Numbers, Active numbers; this or messaging_service_sid is needed to send.",
    },
    {
      name: "messaging_service_sid",
      title: "Messaging service",
      secret: false,
      need: "optional",
      format: { pattern: /^MG[0-9a-f]{32}$/, words: "MG and 32 hexadecimal digits" },
      where: "Twilio Console, Messaging, Services; in place of from.",
    },
    {
      name: "notify_to",
      title: "Whom to tell",
      secret: false,
      need: "optional",
      format: PHONE,
      where: "A number of the client's own; needed to send.",
    },
    {
      name: "phone_number_sid",
      title: "Number that receives",
      secret: false,
      need: "optional",
      format: { pattern: /^PN[0-9a-f]{32}$/, words: "PN and 32 hexadecimal digits" },
      where:
        "Twilio Console, Phone Numbers, Active numbers, the number, Properties; needed to be told of messages.",
    },
  ],
  rules: { text: { shortText }, caller: { caller }, caller_secret: { callerSecret } },
  testing:
    "Account, API keys & tokens, Test credentials: they take messages from +15005550006 and send nothing.",
  bases: { api: "https://api.twilio.com" },
  authentication: { kind: "basic", user: "{caller}", password: "{caller_secret}" },
  version: { value: "2010-04-01" },
  checks: [
    {
      kind: "request",
      when: ["api_key_sid", "api_key_secret"],
      request: { method: "GET", path: `${ACCOUNT}/Messages.json`, query: { PageSize: "1" } },
      expected: "200 with the account's messages",
      answers: [
        {
          status: 200,
          where: [{ path: "messages", exists: true }],
          means: "verified",
          words: "the API key is good",
        },
        { status: 401, means: "refused", words: "the API key is not accepted" },
        {
          status: 403,
          means: "verified",
          words: "the API key is known, and may not read messages",
          hint: "A restricted key: look whether it may send messages.",
        },
      ],
      mode: "live",
    },
    {
      kind: "request",
      request: { method: "GET", path: `${ACCOUNT}.json` },
      expected: "200 with the account's status",
      answers: [
        {
          status: 200,
          where: [{ path: "status", is: "active" }],
          means: "verified",
          words: "the account is active",
        },
        {
          status: 200,
          where: [{ path: "status", exists: true }],
          means: "refused",
          words: "the account is not active",
        },
        { status: 401, means: "refused", words: "account SID and auth token are not accepted" },
        // Test credentials may not read accounts: the next check tells whether these are some.
        { status: 403, means: "next" },
      ],
      account: ["friendly_name"],
      details: { status: "status", type: "type" },
      mode: "live",
    },
    {
      kind: "request",
      request: {
        method: "POST",
        path: `${ACCOUNT}/Messages.json`,
        body: { form: { To: NOBODY, From: NOBODY, Body: "ainstein-cms" } },
      },
      expected: "201 for a message that is not sent",
      answers: [
        { status: 201, means: "verified", words: "test credentials, which send nothing" },
        { status: 401, means: "refused", words: "account SID and auth token are not accepted" },
      ],
      mode: "test",
    },
  ],
  actions: [
    {
      points: POINTS,
      title: "sends a text message of what happened",
      when: ["notify_to", "messaging_service_sid"],
      steps: [{ request: message("MessagingServiceSid", "{messaging_service_sid}") }],
      idempotency: IDEMPOTENCY,
      tells: "sid",
    },
    {
      points: POINTS,
      title: "sends a text message of what happened",
      when: ["notify_to", "from"],
      steps: [{ request: message("From", "{from}") }],
      idempotency: IDEMPOTENCY,
      tells: "sid",
    },
  ],
  webhooks: {
    kind: "api",
    when: ["phone_number_sid"],
    exclusive: true,
    create: {
      request: {
        method: "POST",
        path: `${ACCOUNT}/IncomingPhoneNumbers/{phone_number_sid}.json`,
        body: { form: { SmsUrl: "{hook.target}", SmsMethod: "POST" } },
      },
      id: "sid",
    },
    list: {
      request: { method: "GET", path: `${ACCOUNT}/IncomingPhoneNumbers/{phone_number_sid}.json` },
      items: "",
      id: "sid",
      url: "sms_url",
    },
    remove: {
      request: {
        method: "POST",
        path: `${ACCOUNT}/IncomingPhoneNumbers/{phone_number_sid}.json`,
        body: { form: { SmsUrl: "" } },
      },
    },
    note: "A number tells one address of its messages. Status of messages that are sent needs no registration.",
  },
  signature: {
    kind: "signed",
    secret: "auth_token",
    header: "X-Twilio-Signature",
    algorithm: "hmac-sha1",
    encoding: "base64",
    key: "text",
    form: { kind: "whole" },
    message: "{url}{sortedForm}",
    bodyHash: { parameter: "bodySHA256" },
    portVariants: true,
    // Its token for repeated deliveries is a header that is not signed: the body, which is, names the event.
    event: { format: "form", topic: ["MessageStatus", "SmsStatus", "CallStatus", "type", "=delivery"] },
  },
  errors: { message: ["message"], code: ["code"] },
  limits: {
    perSecond: 1,
    concurrency: 2,
    words:
      "A number sends about one message a second. Too many requests are answered by 429 (20429) and were not carried out.",
  },
  docs: {
    links: [
      { title: "Test credentials", url: "https://www.twilio.com/docs/iam/test-credentials" },
      { title: "Messages", url: "https://www.twilio.com/docs/messaging/api/message-resource" },
      { title: "Security of webhooks", url: "https://www.twilio.com/docs/usage/webhooks/webhooks-security" },
    ],
    troubleshooting: [
      {
        sign: "refused: 21608 or 21211",
        cure: "A trial account sends to verified numbers only; a number must be written with + and its country.",
      },
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "They are signed with the primary auth token of the account, not with an API key; and with the address as it is written at the number, query included.",
      },
      {
        sign: "parked: an earlier try may have arrived",
        cure: "Look into Monitor, Logs, Messaging for the message, then replay or drop it: messages have no idempotency there.",
      },
    ],
  },
};
