import type { Kind } from "../connectors/contract.ts";
import { aliasedTerm, splitTermPath } from "../content/term-path.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import type { Root } from "./root.ts";
import { inDateForms } from "./rules.ts";
import type { Site } from "./site.ts";

/**
 * Fields as a site gave them, with the terms that `file` names, too, under the file's own words: a name in other case, an
 * alias, a slug, or what the site called the term before; and with dates in the form that the file writes them in. Call
 * `site.terms.load` before.
 */
export function inWordsOf(
  root: Root,
  site: Site,
  kind: Kind,
  file: JsonObject,
  fields: JsonObject,
): JsonObject {
  const changed: Record<string, Json> = {};
  for (const [field, taxonomy] of Object.entries(kind.taxonomies)) {
    const aliases = new Map(Object.entries(root.config.terms[field]?.aliases ?? {}));
    const idOf = (word: string) => {
      const name = aliasedTerm(word, aliases);
      return site.terms.peek(taxonomy.id, taxonomy.hierarchical ? splitTermPath(name) : [name.trim()])?.id;
    };
    const own = new Map<string, string>();
    for (const word of wordsIn(file[field])) {
      const id = idOf(word);
      if (id !== undefined && !own.has(id)) own.set(id, word);
    }
    const theirs = fields[field];
    if (own.size === 0 || !Array.isArray(theirs)) continue;
    changed[field] = theirs.map((item: Json) =>
      typeof item === "string" ? (own.get(idOf(item) ?? "") ?? item) : item,
    );
  }
  return inDateForms(root, site, kind.name, file, { ...fields, ...changed });
}

function wordsIn(value: Json | undefined): readonly string[] {
  const list: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string");
}
