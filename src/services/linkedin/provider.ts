// Sign in with LinkedIn. As far as an invented code can prove a client; what is not plainly that is left open.
import type { Provider } from "../provider.ts";

export const provider: Provider = {
  id: "linkedin",
  title: "LinkedIn sign-in",
  types: ["auth"],
  about: "Signs people in at the client's own site with their LinkedIn account.",
  fields: [
    {
      name: "client_id",
      title: "Client ID",
      secret: false,
      format: { pattern: /^\w{10,32}$/, words: "letters and digits" },
      where:
        "LinkedIn Developers, the app, Auth. The app needs the product Sign In with LinkedIn using OpenID Connect.",
    },
    {
      name: "client_secret",
      title: "Primary client secret",
      secret: true,
      where: "LinkedIn Developers, the app, Auth.",
    },
    {
      name: "redirect_uri",
      title: "Redirect URL",
      secret: false,
      format: { pattern: /^https:\/\/\S+$/, words: "an https address" },
      where:
        "The page of the client's own site that people come back to: paste it at the app, Auth, Authorized redirect URLs.",
    },
  ],
  testing: "An app of its own: there is no test mode.",
  bases: { api: "https://www.linkedin.com/oauth/v2" },
  authentication: { kind: "in-request", where: "body" },
  version: { value: "v2" },
  checks: [
    {
      kind: "request",
      request: {
        method: "POST",
        path: "/accessToken",
        body: {
          form: {
            grant_type: "authorization_code",
            code: "ainstein-cms-no-code",
            client_id: "{client_id}",
            client_secret: "{client_secret}",
            redirect_uri: "{redirect_uri}",
          },
        },
      },
      expected: "invalid_grant: the client is accepted, the invented code is not",
      answers: [
        {
          where: [{ path: "error", is: "invalid_grant" }],
          means: "verified",
          words: "the client is accepted",
        },
        {
          where: [{ path: "error", is: "invalid_client" }],
          means: "refused",
          words: "the client is not accepted",
        },
        {
          where: [{ path: "error", exists: true }],
          means: "not-verifiable",
          words: "refused in a way that does not say whether the client or the code was meant",
          hint: "Sign in once at the client's site: that proves it.",
        },
      ],
    },
  ],
  actions: [],
  webhooks: { kind: "none", why: "Nothing happens there that the site itself does not see." },
  errors: { message: ["error_description"], code: ["error"] },
  limits: { perSecond: 1, concurrency: 1, words: "By app and day, shown at LinkedIn Developers, Analytics." },
  docs: {
    links: [
      {
        title: "Sign in with OpenID Connect",
        url: "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2",
      },
    ],
    troubleshooting: [
      {
        sign: "unauthorized_scope_error at a sign-in",
        cure: "Add the product Sign In with LinkedIn using OpenID Connect to the app.",
      },
    ],
  },
};
