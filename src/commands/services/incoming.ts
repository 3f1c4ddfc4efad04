// What comes in about services: occurrences that sources tell, and webhooks of the providers themselves.
import { z } from "zod";
import { standardWebhooks } from "../../connectors/webhooks.ts";
import { Fault } from "../../lib/fault.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { openVerifier } from "../../services/deliveries.ts";
import type { Provider } from "../../services/provider.ts";
import { findProvider } from "../../services/registry.ts";
import type { NotTaken } from "../../services/signature.ts";
import { noteServiceEvents } from "../../store/service-events.ts";
import { getService, listServices } from "../../store/services.ts";
import { listSources } from "../../store/sources.ts";
import type { Context } from "../context.ts";
import { createLimiter } from "../webhooks/limit.ts";
import type { Outcome, Taker } from "../webhooks/receiver.ts";
import { openParts, type Values, valuesFor, vaultName } from "./connected.ts";
import { enqueue, type Happening, unpacked } from "./queue.ts";

type Tell = (name: string, what: string) => void;

/** What its secret is sealed under, in the vault. */
export const sourceVault = (source: string): string => `source:${source}`;
export const SOURCE_SECRET = "secret";

/** Throws what keeps the vault shut, where services or sources have their secrets in it. */
export async function serviceSecretsReadable(context: Context): Promise<void> {
  const store = context.store();
  for (const { name } of listSources(store)) {
    if ((await context.vault().get(sourceVault(name), SOURCE_SECRET)) !== undefined) return;
  }
  for (const { name } of listServices(store)) {
    if (Object.keys(await context.vault().all(vaultName(name))).length > 0) return;
  }
}

/** Plain values alone: services are sent nothing else, and what is nested has no depth that is checked. */
const plain = z.union([z.string().max(20_000), z.number(), z.boolean(), z.null()]);

const told = z.object({
  type: z.enum(["form_submission", "user_registration", "checkout"]),
  timestamp: z.iso.datetime({ offset: true }),
  data: z.record(z.string().max(100), plain).refine((data) => Object.keys(data).length <= 100),
});

/** Occurrences, signed as Standard Webhooks with the secret of their source; durable before they are answered. */
export function createEventTaker(context: Context, tell: Tell): Taker {
  return async (source, delivery) => {
    const secret = await context.vault().get(sourceVault(source), SOURCE_SECRET);
    const verdict = standardWebhooks.verify(delivery, secret ?? "", {});
    if (secret === undefined || secret === "") return { status: 401 };
    if (!verdict.ok) return refused(source, verdict.why, tell);
    const parsed = told.safeParse(JSON.parse(Buffer.from(delivery.body).toString("utf8")));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      tell(source, `a genuine event was not understood: ${issue?.path.join(".")}: ${issue?.message}`);
      return { status: 400 };
    }
    const { type, timestamp, data } = parsed.data;
    const happening: Happening = {
      id: idOf(source, verdict.told.key),
      point: type,
      atMs: Date.parse(timestamp),
      fields: data,
      source,
    };
    const keep = async (): Promise<void> => {
      const taken = await enqueue(context, happening);
      if (taken === "known" && !(await isSame(context, happening))) tell(source, OTHER);
      if (taken === "back") tell(source, CAME_BACK);
    };
    return { status: 200, keep };
  };
}

const OTHER = "an event came under the id of an earlier one, with other content: the first one counts";
const CAME_BACK = "an event holds the id of one that was sent to services: it came back, and is sent to none";

/** As far as the first one is still here to be compared. */
async function isSame(context: Context, { id, fields }: Happening): Promise<boolean> {
  const first = await unpacked(context, id);
  return first === undefined || JSON.stringify(first) === JSON.stringify(fields);
}

/** A UUID made of the two: the same for the same, and no source can take the id of another's. */
function idOf(source: string, key: string): string {
  const hex = sha256Hex(`${source}\n${key}`);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** Webhooks of connected services, verified as the records of their providers say; durable before they are answered. */
export function createServiceTaker(context: Context, tell: Tell): Taker {
  const verifierOf = createVerifiers(context);
  return async (name, delivery) => {
    const record = getService(context.store(), name);
    if (record === undefined) return { status: 401 };
    const provider = await findProvider(record.provider);
    const values = await valuesFor(context, provider, record);
    const lack = lackOf(provider, values);
    if (lack !== undefined) {
      tell(name, `refused: ${lack}`);
      return { status: 401 };
    }
    const verdict = await verifierOf(name, provider, values)({ ...delivery, method: "POST" });
    if (!verdict.ok) return refused(name, verdict.why, tell);
    const receivedAt = new Date(delivery.now).toISOString();
    return { status: 200, keep: () => noteServiceEvents(context.store(), name, verdict.events, receivedAt) };
  };
}

/** Anybody may send what leads to a question of ours: the provider must not be asked more than it would send. */
const ASKED = { perMinute: 60, burst: 10 };

/** Why deliveries of this service cannot be verified; undefined where they can. */
function lackOf({ title, signature, fields }: Provider, values: Values): string | undefined {
  if (signature === undefined) return `${title} sends no webhooks that could be verified`;
  if ((values[signature.secret] ?? "") !== "") return undefined;
  const field = fields.find(({ name }) => name === signature.secret);
  return `${signature.secret} is not known. ${field?.where ?? ""}`.trim();
}

type Verifier = ReturnType<typeof openVerifier>;

/** Kept while the values are the same: a verifier keeps the certificates that it fetched. */
function createVerifiers(context: Context): (name: string, provider: Provider, values: Values) => Verifier {
  const kept = new Map<string, { readonly of: string; readonly verify: Verifier }>();
  const mayAsk = createLimiter(context.clock, ASKED.perMinute, ASKED.burst);
  return (name, provider, values) => {
    const of = sha256Hex(JSON.stringify(values));
    const known = kept.get(name);
    if (known?.of === of) return known.verify;
    const verify = openVerifier(provider, values, openParts(context, name), () => mayAsk(name));
    kept.set(name, { of, verify });
    return verify;
  };
}

const WHY = {
  unsigned: "refused a delivery without signature",
  "wrong-signature": "refused a delivery whose signature does not fit: is the secret the right one?",
  stale: "refused a delivery of another time: a replay, or a clock that is more than 5 minutes off",
  malformed: "refused a genuine delivery that was not understood",
} as const;

function refused(name: string, why: NotTaken, tell: Tell): Outcome {
  if (why === "unverifiable") {
    throw new Fault("unavailable", "what it is verified with could not be had", {
      code: "services.unverifiable",
    });
  }
  tell(name, WHY[why]);
  return { status: why === "malformed" ? 400 : 401 };
}
