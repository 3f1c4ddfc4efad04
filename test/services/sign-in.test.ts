// Google, Facebook, GitHub, LinkedIn, Firebase, Cognito. The fakes answer as the providers' documents say; none was asked.
import { generateKeyPairSync } from "node:crypto";
import { provider as cognito } from "../../src/services/cognito/provider.ts";
import { provider as facebook } from "../../src/services/facebook/provider.ts";
import { provider as firebase } from "../../src/services/firebase-auth/provider.ts";
import { provider as github } from "../../src/services/github/provider.ts";
import { provider as google } from "../../src/services/google/provider.ts";
import { provider as linkedin } from "../../src/services/linkedin/provider.ts";
import { type Exchange, providerCases } from "./provider-cases.ts";

const BACK = "https://site.example/signed-in";
const PROBE = { grant_type: "authorization_code", code: "ainstein-cms-no-code", redirect_uri: BACK };

const GOOGLE = { client_id: "123-abc.apps.googleusercontent.com", client_secret: "google-client-secret" };
providerCases({
  provider: google,
  values: { ...GOOGLE, redirect_uri: BACK },
  check: {
    exchanges: [
      [
        { method: "POST", path: "/oauth2.googleapis.com/token", form: { ...PROBE, ...GOOGLE } },
        { status: 400, json: { error: "invalid_grant", error_description: "Malformed auth code." } },
      ],
    ],
    mode: "unknown",
    wrong: { status: 401, json: { error: "invalid_client", error_description: "Unauthorized" } },
  },
});

const FACEBOOK = { client_id: "123456789012345", client_secret: "0123456789abcdef0123456789abcdef" };
providerCases({
  provider: facebook,
  values: { ...FACEBOOK, redirect_uri: BACK },
  check: {
    exchanges: [
      [
        {
          method: "POST",
          path: "/graph.facebook.com/v25.0/oauth/access_token",
          form: { grant_type: "client_credentials", ...FACEBOOK },
        },
        { status: 200, json: { access_token: "123456789012345|abc", token_type: "bearer" } },
      ],
    ],
    mode: "unknown",
    wrong: { status: 400, json: { error: { message: "Error validating client secret.", code: 1 } } },
  },
});

const GITHUB_ID = "Iv1.0123456789abcdef";
const GITHUB_SECRET = "0123456789abcdef0123456789abcdef01234567";
providerCases({
  provider: github,
  values: { client_id: GITHUB_ID, client_secret: GITHUB_SECRET, redirect_uri: BACK },
  check: {
    exchanges: [
      [
        {
          method: "POST",
          path: `/api.github.com/applications/${GITHUB_ID}/token`,
          headers: {
            authorization: `Basic ${btoa(`${GITHUB_ID}:${GITHUB_SECRET}`)}`,
            "x-github-api-version": "2022-11-28",
          },
          json: { access_token: "gho_ainsteincmsnotokenatall0000000000000000" },
        },
        {
          status: 404,
          json: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" },
        },
      ],
    ],
    mode: "unknown",
    wrong: { status: 401, json: { message: "Bad credentials" } },
  },
});

const LINKEDIN = { client_id: "86abcdefghijkl", client_secret: "linkedin-secret" };
providerCases({
  provider: linkedin,
  values: { ...LINKEDIN, redirect_uri: BACK },
  check: {
    exchanges: [
      [
        { method: "POST", path: "/www.linkedin.com/oauth/v2/accessToken", form: { ...PROBE, ...LINKEDIN } },
        { status: 400, json: { error: "invalid_grant" } },
      ],
    ],
    mode: "unknown",
    wrong: {
      status: 401,
      json: { error: "invalid_client", error_description: "Client authentication failed" },
    },
  },
});

const KEY = `AIza${"0".repeat(35)}`;
providerCases({
  provider: firebase,
  values: { api_key: KEY },
  check: {
    exchanges: [
      [
        {
          method: "GET",
          path: "/identitytoolkit.googleapis.com/v1/projects",
          headers: { "x-goog-api-key": KEY },
        },
        { status: 200, json: { projectId: "client-site", authorizedDomains: ["localhost"] } },
      ],
    ],
    mode: "unknown",
    account: "client-site",
    wrong: {
      status: 400,
      json: { error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT" } },
    },
  },
});

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const GOOGLE_TOKEN: Exchange = [
  { method: "POST", path: "/oauth2.googleapis.com/token", body: /assertion=[\w-]+\.[\w-]+\.[\w-]+$/ },
  { status: 200, json: { access_token: "token-of-google", expires_in: 3599 } },
];
providerCases({
  provider: { ...firebase, title: "Firebase Authentication with a service account" },
  values: {
    api_key: KEY,
    project_id: "client-site",
    service_account: JSON.stringify({
      client_email: "robot@client-site.iam.gserviceaccount.com",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    }),
  },
  signIn: GOOGLE_TOKEN,
  check: {
    exchanges: [
      GOOGLE_TOKEN,
      [
        {
          method: "GET",
          path: "/identitytoolkit.googleapis.com/admin/v2/projects/client-site/config",
          headers: { authorization: "Bearer token-of-google" },
        },
        { status: 200, json: { name: "projects/1/config" } },
      ],
    ],
    mode: "unknown",
    account: "projects/1/config",
    wrong: { status: 400, json: { error: "invalid_grant", error_description: "Invalid JWT Signature." } },
  },
  actions: [
    {
      point: "user_registration",
      exchanges: [
        [
          {
            method: "POST",
            path: "/identitytoolkit.googleapis.com/v1/projects/client-site/accounts",
            headers: { authorization: "Bearer token-of-google" },
            json: {
              localId: "user-42",
              email: "Ada@Example.com",
              displayName: "Ada Lovelace",
              emailVerified: false,
            },
          },
          { status: 400, json: { error: { code: 400, message: "DUPLICATE_LOCAL_ID" } } },
        ],
      ],
    },
  ],
});

const POOL = "eu-central-1_AbCdEf123";
const AWS = {
  "content-type": "application/x-amz-json-1.1",
  authorization:
    /^AWS4-HMAC-SHA256 Credential=AKIA0123456789ABCDEF\/\d{8}\/eu-central-1\/cognito-idp\/aws4_request, SignedHeaders=[^,]*x-amz-target, Signature=[0-9a-f]{64}$/,
};
providerCases({
  provider: cognito,
  values: {
    user_pool_id: POOL,
    access_key_id: "AKIA0123456789ABCDEF",
    secret_access_key: "aws-secret-access-key-0123456789",
  },
  check: {
    exchanges: [
      [
        {
          method: "POST",
          path: "/cognito-idp.eu-central-1.amazonaws.com/",
          headers: { ...AWS, "x-amz-target": "AWSCognitoIdentityProviderService.DescribeUserPool" },
          json: { UserPoolId: POOL },
        },
        { status: 200, json: { UserPool: { Id: POOL, Name: "client" } } },
      ],
    ],
    mode: "unknown",
    account: "client",
    wrong: {
      status: 400,
      json: { __type: "UnrecognizedClientException", message: "The security token is invalid." },
    },
  },
  actions: [
    {
      point: "user_registration",
      exchanges: [
        [
          {
            method: "POST",
            path: "/cognito-idp.eu-central-1.amazonaws.com/",
            headers: { ...AWS, "x-amz-target": "AWSCognitoIdentityProviderService.AdminCreateUser" },
            json: {
              UserPoolId: POOL,
              Username: "Ada@Example.com",
              MessageAction: "SUPPRESS",
              UserAttributes: [
                { Name: "email", Value: "Ada@Example.com" },
                { Name: "name", Value: "Ada Lovelace" },
              ],
            },
          },
          {
            status: 400,
            json: { __type: "UsernameExistsException", message: "User account already exists" },
          },
        ],
      ],
    },
  ],
});
