// Salesforce: leads. An External Client App signs in as a user of its own.
import { firstName, lastName } from "../person.ts";
import type { Inputs, Provider } from "../provider.ts";

const DATA = "/services/data/v67.0";

/** A rule: leads must have a company, which people who write from home do not. */
export function companyName({ event }: Inputs): string {
  return typeof event?.company === "string" && event.company !== "" ? event.company : "[not given]";
}

export const provider: Provider = {
  id: "salesforce",
  title: "Salesforce",
  types: ["crm"],
  about: "Keeps people who wrote or registered as leads.",
  fields: [
    {
      name: "my_domain",
      title: "My Domain",
      secret: false,
      format: {
        pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.(?:sandbox|develop|scratch|trailblaze))?$/,
        words: "what stands before .my.salesforce.com",
      },
      where:
        "Salesforce, Setup, My Domain: client for client.my.salesforce.com, client--uat.sandbox for a sandbox.",
    },
    {
      name: "client_id",
      title: "Consumer key",
      secret: false,
      format: { pattern: /^[\w.-]{20,}$/, words: "letters, digits, ., - and _, at least 20" },
      where:
        "Salesforce, Setup, External Client App Manager, the app, Settings, OAuth. It needs the client credentials flow with a run-as user, and the scope api.",
    },
    {
      name: "client_secret",
      title: "Consumer secret",
      secret: true,
      where: "Beside the consumer key.",
    },
    {
      name: "external_id_field",
      title: "Field of leads that holds our id",
      secret: false,
      need: "optional",
      format: { pattern: /^[A-Za-z]\w*__c$/, words: "a name that ends in __c" },
      where: "A text field of leads of 36 characters, marked External ID and Unique; needed to make leads.",
    },
  ],
  rules: { first: { firstName }, last: { lastName }, company: { companyName } },
  mode: { field: "my_domain", live: /^[^.]*$/, test: /\./ },
  testing: "A sandbox: its My Domain ends in .sandbox. Developer and scratch orgs are told by theirs, too.",
  bases: { api: "https://{my_domain}.my.salesforce.com" },
  authentication: {
    kind: "client-credentials",
    token: {
      method: "POST",
      path: "/services/oauth2/token",
      body: {
        form: {
          grant_type: "client_credentials",
          client_id: "{client_id}",
          client_secret: "{client_secret}",
        },
      },
      authentication: { kind: "in-request", where: "body" },
    },
  },
  version: { value: "v67.0" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: `${DATA}/limits` },
      expected: "200 with the organisation's limits, after a token",
      answers: [
        {
          status: 200,
          where: [{ path: "DailyApiRequests", exists: true }],
          means: "verified",
          words: "the app is signed in, and may use the API",
        },
        {
          status: 403,
          where: [{ path: "0.errorCode", is: "REQUEST_LIMIT_EXCEEDED" }],
          means: "unreachable",
          words: "no requests are left for today",
        },
      ],
      details: { "requests left today": "DailyApiRequests.Remaining" },
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration"],
      title: "makes a lead",
      when: ["external_id_field"],
      steps: [
        {
          request: {
            method: "PATCH",
            path: `${DATA}/sobjects/Lead/{external_id_field}/{id}`,
            body: {
              json: {
                FirstName: "{first?}",
                LastName: "{last}",
                Company: "{company}",
                Email: "{event.email}",
                Phone: "{event.phone?}",
                Description: "{event.message?}",
                LeadSource: "{event.source?}",
              },
            },
          },
          answers: [
            { status: 300, means: "refused", words: "several leads have this id: the field is not unique" },
            {
              status: 403,
              where: [{ path: "0.errorCode", is: "REQUEST_LIMIT_EXCEEDED" }],
              means: "retry",
              words: "no requests are left for today",
            },
          ],
        },
      ],
      idempotency: { kind: "natural", by: "our id in external_id_field" },
      tells: "id",
    },
  ],
  webhooks: {
    kind: "none",
    why: "Outbound Messages are SOAP and the Pub/Sub interface is gRPC: neither is received here.",
  },
  errors: { message: ["0.message", "error_description"], code: ["0.errorCode", "error"] },
  limits: {
    perSecond: 5,
    concurrency: 5,
    words:
      "A number of requests a day by edition and users: what is left stands in Sforce-Limit-Info and in the check.",
  },
  docs: {
    links: [
      {
        title: "Client credentials flow",
        url: "https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm&type=5",
      },
      {
        title: "Upsert by an external id",
        url: "https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: no client credentials user enabled",
        cure: "Set a run-as user in the app's policies, and enable the client credentials flow there.",
      },
      {
        sign: "refused: 404 NOT_FOUND when a lead is made",
        cure: "external_id_field is not the API name of a field of leads, or the run-as user may not see it.",
      },
    ],
  },
};
