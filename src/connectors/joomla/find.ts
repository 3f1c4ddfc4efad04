// Is an alias free, and did that create happen?
import { z } from "zod";
import type { Json } from "../../lib/json.ts";
import type { Draft } from "../contract.ts";
import { newDates } from "./dates.ts";
import { slugTaken } from "./faults.ts";
import { ARCHIVED, IN_TRASH, rowsOf } from "./list.ts";
import { markerOf } from "./marker.ts";
import { firstOf } from "./pages.ts";
import { categoryOf } from "./request.ts";
import { catidOf, decodeRow, type Row, TRASHED } from "./rows.ts";
import { ARTICLES, type Query, type Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

const intentSchema = z.object({
  slug: z.string(),
  /** Id of the category. */
  category: z.string(),
  /** What the article's note is marked with. */
  key: z.string(),
  /** What it is to be dated, in UTC: by this a date that Joomla moved is known. */
  dates: z.record(z.string(), z.string().nullable()).default({}),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** An alias that is free in its category, whatever the language, in the trash too. */
export async function prepare(site: Site, draft: Draft): Promise<Intent> {
  const slug = siteSlug(typeof draft.wire.slug === "string" ? draft.wire.slug : draft.slug);
  const category = String(await categoryOf(site, draft));
  await refuseTaken(site, { slug, category }, undefined, await toLookIn(site, { slug, category }));
  return { slug, category, key: draft.key, dates: newDates(draft.wire) };
}

/** Of the archive and the trash one look says enough for many: should it be wrong later, Joomla itself refuses. */
async function toLookIn(site: Site, { slug, category }: Pick<Intent, "slug" | "category">) {
  const resting = await restingIn(site);
  const isFree = resting !== undefined && !resting.has(placeOf(slug, category));
  return isFree ? [{}] : EVERYWHERE;
}

type Places = ReadonlySet<string> | undefined;
const known = new WeakMap<Site, Promise<Places>>();

function restingIn(site: Site): Promise<Places> {
  const places = known.get(site) ?? restingPlaces(site);
  known.set(site, places);
  places.catch(() => known.delete(site));
  return places;
}

/** To be called where an article comes into the archive or the trash, or out of it. */
export const forgetResting = (site: Site) => void known.delete(site);

/** Places of what is in the archive or the trash; undefined where there is more than a page of either. */
async function restingPlaces(site: Site): Promise<Places> {
  const places = new Set<string>();
  for (const state of [ARCHIVED, IN_TRASH]) {
    const rows = await firstOf(site, ARTICLES, state, decodeRow);
    if (rows === undefined) return undefined;
    for (const row of rows) places.add(placeOf(row.attributes.alias, catidOf(row)));
  }
  return places;
}

const placeOf = (slug: string, category: string) => `${category} ${slug}`;

const EVERYWHERE: readonly Query[] = [{}, ARCHIVED, IN_TRASH];

/** Throws `slug-taken` when an article other than `except` has the alias in the category. */
export async function refuseTaken(
  site: Site,
  { slug, category }: Pick<Intent, "slug" | "category">,
  except?: string,
  states = EVERYWHERE,
): Promise<void> {
  const query: Query = { "filter[search]": slug, "filter[category]": category };
  const found = await inStates(site, query, states);
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
