// HubSpot: contacts. Its interface is pinned by date; webhooks of private apps are set in its own pages only.
import { firstName, lastName } from "../person.ts";
import type { Provider } from "../provider.ts";

const VERSION = "2026-03";

export const provider: Provider = {
  id: "hubspot",
  title: "HubSpot",
  types: ["crm"],
  about: "Keeps people as contacts, and tells of changes to them.",
  fields: [
    {
      name: "access_token",
      title: "Access token",
      secret: true,
      format: { pattern: /^\S{20,}$/, words: "at least 20 characters without spaces" },
      where:
        "HubSpot, Settings, Integrations, Private Apps (or a service key). It needs crm.objects.contacts.read and crm.objects.contacts.write.",
    },
    {
      name: "client_secret",
      title: "Client secret of the app",
      secret: true,
      need: "webhooks",
      where: "HubSpot, Settings, Integrations, Private Apps, the app, Auth: a secret beside the token.",
    },
    {
      name: "signature_version",
      title: "Version of the deliveries' signatures",
      secret: false,
      need: "optional",
      default: "v3",
      format: { pattern: /^v[123]$/, words: "v1, v2 or v3" },
      where:
        "v3, unless deliveries have no X-HubSpot-Signature-v3: then what they say in X-HubSpot-Signature-Version. v1 and v2 sign no time, and v1 no address.",
    },
  ],
  rules: { first: { firstName }, last: { lastName } },
  testing: "A developer test account: its token reaches that account only, and looks like any other.",
  bases: { api: "https://api.hubapi.com" },
  authentication: { kind: "bearer", token: "{access_token}" },
  version: { value: VERSION },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: `/account-info/${VERSION}/details` },
      expected: "200 with the account's portalId",
      answers: [
        {
          status: 200,
          where: [{ path: "portalId", exists: true }],
          means: "verified",
          words: "the token is good",
        },
        {
          status: 401,
          means: "refused",
          words: "the token is not accepted",
          hint: "Tokens end when they are rotated, or the app is removed.",
        },
      ],
      account: ["portalId"],
      details: { type: "accountType" },
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration"],
      title: "makes or updates a contact",
      steps: [
        {
          request: {
            method: "POST",
            path: `/crm/objects/${VERSION}/contacts/batch/upsert`,
            body: {
              json: {
                inputs: [
                  {
                    id: "{event.email}",
                    idProperty: "email",
                    properties: {
                      email: "{event.email}",
                      firstname: "{first?}",
                      lastname: "{last?}",
                      phone: "{event.phone?}",
                      company: "{event.company?}",
                    },
                  },
                ],
              },
            },
          },
          // An answer of 2xx can hold a refusal.
          answers: [
            {
              status: [200, 201, 207],
              where: [{ path: "errors.0", exists: true }],
              means: "refused",
              words: "taken, and refused inside",
            },
          ],
        },
      ],
      idempotency: { kind: "natural", by: "the contact's address" },
      tells: "results.0.id",
    },
  ],
  webhooks: {
    kind: "steps",
    steps: [
      "Open HubSpot, Settings, Integrations, Private Apps, and there the app.",
      "Under Webhooks, set the target URL to {hook.url}",
      "Make subscriptions such as contact.creation and contact.propertyChange, and activate them.",
      "Under Auth, copy the client secret; connecting the service again asks for it.",
    ],
  },
  signature: {
    kind: "signed",
    secret: "client_secret",
    header: "X-HubSpot-Signature-v3",
    algorithm: "hmac-sha256",
    encoding: "base64",
    key: "text",
    form: { kind: "whole" },
    message: "{method}{url}{body}{ts}",
    time: { header: "X-HubSpot-Request-Timestamp", unit: "ms", windowMs: 300_000 },
    decodedUrl: true,
    versions: {
      by: "signature_version",
      at: {
        v1: {
          header: "X-HubSpot-Signature",
          algorithm: "sha256",
          encoding: "hex",
          message: "{secret}{body}",
        },
        v2: {
          header: "X-HubSpot-Signature",
          algorithm: "sha256",
          encoding: "hex",
          message: "{secret}{method}{url}{body}",
        },
      },
    },
    event: {
      format: "json",
      items: "*",
      keys: ["eventId", "subscriptionType", "objectId", "occurredAt"],
      topic: "subscriptionType",
      at: { path: "occurredAt", unit: "ms" },
    },
  },
  errors: { message: ["message"], code: ["category"] },
  limits: {
    perSecond: 9,
    concurrency: 6,
    words:
      "100 requests in ten seconds for a private app, told in X-HubSpot-RateLimit headers; too many are answered by 429.",
  },
  docs: {
    links: [
      { title: "Private apps", url: "https://developers.hubspot.com/docs/guides/apps/private-apps/overview" },
      { title: "Contacts", url: "https://developers.hubspot.com/docs/guides/api/crm/objects/contacts" },
      {
        title: "Signatures of webhooks",
        url: "https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: 403 MISSING_SCOPES",
        cure: "Give the private app crm.objects.contacts.read and crm.objects.contacts.write, and copy its new token.",
      },
      {
        sign: "Deliveries are refused as unsigned.",
        cure: "Only signatures of the version that is set are taken, 3 where nothing is: subscriptions of older apps send v1 or v2. Connect it again with --set signature_version=v1.",
      },
    ],
  },
};
