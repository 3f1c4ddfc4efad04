// The codec of the connector without a site, and its faults.
import type { Codec } from "../../src/connectors/contract.ts";
import type { Document } from "../../src/content/document.ts";
import { canonicalJson, type Json } from "../../src/lib/json.ts";
import type { Faults } from "./memory.ts";

export const FIELDS = ["title", "slug", "status", "date", "excerpt", "tags", "categories"] as const;

/** Bodies are stored as Markdown; terms by id. */
export function codecOf(faults: Faults): Codec {
  return {
    fields: (kind) => kind.fields.map((field) => field.name),
    mediaIds: () => [],
    needs: (document, kind) => ({
      media: [],
      authors: [],
      terms: Object.entries(kind.taxonomies).flatMap(([field, { id }]) =>
        namesIn(document, field).map((name) => ({ field, taxonomy: id, path: name.split("/") })),
      ),
    }),
    encode: (document, refs, remote) => {
      const wire: Record<string, Json> = faults.encodeFillsIn ? { excerpt: "" } : {};
      for (const name of FIELDS) {
        const value = document.fields[name];
        if (value === undefined) continue;
        const ids = (path: string) =>
          refs.terms.find((term) => term.taxonomy === name && term.path.join("/") === path)?.id ?? "";
        wire[name] = Array.isArray(value) ? namesIn(document, name).map(ids) : value;
      }
      wire.body = faults.encodeRewrites && remote !== undefined ? `${document.body} ` : document.body;
      if (faults.lossUntold) wire.title = String(wire.title).slice(0, 20);
      return { wire, losses: faults.lossUntold ? [{ field: "title", message: "cut" }] : [] };
    },
    decode: (entry, refs) => {
      const fields = Object.entries(entry.wire).filter(
        ([name, value]) =>
          name !== "body" && value !== null && !(faults.decodeDropsExcerpt && name === "excerpt"),
      );
      const paths = (value: Json): Json =>
        Array.isArray(value)
          ? value.map((id: Json) => refs.terms.find((term) => term.id === id)?.path.join("/") ?? null)
          : value;
      return {
        kind: entry.kind,
        locale: entry.locale,
        fields: Object.fromEntries(fields.map(([name, value]) => [name, paths(value)])),
        body: faults.decodeShouts ? String(entry.wire.body).toUpperCase() : String(entry.wire.body),
      };
    },
    patchBody: (local, remote) => {
      if (faults.patchIgnored) return local;
      return faults.patchRewrites ? `${String(remote)}\n` : String(remote);
    },
    same: (_part, ours, theirs) => {
      const [a, b] = [canonicalJson(ours), canonicalJson(theirs)];
      return faults.sameIgnoresCase ? a.toLowerCase() === b.toLowerCase() : a === b;
    },
  };
}

function namesIn(document: Document, field: string): readonly string[] {
  const value = document.fields[field];
  return Array.isArray(value) ? (value as readonly Json[]).map(String) : [];
}
