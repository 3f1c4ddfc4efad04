// Deliveries as a platform would send them, and connections that they are for.
import { createHmac } from "node:crypto";
import type { Keyed } from "../../../src/commands/webhooks/keyed.ts";
import { webhookScheme } from "../../../src/connectors/registry.ts";

export const SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM=";

export interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** In the scheme of Standard Webhooks. */
export function signed(id: string, data: object, at: number, type = "post.updated"): Sent {
  const body = JSON.stringify({ type, data });
  const time = String(Math.floor(at / 1000));
  const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": time,
    "webhook-signature": `v1,${signature}`,
  };
  return { headers, body };
}

/** There is `wp`, and `bare` that has no secret yet. */
export async function keyed(name: string): Promise<Keyed | undefined> {
  if (name !== "wp" && name !== "bare") return undefined;
  const scheme = await webhookScheme("wordpress");
  const secret = name === "wp" ? SECRET : undefined;
  return { platform: "wordpress", scheme, secret, settings: {}, fromEnvironment: false };
}
