// Is an alias free, and did that create happen?
import { z } from "zod";
import type { Json } from "../../lib/json.ts";
import type { Draft } from "../contract.ts";
import { slugTaken } from "./faults.ts";
import { ARCHIVED, IN_TRASH, rowsOf } from "./list.ts";
import { markerOf } from "./marker.ts";
import { categoryOf } from "./request.ts";
import { catidOf, type Row, TRASHED } from "./rows.ts";
import type { Query, Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

const intentSchema = z.object({
  slug: z.string(),
  /** Id of the category. */
  category: z.string(),
  /** What the article's note is marked with. */
  key: z.string(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** An alias that is free in its category, whatever the language, in the trash too. */
export async function prepare(site: Site, draft: Draft): Promise<Intent> {
  const slug = siteSlug(typeof draft.wire.slug === "string" ? draft.wire.slug : draft.slug);
  const category = String(await categoryOf(site, draft));
  await refuseTaken(site, { slug, category });
  return { slug, category, key: draft.key };
}

/** Throws `slug-taken` when an article other than `except` has the alias in the category. */
export async function refuseTaken(
  site: Site,
  { slug, category }: Pick<Intent, "slug" | "category">,
  except?: string,
): Promise<void> {
  const query: Query = { "filter[search]": slug, "filter[category]": category };
  const found = await inStates(site, query, [{}, ARCHIVED, IN_TRASH]);
  const holder = found.find(
    (row) => row.attributes.alias === slug && catidOf(row) === category && row.id !== except,
  );
  if (holder !== undefined) throw slugTaken(slug, holder.id, holder.attributes.state === TRASHED);
}

async function inStates(site: Site, query: Query, states: readonly Query[]): Promise<readonly Row[]> {
  const lists = await Promise.all(states.map((state) => rowsOf(site, { ...query, ...state })));
  return lists.flat();
}

/**
 * What a create with this intent made. A copy that somebody made of it in Joomla has its note, but not its alias. The trash
 * is left out: what lies there was undone.
 */
export async function lookUp(site: Site, { slug, key }: Intent): Promise<Row | undefined> {
  const found = await inStates(site, { "filter[search]": key }, [{}, ARCHIVED]);
  const marked = found.filter((row) => markerOf(row.attributes.note) === key);
  const byId = marked.toSorted((a, b) => Number(a.id) - Number(b.id));
  return byId.find((row) => row.attributes.alias === slug) ?? byId[0];
}

/** Pauses between looks, in ms: about 10 s in all, the time a request in flight may still need to land. */
const PAUSES = [0, 300, 700, 1500, 2500, 5000];

/** undefined when there is nothing to see in time. */
export async function waitFor<T>(site: Site, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of PAUSES) {
    if (pause > 0) await site.context.clock.sleep(pause);
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}
