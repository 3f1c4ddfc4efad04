// Auth0: sign-in. Its log streams carry no signature, but a header of our choice.
import type { Provider } from "../provider.ts";

export const provider: Provider = {
  id: "auth0",
  title: "Auth0",
  types: ["auth"],
  about: "Signs people in; keeps those who registered as users, and tells of sign-ins.",
  fields: [
    {
      name: "domain",
      title: "Domain of the tenant",
      secret: false,
      format: {
        pattern: /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.auth0\.com$/,
        words: "a name that ends in .auth0.com",
      },
      where:
        "Auth0 Dashboard, Applications, the application, Settings: the tenant's own, not a custom domain.",
    },
    {
      name: "client_id",
      title: "Client ID",
      secret: false,
      format: { pattern: /^\w{16,64}$/, words: "letters and digits, at least 16" },
      where:
        "Auth0 Dashboard, Applications, a machine-to-machine application that is authorized for the Management API.",
    },
    {
      name: "client_secret",
      title: "Client secret",
      secret: true,
      where:
        "Beside the client ID. It needs create:users, and for webhooks read, create and delete of log_streams.",
    },
    {
      name: "connection",
      title: "Passwordless connection",
      secret: false,
      need: "optional",
      format: { pattern: /^[\w-]{1,128}$/, words: "letters, digits, - and _" },
      where: "Auth0 Dashboard, Authentication, Passwordless: usually email. Needed to make users.",
    },
    {
      name: "log_token",
      title: "Authorization of the log stream",
      secret: true,
      need: "webhooks",
      format: { pattern: /^\S{16,}$/, words: "at least 16 characters without spaces" },
      where: "Made here when the log stream is registered.",
    },
  ],
  testing: "A tenant of its own, tagged Development: tokens of it reach that tenant only.",
  bases: { api: "https://{domain}" },
  authentication: {
    kind: "client-credentials",
    token: {
      method: "POST",
      path: "/oauth/token",
      body: {
        json: {
          grant_type: "client_credentials",
          client_id: "{client_id}",
          client_secret: "{client_secret}",
          audience: "https://{domain}/api/v2/",
        },
      },
      authentication: { kind: "in-request", where: "body" },
    },
  },
  version: { value: "v2" },
  checks: [
    { kind: "token", expected: "200 with a token for the Management API", details: { scope: "scope" } },
  ],
  actions: [
    {
      points: ["user_registration"],
      title: "makes a user who signs in by mail",
      when: ["connection"],
      steps: [
        {
          request: {
            method: "POST",
            path: "/api/v2/users",
            body: {
              json: {
                connection: "{connection}",
                email: "{event.email}",
                name: "{event.name?}",
                app_metadata: { occurrence: "{id}" },
              },
            },
          },
          answers: [{ status: 409, means: "sent", words: "was there already" }],
        },
      ],
      idempotency: { kind: "natural", by: "the address in the connection: a second user is refused as 409" },
      tells: "user_id",
    },
  ],
  webhooks: {
    kind: "api",
    create: {
      request: {
        method: "POST",
        path: "/api/v2/log-streams",
        body: {
          json: {
            type: "http",
            name: "ainstein-cms",
            sink: {
              httpEndpoint: "{hook.target}",
              httpAuthorization: "{hook.secret}",
              httpContentType: "application/json",
              httpContentFormat: "JSONARRAY",
            },
          },
        },
      },
      id: "id",
      chosen: "log_token",
    },
    list: {
      request: { method: "GET", path: "/api/v2/log-streams" },
      items: "*",
      id: "id",
      url: "sink.httpEndpoint",
      keeps: { log_token: "sink.httpAuthorization" },
    },
    remove: { request: { method: "DELETE", path: "/api/v2/log-streams/{hook.id}" } },
  },
  signature: {
    kind: "header-secret",
    secret: "log_token",
    header: "Authorization",
    event: {
      format: "json",
      items: "*",
      key: "log_id",
      topic: "data.type",
      at: { path: "data.date", unit: "iso" },
    },
  },
  errors: { message: ["message", "error_description"], code: ["errorCode", "error"] },
  limits: {
    perSecond: 2,
    concurrency: 2,
    words: "By plan, told in x-ratelimit headers; tokens are counted, so one is used until it ends.",
  },
  docs: {
    links: [
      {
        title: "Tokens of the Management API",
        url: "https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens",
      },
      { title: "Log streams", url: "https://auth0.com/docs/customize/log-streams" },
    ],
    troubleshooting: [
      {
        sign: "refused: access_denied",
        cure: "The application is not authorized for the Management API, or the secret was rotated.",
      },
      {
        sign: "refused: insufficient_scope",
        cure: "Authorize the application for the scope that the message names, at APIs, Auth0 Management API.",
      },
    ],
  },
};
