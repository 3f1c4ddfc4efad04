// Deliveries signed as Standard Webhooks say, each kept once.
import { createHmac, timingSafeEqual } from "node:crypto";
import { unauthorized } from "../authentication.js";
import { Problem } from "../problems.js";

/** How far the sender's clock may be from ours. */
const WINDOW_S = 300;

export function webhook({ source }, { store, config }) {
  const key = keyOf(config.webhookSecret);
  return async (request, reply) => {
    const id = checkSignature(request, key);
    if (id.length > 255) throw new Problem(400, "The header webhook-id is longer than 255 characters.");
    const payload = parsed(request.body);
    const stored = await store.insert("webhook_events", { source, event_id: id, payload }).catch(whereNew);
    return stored === undefined
      ? reply.code(200).send({ status: "duplicate" })
      : reply.code(202).send({ status: "accepted" });
  };
}

function keyOf(secret) {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
}

/** The delivery's id. Signed is `id.timestamp.body`, the body byte by byte as it came. */
function checkSignature({ headers, body }, key) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !/^\d{1,12}$/.test(timestamp ?? "")) throw refused();
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > WINDOW_S) throw refused();
  const wanted = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`)
    .update(body ?? "")
    .digest();
  const fits = signatures.split(" ").some((signature) => {
    const [version, text = ""] = signature.split(",");
    const given = Buffer.from(text, "base64");
    return version === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  if (!fits) throw refused();
  return id;
}

function refused() {
  return unauthorized("Signature", "The signature is missing, wrong or too old.");
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    throw new Problem(400, "The body is no JSON.");
  }
}

/** Undefined where the delivery was kept before: the database holds source and id together unique. */
function whereNew(error) {
  if (error.status === 409) return undefined;
  throw error;
}
