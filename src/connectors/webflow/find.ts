// Items by their slug: is it free, and did that create happen?
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { Draft, Entry } from "../contract.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { slugTaken } from "./faults.ts";
import type { Wired } from "./kinds.ts";
import { lookAgain, lookAtAll, type Mirror, note, spoken } from "./mirror.ts";
import { asEntry } from "./read.ts";
import { type Item, pageSchema } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";

const intentSchema = z.object({
  slug: z.string(),
  title: z.string(),
  /** Webflow's time before the create, in ms. */
  since: z.number(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** `createdOn` may come from another machine than the `Date` header. */
const CLOCK_MARGIN = 5000;

/** A slug that is free as far as is known, and Webflow's time: it refuses a slug that is taken by itself. Makes no write. */
export async function prepare(site: Site, draft: Draft): Promise<Json> {
  const wired = await site.wired(draft.kind);
  const { cmsLocaleId } = await site.locale(draft.locale);
  if (draft.translationOf !== undefined) throw noTranslation(draft);
  const holder = await holderOf(site, { wired, slug: draft.slug, cmsLocaleId, isRecent: true });
  if (holder !== undefined) throw slugTaken(draft.slug, holder.id);
  return { slug: draft.slug, title: String(draft.wire.title ?? ""), since: site.now() } satisfies Intent;
}

/** https://developers.webflow.com/data/docs/working-with-the-cms/localization */
function noTranslation({ locale, translationOf }: Draft): Fault {
  return new Fault(
    "unsupported",
    `Webflow's API cannot add the "${locale}" translation to item ${translationOf}: it can only change one that is there`,
    {
      code: "translation-not-made",
      hint: "add the language to the item in Webflow's CMS panel, then run the command again",
    },
  );
}

interface Place {
  readonly wired: Wired;
  readonly slug: string;
  readonly cmsLocaleId: string;
  /** A look of the last minutes will do. */
  readonly isRecent: boolean;
}

/** So many are asked for one by one. */
const FEW = 3;
const RECENT_MS = 600_000;

/** The item with the slug in this language, of which there is one at most. Those of one tick share their requests. */
export const holderOf = joinedFor(
  (site: Site): Joining<Place, Item | undefined> => ({
    group: ({ wired, isRecent }) => `${wired.id} ${isRecent}`,
    most: () => Number.POSITIVE_INFINITY,
    abreast: 1,
    send: async (places) => {
      if (places.length <= FEW) return Promise.allSettled(places.map((place) => askFor(site, place)));
      const [first] = places;
      if (first === undefined) return [];
      try {
        const mirror = await lookFor(site, first);
        return places.map((place) => ({ status: "fulfilled", value: holderIn(mirror, place) }));
      } catch (thrown) {
        return places.map(() => failed(thrown));
      }
    },
  }),
);

async function askFor(site: Site, { wired, slug, cmsLocaleId }: Place): Promise<Item | undefined> {
  const query = { slug, ...(cmsLocaleId === "" ? {} : { cmsLocaleId }), limit: 2 };
  const { value } = await site.get(`/collections/${wired.id}/items`, query, (payload) =>
    pageSchema.parse(payload),
  );
  const items = await spoken(site, value.items);
  note(site, wired, items);
  return items.find((item) => item.fieldData.slug === slug);
}

async function lookFor(site: Site, { wired, isRecent }: Place): Promise<Mirror> {
  const known = site.mirrors.get(wired.id);
  if (known === undefined) return lookAtAll(site, wired);
  if (!isRecent || site.now() - known.at > RECENT_MS) await lookAgain(site, wired, known);
  return known;
}

function holderIn({ items }: Mirror, { slug, cmsLocaleId }: Place): Item | undefined {
  for (const item of items.values()) {
    if (item.cmsLocaleId === cmsLocaleId && item.fieldData.slug === slug) return item;
  }
  return undefined;
}

/** What a create with this intent made: under its slug, with its title, and not made before. */
export async function lookUp(
  site: Site,
  wired: Wired,
  cmsLocaleId: string,
  { slug, title, since }: Intent,
): Promise<Item | undefined> {
  const holder = await holderOf(site, { wired, slug, cmsLocaleId, isRecent: false });
  if (holder === undefined || Date.parse(holder.createdOn) < since - CLOCK_MARGIN) return undefined;
  return same("title", title, holder.fieldData.name) ? holder : undefined;
}

/** Pauses between looks, in ms: about 10 s in all, the time a request in flight may still need to land. */
const PAUSES = [0, 300, 700, 1500, 2500, 5000];

/** Looks until there is something to see; undefined when the time is up. */
export async function waitFor<T>(site: Site, see: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of PAUSES) {
    if (pause > 0) await site.context.clock.sleep(pause, site.context.signal);
    const found = await see();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Did the create with this intent happen? */
export async function find(site: Site, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const wired = await site.wired(draft.kind);
  const { cmsLocaleId } = await site.locale(draft.locale);
  const intent = decodeIntent(intentJson);
  const item = await waitFor(site, () => lookUp(site, wired, cmsLocaleId, intent));
  return item === undefined ? undefined : asEntry(site, wired, item);
}
