// https://dev.wix.com/docs/build-apps/develop-your-app/api-integrations/events-and-webhooks/about-webhooks: the body is
// a JSON Web Token, RS256, that is verified with the app's public key; `data` holds JSON in JSON in JSON.
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { sha256Hex } from "../../lib/hash.ts";
import type { Told, Verdict, WebhookScheme } from "../contract-webhooks.ts";
import { instant, notTaken } from "../webhooks.ts";

/** Clocks differ a little. */
const LEEWAY_S = 60;
const ISSUER = "wix.com";

const headSchema = z.looseObject({ alg: z.string() });
const claimsSchema = z.looseObject({
  data: z.string(),
  exp: z.number(),
  iat: z.number().optional(),
  iss: z.string().optional(),
});
const envelopeSchema = z.looseObject({
  eventType: z.string().max(200).catch("unknown"),
  instanceId: z.string().optional(),
  data: z.string().optional(),
});
const eventSchema = z.looseObject({
  id: z.string().optional(),
  slug: z.string().optional(),
  entityId: z.string().optional(),
  eventTime: z.string().optional(),
});

export const webhooks: WebhookScheme = {
  secret: "theirs",
  secretName: "the app's public key (PEM), shown on its page Webhooks",
  verify({ body, now }, secret, settings) {
    const token = Buffer.from(body).toString("utf8").trim();
    const parts = token.split(".");
    const [head = "", payload = "", signature = ""] = parts;
    if (parts.length !== 3 || signature === "") return notTaken("unsigned");
    if (parse(head, headSchema)?.alg !== "RS256") return notTaken("wrong-signature");
    const key = keyOf(secret);
    const signed = Buffer.from(`${head}.${payload}`, "ascii");
    if (key === undefined || !verify("sha256", signed, key, Buffer.from(signature, "base64url"))) {
      return notTaken("wrong-signature");
    }
    const claims = parse(payload, claimsSchema);
    if (claims === undefined) return notTaken("malformed");
    if (claims.iss !== undefined && claims.iss !== ISSUER) return notTaken("wrong-signature");
    const seconds = now / 1000;
    if (claims.exp + LEEWAY_S < seconds || (claims.iat ?? 0) - LEEWAY_S * 5 > seconds)
      return notTaken("stale");
    return tell(claims.data, settings);
  },
  byHand:
    "On the app's page Webhooks in Wix, subscribe to the events of the blog (post and draft post created, updated, deleted) with this address.",
};

function keyOf(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "rsa" ? key : undefined;
  } catch {
    return undefined;
  }
}

function parse<T>(part: string, schema: z.ZodType<T>): T | undefined {
  return read(Buffer.from(part, "base64url").toString("utf8"), schema);
}

function read<T>(json: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** One app serves many sites: an event of another one is nothing that this connection is about. */
function tell(data: string, { instance = "" }: Readonly<Record<string, string>>): Verdict {
  const envelope = read(data, envelopeSchema);
  if (envelope === undefined) return notTaken("malformed");
  if (instance !== "" && envelope.instanceId !== undefined && envelope.instanceId !== instance) {
    return notTaken("wrong-signature");
  }
  const event = envelope.data === undefined ? undefined : read(envelope.data, eventSchema);
  const at = instant(event?.eventTime);
  const isGone = event?.slug === "deleted" || envelope.eventType.endsWith("_deleted");
  const told: Told = {
    // A delivery that is repeated is signed anew, so that its token differs.
    key: event?.id === undefined ? sha256Hex(data) : `id:${event.id}`,
    topic: envelope.eventType,
    ...(event?.entityId === undefined ? {} : { entry: event.entityId }),
    ...(at === undefined ? {} : { at }),
    ...(isGone ? { removed: true as const } : {}),
  };
  return { ok: true, told };
}
