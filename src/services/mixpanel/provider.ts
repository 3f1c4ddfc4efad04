// Mixpanel: events by import, which knows repeats; its other way in takes anything and drops what is old.
import { personId } from "../person.ts";
import { type Inputs, POINTS, type Provider } from "../provider.ts";

/** A rule: who it was; where nothing names a person, somebody who did this and nothing else. */
export function distinctId(inputs: Inputs): string | undefined {
  return personId(inputs) ?? `event-${String(inputs.named?.id)}`;
}

export const provider: Provider = {
  id: "mixpanel",
  title: "Mixpanel",
  types: ["analytics"],
  about: "Counts what happened at the server, each event once.",
  fields: [
    {
      name: "project_id",
      title: "Project",
      secret: false,
      format: { pattern: /^\d{3,12}$/, words: "digits" },
      where: "Mixpanel, Settings, Project settings, Overview.",
    },
    {
      name: "service_account_user",
      title: "User of a service account",
      secret: false,
      format: { pattern: /^[\w.-]{5,}$/, words: "letters, digits, ., - and _" },
      where: "Mixpanel, Settings, Organization settings, Service accounts: one that belongs to the project.",
    },
    {
      name: "service_account_secret",
      title: "Secret of the service account",
      secret: true,
      where: "Shown once when the service account is made.",
    },
    {
      name: "region",
      title: "Region",
      secret: false,
      need: "optional",
      default: "us",
      format: { pattern: /^(?:us|eu|in)$/, words: "us, eu or in" },
      where: "Mixpanel, Settings, Project settings: where the project's data is kept.",
    },
  ],
  rules: { distinct: { distinctId } },
  testing: "A project of its own: there is no test mode.",
  bases: {
    api: {
      by: "region",
      at: {
        us: "https://api.mixpanel.com",
        eu: "https://api-eu.mixpanel.com",
        in: "https://api-in.mixpanel.com",
      },
    },
    app: {
      by: "region",
      at: { us: "https://mixpanel.com", eu: "https://eu.mixpanel.com", in: "https://in.mixpanel.com" },
    },
  },
  authentication: { kind: "basic", user: "{service_account_user}", password: "{service_account_secret}" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", base: "app", path: "/api/app/me" },
      expected: "200 with the service account",
      answers: [
        {
          status: 200,
          where: [{ path: "status", is: "ok" }],
          means: "verified",
          words: "the service account is good",
        },
        { status: 401, means: "refused", words: "the service account is not accepted" },
      ],
    },
  ],
  actions: [
    {
      points: POINTS,
      title: "counts the event",
      steps: [
        {
          request: {
            method: "POST",
            path: "/import",
            query: { strict: "1", project_id: "{project_id}" },
            body: {
              json: [
                {
                  event: "{point}",
                  properties: {
                    time: "{at.ms}",
                    $insert_id: "{id}",
                    distinct_id: "{distinct}",
                    source: "{event.source?}",
                    form: "{event.form?}",
                    target: "{event.target?}",
                    kind: "{event.kind?}",
                    locale: "{event.locale?}",
                    order_id: "{event.order_id?}",
                    amount_cents: "{event.amount_cents?}",
                    currency: "{event.currency?}",
                  },
                },
              ],
            },
          },
        },
      ],
      idempotency: { kind: "natural", by: "name, person, time and $insert_id of the event" },
    },
  ],
  webhooks: { kind: "none", why: "What Mixpanel sends are cohorts, not events." },
  errors: { message: ["failed_records.0.message", "error"], code: ["code"] },
  limits: {
    perSecond: 10,
    concurrency: 4,
    words: "2,000 events and 10 MB in a request, some 30,000 events a second; more are answered by 429.",
  },
  docs: {
    links: [
      { title: "Import of events", url: "https://developer.mixpanel.com/reference/import-events" },
      { title: "Service accounts", url: "https://developer.mixpanel.com/reference/service-accounts" },
    ],
    troubleshooting: [
      {
        sign: "refused: 401 when events are sent, while the check passes",
        cure: "The service account does not belong to this project: add it with a role that may write.",
      },
      {
        sign: "Events do not show in reports.",
        cure: "Look at region: a project of the EU does not hear what the other hosts are told.",
      },
    ],
  },
};
