// Airtable: rows of a table. Webhooks end after seven days unless they are refreshed, and do not say what changed.
import { POINTS, type Provider } from "../provider.ts";

export const provider: Provider = {
  id: "airtable",
  title: "Airtable",
  types: ["crm", "database"],
  about: "Keeps each event as a row of a table, and tells that something in a base changed.",
  fields: [
    {
      name: "access_token",
      title: "Personal access token",
      secret: true,
      format: { pattern: /^pat\S{17,}$/, words: "a token that begins with pat" },
      where:
        "airtable.com/create/tokens, with the base added. It needs data.records:read and data.records:write, for webhooks webhook:manage, too.",
    },
    {
      name: "base_id",
      title: "Base",
      secret: false,
      need: "optional",
      format: { pattern: /^app\w{14}$/, words: "app and 14 letters and digits" },
      where: "The first part of the base's address in a browser; needed to keep events and for webhooks.",
    },
    {
      name: "table",
      title: "Table",
      secret: false,
      need: "optional",
      format: { pattern: /^[^/]{1,100}$/, words: "a table's name or id" },
      where:
        "Its name, or the part of the address that begins with tbl; needed to keep events. It must have a text column EventId, and one for each field that is sent: Point, Time, Name, Email, Phone, Company, Message, Source, Title, Url, Form, Order, AmountCents, Currency, Run.",
    },
    {
      name: "webhook_secret",
      title: "MAC secret of the webhook",
      secret: true,
      need: "webhooks",
      where: "Shown once when the webhook is made: register it from here.",
    },
  ],
  testing: "A base of its own: there is no test mode.",
  bases: { api: "https://api.airtable.com/v0" },
  authentication: { kind: "bearer", token: "{access_token}" },
  version: { value: "v0" },
  checks: [
    {
      kind: "request",
      when: ["base_id", "table"],
      request: { method: "GET", path: "/{base_id}/{table}", query: { maxRecords: "1" } },
      expected: "200 with a record of the table",
      answers: [
        {
          status: 200,
          where: [{ path: "records", exists: true }],
          means: "verified",
          words: "the table is readable",
        },
        { status: 401, means: "refused", words: "the token is not accepted" },
        {
          status: [403, 404],
          means: "refused",
          words: "the token is known, and does not reach this table",
          hint: "Add the base to the token, give it data.records:read, and look whether base_id and table are right.",
        },
      ],
    },
    {
      kind: "request",
      request: { method: "GET", path: "/meta/whoami" },
      expected: "200 with the token's user",
      answers: [
        { status: 200, where: [{ path: "id", exists: true }], means: "verified", words: "the token is good" },
        { status: 401, means: "refused", words: "the token is not accepted" },
      ],
      account: ["id"],
    },
  ],
  actions: [
    {
      points: POINTS,
      title: "keeps the event as a row",
      when: ["base_id", "table"],
      steps: [
        {
          request: {
            method: "PATCH",
            path: "/{base_id}/{table}",
            body: {
              json: {
                performUpsert: { fieldsToMergeOn: ["EventId"] },
                typecast: true,
                records: [
                  {
                    fields: {
                      EventId: "{id}",
                      Point: "{point}",
                      Time: "{at.iso}",
                      Name: "{event.name?}",
                      Email: "{event.email?}",
                      Phone: "{event.phone?}",
                      Company: "{event.company?}",
                      Message: "{event.message?}",
                      Source: "{event.source?}",
                      Title: "{event.title?}",
                      Url: "{event.url?}",
                      Form: "{event.form?}",
                      Order: "{event.order_id?}",
                      AmountCents: "{event.amount_cents?}",
                      Currency: "{event.currency?}",
                      Run: "{event.run?}",
                    },
                  },
                ],
              },
            },
          },
        },
      ],
      idempotency: { kind: "natural", by: "EventId: a row that has it is updated" },
      tells: "records.0.id",
    },
  ],
  webhooks: {
    kind: "api",
    when: ["base_id"],
    create: {
      request: {
        method: "POST",
        path: "/bases/{base_id}/webhooks",
        body: {
          json: {
            notificationUrl: "{hook.target}",
            specification: { options: { filters: { dataTypes: ["tableData"] } } },
          },
        },
      },
      id: "id",
      keeps: { webhook_secret: "macSecretBase64" },
    },
    list: {
      request: { method: "GET", path: "/bases/{base_id}/webhooks" },
      items: "webhooks.*",
      id: "id",
      url: "notificationUrl",
    },
    remove: { request: { method: "DELETE", path: "/bases/{base_id}/webhooks/{hook.id}" } },
    refresh: {
      request: { method: "POST", path: "/bases/{base_id}/webhooks/{hook.id}/refresh" },
      everyHours: 72,
    },
    note: "The token needs webhook:manage. The MAC secret is shown once: of a webhook that is there already, remove it and register anew.",
  },
  signature: {
    kind: "signed",
    secret: "webhook_secret",
    header: "X-Airtable-Content-MAC",
    algorithm: "hmac-sha256",
    encoding: "hex",
    key: "base64",
    form: { kind: "whole", prefix: "hmac-sha256=" },
    message: "{body}",
    event: { format: "json", topic: "=base.changed", at: { path: "timestamp", unit: "iso" } },
  },
  errors: { message: ["error.message"], code: ["error.type", "error"] },
  limits: {
    perSecond: 4,
    concurrency: 2,
    words: "Five requests a second for a base; after a 429 nothing is taken for 30 seconds.",
  },
  docs: {
    links: [
      {
        title: "Personal access tokens",
        url: "https://airtable.com/developers/web/guides/personal-access-tokens",
      },
      {
        title: "Update multiple records",
        url: "https://airtable.com/developers/web/api/update-multiple-records",
      },
      { title: "Webhooks", url: "https://airtable.com/developers/web/guides/webhooks-api" },
    ],
    troubleshooting: [
      {
        sign: "refused: 422 UNKNOWN_FIELD_NAME",
        cure: "The table lacks a column for a field that is sent: make it, or leave the field out of fields_to_sync.",
      },
      {
        sign: "Deliveries stopped after a week.",
        cure: "The webhook was not refreshed: register it again.",
      },
    ],
  },
};
