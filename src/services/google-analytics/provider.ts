// Google Analytics 4: events of the Measurement Protocol, which takes whatever it is given and says so to nobody.
import { currencyCode, numericAmount } from "../money.ts";
import { PAGE_URL } from "../page.ts";
import type { Authentication, Inputs, Provider } from "../provider.ts";

const ACCOUNT: Authentication = {
  kind: "service-account",
  field: "service_account",
  scope: "https://www.googleapis.com/auth/analytics.readonly",
  token: { base: "tokens", path: "/token" },
};

/** A rule: a visitor who is nobody: what happens at the server has no browser's id. */
export function clientId({ named }: Inputs): string | undefined {
  const id = typeof named?.id === "string" ? named.id.replaceAll("-", "").slice(0, 8) : "";
  return id === "" ? undefined : `${Number.parseInt(id, 16)}.${String(named?.["at.seconds"])}`;
}

/** A rule: a visit of its own, without which realtime reports leave the event out. */
export function sessionId({ named }: Inputs): string | undefined {
  return typeof named?.["at.seconds"] === "number" ? String(named["at.seconds"]) : undefined;
}

/** A rule. */
export function micros({ named }: Inputs): number | undefined {
  return typeof named?.["at.ms"] === "number" ? named["at.ms"] * 1000 : undefined;
}

function collect(name: string, params: Readonly<Record<string, string | number>>) {
  return {
    request: {
      method: "POST",
      path: "/mp/collect",
      query: { measurement_id: "{measurement_id}", api_secret: "{api_secret}" },
      body: {
        json: {
          client_id: "{client}",
          timestamp_micros: "{micros}",
          events: [
            {
              name,
              params: {
                session_id: "{session}",
                engagement_time_msec: 1,
                event_id: "{id}",
                source: "{event.source?}",
                ...params,
              },
            },
          ],
        },
      },
    },
  } as const;
}

/** What is older is answered like what is not, and counted nowhere. */
const TAKEN_HOURS = 72;

const NO_MEMORY = { kind: "none", why: "it counts each event that it is given" } as const;

export const provider: Provider = {
  id: "google-analytics",
  title: "Google Analytics 4",
  types: ["analytics"],
  about: "Counts forms, registrations and orders at the server, and visits by a snippet.",
  fields: [
    {
      name: "measurement_id",
      title: "Measurement ID",
      secret: false,
      format: { pattern: /^G-[A-Z0-9]{4,16}$/, words: "G- and capital letters and digits" },
      where: "Google Analytics, Admin, Data streams, the stream.",
    },
    {
      name: "api_secret",
      title: "API secret of the Measurement Protocol",
      secret: true,
      format: { pattern: /^[\w-]{10,}$/, words: "letters, digits, - and _, at least 10" },
      where: "Google Analytics, Admin, Data streams, the stream, Measurement Protocol API secrets.",
    },
    {
      name: "region",
      title: "Region",
      secret: false,
      need: "optional",
      default: "global",
      format: { pattern: /^(?:global|eu)$/, words: "global or eu" },
      where: "eu to have events collected in the EU.",
    },
    {
      name: "service_account",
      title: "Key file of a service account",
      secret: true,
      need: "optional",
      where:
        "Google Cloud, IAM, Service accounts, Keys: the whole JSON file. Added as viewer to the property it proves the API secret, which nothing else does.",
    },
    {
      name: "property_id",
      title: "Property",
      secret: false,
      need: "optional",
      format: { pattern: /^\d{5,15}$/, words: "digits" },
      where: "Google Analytics, Admin, Property details; for the proof by a service account.",
    },
    {
      name: "stream_id",
      title: "Stream",
      secret: false,
      need: "optional",
      format: { pattern: /^\d{5,15}$/, words: "digits" },
      where: "Google Analytics, Admin, Data streams, the stream; for the proof by a service account.",
    },
    PAGE_URL,
  ],
  rules: {
    client: { clientId },
    session: { sessionId },
    micros: { micros },
    amount: { numericAmount },
    currency: { currencyCode },
  },
  testing: "A property of its own: there is no test mode, and what was counted stays counted.",
  bases: {
    api: {
      by: "region",
      at: { global: "https://www.google-analytics.com", eu: "https://region1.google-analytics.com" },
    },
    admin: "https://analyticsadmin.googleapis.com",
    tokens: "https://oauth2.googleapis.com",
  },
  authentication: { kind: "in-request", where: "query" },
  version: { value: "v1beta" },
  checks: [
    {
      kind: "request",
      when: ["service_account", "property_id", "stream_id"],
      request: {
        method: "GET",
        base: "admin",
        path: "/v1beta/properties/{property_id}/dataStreams/{stream_id}/measurementProtocolSecrets",
        authentication: ACCOUNT,
      },
      expected: "200 with the stream's API secrets, ours among them",
      answers: [
        {
          status: 200,
          where: [{ path: "measurementProtocolSecrets.*.secretValue", is: "{api_secret}" }],
          means: "verified",
          words: "the API secret is one of the stream's",
        },
        {
          status: 200,
          where: [{ path: "measurementProtocolSecrets", exists: true }],
          means: "refused",
          words: "the API secret is none of the stream's",
        },
        {
          where: [{ path: "error.status", is: "RESOURCE_EXHAUSTED" }],
          means: "unreachable",
          words: "no requests are left just now",
        },
      ],
    },
    { kind: "none", why: "it answers 2xx to any API secret; a service account would prove it" },
  ],
  actions: [
    {
      points: ["form_submission"],
      title: "counts generate_lead, without anybody's data",
      steps: [collect("generate_lead", { form: "{event.form?}" })],
      idempotency: NO_MEMORY,
      takenHours: TAKEN_HOURS,
    },
    {
      points: ["user_registration"],
      title: "counts sign_up, without anybody's data",
      steps: [collect("sign_up", { method: "site" })],
      idempotency: NO_MEMORY,
      takenHours: TAKEN_HOURS,
    },
    {
      points: ["checkout"],
      title: "counts purchase",
      steps: [
        collect("purchase", {
          transaction_id: "{event.order_id}",
          value: "{amount}",
          currency: "{currency}",
        }),
      ],
      needs: ["amount_cents", "currency"],
      idempotency: { kind: "natural", by: "transaction_id, for purchases only" },
      takenHours: TAKEN_HOURS,
    },
  ],
  webhooks: { kind: "none", why: "Google Analytics sends none." },
  snippet: {
    html: `<script nonce="{nonce}">
  function startAnalytics() {
    const loader = document.createElement("script");
    loader.async = true;
    loader.src = "https://www.googletagmanager.com/gtag/js?id={measurement_id}";
    document.head.append(loader);
    window.dataLayer = window.dataLayer || [];
    window.gtag = function () { window.dataLayer.push(arguments); };
    window.gtag("js", new Date());
    window.gtag("config", "{measurement_id}");
  }
</script>`,
    csp: "script-src 'nonce-{nonce}' https://www.googletagmanager.com; connect-src https://*.google-analytics.com https://*.analytics.google.com; img-src https://*.google-analytics.com",
    consent: "Call startAnalytics() when the visitor has agreed, not before.",
    found: (html, { measurement_id: id = "" }) => id !== "" && html.includes(`"${id}"`),
  },
  errors: { message: ["error.message"], code: ["error.status"] },
  limits: {
    perSecond: 10,
    concurrency: 2,
    words: "25 events in a request; events older than 72 hours are not counted.",
  },
  docs: {
    links: [
      {
        title: "Measurement Protocol",
        url: "https://developers.google.com/analytics/devguides/collection/protocol/ga4",
      },
      { title: "Admin API", url: "https://developers.google.com/analytics/devguides/config/admin/v1" },
    ],
    troubleshooting: [
      {
        sign: "Events are sent, and reports stay empty.",
        cure: "A wrong api_secret or measurement_id is answered like a right one: give a service account, which proves them. Reports follow a day later.",
      },
      {
        sign: "refused: PERMISSION_DENIED by the check",
        cure: "Add the service account's address to the property as a viewer, and enable the Google Analytics Admin API in its project.",
      },
    ],
  },
};
