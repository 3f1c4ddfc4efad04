// Google Analytics, Mixpanel, Hotjar, Facebook Pixel. The fakes answer as the providers' documents say; none was asked.
import { createHash, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { appSecretProof, provider as facebookPixel } from "../../src/services/facebook-pixel/provider.ts";
import { provider as googleAnalytics } from "../../src/services/google-analytics/provider.ts";
import { provider as hotjar } from "../../src/services/hotjar/provider.ts";
import { provider as mixpanel } from "../../src/services/mixpanel/provider.ts";
import { emailSha256 } from "../../src/services/person.ts";
import { allProviders } from "../../src/services/registry.ts";
import { hasSnippet, snippetOf } from "../../src/services/snippet.ts";
import { AT_MS, type Exchange, ID, providerCases } from "./provider-cases.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const KEY_FILE = JSON.stringify({
  client_email: "robot@project.iam.gserviceaccount.com",
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
});
const STREAM = { measurement_id: "G-ABCDEF1234", api_secret: "ga-api-secret-0123" };
const CLIENT = `${0x0b54d8a5}.${AT_MS / 1000}`;

providerCases({
  provider: googleAnalytics,
  values: { ...STREAM, service_account: KEY_FILE, property_id: "123456789", stream_id: "987654321" },
  check: {
    exchanges: [
      [
        {
          method: "POST",
          path: "/oauth2.googleapis.com/token",
          body: /^grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=[\w-]+\.[\w-]+\.[\w-]+$/,
        },
        { status: 200, json: { access_token: "token-of-google", expires_in: 3599 } },
      ],
      [
        {
          method: "GET",
          path: "/analyticsadmin.googleapis.com/v1beta/properties/123456789/dataStreams/987654321/measurementProtocolSecrets",
          headers: { authorization: "Bearer token-of-google" },
        },
        {
          status: 200,
          json: {
            measurementProtocolSecrets: [{ secretValue: "other" }, { secretValue: STREAM.api_secret }],
          },
        },
      ],
    ],
    mode: "unknown",
    wrong: { status: 400, json: { error: "invalid_grant", error_description: "Invalid JWT Signature." } },
  },
});

providerCases({
  provider: { ...googleAnalytics, title: "Google Analytics 4, without a service account" },
  values: STREAM,
  actions: [
    {
      point: "checkout",
      exchanges: [
        [
          {
            method: "POST",
            path: "/www.google-analytics.com/mp/collect",
            query: STREAM,
            json: {
              client_id: CLIENT,
              timestamp_micros: AT_MS * 1000,
              events: [
                {
                  name: "purchase",
                  params: {
                    session_id: String(AT_MS / 1000),
                    engagement_time_msec: 1,
                    event_id: ID,
                    source: "web",
                    transaction_id: "O-17",
                    value: 19.99,
                    currency: "EUR",
                  },
                },
              ],
            },
          },
          { status: 204 },
        ],
      ],
    },
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "POST",
            path: "/www.google-analytics.com/mp/collect",
            query: STREAM,
            json: {
              client_id: CLIENT,
              timestamp_micros: AT_MS * 1000,
              events: [
                {
                  name: "generate_lead",
                  params: {
                    session_id: String(AT_MS / 1000),
                    engagement_time_msec: 1,
                    event_id: ID,
                    source: "web",
                    form: "contact",
                  },
                },
              ],
            },
          },
          { status: 204 },
        ],
      ],
    },
  ],
});

const PERSON = createHash("sha256").update("ada@example.com").digest("hex");

providerCases({
  provider: mixpanel,
  values: {
    project_id: "1234567",
    service_account_user: "robot.0123.mp-service-account",
    service_account_secret: "mixpanel-secret",
    region: "eu",
  },
  check: {
    exchanges: [
      [
        {
          method: "GET",
          path: "/eu.mixpanel.com/api/app/me",
          headers: { authorization: `Basic ${btoa("robot.0123.mp-service-account:mixpanel-secret")}` },
        },
        { status: 200, json: { status: "ok", results: {} } },
      ],
    ],
    mode: "unknown",
    wrong: { status: 401, json: { error: "Invalid credentials", status: "error" } },
  },
  actions: [
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "POST",
            path: "/api-eu.mixpanel.com/import",
            query: { strict: "1", project_id: "1234567" },
            json: [
              {
                event: "form_submission",
                properties: {
                  time: AT_MS,
                  $insert_id: ID,
                  distinct_id: `person-${PERSON.slice(0, 32)}`,
                  source: "web",
                  form: "contact",
                },
              },
            ],
          },
          { status: 200, json: { code: 200, num_records_imported: 1, status: "OK" } },
        ],
      ],
    },
  ],
});

const HOTJAR_TOKEN: Exchange = [
  {
    method: "POST",
    path: "/api.hotjar.io/v1/oauth/token",
    form: { grant_type: "client_credentials", client_id: "hj-id", client_secret: "hj-secret" },
  },
  { status: 200, json: { access_token: "token-of-hotjar", expires_in: 3600 } },
];

providerCases({
  provider: hotjar,
  values: { site_id: "1234567", client_id: "hj-id", client_secret: "hj-secret" },
  check: {
    exchanges: [HOTJAR_TOKEN],
    mode: "unknown",
    wrong: { status: 401, json: { error: "invalid_client" } },
  },
});

providerCases({
  provider: facebookPixel,
  values: {
    pixel_id: "123456789012345",
    access_token: "EAAtoken0123456789abcdef",
    site_url: "https://site.example/",
    app_secret: "fb-app-secret",
    test_event_code: "TEST123",
  },
  check: {
    exchanges: [
      [
        {
          method: "GET",
          path: "/graph.facebook.com/v25.0/123456789012345",
          query: {
            fields: "id,name",
            // openssl dgst -sha256 -hmac fb-app-secret
            appsecret_proof: "a60cd2921d20bfbdafe4dc6078681fdcb3b252582aff700843013529bbf943e8",
          },
          headers: { authorization: "Bearer EAAtoken0123456789abcdef" },
        },
        { status: 200, json: { id: "123456789012345", name: "Client" } },
      ],
    ],
    mode: "test",
    account: "Client",
    wrong: {
      status: 400,
      json: { error: { message: "Invalid OAuth access token", type: "OAuthException", code: 190 } },
    },
  },
  actions: [
    {
      point: "checkout",
      exchanges: [
        [
          {
            method: "POST",
            path: "/graph.facebook.com/v25.0/123456789012345/events",
            json: {
              data: [
                {
                  event_name: "Purchase",
                  event_time: AT_MS / 1000,
                  event_id: ID,
                  action_source: "website",
                  event_source_url: "https://site.example/",
                  user_data: { em: [PERSON] },
                  custom_data: { currency: "EUR", value: 19.99, order_id: "O-17" },
                },
              ],
              test_event_code: "TEST123",
              appsecret_proof: appSecretProof({
                values: { access_token: "EAAtoken0123456789abcdef", app_secret: "fb-app-secret" },
                mode: "test",
              }),
            },
          },
          { status: 200, json: { events_received: 1, fbtrace_id: "trace1" } },
        ],
      ],
      detail: "trace1",
    },
  ],
});

test("Meta's hashes are those that were made apart from our code", () => {
  const values = { access_token: "EAAtoken", app_secret: "fb-app-secret" };
  expect(appSecretProof({ values, mode: "unknown" })).toBe(
    "15cee824ed1a120f1cea08c6dbd384a2dbc7d782a417921f1cd46ad8dc94f308",
  );
  const event = { email: " Jane.Doe@Example.com " };
  expect(emailSha256({ values: {}, mode: "unknown", event })).toBe(
    "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d",
  );
});

test("every snippet is filled in, waits for consent, and is found in a page that has it and in no other", async () => {
  const values = { measurement_id: "G-ABCDEF1234", site_id: "1234567", pixel_id: "123456789012345" };
  const others = { measurement_id: "G-ZZZZZZ9999", site_id: "123456", pixel_id: "99999999" };
  const withSnippet = (await allProviders()).filter(({ snippet }) => snippet !== undefined);
  expect(withSnippet.map(({ id }) => id)).toEqual(["google-analytics", "hotjar", "facebook-pixel"]);
  for (const provider of withSnippet) {
    const made = snippetOf(provider, values);
    const html = made?.html ?? "";
    expect(html).not.toMatch(/\{(?:measurement_id|site_id|pixel_id)\}/);
    expect(html).toContain('nonce="{nonce}"');
    const script = html.replace(/<\/?script[^>]*>/g, "");
    expect(() => new Function(script)).not.toThrow();
    expect(script).toMatch(/^\s*function start\w+\(\) \{[\s\S]*\}\s*$/);
    expect(made?.csp).toContain("script-src 'nonce-{nonce}'");
    expect(hasSnippet(provider, `<html>${html}</html>`, values)).toBe(true);
    expect(hasSnippet(provider, `<html>${html}</html>`, others)).toBe(false);
    expect(hasSnippet(provider, "<html></html>", values)).toBe(false);
  }
});
