// https://ghost.org/docs/webhooks/: X-Ghost-Signature is `sha256=<hex>, t=<ms>`, the HMAC-SHA256 of body and t with the
// webhook's secret (Ghost 5 and 6, core/server/services/webhooks/WebhookTrigger.js). One attempt, never repeated.
import { z } from "zod";
import type { WebhookScheme } from "../contract-webhooks.ts";
import { equalTexts, hmac, instant, isStale, notTaken, timeIn, told } from "../webhooks.ts";
import { hooks } from "./hooks.ts";

const half = z.looseObject({ id: z.string().optional(), updated_at: z.string().nullish() }).optional();
const change = z.object({ current: half, previous: half }).optional();
const schema = z.looseObject({ post: change, page: change });

export const webhooks: WebhookScheme = {
  secret: "chosen",
  secretName: "the webhook's secret",
  verify({ headers, body, now }, secret) {
    const given = /^sha256=([0-9a-f]{64}), ?t=(\d+)$/.exec(headers["x-ghost-signature"] ?? "");
    const [, signature = "", time = ""] = given ?? [];
    if (given === null) return notTaken("unsigned");
    if (!equalTexts(signature, hmac(secret, body, time).toString("hex"))) return notTaken("wrong-signature");
    const sent = timeIn(time, 1);
    if (sent === undefined) return notTaken("malformed");
    if (isStale(sent, now)) return notTaken("stale");
    return told(body, schema, ({ post, page }) => {
      const name = post !== undefined ? "post" : page !== undefined ? "page" : "site";
      const { current, previous } = post ?? page ?? {};
      const entry = current?.id ?? previous?.id;
      const at = instant(current?.updated_at);
      const isGone = name !== "site" && current?.id === undefined;
      return {
        topic: `${name}.${isGone ? "deleted" : "changed"}`,
        ...(entry === undefined ? {} : { entry }),
        ...(at === undefined ? {} : { at }),
        ...(isGone ? { removed: true as const } : {}),
      };
    });
  },
  sample(secret, now) {
    const current = { id: "000000000000000000000000", updated_at: new Date(now).toISOString() };
    const body = JSON.stringify({ post: { current, previous: {} } });
    const signature = hmac(secret, body, String(now)).toString("hex");
    return { body, headers: { "x-ghost-signature": `sha256=${signature}, t=${now}` } };
  },
  hooks,
  byHand: "In Ghost Admin under Integrations, add webhooks for posts and pages with this address and secret.",
};
