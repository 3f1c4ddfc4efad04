// Mailchimp, Mandrill, SendGrid, Twilio, Intercom. The fakes answer as the providers' documents say; none was asked.
import { createHash } from "node:crypto";
import { provider as intercom } from "../../src/services/intercom/provider.ts";
import { provider as mailchimp } from "../../src/services/mailchimp/provider.ts";
import { provider as mandrill } from "../../src/services/mandrill/provider.ts";
import { provider as sendgrid } from "../../src/services/sendgrid/provider.ts";
import { provider as twilio } from "../../src/services/twilio/provider.ts";
import { AT_MS, HOOK_SECRET, HOOK_URL, ID, providerCases } from "./provider-cases.ts";

const SIGNED_UP = "Somebody registered\nuser_id: 42\nname: Ada Lovelace\nemail: Ada@Example.com\nsource: web";
const FAILED = "A run failed: r1\nrun: r1\ntarget: blog\ncommand: publish\ncode: auth\nfailed: 3";

const MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef-us19";
const MAILCHIMP = { authorization: `Basic ${btoa(`ainstein-cms:${MAILCHIMP_KEY}`)}` };
const MEMBER = createHash("md5").update("ada@example.com").digest("hex");
const LIST = "/us19.api.mailchimp.com/3.0/lists/0123abcdef";

providerCases({
  provider: mailchimp,
  values: { api_key: MAILCHIMP_KEY, list_id: "0123abcdef" },
  check: {
    exchanges: [
      [
        { method: "GET", path: "/us19.api.mailchimp.com/3.0/ping", headers: MAILCHIMP },
        { status: 200, json: { health_status: "Everything's Chimpy!" } },
      ],
    ],
    mode: "unknown",
    wrong: {
      status: 401,
      json: { title: "API Key Invalid", status: 401, detail: "Your API key may be invalid." },
    },
  },
  actions: [
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "PUT",
            path: `${LIST}/members/${MEMBER}`,
            headers: MAILCHIMP,
            json: {
              email_address: "Ada@Example.com",
              status_if_new: "pending",
              merge_fields: {
                FNAME: "Ada Lovelace",
                PHONE: "+441234567890",
                COMPANY: "Engines Ltd",
                SOURCE: "web",
              },
            },
          },
          { status: 200, json: { id: MEMBER, status: "pending" } },
        ],
      ],
      detail: MEMBER,
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: `${LIST}/webhooks` },
        { status: 200, json: { webhooks: [] } },
      ],
      [
        {
          method: "POST",
          path: `${LIST}/webhooks`,
          json: {
            url: `${HOOK_URL}?key=${HOOK_SECRET}`,
            events: {
              subscribe: true,
              unsubscribe: true,
              profile: true,
              cleaned: true,
              upemail: true,
              campaign: false,
            },
            sources: { user: true, admin: true, api: false },
          },
        },
        { status: 200, json: { id: "ef56" } },
      ],
    ],
    id: "ef56",
    gives: { webhook_key: HOOK_SECRET },
  },
});

const MANDRILL_KEY = "md-0123456789abcdefghij";

providerCases({
  provider: mandrill,
  values: { api_key: MANDRILL_KEY, from_email: "site@client.example", notify_to: "owner@client.example" },
  check: {
    exchanges: [
      [
        { method: "POST", path: "/mandrillapp.com/api/1.0/users/ping2", json: { key: MANDRILL_KEY } },
        { status: 200, json: { PING: "PONG!" } },
      ],
    ],
    mode: "unknown",
    wrong: {
      status: 500,
      json: { status: "error", code: -1, name: "Invalid_Key", message: "Invalid API key" },
    },
  },
  actions: [
    {
      point: "run_failed",
      exchanges: [
        [
          {
            method: "POST",
            path: "/mandrillapp.com/api/1.0/messages/send",
            json: {
              key: MANDRILL_KEY,
              message: {
                subject: "A run failed: r1",
                text: FAILED,
                from_email: "site@client.example",
                to: [{ email: "owner@client.example", type: "to" }],
                metadata: { occurrence: ID },
              },
            },
          },
          { status: 200, json: [{ email: "owner@client.example", status: "queued", _id: "abc123" }] },
        ],
      ],
      detail: "abc123",
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "POST", path: "/mandrillapp.com/api/1.0/webhooks/list", json: { key: MANDRILL_KEY } },
        { status: 200, json: [] },
      ],
      [
        {
          method: "POST",
          path: "/mandrillapp.com/api/1.0/webhooks/add",
          json: {
            key: MANDRILL_KEY,
            url: HOOK_URL,
            description: "ainstein-cms",
            events: ["hard_bounce", "soft_bounce", "reject", "spam", "unsub"],
          },
        },
        { status: 200, json: { id: 42, url: HOOK_URL, auth_key: "mandrill-auth-key" } },
      ],
    ],
    id: "42",
    gives: { webhook_key: "mandrill-auth-key" },
  },
});

const SENDGRID_KEY = "SG.0123456789abcdefghij.0123456789abcdefghij";
const SENDGRID = { authorization: `Bearer ${SENDGRID_KEY}` };
const EVENTS = "/api.eu.sendgrid.com/v3/user/webhooks/event/settings";
const LIST_ID = "c4f3d1f0-1111-4222-8333-444455556666";

providerCases({
  provider: sendgrid,
  values: { api_key: SENDGRID_KEY, region: "eu" },
  check: {
    exchanges: [
      [
        { method: "GET", path: "/api.eu.sendgrid.com/v3/scopes", headers: SENDGRID },
        { status: 200, json: { scopes: ["mail.send"] } },
      ],
    ],
    mode: "unknown",
    wrong: { status: 401, json: { errors: [{ field: null, message: "authorization required" }] } },
  },
  actions: [
    {
      point: "form_submission",
      values: { list_id: LIST_ID },
      exchanges: [
        [
          {
            method: "PUT",
            path: "/api.eu.sendgrid.com/v3/marketing/contacts",
            headers: SENDGRID,
            json: {
              list_ids: [LIST_ID],
              contacts: [
                { email: "Ada@Example.com", first_name: "Ada Lovelace", phone_number: "+441234567890" },
              ],
            },
          },
          { status: 202, json: { job_id: "job-1" } },
        ],
      ],
      detail: "job-1",
    },
    {
      point: "user_registration",
      values: { from_email: "site@client.example", notify_to: "owner@client.example" },
      exchanges: [
        [
          {
            method: "POST",
            path: "/api.eu.sendgrid.com/v3/mail/send",
            headers: SENDGRID,
            json: {
              personalizations: [
                { to: [{ email: "owner@client.example" }], custom_args: { occurrence: ID } },
              ],
              from: { email: "site@client.example" },
              subject: "Somebody registered",
              content: [{ type: "text/plain", value: SIGNED_UP }],
            },
          },
          { status: 202 },
        ],
      ],
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: `${EVENTS}/all` },
        { status: 200, json: { max_allowed: 5, webhooks: [{ id: "wh-1", url: HOOK_URL }] } },
      ],
      [
        { method: "PATCH", path: `${EVENTS}/signed/wh-1`, json: { enabled: true } },
        { status: 200, json: { id: "wh-1", public_key: "MFkw" } },
      ],
    ],
    id: "wh-1",
    gives: { webhook_public_key: "MFkw" },
  },
});

const SID = `AC${"0".repeat(31)}1`;
const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";
const TWILIO = { authorization: `Basic ${btoa(`${SID}:${AUTH_TOKEN}`)}` };
const ACCOUNT = `/api.twilio.com/2010-04-01/Accounts/${SID}`;
const NUMBER = `PN${"0".repeat(31)}2`;

providerCases({
  provider: twilio,
  values: { account_sid: SID, auth_token: AUTH_TOKEN, from: "+15005550006", notify_to: "+14155550123" },
  check: {
    exchanges: [
      [
        { method: "GET", path: `${ACCOUNT}.json`, headers: TWILIO },
        { status: 200, json: { sid: SID, status: "active", type: "Full", friendly_name: "Client" } },
      ],
    ],
    mode: "live",
    account: "Client",
    wrong: { status: 401, json: { status: 401, message: "Authenticate", code: 20003 } },
  },
  actions: [
    {
      point: "user_registration",
      exchanges: [
        [
          {
            method: "POST",
            path: `${ACCOUNT}/Messages.json`,
            headers: TWILIO,
            form: { To: "+14155550123", From: "+15005550006", Body: SIGNED_UP },
          },
          { status: 201, json: { sid: "SM1" } },
        ],
      ],
      detail: "SM1",
    },
  ],
  hooks: {
    values: { phone_number_sid: NUMBER },
    exchanges: [
      [
        { method: "GET", path: `${ACCOUNT}/IncomingPhoneNumbers/${NUMBER}.json` },
        { status: 200, json: { sid: NUMBER, sms_url: "" } },
      ],
      [
        {
          method: "POST",
          path: `${ACCOUNT}/IncomingPhoneNumbers/${NUMBER}.json`,
          form: { SmsUrl: HOOK_URL, SmsMethod: "POST" },
        },
        { status: 200, json: { sid: NUMBER, sms_url: HOOK_URL } },
      ],
    ],
    id: NUMBER,
    gives: {},
  },
});

/** Test credentials may not read their account: they are told by a message that nobody gets. */
providerCases({
  provider: { ...twilio, title: "Twilio with test credentials" },
  values: { account_sid: SID, auth_token: AUTH_TOKEN },
  check: {
    exchanges: [
      [
        { method: "GET", path: `${ACCOUNT}.json` },
        { status: 403, json: { code: 20008, message: "test credentials" } },
      ],
      [
        {
          method: "POST",
          path: `${ACCOUNT}/Messages.json`,
          form: { To: "+15005550006", From: "+15005550006", Body: "ainstein-cms" },
        },
        { status: 201, json: { sid: "SM1" } },
      ],
    ],
    mode: "test",
    wrong: { status: 401, json: { message: "Authenticate", code: 20003 } },
  },
});

const INTERCOM = { authorization: "Bearer intercom-token-0123456789", "intercom-version": "2.14" };

providerCases({
  provider: intercom,
  values: { access_token: "intercom-token-0123456789", region: "eu" },
  check: {
    exchanges: [
      [
        { method: "GET", path: "/api.eu.intercom.io/me", headers: INTERCOM },
        {
          status: 200,
          json: { type: "admin", email: "a@b.example", app: { id_code: "abc12", region: "EU" } },
        },
      ],
    ],
    mode: "unknown",
    account: "abc12",
    wrong: {
      status: 401,
      json: { type: "error.list", errors: [{ code: "unauthorized", message: "Access Token Invalid" }] },
    },
  },
  actions: [
    {
      point: "user_registration",
      exchanges: [
        [
          {
            method: "POST",
            path: "/api.eu.intercom.io/contacts",
            headers: INTERCOM,
            json: { role: "user", email: "Ada@Example.com", name: "Ada Lovelace" },
          },
          { status: 409, json: { type: "error.list", errors: [{ code: "conflict", message: "exists" }] } },
        ],
        [
          {
            method: "POST",
            path: "/api.eu.intercom.io/events",
            json: {
              event_name: "user_registration",
              created_at: AT_MS / 1000,
              email: "Ada@Example.com",
              metadata: { occurrence: ID, source: "web" },
            },
          },
          { status: 202 },
        ],
      ],
    },
  ],
});
