// What schemes of webhooks share, and the scheme of platforms that have none of their own: Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
import { createHmac } from "node:crypto";
import { z } from "zod";
import { equalTexts } from "../auth/equal-texts.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { NotTaken, Told, Verdict, WebhookScheme } from "./contract-webhooks.ts";

/** How far a delivery's own time may lie from ours. */
export const WINDOW_MS = 5 * 60_000;

export function notTaken(why: NotTaken): Verdict {
  return { ok: false, why };
}

export function hmac(secret: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const made = createHmac("sha256", secret);
  for (const part of parts) made.update(part);
  return made.digest();
}

export { equalTexts };

/** A signed time as text, in units of `ms`; undefined for what is no number. */
export function timeIn(text: string | undefined, ms: number): number | undefined {
  return text !== undefined && /^\d{9,15}$/.test(text) ? Number(text) * ms : undefined;
}

export function isStale(at: number, now: number): boolean {
  return Math.abs(now - at) > WINDOW_MS;
}

/** ISO 8601 to ms; undefined for anything else. */
export function instant(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** The body as JSON of this shape, and what is told by it; `malformed` for anything else. */
export function told<T>(
  body: Uint8Array,
  schema: z.ZodType<T>,
  tell: (payload: T) => Omit<Told, "key"> & { readonly key?: string },
): Verdict {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return notTaken("malformed");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return notTaken("malformed");
  return { ok: true, told: { key: sha256Hex(body), ...tell(parsed.data) } };
}

const standardSchema = z.object({
  type: z.string().min(1).max(200),
  data: z
    .object({
      id: z.union([z.string(), z.number()]).transform(String).optional(),
      modified: z.string().optional(),
    })
    .catch({}),
});

/** The secret's bytes: base64 after `whsec_`, else the text as it is. */
function standardKey(secret: string): Uint8Array {
  return secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret, "utf8");
}

function standardSignature(secret: string, id: string, time: string, body: string | Uint8Array): string {
  return hmac(standardKey(secret), `${id}.${time}.`, body).toString("base64");
}

/**
 * `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,<base64>`, several separated by spaces).
 * The body is `{"type":…,"data":{"id":…,"modified":…}}`; `type` ends in `deleted` where the entry is gone.
 */
export const standardWebhooks: WebhookScheme = {
  secret: "chosen",
  secretName: "signing secret",
  verify({ headers, body, now }, secret) {
    const id = headers["webhook-id"];
    const time = headers["webhook-timestamp"];
    const given = headers["webhook-signature"];
    if (id === undefined || time === undefined || given === undefined) return notTaken("unsigned");
    const right = `v1,${standardSignature(secret, id, time, body)}`;
    const signatures = given.split(" ").slice(0, 10);
    const fitting = signatures.filter((signature) => equalTexts(signature, right));
    if (fitting.length === 0) return notTaken("wrong-signature");
    const at = timeIn(time, 1000);
    if (at === undefined) return notTaken("malformed");
    if (isStale(at, now)) return notTaken("stale");
    return told(body, standardSchema, ({ type, data }) => {
      const modified = instant(data.modified);
      return {
        key: `id:${id}`,
        topic: type,
        ...(data.id === undefined ? {} : { entry: data.id }),
        ...(modified === undefined ? {} : { at: modified }),
        ...(/delete[d]?$/.test(type) ? { removed: true as const } : {}),
      };
    });
  },
  sample(secret, now) {
    const body = JSON.stringify({ type: "entry.updated", data: { id: "0" } });
    const id = `msg_test_${now}`;
    const time = String(Math.floor(now / 1000));
    return {
      body,
      headers: {
        "webhook-id": id,
        "webhook-timestamp": time,
        "webhook-signature": `v1,${standardSignature(secret, id, time, body)}`,
      },
    };
  },
  byHand:
    "This platform sends no webhooks by itself: docs/webhooks.md has a snippet for the site that sends them, signed with this secret.",
};

/** Ids in samples, which no entry has. */
export const SAMPLE_ENTRY = /^0+$/;
