// Mailchimp Marketing: audiences. The key's suffix is its data centre; there is no sandbox.
import { createHash } from "node:crypto";
import type { Inputs, Provider } from "../provider.ts";

/** A rule: the host's first label, which stands behind the key's last hyphen. */
export function dataCentre({ values }: Inputs): string | undefined {
  return /-([a-z]{2,4}\d{1,3})$/.exec(values.api_key ?? "")?.[1];
}

/** A rule: what a member is called in addresses. */
export function memberHash({ event }: Inputs): string | undefined {
  if (typeof event?.email !== "string") return undefined;
  return createHash("md5").update(event.email.trim().toLowerCase()).digest("hex");
}

export const provider: Provider = {
  id: "mailchimp",
  title: "Mailchimp",
  types: ["email"],
  about: "Adds people to an audience, who confirm it themselves, and tells of subscriptions.",
  fields: [
    {
      name: "api_key",
      title: "API key",
      secret: true,
      format: {
        pattern: /^[0-9a-f]{32}-[a-z]{2,4}\d{1,3}$/,
        words: "32 hexadecimal digits, a hyphen and the data centre, such as -us19",
      },
      where: "Mailchimp, Account & billing, Extras, API keys.",
    },
    {
      name: "list_id",
      title: "Audience",
      secret: false,
      need: "optional",
      format: { pattern: /^[0-9a-f]{10}$/, words: "10 hexadecimal digits" },
      where:
        "Mailchimp, Audience, Settings, Audience name and defaults: Audience ID. Needed to add people and for webhooks.",
    },
    {
      name: "webhook_key",
      title: "Secret in the webhook's address",
      secret: true,
      need: "webhooks",
      format: { pattern: /^[\w-]{16,}$/, words: "letters, digits, - and _, at least 16" },
      where:
        "Made here when the webhook is registered: Mailchimp signs nothing, so its address is the secret.",
    },
  ],
  rules: { dc: { dataCentre }, member: { memberHash } },
  testing: "There is no sandbox: use an audience of its own with addresses that are yours.",
  bases: { api: "https://{dc}.api.mailchimp.com/3.0" },
  authentication: { kind: "basic", user: "ainstein-cms", password: "{api_key}" },
  version: { value: "3.0" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: "/ping" },
      expected: "200 with health_status",
      answers: [
        {
          status: 200,
          where: [{ path: "health_status", exists: true }],
          means: "verified",
          words: "the key is good",
        },
        {
          status: 401,
          means: "refused",
          words: "the key is not accepted",
          hint: "A key that was disabled, or one whose data centre was cut off or changed, is refused so.",
        },
        {
          status: 403,
          where: [{ path: "title", exists: false }],
          means: "unreachable",
          words: "more requests at one time than it takes",
        },
      ],
      details: { health: "health_status" },
    },
  ],
  actions: [
    {
      points: ["form_submission", "user_registration"],
      title: "adds the person to the audience, pending until they confirm",
      when: ["list_id"],
      steps: [
        {
          request: {
            method: "PUT",
            path: "/lists/{list_id}/members/{member}",
            body: {
              json: {
                email_address: "{event.email}",
                status_if_new: "pending",
                merge_fields: {
                  FNAME: "{event.name?}",
                  PHONE: "{event.phone?}",
                  COMPANY: "{event.company?}",
                  SOURCE: "{event.source?}",
                },
              },
            },
          },
          answers: [
            {
              status: 403,
              where: [{ path: "title", exists: false }],
              means: "retry",
              words: "more requests at one time than it takes",
            },
          ],
        },
      ],
      idempotency: { kind: "natural", by: "the address in the audience" },
      tells: "id",
    },
  ],
  webhooks: {
    kind: "api",
    when: ["list_id"],
    target: "{hook.url}?key={hook.secret}",
    create: {
      request: {
        method: "POST",
        path: "/lists/{list_id}/webhooks",
        body: {
          json: {
            url: "{hook.target}",
            events: {
              subscribe: true,
              unsubscribe: true,
              profile: true,
              cleaned: true,
              upemail: true,
              campaign: false,
            },
            // What was done by the interface was done from here: told of it, we would answer ourselves.
            sources: { user: true, admin: true, api: false },
          },
        },
      },
      id: "id",
      chosen: "webhook_key",
    },
    list: {
      request: { method: "GET", path: "/lists/{list_id}/webhooks" },
      items: "webhooks.*",
      id: "id",
      url: "url",
    },
    remove: { request: { method: "DELETE", path: "/lists/{list_id}/webhooks/{hook.id}" } },
  },
  signature: {
    kind: "url-secret",
    secret: "webhook_key",
    parameter: "key",
    event: { format: "form", topic: "type" },
  },
  errors: { message: ["detail", "title"], code: ["status"] },
  limits: {
    perSecond: 5,
    concurrency: 4,
    words: "Ten requests at one time for a key; more are answered by 429 or by a bare 403.",
  },
  docs: {
    links: [
      { title: "Marketing API", url: "https://mailchimp.com/developer/marketing/docs/fundamentals/" },
      {
        title: "Audience webhooks",
        url: "https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
      },
      { title: "About API keys", url: "https://mailchimp.com/help/about-api-keys/" },
    ],
    troubleshooting: [
      {
        sign: "refused: Member In Compliance State",
        cure: "The person unsubscribed, or their address bounced: only they themselves can subscribe again, with Mailchimp's own form.",
      },
      {
        sign: "refused: looks fake or invalid",
        cure: "Mailchimp does not take addresses that it holds for invented; it is not sent again.",
      },
      {
        sign: "Company or source do not show in the audience.",
        cure: "Make audience fields with the merge tags COMPANY and SOURCE.",
      },
    ],
  },
};
