import { diffLines } from "diff";
import { parseSource } from "../content/source.ts";
import { isFault } from "../lib/fault.ts";
import { type JsonObject, sameJson } from "../lib/json.ts";
import type { Changes, VersionText } from "./history-lanes.ts";

/** Texts that share almost nothing take long to compare. */
const LIMIT_MS = 500;

interface Content {
  readonly fields: JsonObject;
  readonly body: string | undefined;
}

/** What `after` says differently; undefined where one of the texts is not there. Of partial texts, what both tell of. */
export function changesBetween(before: VersionText, after: VersionText): Changes | undefined {
  const [old, now] = [contentOf(before), contentOf(after)];
  if (old === undefined || now === undefined) return undefined;
  const isPartial = [before, after].some((text) => text.type === "wire" && text.partial);
  const names = new Set([...Object.keys(old.fields), ...Object.keys(now.fields)]);
  const parts = [...names]
    .filter((name) => !isPartial || (Object.hasOwn(old.fields, name) && Object.hasOwn(now.fields, name)))
    .filter((name) => !sameJson(old.fields[name] ?? null, now.fields[name] ?? null))
    .sort();
  if (old.body === undefined || now.body === undefined || old.body === now.body) {
    return { parts, added: 0, removed: 0 };
  }
  return { parts: [...parts, "body"], ...linesBetween(old.body, now.body) };
}

function linesBetween(before: string, after: string): { readonly added: number; readonly removed: number } {
  const changes = diffLines(before, after, { timeout: LIMIT_MS });
  if (changes === undefined) return { added: lineCount(after), removed: lineCount(before) };
  const count = (of: "added" | "removed") =>
    changes.reduce((sum, change) => sum + (change[of] ? change.count : 0), 0);
  return { added: count("added"), removed: count("removed") };
}

function lineCount(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

function contentOf(text: VersionText): Content | undefined {
  if (text.type === "wire") {
    const { body, ...fields } = text.wire;
    return typeof body === "string" || body === undefined
      ? { fields, body }
      : { fields: text.wire, body: undefined };
  }
  return text.type === "file" ? fileContent(text.bytes) : undefined;
}

/** A file that is no document as it stands is compared as plain text. */
function fileContent(bytes: Uint8Array): Content {
  try {
    const { fields, body } = parseSource(bytes, "");
    return { fields, body };
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return { fields: {}, body: Buffer.from(bytes).toString("utf8") };
  }
}
