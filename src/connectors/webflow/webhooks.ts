// https://developers.webflow.com/data/docs/working-with-webhooks: x-webflow-signature is the hex HMAC-SHA256 of
// `timestamp:body` (timestamp in ms) with the app's client secret, or the hook's own one.
import { z } from "zod";
import type { WebhookScheme } from "../contract-webhooks.ts";
import { equalTexts, hmac, instant, isStale, notTaken, timeIn, told } from "../webhooks.ts";
import { hooks } from "./hooks.ts";

const schema = z.object({
  triggerType: z.string().max(100),
  payload: z.looseObject({
    id: z.string().optional(),
    lastUpdated: z.string().nullish(),
    deletedOn: z.string().nullish(),
  }),
});

function signature(secret: string, time: string, body: string | Uint8Array): string {
  return hmac(secret, `${time}:`, body).toString("hex");
}

export const webhooks: WebhookScheme = {
  secret: "app",
  secretName: "the app's client secret, or the hook's own secret where Webflow shows one",
  verify({ headers, body, now }, secret) {
    const given = headers["x-webflow-signature"];
    const time = headers["x-webflow-timestamp"];
    if (given === undefined || time === undefined) return notTaken("unsigned");
    if (!equalTexts(given, signature(secret, time, body))) return notTaken("wrong-signature");
    const sent = timeIn(time, 1);
    if (sent === undefined) return notTaken("malformed");
    if (isStale(sent, now)) return notTaken("stale");
    return told(body, schema, ({ triggerType, payload }) => {
      const isItem = triggerType.startsWith("collection_item_");
      const at = instant(payload.lastUpdated);
      return {
        topic: triggerType,
        ...(isItem && payload.id !== undefined ? { entry: payload.id } : {}),
        ...(at === undefined ? {} : { at }),
        ...(triggerType === "collection_item_deleted" ? { removed: true as const } : {}),
      };
    });
  },
  sample(secret, now) {
    const payload = { id: "000000000000000000000000", lastUpdated: new Date(now).toISOString() };
    const body = JSON.stringify({ triggerType: "collection_item_changed", payload });
    const time = String(now);
    return {
      body,
      headers: { "x-webflow-timestamp": time, "x-webflow-signature": signature(secret, time, body) },
    };
  },
  hooks,
  byHand:
    "Hooks made in Webflow's dashboard are not signed before April 2025: let the app of the connection make them.",
};
