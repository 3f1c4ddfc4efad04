// HubSpot, Salesforce, Zapier, Airtable, Auth0. The fakes answer as the providers' documents say; none was asked.
import { provider as airtable } from "../../src/services/airtable/provider.ts";
import { provider as auth0 } from "../../src/services/auth0/provider.ts";
import { provider as hubspot } from "../../src/services/hubspot/provider.ts";
import { provider as salesforce } from "../../src/services/salesforce/provider.ts";
import { provider as zapier } from "../../src/services/zapier/provider.ts";
import { AT_MS, type Exchange, HOOK_SECRET, HOOK_URL, ID, providerCases } from "./provider-cases.ts";

const HUBSPOT = { authorization: "Bearer pat-eu1-0123456789abcdef" };

providerCases({
  provider: hubspot,
  values: { access_token: "pat-eu1-0123456789abcdef" },
  check: {
    exchanges: [
      [
        { method: "GET", path: "/api.hubapi.com/account-info/2026-03/details", headers: HUBSPOT },
        { status: 200, json: { portalId: 1234567, accountType: "STANDARD" } },
      ],
    ],
    mode: "unknown",
    account: "1234567",
    wrong: { status: 401, json: { status: "error", message: "expired", category: "INVALID_AUTHENTICATION" } },
  },
  actions: [
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "POST",
            path: "/api.hubapi.com/crm/objects/2026-03/contacts/batch/upsert",
            headers: HUBSPOT,
            json: {
              inputs: [
                {
                  id: "Ada@Example.com",
                  idProperty: "email",
                  properties: {
                    email: "Ada@Example.com",
                    firstname: "Ada",
                    lastname: "Lovelace",
                    phone: "+441234567890",
                    company: "Engines Ltd",
                  },
                },
              ],
            },
          },
          { status: 200, json: { status: "COMPLETE", results: [{ id: "51" }] } },
        ],
      ],
      detail: "51",
    },
  ],
});

const DOMAIN = "client--uat.sandbox";
const FORCE = `/${DOMAIN}.my.salesforce.com`;
const FORCE_TOKEN: Exchange = [
  {
    method: "POST",
    path: `${FORCE}/services/oauth2/token`,
    form: {
      grant_type: "client_credentials",
      client_id: "3MVG9.0123456789abcdef",
      client_secret: "salesforce-secret",
    },
  },
  {
    status: 200,
    json: { access_token: "token-of-salesforce", instance_url: `https://${DOMAIN}.my.salesforce.com` },
  },
];

providerCases({
  provider: salesforce,
  values: {
    my_domain: DOMAIN,
    client_id: "3MVG9.0123456789abcdef",
    client_secret: "salesforce-secret",
    external_id_field: "Ainstein_Event__c",
  },
  signIn: FORCE_TOKEN,
  check: {
    exchanges: [
      FORCE_TOKEN,
      [
        {
          method: "GET",
          path: `${FORCE}/services/data/v67.0/limits`,
          headers: { authorization: "Bearer token-of-salesforce" },
        },
        { status: 200, json: { DailyApiRequests: { Max: 15_000, Remaining: 14_998 } } },
      ],
    ],
    mode: "test",
    wrong: {
      status: 400,
      json: { error: "invalid_client", error_description: "invalid client credentials" },
    },
  },
  actions: [
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "PATCH",
            path: `${FORCE}/services/data/v67.0/sobjects/Lead/Ainstein_Event__c/${ID}`,
            json: {
              FirstName: "Ada",
              LastName: "Lovelace",
              Company: "Engines Ltd",
              Email: "Ada@Example.com",
              Phone: "+441234567890",
              Description: "Hello <there>",
              LeadSource: "web",
            },
          },
          { status: 201, json: { id: "00Q1", success: true } },
        ],
      ],
      detail: "00Q1",
    },
  ],
});

providerCases({
  provider: zapier,
  values: { hook_url: "https://hooks.zapier.com/hooks/catch/123/abcdef/" },
  actions: [
    {
      point: "run_failed",
      exchanges: [
        [
          {
            method: "POST",
            path: "/hooks.zapier.com/hooks/catch/123/abcdef/",
            json: {
              event_id: ID,
              point: "run_failed",
              time: new Date(AT_MS).toISOString(),
              run: "r1",
              target: "blog",
              command: "publish",
              code: "auth",
              failed: 3,
            },
          },
          { status: 200, json: { status: "success", id: "req-1" } },
        ],
      ],
      detail: "req-1",
    },
  ],
});

const AIRTABLE = { authorization: "Bearer pat0123456789abcdef.0123" };
const BASE = "app0123456789abcd";

providerCases({
  provider: airtable,
  values: { access_token: "pat0123456789abcdef.0123", base_id: BASE, table: "Form entries" },
  check: {
    exchanges: [
      [
        {
          method: "GET",
          path: `/api.airtable.com/v0/${BASE}/Form%20entries`,
          query: { maxRecords: "1" },
          headers: AIRTABLE,
        },
        { status: 200, json: { records: [] } },
      ],
    ],
    mode: "unknown",
    wrong: { status: 401, json: { error: { type: "AUTHENTICATION_REQUIRED", message: "no" } } },
  },
  actions: [
    {
      point: "content_published",
      exchanges: [
        [
          {
            method: "PATCH",
            path: `/api.airtable.com/v0/${BASE}/Form%20entries`,
            json: {
              performUpsert: { fieldsToMergeOn: ["EventId"] },
              typecast: true,
              records: [
                {
                  fields: {
                    EventId: ID,
                    Point: "content_published",
                    Time: new Date(AT_MS).toISOString(),
                    Title: "A title",
                    Url: "https://site.example/a",
                  },
                },
              ],
            },
          },
          { status: 200, json: { records: [{ id: "rec1" }], createdRecords: ["rec1"] } },
        ],
      ],
      detail: "rec1",
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: `/api.airtable.com/v0/bases/${BASE}/webhooks` },
        { status: 200, json: { webhooks: [] } },
      ],
      [
        {
          method: "POST",
          path: `/api.airtable.com/v0/bases/${BASE}/webhooks`,
          json: {
            notificationUrl: HOOK_URL,
            specification: { options: { filters: { dataTypes: ["tableData"] } } },
          },
        },
        {
          status: 200,
          json: { id: "ach1", macSecretBase64: "c2VjcmV0", expirationTime: "2026-12-01T00:00:00Z" },
        },
      ],
    ],
    id: "ach1",
    gives: { webhook_secret: "c2VjcmV0" },
  },
});

const AUTH0 = "/client.eu.auth0.com";
const AUTH0_TOKEN: Exchange = [
  {
    method: "POST",
    path: `${AUTH0}/oauth/token`,
    json: {
      grant_type: "client_credentials",
      client_id: "0123456789abcdefABCD",
      client_secret: "auth0-secret-0123456789",
      audience: "https://client.eu.auth0.com/api/v2/",
    },
  },
  { status: 200, json: { access_token: "token-of-auth0", expires_in: 86_400, scope: "create:users" } },
];

providerCases({
  provider: auth0,
  values: {
    domain: "client.eu.auth0.com",
    client_id: "0123456789abcdefABCD",
    client_secret: "auth0-secret-0123456789",
    connection: "email",
  },
  signIn: AUTH0_TOKEN,
  check: {
    exchanges: [AUTH0_TOKEN],
    mode: "unknown",
    wrong: { status: 401, json: { error: "access_denied", error_description: "Unauthorized" } },
  },
  actions: [
    {
      point: "user_registration",
      exchanges: [
        [
          {
            method: "POST",
            path: `${AUTH0}/api/v2/users`,
            headers: { authorization: "Bearer token-of-auth0" },
            json: {
              connection: "email",
              email: "Ada@Example.com",
              name: "Ada Lovelace",
              app_metadata: { occurrence: ID },
            },
          },
          { status: 201, json: { user_id: "email|1" } },
        ],
      ],
      detail: "email|1",
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: `${AUTH0}/api/v2/log-streams` },
        { status: 200, json: [] },
      ],
      [
        {
          method: "POST",
          path: `${AUTH0}/api/v2/log-streams`,
          json: {
            type: "http",
            name: "ainstein-cms",
            sink: {
              httpEndpoint: HOOK_URL,
              httpAuthorization: HOOK_SECRET,
              httpContentType: "application/json",
              httpContentFormat: "JSONARRAY",
            },
          },
        },
        { status: 200, json: { id: "lst_1" } },
      ],
    ],
    id: "lst_1",
    gives: { log_token: HOOK_SECRET },
  },
});
