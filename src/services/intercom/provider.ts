// Intercom: contacts and what they did. Webhooks are made in its Developer Hub only.
import type { Provider } from "../provider.ts";

export const provider: Provider = {
  id: "intercom",
  title: "Intercom",
  types: ["communication", "crm"],
  about: "Keeps people as contacts with what they did, and tells of conversations.",
  fields: [
    {
      name: "access_token",
      title: "Access token",
      secret: true,
      format: { pattern: /^\S{20,}$/, words: "at least 20 characters without spaces" },
      where:
        "Intercom, Settings, Integrations, Developer Hub, the app, Configure, Authentication. It needs Read and write users and Write events.",
    },
    {
      name: "region",
      title: "Region",
      secret: false,
      need: "optional",
      default: "us",
      format: { pattern: /^(?:us|eu|au)$/, words: "us, eu or au" },
      where: "Intercom, Settings, Workspace, General: where data is hosted.",
    },
    {
      name: "client_secret",
      title: "Client secret",
      secret: true,
      need: "webhooks",
      where: "Developer Hub, the app, Configure, Basic information: a secret beside the token.",
    },
  ],
  testing: "A test workspace of its own, made in Settings, Workspace: its token reaches that workspace only.",
  bases: {
    api: {
      by: "region",
      at: {
        us: "https://api.intercom.io",
        eu: "https://api.eu.intercom.io",
        au: "https://api.au.intercom.io",
      },
    },
  },
  authentication: { kind: "bearer", token: "{access_token}" },
  version: { value: "2.14", header: "Intercom-Version" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: "/me" },
      expected: "200 with the token's app",
      answers: [
        {
          status: 200,
          where: [{ path: "app.id_code", exists: true }],
          means: "verified",
          words: "the token is good",
        },
        {
          status: 401,
          means: "refused",
          words: "the token is not accepted",
          hint: "A token of another region is refused so, too: look at region.",
        },
      ],
      account: ["app.id_code"],
      details: { region: "app.region" },
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration"],
      title: "makes a contact and notes what they did",
      steps: [
        {
          request: {
            method: "POST",
            path: "/contacts",
            body: {
              json: { role: "user", email: "{event.email}", name: "{event.name?}", phone: "{event.phone?}" },
            },
          },
          answers: [{ status: 409, means: "next", words: "is there already" }],
        },
        {
          request: {
            method: "POST",
            path: "/events",
            body: {
              json: {
                event_name: "{point}",
                created_at: "{at.seconds}",
                email: "{event.email}",
                metadata: { occurrence: "{id}", company: "{event.company?}", source: "{event.source?}" },
              },
            },
          },
        },
      ],
      idempotency: { kind: "natural", by: "the address; and contact, name and time of what they did" },
    },
  ],
  webhooks: {
    kind: "steps",
    steps: [
      "Open Intercom, Settings, Integrations, Developer Hub, and there the app.",
      "Under Configure, Webhooks, set the endpoint URL to {hook.url}",
      "Choose topics such as contact.user.created and conversation.user.created, and save.",
      "Under Configure, Basic information, copy the client secret; connecting the service again asks for it.",
    ],
  },
  signature: {
    kind: "signed",
    secret: "client_secret",
    header: "X-Hub-Signature",
    algorithm: "hmac-sha1",
    encoding: "hex",
    key: "text",
    form: { kind: "whole", prefix: "sha1=" },
    message: "{body}",
    event: { format: "json", key: "id", topic: "topic", at: { path: "created_at", unit: "s" } },
  },
  errors: { message: ["errors.0.message"], code: ["errors.0.code"] },
  limits: {
    perSecond: 20,
    concurrency: 4,
    words:
      "10,000 requests a minute for an app, told in X-RateLimit-Limit, -Remaining and -Reset; too many are answered by 429.",
  },
  docs: {
    links: [
      {
        title: "Authentication",
        url: "https://developers.intercom.com/docs/build-an-integration/learn-more/authentication",
      },
      { title: "Webhooks", url: "https://developers.intercom.com/docs/webhooks" },
      {
        title: "Events",
        url: "https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: 401 Access Token Invalid",
        cure: "The token is of another region or another workspace, or the app was removed from it.",
      },
      {
        sign: "Deliveries are refused with wrong-signature.",
        cure: "They are signed with the client secret of the app, not with its access token.",
      },
    ],
  },
};
