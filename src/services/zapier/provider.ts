// Zapier: a catch hook, whose address is the secret. Whatever is sent runs the Zap.
import { POINTS, type Provider } from "../provider.ts";

export const provider: Provider = {
  id: "zapier",
  title: "Zapier",
  types: ["communication", "crm"],
  about: "Runs a Zap with what happened.",
  fields: [
    {
      name: "hook_url",
      title: "Address of the catch hook",
      secret: true,
      format: {
        pattern: /^https:\/\/hooks\.zapier\.com\/hooks\/catch\/\d+\/[A-Za-z0-9]+\/?$/,
        words: "an address such as https://hooks.zapier.com/hooks/catch/123/abc/",
      },
      where: "Zapier, the Zap, its trigger Webhooks by Zapier, Catch Hook. Whoever knows it can run the Zap.",
    },
  ],
  testing: "A Zap of its own with a hook of its own: there is no test mode, and each event runs it.",
  bases: { api: "{hook_url}" },
  authentication: { kind: "in-request", where: "address" },
  checks: [{ kind: "none", why: "the only request there is runs the Zap; the address's form was looked at" }],
  actions: [
    {
      points: POINTS,
      title: "runs the Zap with the event's fields",
      steps: [
        {
          request: {
            method: "POST",
            path: "/",
            body: { json: { event_id: "{id}", point: "{point}", time: "{at.iso}", "...": "{event.*}" } },
          },
        },
      ],
      idempotency: { kind: "none", why: "a hook runs its Zap each time; event_id lets the Zap tell repeats" },
      tells: "id",
    },
  ],
  webhooks: {
    kind: "none",
    why: "Zaps are made in Zapier only. One can send to /events of this program, signed by Standard Webhooks.",
  },
  limits: {
    perSecond: 10,
    concurrency: 2,
    words: "30 requests a second for a hook, 20,000 in five minutes for a user; more are answered by 429.",
  },
  docs: {
    links: [
      {
        title: "Catch hooks",
        url: "https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zap-workflows-from-webhooks",
      },
      {
        title: "Limits of webhooks",
        url: "https://help.zapier.com/hc/en-us/articles/29972220283277-Webhook-rate-limits-in-Zapier",
      },
    ],
    troubleshooting: [
      {
        sign: "sent, and the Zap does not run",
        cure: "A Zap that is off takes events and drops them. One that is on may run minutes later.",
      },
      {
        sign: "parked: an earlier try may have arrived",
        cure: "Look into the Zap's history for this occurrence's id, then replay or drop it.",
      },
    ],
  },
};
