import type { Entry } from "../connectors/contract.ts";
import type { Document, MediaFile } from "../content/document.ts";
import { shortHash } from "../lib/hash.ts";
import { canonicalJson, type Json, type JsonObject } from "../lib/json.ts";
import type { Fingerprint } from "../sync/model.ts";

/** Algorithm version of both fingerprints. Raise it with any change of what is hashed, and migrate by reading. */
const VERSION = 1;

/**
 * The parts of a document as the operator wrote them: fields that the platform knows, title and body. Media count
 * by their bytes. `known`: fields that the platform maps.
 */
export function localFingerprint(
  document: Document,
  known: readonly string[],
  files: readonly MediaFile[],
): Fingerprint {
  const names = new Set([...known, "title", "slug", "status"]);
  const parts: Record<string, string> = {};
  for (const [name, value] of Object.entries(document.fields)) {
    if (!names.has(name) || value === undefined) continue;
    parts[name] = shortHash([normal(name, value), digestsIn(canonicalJson(value), files)]);
  }
  if (document.body !== "")
    parts.body = shortHash([document.body.trimEnd(), digestsIn(document.body, files)]);
  return { v: VERSION, parts };
}

/** The parts of an entry as the server returned them. */
export function remoteFingerprint(entry: Entry): Fingerprint {
  return wireFingerprint(entry.wire);
}

export function wireFingerprint(wire: JsonObject): Fingerprint {
  const parts = Object.entries(wire).map(([name, value]) => [name, shortHash(normal(name, value))] as const);
  return { v: VERSION, parts: Object.fromEntries(parts) };
}

/** `scheduled` turns into `published` by the clock alone, which is nobody's edit. */
function normal(name: string, value: Json): Json {
  return name === "status" && value === "scheduled" ? "published" : value;
}

function digestsIn(text: string, files: readonly MediaFile[]): Json {
  return files.filter((file) => text.includes(file.ref)).map((file) => file.digest);
}
