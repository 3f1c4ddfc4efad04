// https://shopify.dev/docs/apps/build/webhooks: X-Shopify-Hmac-SHA256 is the base64 HMAC-SHA256 of the raw body with
// the app's client secret. No time is signed, and the other headers are not signed at all.
import { z } from "zod";
import type { WebhookScheme } from "../contract-webhooks.ts";
import { equalTexts, hmac, instant, notTaken, told } from "../webhooks.ts";
import { hooks } from "./hooks.ts";
import { idOf } from "./kinds.ts";

const schema = z.looseObject({
  id: z.union([z.number(), z.string()]).optional(),
  admin_graphql_api_id: z.string().optional(),
  updated_at: z.string().nullish(),
});

export const webhooks: WebhookScheme = {
  secret: "app",
  secretName: "the app's client secret",
  verify({ headers, body }, secret) {
    const given = headers["x-shopify-hmac-sha256"];
    if (given === undefined) return notTaken("unsigned");
    if (!equalTexts(given, hmac(secret, body).toString("base64"))) return notTaken("wrong-signature");
    const topic = headers["x-shopify-topic"] ?? "";
    return told(body, schema, ({ id, admin_graphql_api_id: global, updated_at: updated }) => {
      // What a removal tells is the bare number.
      const number = id !== undefined && topic.startsWith("products/") ? String(id) : undefined;
      const entry = global === undefined ? number : idOf(global);
      const at = instant(updated);
      return {
        topic: /^[a-z_]+\/[a-z_]+$/.test(topic) ? topic : "unknown",
        ...(entry === undefined ? {} : { entry }),
        ...(at === undefined ? {} : { at }),
        ...(topic.endsWith("/delete") ? { removed: true as const } : {}),
      };
    });
  },
  sample(secret, now) {
    const body = JSON.stringify({
      id: 0,
      admin_graphql_api_id: "gid://shopify/Product/0",
      updated_at: new Date(now).toISOString(),
    });
    const headers = {
      "x-shopify-topic": "products/update",
      "x-shopify-hmac-sha256": hmac(secret, body).toString("base64"),
    };
    return { body, headers };
  },
  hooks,
  byHand: "Shopify has webhooks for products; none tell of articles and pages, which --sweep finds.",
};
