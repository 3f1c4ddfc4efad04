// Deliveries with signatures that were not made by our own code, or (said so) by plain HMAC of node's.

import type { ServiceDelivery } from "../../src/services/signature.ts";
import type { Signature } from "../../src/services/signed.ts";

/** One that must be taken. */
export interface Vector {
  readonly from: string;
  readonly values: Readonly<Record<string, string>>;
  readonly delivery: ServiceDelivery;
  readonly events: readonly { readonly key: string; readonly topic: string; readonly at?: number }[];
}

const bytes = (text: string) => Buffer.from(text, "utf8");
const HASH = "hash:";

const TWILIO_FORM = new URLSearchParams([
  ["To", "+18005551212"],
  ["From", "+14158675309"],
  ["Digits", "1234"],
  ["Caller", "+14158675309"],
  ["CallSid", "CA1234567890ABCDE"],
]).toString();

const SENDGRID_BODY = `[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n`;

const ANET_BODY =
  '{"notificationId":"182cbbff-cab2-4080-931d-80e5d818f23a","eventType":"net.authorize.payment.authcapture.created","eventDate":"2017-08-18T20:40:52.7722007Z","webhookId":"849eb87e-078a-4169-a34b-c0bded5019a8","payload":{"responseCode":0,"authCode":"Z3PV5H","avsResponse":"Y","authAmount":0.0,"entityName":"transaction","id":"40005915599"}}';

/** Of schemes that no provider here has, which the same verifier must know: GitHub's own example. */
export const OTHERS: readonly (Vector & { readonly signature: Signature })[] = [
  {
    from: "X-Hub-Signature-256, GitHub's documentation",
    signature: {
      kind: "signed",
      secret: "key",
      header: "X-Hub-Signature-256",
      algorithm: "hmac-sha256",
      encoding: "hex",
      key: "text",
      form: { kind: "whole", prefix: "sha256=" },
      message: "{body}",
      event: { format: "form", topic: "=delivery" },
    },
    values: { key: "It's a Secret to Everybody" },
    delivery: {
      headers: {
        "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      },
      body: bytes("Hello, World!"),
      url: "https://hooks.example/services/hub",
      now: 1_700_000_000_000,
    },
    events: [{ key: HASH, topic: "delivery" }],
  },
];

/** By the provider's id. */
export const VECTORS: Readonly<Record<string, readonly Vector[]>> = {
  stripe: [
    {
      from: "made by the vendor's package",
      values: { webhook_secret: "whsec_test_secret_123" },
      delivery: {
        headers: {
          "stripe-signature":
            "t=1700000000,v1=f8d9bdaec401b6190f3aa1f23d4009b0ba600542a6a596fa6a4949dd05754e59",
        },
        body: bytes(
          '{"id":"evt_test_1","object":"event","type":"checkout.session.completed","livemode":false}',
        ),
        url: "https://hooks.example/services/stripe",
        now: 1_700_000_000_000,
      },
      events: [{ key: "id:evt_test_1", topic: "checkout.session.completed" }],
    },
  ],
  square: [
    {
      from: "accepted by the vendor's package",
      values: { webhook_signature_key: "sq_sig_key_test" },
      delivery: {
        headers: { "x-square-hmacsha256-signature": "2xwxhIKqzsNVfzvMatd9ALPjWwIPcHC/9aUpJIOWoOk=" },
        body: bytes(
          '{"merchant_id":"MLEFBHHSJGVHD","type":"customer.created","event_id":"fb7ea6b6-0f41-4c0c-8f0b-0b0e2f9e0a11","created_at":"2024-01-01T00:00:00Z"}',
        ),
        url: "https://example.test/hooks/square",
        now: 1_704_067_200_000,
      },
      events: [
        { key: "id:fb7ea6b6-0f41-4c0c-8f0b-0b0e2f9e0a11", topic: "customer.created", at: 1_704_067_200_000 },
      ],
    },
  ],
  "authorize-net": [
    {
      from: "a real delivery of 2017",
      values: {
        signature_key:
          "52CB4A002C634B84E397DC8A218E1A160BA7CAB7CBE4C05B35E9CBB05E14FE4A2385812E980CCF97D177F17863CE214D1BE6CE8E1E894487AACF3609C1A5FE17",
      },
      delivery: {
        headers: {
          "x-anet-signature":
            "sha512=A1E0CC0F8A7B6274E0951CAC5EB63579F70FC6B7B15384B146DCE02B98DEE3954A5A8E331661B51DE953E141E88994DFA7D267FFB8428BE0660511B6EFB94960",
        },
        body: bytes(ANET_BODY),
        url: "https://hooks.example/services/anet",
        now: 1_503_088_852_000,
      },
      events: [
        {
          key: "id:182cbbff-cab2-4080-931d-80e5d818f23a",
          topic: "net.authorize.payment.authcapture.created",
          at: 1_503_088_852_772,
        },
      ],
    },
  ],
  twilio: [
    {
      from: "made by the vendor's package",
      values: { auth_token: "12345" },
      delivery: {
        headers: {
          "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
          "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        },
        body: bytes(TWILIO_FORM),
        url: "https://mycompany.com/myapp.php?foo=1&bar=2",
        now: 1_700_000_000_000,
      },
      events: [{ key: HASH, topic: "delivery" }],
    },
  ],
  sendgrid: [
    {
      from: "accepted by the vendor's package",
      values: {
        webhook_public_key:
          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
      },
      delivery: {
        headers: {
          "x-twilio-email-event-webhook-signature":
            "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
          "x-twilio-email-event-webhook-timestamp": "1600112502",
        },
        body: bytes(SENDGRID_BODY),
        url: "https://hooks.example/services/sendgrid",
        now: 1_600_112_502_000,
      },
      events: [
        {
          key: "id:ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
          topic: "dropped",
          at: 1_600_112_492_000,
        },
      ],
    },
  ],
  intercom: [
    {
      from: "plain HMAC: the vendor has no verifier",
      values: { client_secret: "client_secret_test" },
      delivery: {
        headers: { "x-hub-signature": "sha1=231a3d390724bdeecbcad1563cc1f9e2cbeb1af8" },
        body: bytes('{"type":"notification_event","id":"notif_1","topic":"contact.created"}'),
        url: "https://hooks.example/services/intercom",
        now: 1_700_000_000_000,
      },
      events: [{ key: "id:notif_1", topic: "contact.created" }],
    },
  ],
  mandrill: [
    {
      from: "plain HMAC over address and sorted form, as documented",
      values: { webhook_key: "mandrill-auth-key" },
      delivery: {
        headers: {
          "x-mandrill-signature": "iCc+dDAA+ddqrSYcuPS6+gxosZM=",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: bytes(
          `mandrill_events=${encodeURIComponent('[{"event":"hard_bounce","_id":"abc123","ts":1700000000}]')}`,
        ),
        url: "https://hooks.example/services/mandrill",
        now: 1_700_000_000_000,
      },
      events: [{ key: HASH, topic: "hard_bounce", at: 1_700_000_000_000 }],
    },
  ],
  mailchimp: [
    {
      from: "as documented: nothing is signed, the address is the secret",
      values: { webhook_key: "a-secret-of-our-own-0123456789" },
      delivery: {
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: bytes("type=subscribe&fired_at=2009-03-26+21%3A35%3A57&data%5Bemail%5D=a%40b.example"),
        url: "https://hooks.example/services/mailchimp?key=a-secret-of-our-own-0123456789",
        now: 1_700_000_000_000,
      },
      events: [{ key: HASH, topic: "subscribe" }],
    },
  ],
  hubspot: [
    {
      from: "HMAC as documented, made apart from our code",
      values: { client_secret: "hs-client-secret-000" },
      delivery: {
        method: "POST",
        headers: {
          "x-hubspot-signature-v3": "cM5MbG1wQ/uIY9E2Ksf+YVruT9rGjcV2P8IxKmqvnCg=",
          "x-hubspot-request-timestamp": "1700000000000",
        },
        body: bytes('[{"eventId":1,"subscriptionType":"contact.creation","objectId":42}]'),
        url: "https://hooks.example.com/in/hubspot?site=1",
        now: 1_700_000_000_000,
      },
      events: [{ key: HASH, topic: "contact.creation" }],
    },
    {
      from: "v2, plain hash, made apart from our code",
      values: { client_secret: "hs-client-secret-000", signature_version: "v2" },
      delivery: {
        method: "POST",
        headers: {
          "x-hubspot-signature": "4a87ed9c6497611762a2cbcef64a0eb703af516c9b4c5ccbdf7829d826b46a6b",
          "x-hubspot-signature-version": "v2",
        },
        body: bytes('[{"eventId":1,"subscriptionType":"contact.creation","objectId":42}]'),
        url: "https://hooks.example.com/in/hubspot?site=1",
        now: 1_700_000_000_000,
      },
      events: [{ key: HASH, topic: "contact.creation" }],
    },
    {
      from: "v1, the documentation's example",
      values: { client_secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", signature_version: "v1" },
      delivery: {
        headers: {
          "x-hubspot-signature": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de",
          "x-hubspot-signature-version": "v1",
        },
        body: bytes(
          '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]',
        ),
        url: "https://hooks.example/services/hubspot",
        now: 1_564_113_600_000,
      },
      events: [{ key: HASH, topic: "contact.creation", at: 1_564_113_600_000 }],
    },
  ],
  airtable: [
    {
      from: "HMAC as documented, made apart from our code",
      values: { webhook_secret: "YWlydGFibGUtbWFjLXNlY3JldC0zMi1ieXRlcy0wMDAw" },
      delivery: {
        headers: {
          "x-airtable-content-mac":
            "hmac-sha256=94ac585951f11275073fae87ea947e200ef0883d97f301ec87458f75d0c6660c",
        },
        body: bytes(
          '{"base":{"id":"app00000000000000"},"webhook":{"id":"ach00000000000000"},"timestamp":"2022-02-01T21:25:05.663Z"}',
        ),
        url: "https://hooks.example/services/airtable",
        now: 1_643_750_705_663,
      },
      events: [{ key: HASH, topic: "base.changed", at: 1_643_750_705_663 }],
    },
  ],
  auth0: [
    {
      from: "as documented: nothing is signed, a header is the secret",
      values: { log_token: "a-secret-of-our-own-0123456789" },
      delivery: {
        headers: { authorization: "a-secret-of-our-own-0123456789" },
        body: bytes(
          '[{"log_id":"900201","data":{"type":"s","date":"2024-01-01T00:00:00.000Z"}},{"log_id":"900202","data":{"type":"f"}}]',
        ),
        url: "https://hooks.example/services/auth0",
        now: 1_704_067_200_000,
      },
      events: [
        { key: "id:900201", topic: "s", at: 1_704_067_200_000 },
        { key: "id:900202", topic: "f" },
      ],
    },
  ],
};
