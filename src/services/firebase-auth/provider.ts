// Firebase Authentication: its web key names the project; a service account may make users.
import { personId } from "../person.ts";
import type { Authentication, Provider } from "../provider.ts";

const ACCOUNT: Authentication = {
  kind: "service-account",
  field: "service_account",
  scope: "https://www.googleapis.com/auth/identitytoolkit",
  token: { base: "tokens", path: "/token" },
};

export const provider: Provider = {
  id: "firebase-auth",
  title: "Firebase Authentication",
  types: ["auth"],
  about: "Signs people in; keeps those who registered as users.",
  fields: [
    {
      name: "api_key",
      title: "Web API key",
      secret: true,
      format: { pattern: /^AIza[\w-]{35}$/, words: "AIza and 35 letters, digits, - and _" },
      where:
        "Firebase console, Project settings, General. Pages show it to anybody: restrict it to Identity Toolkit.",
    },
    {
      name: "project_id",
      title: "Project",
      secret: false,
      need: "optional",
      format: { pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, words: "small letters, digits and hyphens" },
      where: "Firebase console, Project settings, General; with service_account needed to make users.",
    },
    {
      name: "service_account",
      title: "Key file of a service account",
      secret: true,
      need: "optional",
      where:
        "Firebase console, Project settings, Service accounts: the whole JSON file. It needs Firebase Authentication Admin.",
    },
  ],
  rules: { local_id: { personId } },
  testing:
    "A project of its own. The emulator takes tokens that nobody signed: it is for tests on one machine only.",
  bases: { api: "https://identitytoolkit.googleapis.com", tokens: "https://oauth2.googleapis.com" },
  authentication: { kind: "header", name: "X-Goog-Api-Key", value: "{api_key}" },
  version: { value: "v1" },
  checks: [
    {
      kind: "request",
      when: ["service_account", "project_id"],
      request: { method: "GET", path: "/admin/v2/projects/{project_id}/config", authentication: ACCOUNT },
      expected: "200 with the project's configuration",
      answers: [
        {
          status: 200,
          where: [{ path: "name", exists: true }],
          means: "verified",
          words: "the service account may manage sign-in",
        },
      ],
      account: ["name"],
    },
    {
      kind: "request",
      request: { method: "GET", path: "/v1/projects" },
      expected: "200 with the key's project",
      answers: [
        {
          status: 200,
          where: [{ path: "projectId", exists: true }],
          means: "verified",
          words: "the key is good",
        },
        {
          status: 400,
          where: [{ path: "error.message", exists: true }],
          means: "refused",
          words: "the key is not accepted",
        },
      ],
      account: ["projectId"],
    },
  ],
  actions: [
    {
      points: ["user_registration"],
      title: "makes a user",
      when: ["service_account", "project_id"],
      steps: [
        {
          request: {
            method: "POST",
            path: "/v1/projects/{project_id}/accounts",
            authentication: ACCOUNT,
            body: {
              json: {
                localId: "{local_id}",
                email: "{event.email}",
                displayName: "{event.name?}",
                emailVerified: false,
              },
            },
          },
          answers: [
            {
              status: 400,
              where: [{ path: "error.message", matches: /^(?:DUPLICATE_LOCAL_ID|EMAIL_EXISTS)\b/ }],
              means: "sent",
              words: "was there already",
            },
          ],
        },
      ],
      idempotency: { kind: "natural", by: "localId and address: a second user is refused" },
      tells: "localId",
    },
  ],
  webhooks: {
    kind: "none",
    why: "Blocking functions are code that is deployed in the project: there is nothing to register.",
  },
  errors: { message: ["error.message"], code: ["error.status"] },
  limits: {
    perSecond: 5,
    concurrency: 2,
    words: "1,000 accounts a second for a project; too many are answered by 429.",
  },
  docs: {
    links: [
      { title: "Identity Toolkit", url: "https://cloud.google.com/identity-platform/docs/reference/rest" },
      { title: "Verify ID tokens", url: "https://firebase.google.com/docs/auth/admin/verify-id-tokens" },
    ],
    troubleshooting: [
      {
        sign: "refused: 403 by the check",
        cure: "The key is restricted to other interfaces or to certain pages: allow Identity Toolkit, and use a key for servers.",
      },
      {
        sign: "refused: CONFIGURATION_NOT_FOUND",
        cure: "Authentication was never started in the project: Firebase console, Authentication, Get started.",
      },
    ],
  },
};
