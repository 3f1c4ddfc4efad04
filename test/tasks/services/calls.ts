// Services as the client's own project would call them: credentials of the documented form (invented), and an answer that
// says what was done as the provider's documents say.
import type { Point } from "../../../src/services/provider.ts";

export interface CallCase {
  readonly provider: string;
  readonly point: Point;
  readonly about?: string;
  /** Given by the environment. */
  readonly values: Readonly<Record<string, string>>;
  /** Written into the module, as the task has them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What may be sent; all where absent. */
  readonly fields?: readonly string[];
  /** Fields of the occurrence besides the usual. */
  readonly extra?: Readonly<Record<string, string | number>>;
  readonly answer: unknown;
}

const STRIPE = { api_key: "sk_test_0123456789" };
const SQUARE = { environment: "live", access_token: "EAAAsquare-token-0123456789" };
const ANET = { login_id: "login123", transaction_key: "0123456789abcdef" };
const SID = "0123456789abcdef0123456789abcdef";
const TWILIO = { account_sid: `AC${SID}`, auth_token: SID, notify_to: "+14155550123" };
const MAILCHIMP = { api_key: "0123456789abcdef0123456789abcdef-us19", list_id: "0123abcdef" };
const SENDGRID = { api_key: "SG.0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG" };
const MAILS = { from_email: "site@client.example", notify_to: "owner@client.example" };
const GA = { measurement_id: "G-ABCDEF1234", api_secret: "abcdefghijklmnopqrstuv" };
const PIXEL = {
  pixel_id: "123456789012345",
  access_token: "EAAtoken0123456789abcdef",
  site_url: "https://site.example/",
};

export const CALLS: readonly CallCase[] = [
  { provider: "stripe", point: "form_submission", values: STRIPE, answer: { id: "cus_1" } },
  {
    provider: "stripe",
    point: "checkout",
    values: STRIPE,
    settings: { success_url: "https://site.example/thanks?a=`$\\{b}`" },
    answer: { id: "cs_1", url: "https://checkout.stripe.com/c/1" },
  },
  {
    provider: "paypal",
    point: "checkout",
    values: {
      environment: "sandbox",
      client_id: "client-id-0123456789",
      client_secret: "client-secret-0123456789",
    },
    answer: { id: "5O190127TN364715T" },
  },
  { provider: "square", point: "user_registration", values: SQUARE, answer: { customer: { id: "C1" } } },
  {
    provider: "square",
    point: "checkout",
    values: { ...SQUARE, location_id: "L88917AVBK2S5" },
    answer: { payment_link: { url: "https://square.link/u/1" } },
  },
  {
    provider: "authorize-net",
    point: "checkout",
    values: ANET,
    settings: { environment: "sandbox" },
    answer: { customerProfileId: "7", messages: { resultCode: "Ok", message: [{ code: "I00001" }] } },
  },
  {
    provider: "authorize-net",
    point: "form_submission",
    about: "of somebody who is there",
    values: { ...ANET, environment: "live" },
    answer: { customerProfileId: "7", messages: { resultCode: "Error", message: [{ code: "E00039" }] } },
  },
  { provider: "mailchimp", point: "form_submission", values: MAILCHIMP, answer: { id: "1" } },
  {
    provider: "mailchimp",
    point: "user_registration",
    about: "with the address alone",
    values: MAILCHIMP,
    fields: ["email"],
    answer: { id: "1" },
  },
  {
    provider: "mandrill",
    point: "form_submission",
    values: { api_key: "md-0123456789abcdefghij", ...MAILS },
    answer: [{ status: "queued", _id: "m1", email: "owner@client.example" }],
  },
  {
    provider: "sendgrid",
    point: "form_submission",
    about: "to a list",
    values: { ...SENDGRID, region: "eu", list_id: "5ffdb3ee-2b3b-4e1b-9d5b-0a1b2c3d4e5f" },
    answer: { job_id: "j1" },
  },
  { provider: "sendgrid", point: "run_failed", values: { ...SENDGRID, ...MAILS }, answer: {} },
  {
    provider: "twilio",
    point: "form_submission",
    about: "of a long message",
    values: TWILIO,
    settings: { from: "+15005550006" },
    extra: { message: "ü🙂".repeat(500) },
    answer: { sid: "SM1" },
  },
  {
    provider: "twilio",
    point: "content_published",
    about: "with an API key",
    values: { ...TWILIO, api_key_sid: `SK${SID}`, api_key_secret: "secret-of-the-key" },
    settings: { messaging_service_sid: `MG${SID}` },
    answer: { sid: "SM1" },
  },
  {
    provider: "intercom",
    point: "form_submission",
    values: { access_token: "intercom-token-0123456789", region: "eu" },
    answer: {},
  },
  { provider: "google-analytics", point: "form_submission", values: GA, answer: {} },
  { provider: "google-analytics", point: "checkout", values: { ...GA, region: "eu" }, answer: {} },
  {
    provider: "mixpanel",
    point: "checkout",
    values: {
      project_id: "1234567",
      service_account_user: "robot.0123.mp-service-account",
      service_account_secret: "mixpanel-secret",
    },
    answer: { code: 200, num_records_imported: 1, status: "OK" },
  },
  {
    provider: "facebook-pixel",
    point: "checkout",
    values: { ...PIXEL, app_secret: "fb-app-secret", test_event_code: "TEST123" },
    extra: { amount_cents: 500, currency: "jpy" },
    answer: { events_received: 1, fbtrace_id: "trace1" },
  },
  {
    provider: "facebook-pixel",
    point: "form_submission",
    values: PIXEL,
    answer: { events_received: 1, fbtrace_id: "trace1" },
  },
  {
    provider: "hubspot",
    point: "form_submission",
    values: { access_token: "pat-eu1-0123456789abcdef" },
    answer: { results: [{ id: "51" }] },
  },
  {
    provider: "hubspot",
    point: "user_registration",
    about: "without a name",
    values: { access_token: "pat-eu1-0123456789abcdef" },
    extra: { name: "" },
    answer: { results: [{ id: "51" }] },
  },
  {
    provider: "salesforce",
    point: "form_submission",
    values: {
      my_domain: "client--uat.sandbox",
      client_id: "3MVG9.0123456789abcdef",
      client_secret: "salesforce-secret",
      external_id_field: "Ainstein_Event__c",
    },
    answer: { id: "00Q1", success: true, created: true },
  },
  {
    provider: "zapier",
    point: "run_failed",
    values: { hook_url: "https://hooks.zapier.com/hooks/catch/123/abcdef/" },
    answer: { id: "z1", status: "success" },
  },
  {
    provider: "airtable",
    point: "content_updated",
    values: {
      access_token: `pat0123456789ABCD.${"0".repeat(64)}`,
      base_id: "app0123456789ABCD",
      table: "Form entries ü & more",
    },
    answer: { records: [{ id: "rec1" }] },
  },
  {
    provider: "auth0",
    point: "user_registration",
    values: {
      domain: "client.eu.auth0.com",
      client_id: "0123456789abcdefABCD",
      client_secret: "auth0-secret-0123456789",
      connection: "email",
    },
    answer: { user_id: "auth0|1" },
  },
];
