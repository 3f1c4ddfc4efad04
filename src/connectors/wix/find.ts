// Posts by what they are called: is the slug free, and did that create happen?
import { z } from "zod";
import type { Json } from "../../lib/json.ts";
import type { Draft, Entry } from "../contract.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { slugTaken } from "./faults.ts";
import { changedSince, keepRows, knownRows } from "./index-of-slugs.ts";
import { everyWhole, wholePost } from "./read.ts";
import { entryOf, slugOf, stateOf, type Whole } from "./rows.ts";
import { same } from "./same.ts";
import { markerIn } from "./seo.ts";
import type { Site } from "./site.ts";

const intentSchema = z.object({
  slug: z.string(),
  title: z.string(),
  /** The site's time before the create, in ms. */
  since: z.number(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** The `Date` header may come from another machine than `editedDate`. */
export const CLOCK_MARGIN = 10_000;

/** A slug that is free, and the site's time. Makes no write. */
export async function prepare(site: Site, draft: Draft): Promise<Json> {
  const holder = await holderOf(site, draft.slug);
  if (holder !== undefined) throw slugTaken(draft.slug, holder);
  return { slug: draft.slug, title: String(draft.wire.title ?? ""), since: site.now() } satisfies Intent;
}

/** Id of a post with the slug. Those of one tick share what is asked. */
export const holderOf = joinedFor(
  (site: Site): Joining<string, string | undefined> => ({
    most: () => 100,
    abreast: 1,
    send: async (slugs) => {
      await changedSince(site);
      return Promise.all(
        slugs.map(async (slug) => ({ status: "fulfilled" as const, value: await stillHeld(site, slug) })),
      );
    },
  }),
);

/** What is known of a slug may be old where its post was removed. */
async function stillHeld(site: Site, slug: string): Promise<string | undefined> {
  for (const id of knownRows(site, slug)) {
    const whole = await wholePost(site, id);
    if (whole !== undefined && stateOf(whole) !== undefined && slugOf(whole) === slug) return id;
    keepRows(site, [{ id, slug: "" }]);
  }
  return undefined;
}

/** Pauses between looks, in ms: about 40 s in all. A create may take half a minute until it shows. */
const PAUSES = [0, 1000, 2500, 5000, 12_000, 20_000];

/** Looks until there is something to see; undefined when the time is up. */
export async function waitFor<T>(site: Site, see: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of PAUSES) {
    if (pause > 0) await site.context.clock.sleep(pause, site.context.signal);
    const found = await see();
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Flight {
  /** When creates of this process were sent, by their keys. Times are by this machine's clock. */
  readonly sent: Map<string, number>;
  /** What was sent before then has landed, or never will. */
  landed: number;
}

const flights = new WeakMap<Site, Flight>();

function flightOf(site: Site): Flight {
  const known = flights.get(site) ?? { sent: new Map(), landed: Number.NEGATIVE_INFINITY };
  flights.set(site, known);
  return known;
}

/** Called right before a create is sent. */
export function takesOff(site: Site, { key }: Draft): void {
  flightOf(site).sent.set(key, site.context.clock.now());
}

/** Did the create with this intent happen? The wait for one that an earlier process sent is the wait for all of them. */
export async function find(site: Site, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const intent = decodeIntent(intentJson);
  const flight = flightOf(site);
  const began = site.context.clock.now();
  const look = () => lookUp(site, draft, intent);
  const isOver = (flight.sent.get(draft.key) ?? Number.NEGATIVE_INFINITY) < flight.landed;
  const whole = isOver ? await look() : await waitFor(site, look);
  if (whole !== undefined) return entryOf(whole, site);
  flight.landed = Math.max(flight.landed, began);
  return undefined;
}

/**
 * What a create with this intent made: edited since, of this very title, and marked with its key. Where Wix dropped all
 * marks: made since, under its slug.
 */
export async function lookUp(site: Site, { key }: Draft, intent: Intent): Promise<Whole | undefined> {
  const since = intent.since - CLOCK_MARGIN;
  const candidates = await everyWhole(site, {
    title: { $eq: intent.title },
    editedDate: { $gte: new Date(since).toISOString() },
  });
  const alive = candidates.filter((whole) => stateOf(whole) !== undefined);
  const marked = alive.find((whole) => markerIn(whole.seoData) === key);
  if (marked !== undefined) return marked;
  return alive.find(
    (whole) =>
      markerIn(whole.seoData) === "" &&
      same("slug", slugOf(whole), intent.slug) &&
      Date.parse(whole.createdDate ?? "") >= since,
  );
}

/** Posts that carry the key of one of these: its create was done twice. */
export async function twins(
  site: Site,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (let start = 0; start < entries.length; start += 20) {
    const some = entries.slice(start, start + 20);
    const titles = [...new Set(some.map(({ title }) => title))];
    const wholes = await everyWhole(site, { title: { $in: titles } });
    const alive = wholes.filter((whole) => stateOf(whole) !== undefined);
    for (const { id } of some) {
      const key = markerIn(alive.find((whole) => whole.id === id)?.seoData);
      const others = alive.filter((whole) => whole.id !== id && markerIn(whole.seoData) === key);
      if (key !== "" && others.length > 0)
        found.set(
          id,
          others.map((whole) => whole.id),
        );
    }
  }
  return found;
}
