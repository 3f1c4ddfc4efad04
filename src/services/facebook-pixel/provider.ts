// Meta's Conversions API, which Facebook Pixel became at the server: people are named by hashes only.
import { createHmac } from "node:crypto";
import { currencyCode, numericAmount } from "../money.ts";
import { PAGE_URL } from "../page.ts";
import { emailSha256 } from "../person.ts";
import type { Action, AnswerRule, Inputs, JsonTemplate, Point, Provider } from "../provider.ts";

/** A rule: shows that the token is used by the app that it was given to. */
export function appSecretProof({ values }: Inputs): string | undefined {
  const { access_token: token, app_secret: secret } = values;
  if (token === undefined || secret === undefined) return undefined;
  return createHmac("sha256", secret).update(token).digest("hex");
}

/** Something there is broken, or too much was asked of it. */
const JUST_NOW = [{ path: "error.code", in: [1, 2, 4, 17, 341] }];

const ANSWERS: readonly AnswerRule<"retry">[] = [
  { where: JUST_NOW, means: "retry", words: "not able to just now" },
  { where: [{ path: "error.code", in: [102, 190] }], means: "retry", words: "the token is not accepted" },
];

function event(point: Point, name: string, custom: JsonTemplate, needs: readonly string[]): Action {
  return {
    points: [point],
    title: `counts ${name}`,
    steps: [
      {
        request: {
          method: "POST",
          path: "/{pixel_id}/events",
          body: {
            json: {
              data: [
                {
                  event_name: name,
                  event_time: "{at.seconds}",
                  event_id: "{id}",
                  action_source: "website",
                  event_source_url: "{site_url}",
                  user_data: { em: ["{em}"] },
                  custom_data: custom,
                },
              ],
              test_event_code: "{test_event_code?}",
              appsecret_proof: "{proof?}",
            },
          },
        },
        answers: ANSWERS,
      },
    ],
    needs: ["email", ...needs],
    idempotency: { kind: "natural", by: "event_name and event_id", keptHours: 48 },
    takenHours: 7 * 24,
    tells: "fbtrace_id",
  };
}

export const provider: Provider = {
  id: "facebook-pixel",
  title: "Facebook Pixel (Meta Conversions API)",
  types: ["analytics"],
  about: "Counts leads, registrations and purchases for Meta's advertisements, by hashed addresses.",
  fields: [
    {
      name: "pixel_id",
      title: "Pixel",
      secret: false,
      format: { pattern: /^\d{8,20}$/, words: "digits" },
      where: "Meta Events Manager, Data sources, the pixel, Settings.",
    },
    {
      name: "access_token",
      title: "Access token",
      secret: true,
      format: { pattern: /^\w{20,}$/, words: "letters and digits, at least 20" },
      where: "Meta Events Manager, the pixel, Settings, Conversions API, Generate access token.",
    },
    {
      name: "site_url",
      title: "Address of the site",
      secret: false,
      format: { pattern: /^https:\/\/\S+$/, words: "an https address" },
      where: "The client's own site, where the events happen.",
    },
    {
      name: "app_secret",
      title: "App secret",
      secret: true,
      need: "optional",
      where:
        "Meta for Developers, the app, Settings, Basic; where the app demands proof of it with each call.",
    },
    {
      name: "test_event_code",
      title: "Test event code",
      secret: false,
      need: "optional",
      format: { pattern: /^TEST\d+$/, words: "TEST and digits" },
      where: "Meta Events Manager, the pixel, Test events: events show there as they come.",
    },
    PAGE_URL,
  ],
  rules: {
    em: { emailSha256 },
    proof: { appSecretProof },
    amount: { numericAmount },
    currency: { currencyCode },
  },
  mode: { field: "test_event_code", test: /^TEST/ },
  testing:
    "A test_event_code: events show under Test events. Whether they count in reports, too, Meta does not say: use a pixel of its own.",
  bases: { api: "https://graph.facebook.com/v25.0" },
  authentication: { kind: "bearer", token: "{access_token}" },
  version: { value: "v25.0" },
  checks: [
    {
      kind: "request",
      request: {
        method: "GET",
        path: "/{pixel_id}",
        query: { fields: "id,name", appsecret_proof: "{proof?}" },
      },
      expected: "200 with the pixel's id",
      answers: [
        {
          status: 200,
          where: [{ path: "id", is: "{pixel_id}" }],
          means: "verified",
          words: "the token reads the pixel",
        },
        { where: JUST_NOW, means: "unreachable", words: "not able to just now" },
        {
          where: [{ path: "error.code", in: [102, 190] }],
          means: "refused",
          words: "the token is not accepted",
        },
        {
          where: [{ path: "error.code", in: [10, 100, 200] }],
          means: "not-verifiable",
          words: "the token may not read the pixel, which one of Events Manager need not",
          hint: "Send a marked event with a test_event_code, and look under Test events.",
        },
      ],
      account: ["name", "id"],
    },
  ],
  actions: [
    event("form_submission", "Lead", {}, []),
    event("user_registration", "CompleteRegistration", {}, []),
    event(
      "checkout",
      "Purchase",
      { currency: "{currency}", value: "{amount}", order_id: "{event.order_id}" },
      ["currency", "amount_cents"],
    ),
  ],
  webhooks: { kind: "none", why: "The Conversions API sends none." },
  snippet: {
    html: `<script nonce="{nonce}">
  function startPixel() {
    if (window.fbq) return;
    const queue = (window.fbq = function () {
      queue.callMethod ? queue.callMethod.apply(queue, arguments) : queue.queue.push(arguments);
    });
    window._fbq = window._fbq || queue;
    Object.assign(queue, { push: queue, loaded: true, version: "2.0", queue: [] });
    const loader = document.createElement("script");
    loader.async = true;
    loader.src = "https://connect.facebook.net/en_US/fbevents.js";
    document.head.append(loader);
    window.fbq("init", "{pixel_id}");
    window.fbq("track", "PageView");
  }
</script>`,
    csp: "script-src 'nonce-{nonce}' https://connect.facebook.net; connect-src https://www.facebook.com; img-src https://www.facebook.com",
    consent:
      "Call startPixel() when the visitor has agreed, not before. An event that the server sends, too, has the same eventID there: fbq('track', 'Lead', {}, { eventID }).",
    found: (html, { pixel_id: id = "" }) => id !== "" && html.includes(`"init", "${id}"`),
  },
  errors: { message: ["error.message"], code: ["error.code"] },
  limits: {
    perSecond: 10,
    concurrency: 4,
    words:
      "1,000 events in a request, none older than seven days: one that is refuses them all, so each goes by itself.",
  },
  docs: {
    links: [
      { title: "Conversions API", url: "https://developers.facebook.com/docs/marketing-api/conversions-api" },
      {
        title: "Events once in browser and server",
        url: "https://developers.facebook.com/docs/marketing-api/conversions-api/deduplicate-pixel-and-server-events",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: 190",
        cure: "The token has ended or was revoked: generate another in Events Manager.",
      },
      {
        sign: "Events are counted twice.",
        cure: "The browser's event and the server's must have the same name and the same id.",
      },
    ],
  },
};
