// Sign in with Google. The client is proven by a code that cannot be: who is not the client is refused before the code is looked at.
import type { Provider } from "../provider.ts";

export const provider: Provider = {
  id: "google",
  title: "Google sign-in",
  types: ["auth"],
  about: "Signs people in at the client's own site with their Google account.",
  fields: [
    {
      name: "client_id",
      title: "Client ID",
      secret: false,
      format: {
        pattern: /^[\w-]+\.apps\.googleusercontent\.com$/,
        words: "a text that ends in .apps.googleusercontent.com",
      },
      where: "Google Cloud Console, APIs & Services, Credentials, the OAuth client of type Web application.",
    },
    {
      name: "client_secret",
      title: "Client secret",
      secret: true,
      where: "Beside the client ID; shown whole only when it is made.",
    },
    {
      name: "redirect_uri",
      title: "Redirect URI",
      secret: false,
      format: { pattern: /^https:\/\/\S+$/, words: "an https address" },
      where:
        "The page of the client's own site that people come back to: paste it at the OAuth client, Authorized redirect URIs.",
    },
  ],
  testing: "An OAuth consent screen in testing: only the test users that are named there can sign in.",
  bases: { api: "https://oauth2.googleapis.com" },
  authentication: { kind: "in-request", where: "body" },
  checks: [
    {
      kind: "request",
      request: {
        method: "POST",
        path: "/token",
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
      expected: "400 invalid_grant: the client is accepted, the invented code is not",
      answers: [
        {
          where: [{ path: "error", is: "invalid_grant" }],
          means: "verified",
          words: "the client is accepted",
        },
        {
          where: [{ path: "error", is: "redirect_uri_mismatch" }],
          means: "refused",
          words: "the redirect URI is not registered",
          hint: "Paste redirect_uri at the OAuth client, Authorized redirect URIs.",
        },
        {
          where: [{ path: "error", is: "invalid_client" }],
          means: "refused",
          words: "the client is not accepted",
        },
      ],
    },
  ],
  actions: [],
  webhooks: { kind: "none", why: "Nothing happens there that the site itself does not see." },
  errors: { message: ["error_description"], code: ["error"] },
  limits: { perSecond: 5, concurrency: 2, words: "Not published." },
  docs: {
    links: [
      {
        title: "OpenID Connect",
        url: "https://developers.google.com/identity/openid-connect/openid-connect",
      },
      {
        title: "OAuth for web servers",
        url: "https://developers.google.com/identity/protocols/oauth2/web-server",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: invalid_client",
        cure: "Client ID and secret do not belong together, or the client was deleted.",
      },
    ],
  },
};
