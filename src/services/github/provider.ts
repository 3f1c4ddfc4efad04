// Sign in with GitHub. The app is proven by asking about a token that was never given: only the app itself is told that there is none.
import type { Provider } from "../provider.ts";

const VERSION = "2022-11-28";

export const provider: Provider = {
  id: "github",
  title: "GitHub sign-in",
  types: ["auth"],
  about: "Signs people in at the client's own site with their GitHub account.",
  fields: [
    {
      name: "client_id",
      title: "Client ID",
      secret: false,
      format: { pattern: /^[\w.]{16,40}$/, words: "letters, digits and ., at least 16" },
      where: "GitHub, Settings, Developer settings, OAuth Apps, the app.",
    },
    {
      name: "client_secret",
      title: "Client secret",
      secret: true,
      format: { pattern: /^[0-9a-f]{40}$/, words: "40 hexadecimal digits" },
      where: "GitHub, Settings, Developer settings, OAuth Apps, the app: shown once when it is made.",
    },
    {
      name: "redirect_uri",
      title: "Callback URL",
      secret: false,
      format: { pattern: /^https:\/\/\S+$/, words: "an https address" },
      where:
        "The page of the client's own site that people come back to: paste it at the app, Authorization callback URL.",
    },
  ],
  testing: "An OAuth app of its own with a callback URL of a test site.",
  bases: { api: "https://api.github.com" },
  authentication: { kind: "basic", user: "{client_id}", password: "{client_secret}" },
  version: { value: VERSION, header: "X-GitHub-Api-Version" },
  headers: { accept: "application/vnd.github+json" },
  checks: [
    {
      kind: "request",
      request: {
        method: "POST",
        path: "/applications/{client_id}/token",
        body: { json: { access_token: "gho_ainsteincmsnotokenatall0000000000000000" } },
      },
      expected: "404: the app is accepted, the invented token is not known",
      answers: [
        {
          status: 404,
          where: [{ path: "documentation_url", exists: true }],
          means: "verified",
          words: "the app is accepted",
        },
        { status: 401, means: "refused", words: "client ID and secret are not accepted" },
      ],
    },
  ],
  actions: [],
  webhooks: { kind: "none", why: "Webhooks of GitHub are of repositories: nothing of a sign-in." },
  errors: { message: ["message"] },
  limits: { perSecond: 2, concurrency: 1, words: "5,000 requests an hour for an app." },
  docs: {
    links: [
      {
        title: "Authorizing OAuth apps",
        url: "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
      },
      { title: "Check a token", url: "https://docs.github.com/en/rest/apps/oauth-applications" },
    ],
    troubleshooting: [
      {
        sign: "A sign-in answers 200 and holds an error.",
        cure: "GitHub's exchange of codes says in the body what failed: bad_verification_code, incorrect_client_credentials, redirect_uri_mismatch.",
      },
    ],
  },
};
