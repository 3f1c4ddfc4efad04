// What a genuine delivery says happened.
import { sha256Hex } from "../lib/hash.ts";
import { allAt, textAt } from "./json-path.ts";
import type { EventShape } from "./signed.ts";

export interface DeliveredEvent {
  /** Equal for all deliveries of one event, made of what is signed where the provider signs at all. */
  readonly key: string;
  readonly topic: string;
  /** By the provider's clock, in ms since 1970, where it says so. */
  readonly at?: number;
}

interface Came {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

const MOST_EVENTS = 10_000;

/** Undefined for a body that is not what this provider sends. */
export function readEvents(
  shape: EventShape,
  { headers, body }: Came,
): readonly DeliveredEvent[] | undefined {
  const payload = payloadOf(shape, headers, body);
  if (typeof payload !== "object" || payload === null) return undefined;
  const items = shape.items === undefined ? [payload] : allAt(payload, shape.items);
  if (items.length === 0 || items.length > MOST_EVENTS) return undefined;
  const events = items.map((item) => readEvent(shape, item, headers, body));
  return events.every((event) => event !== undefined) ? events : undefined;
}

function payloadOf({ format }: EventShape, headers: Came["headers"], body: Uint8Array): unknown {
  const text = Buffer.from(body).toString("utf8");
  if (format === "form" && !/^application\/json\b/i.test(headers["content-type"] ?? ""))
    return formObject(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Members by their names; one that is JSON itself is read. */
function formObject(form: URLSearchParams): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...form].map(([name, value]) => {
      if (!/^[[{]/.test(value)) return [name, value];
      try {
        return [name, JSON.parse(value) as unknown];
      } catch {
        return [name, value];
      }
    }),
  );
}

function readEvent(
  shape: EventShape,
  item: unknown,
  headers: Came["headers"],
  body: Uint8Array,
): DeliveredEvent | undefined {
  const topic = topicOf(shape, item);
  if (topic === undefined) return undefined;
  const at = instantAt(shape, item);
  const key = keyOf(shape, item, headers) ?? `hash:${hashOf(shape, item, body)}`;
  return { key, topic: topic.slice(0, 200), ...(at === undefined ? {} : { at }) };
}

function topicOf({ topic }: EventShape, item: unknown): string | undefined {
  for (const path of [topic].flat()) {
    const text = path.startsWith("=") ? path.slice(1) : textAt(item, path);
    if (text !== undefined) return text;
  }
  return undefined;
}

function keyOf({ key }: EventShape, item: unknown, headers: Came["headers"]): string | undefined {
  if (key === undefined) return undefined;
  const text = key.startsWith("h:") ? headers[key.slice(2)] : textAt(item, key);
  return text === undefined || text === "" ? undefined : `id:${text.slice(0, 200)}`;
}

function hashOf({ keys, items }: EventShape, item: unknown, body: Uint8Array): string {
  if (keys !== undefined) return sha256Hex(JSON.stringify(keys.map((path) => allAt(item, path))));
  return sha256Hex(items === undefined ? body : JSON.stringify(item));
}

function instantAt({ at }: EventShape, item: unknown): number | undefined {
  if (at === undefined) return undefined;
  const text = textAt(item, at.path) ?? "";
  const ms =
    at.unit === "iso"
      ? Date.parse(text)
      : Number(text === "" ? Number.NaN : text) * (at.unit === "s" ? 1000 : 1);
  return Number.isFinite(ms) ? ms : undefined;
}
