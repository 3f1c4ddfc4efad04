// Facebook Login. The app is proven by a token of its own, which is not kept.
import type { Provider } from "../provider.ts";

export const provider: Provider = {
  id: "facebook",
  title: "Facebook Login",
  types: ["auth"],
  about: "Signs people in at the client's own site with their Facebook account.",
  fields: [
    {
      name: "client_id",
      title: "App ID",
      secret: false,
      format: { pattern: /^\d{8,20}$/, words: "digits" },
      where: "Meta for Developers, the app, App settings, Basic.",
    },
    {
      name: "client_secret",
      title: "App secret",
      secret: true,
      format: { pattern: /^[0-9a-f]{32}$/, words: "32 hexadecimal digits" },
      where: "Meta for Developers, the app, App settings, Basic.",
    },
    {
      name: "redirect_uri",
      title: "Redirect URI",
      secret: false,
      format: { pattern: /^https:\/\/\S+$/, words: "an https address" },
      where:
        "The page of the client's own site that people come back to: paste it at Facebook Login, Settings, Valid OAuth Redirect URIs.",
    },
  ],
  testing: "An app in development mode: only people with a role in it can sign in.",
  bases: { api: "https://graph.facebook.com/v25.0" },
  authentication: { kind: "in-request", where: "body" },
  version: { value: "v25.0" },
  checks: [
    {
      kind: "request",
      request: {
        method: "POST",
        path: "/oauth/access_token",
        body: {
          form: {
            grant_type: "client_credentials",
            client_id: "{client_id}",
            client_secret: "{client_secret}",
          },
        },
      },
      expected: "200 with a token of the app",
      answers: [
        {
          status: 200,
          where: [{ path: "access_token", exists: true }],
          means: "verified",
          words: "the app is accepted",
        },
        {
          where: [{ path: "error.code", in: [2, 4, 17, 341] }],
          means: "unreachable",
          words: "not able to just now",
        },
        {
          where: [{ path: "error.code", in: [1, 101] }],
          means: "refused",
          words: "App ID and App secret are not accepted",
        },
      ],
    },
  ],
  actions: [],
  webhooks: { kind: "none", why: "Nothing happens there that the site itself does not see." },
  errors: { message: ["error.message"], code: ["error.code"] },
  limits: { perSecond: 5, concurrency: 2, words: "By the app's users, told in X-App-Usage." },
  docs: {
    links: [
      { title: "Facebook Login for the web", url: "https://developers.facebook.com/docs/facebook-login/web" },
      {
        title: "A login flow by hand",
        url: "https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow",
      },
    ],
    troubleshooting: [
      {
        sign: "People see that the URL is blocked.",
        cure: "redirect_uri is not among the Valid OAuth Redirect URIs, or is written otherwise there.",
      },
    ],
  },
};
