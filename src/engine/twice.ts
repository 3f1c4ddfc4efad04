import type { Listing } from "../connectors/contract.ts";
import { isLive } from "../content/document.ts";
import { Fault } from "../lib/fault.ts";
import { identityKey } from "../sync/match.ts";
import type { Base } from "../sync/model.ts";
import type { Emit } from "./events.ts";
import { rowKey, type Site } from "./site.ts";

/** Documents named in one notice. */
const NAMED = 10;

/**
 * Says which documents are live twice, as two machines or a repeated request make it: another entry has the same slug
 * and title as theirs. Translations share slugs, too, so this alone keeps nothing from its turn.
 */
export function tellDoubled(site: Site, lines: readonly Base[], emit: Emit): void {
  const alike = new Map<string, Listing[]>();
  for (const row of site.listing.values()) {
    if (!isLive(row.state) || row.slug === "") continue;
    const key = `${identityKey(row)}\0${row.title}`;
    alike.set(key, [...(alike.get(key) ?? []), row]);
  }
  const managed = new Map(lines.map((line) => [rowKey(line), line.path]));
  const told = [...alike.values()].flatMap((rows) => {
    const own = rows.flatMap((row) => managed.get(rowKey(row)) ?? []);
    // Two documents of this root that share a slug are told apart by their lines.
    if (own.length === 0 || own.length === rows.length) return [];
    return `${own.join(", ")} (entries ${rows.map(({ id }) => id).join(" and ")})`;
  });
  if (told.length === 0) return;
  const more = told.length > NAMED ? `, and ${told.length - NAMED} more` : "";
  emit({
    type: "notice",
    target: site.target.name,
    level: "warning",
    message: `on the site twice: ${told.slice(0, NAMED).join("; ")}${more}`,
    hint: "another machine created it at the same moment, or a request was repeated on its way. Move the entry that is too many to the trash on the site",
  });
}

/** `ids`: of all entries that are this document. */
export function onSiteTwice(path: string, ids: readonly string[]): Fault {
  return new Fault("conflict", `${path} is on the site twice: entries ${ids.join(" and ")}`, {
    code: "duplicate",
    hint: "another machine created it at the same moment, or the request was repeated on its way. Move the entry that is too many to the trash on the site",
  });
}
