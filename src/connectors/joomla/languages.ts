// Articles that say the same in several languages, which Joomla links where its language filter is on.
// https://docs.joomla.org/J4.x:Setup_a_Multilingual_Site/Associations
import type { JsonObject } from "../../lib/json.ts";
import type { Draft } from "../contract.ts";
import { readRow } from "./read.ts";
import type { Row } from "./rows.ts";
import type { Site } from "./site.ts";

/** Ids of the articles that this one is linked with. */
const linkedTo = (row: Row) => row.relationships.languageAssociations?.data.map(({ id }) => id) ?? [];

/** What links a new article with the one that it translates, and with all that are linked with that. */
export async function linksFor(
  site: Site,
  { translationOf, locale }: Pick<Draft, "translationOf" | "locale">,
): Promise<JsonObject> {
  const original = translationOf === undefined ? undefined : await readRow(site, translationOf);
  if (original === undefined) return {};
  const others = await Promise.all(linkedTo(original).map((id) => readRow(site, id)));
  // Whoever is left out loses its links.
  const rows = [original, ...others].filter((row) => row !== undefined);
  const ids = rows.map(({ id, attributes }) => [attributes.language, Number(id)] as const);
  const taken = rows.find(({ attributes }) => attributes.language === locale);
  if (taken === undefined) return { associations: Object.fromEntries(ids) };
  site.told.add(
    `article ${original.id} has a translation in ${locale} already, article ${taken.id}: a new one is not linked with it`,
  );
  return {};
}

/** Joomla leaves links out without a word. */
export function tellUnlinked(site: Site, { translationOf }: Draft, row: Row, links: JsonObject): void {
  if (links.associations === undefined || translationOf === undefined) return;
  if (linkedTo(row).includes(translationOf)) return;
  site.told.add(
    `Joomla does not link articles with their translations here: enable the plug-in "System - Language Filter" with Item Associations, and content languages for all of them, then link article ${row.id} with article ${translationOf} in its own screen`,
  );
}
