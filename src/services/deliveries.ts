// What verifies the deliveries of one connected service: its record, its key, and where that is not enough, the provider itself.

import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { holds } from "./json-path.ts";
import { type AskerParts, askerOf } from "./open.ts";
import type { Provider } from "./provider.ts";
import { ask } from "./request.ts";
import type { OpenParts } from "./service.ts";
import { type Delivered, type ServiceDelivery, verifyDelivery } from "./signature.ts";
import { fillText } from "./template.ts";
import { modeOf } from "./values.ts";

/**
 * `values` as they are kept: what only calls need may be missing. `mayAsk`: asked before each question to the provider, since
 * anybody may send what leads to one; false leaves the delivery unverifiable. Throws `usage` for a provider that signs nothing.
 */
export function openVerifier(
  provider: Provider,
  values: Readonly<Record<string, string>>,
  parts: OpenParts,
  mayAsk: () => boolean,
): (delivery: ServiceDelivery) => Promise<Delivered> {
  const { signature } = provider;
  if (signature === undefined) {
    throw new Fault("usage", `${provider.title} sends no webhooks that could be verified.`, {
      code: "services.no-webhooks",
    });
  }
  const sender = askerOf(provider, values, parts);
  const certificate = certificates(sender, mayAsk);
  const mode = modeOf(provider, values);
  return (delivery) =>
    verifyDelivery(signature, delivery, values, {
      mode,
      certificate,
      postback: async (asked) => (mayAsk() ? postedBack(provider, asked, sender) : "no-answer"),
    });
}

const MOST_CERTIFICATES = 8;

/** Fetched once each; the address was held against the provider's own before. */
function certificates(
  { asker }: AskerParts,
  mayAsk: () => boolean,
): (url: string) => Promise<string | undefined> {
  const known = new Map<string, string>();
  return async (address) => {
    const kept = known.get(address);
    if (kept !== undefined) return kept;
    if (!mayAsk()) return undefined;
    try {
      const { status, payload } = await asker.exchange({
        method: "GET",
        url: new URL(address),
        headers: { accept: "*/*" },
        body: undefined,
        repeatable: true,
      });
      if (status !== 200 || typeof payload !== "string") return undefined;
      if (known.size >= MOST_CERTIFICATES) known.clear();
      known.set(address, payload);
      return payload;
    } catch {
      // Without it the delivery is not verifiable, which is said.
      return undefined;
    }
  };
}

/** What the provider itself says of a delivery. */
async function postedBack(
  { signature }: Provider,
  { headers, body }: ServiceDelivery,
  { asker, inputs }: AskerParts,
): Promise<"genuine" | "forged" | "no-answer"> {
  if (signature?.kind !== "signed" || signature.postback === undefined) return "no-answer";
  const { request, success } = signature.postback;
  const told = Object.entries(headers).flatMap(([name, text]) =>
    text === undefined ? [] : [[`h:${name}`, text]],
  );
  try {
    const payload: Json = JSON.parse(Buffer.from(body).toString("utf8"));
    const named = { ...Object.fromEntries(told), "delivery.json": payload };
    const answered = await ask(asker, request, { ...inputs, named }, { repeatable: true });
    if (answered.status >= 300) return "no-answer";
    const fill = (text: string) => fillText(text, inputs, "raw", asker.filler);
    return holds([success], answered.payload, inputs, fill) ? "genuine" : "forged";
  } catch (thrown) {
    return thrown instanceof SyntaxError ? "forged" : "no-answer";
  }
}
