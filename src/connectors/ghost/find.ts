// Entries by their slug: is it free, and did that create happen?
import { z } from "zod";
import type { Json } from "../../lib/json.ts";
import type { Draft, Entry } from "../contract.ts";
import { slugTaken } from "./faults.ts";
import { ALL_KINDS, type KindName, type Wiring, wiringOf } from "./kinds.ts";
import { readEntry } from "./read.ts";
import { pageOf } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import { isForeign, maySpell } from "./slug.ts";

const intentSchema = z.object({
  slug: z.string(),
  title: z.string(),
  /** The site's time before the create, in ms. */
  since: z.number(),
  /** What its body is known by, where the slug tells nothing. */
  mark: z.string().optional(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

const holderSchema = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  created_at: z.string(),
});

export interface Holder extends z.infer<typeof holderSchema> {
  readonly kind: KindName;
}

/** `created_at` is in whole seconds, and may come from another machine than the `Date` header. */
const CLOCK_MARGIN = 5000;

/** A slug that is free, and the site's time. Makes no write. */
export async function prepare(site: Site, draft: Draft): Promise<Json> {
  wiringOf(draft.kind);
  const [holder] = await holdersOf(site, [draft.slug]);
  if (holder !== undefined) throw slugTaken(draft.slug, holder.id);
  const title = String(draft.wire.title ?? "");
  const mark = isForeign(draft.slug) ? { mark: draft.key } : {};
  return { slug: draft.slug, title, since: site.now(), ...mark } satisfies Intent;
}

/** Posts and pages share their slugs. */
export function holdersOf(site: Site, slugs: readonly string[]): Promise<readonly Holder[]> {
  return holdersBy(site, `slug:[${slugs.map(quoted).join(",")}]`);
}

/** The newest that fit, which are enough: what is looked for was made a moment ago. */
async function holdersBy(site: Site, filter: string): Promise<readonly Holder[]> {
  const query = { filter, fields: "id,slug,title,created_at", order: "id desc", limit: 100 };
  const found = await Promise.all(
    ALL_KINDS.map(async ({ name, path, key }) => {
      const { value } = await site.get(path, query, (payload) => pageOf(payload, key, holderSchema));
      return value.items.map((item) => ({ ...item, kind: name }));
    }),
  );
  return found.flat();
}

/** A text in a filter (NQL). */
export function quoted(text: string): string {
  return `'${text.replace(/['"\\]/g, "\\$&")}'`;
}

/**
 * What a create with this intent made, first: under its slug, with its title, and not made before. Where Ghost spells the
 * slug by its own tables, the body's mark tells. `except`: an id that is not meant.
 */
export async function lookUp(
  site: Site,
  { name }: Wiring,
  intent: Intent,
  except?: string,
): Promise<Holder | undefined> {
  const holders =
    intent.mark === undefined
      ? await holdersOf(site, [intent.slug])
      : await holdersBy(site, `lexical:~${quoted(intent.mark)}`);
  return holders
    .filter(
      ({ id, kind, slug, title, created_at }) =>
        id !== except &&
        kind === name &&
        maySpell(intent.slug, slug) &&
        same("title", title, intent.title) &&
        Date.parse(created_at) >= intent.since - CLOCK_MARGIN,
    )
    .at(-1);
}

/** Pauses between looks, in ms: about 10 s in all, the time a request in flight may still need to land. */
const PAUSES = [0, 300, 700, 1500, 2500, 5000];

/** Looks until there is something to see; undefined when the time is up. */
export async function waitFor<T>(site: Site, see: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of PAUSES) {
    if (pause > 0) await site.context.clock.sleep(pause);
    const found = await see();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Did the create with this intent happen? */
export async function find(site: Site, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const wiring = wiringOf(draft.kind);
  const intent = decodeIntent(intentJson);
  const holder = await waitFor(site, () => lookUp(site, wiring, intent));
  return holder === undefined ? undefined : readEntry(site, wiring, holder.id);
}

/** Entries with the slug that Ghost gives the second of two, made after the first with its title. */
export async function twins(
  site: Site,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (let start = 0; start < entries.length; start += 20) {
    const some = entries.slice(start, start + 20);
    const holders = await holdersOf(site, some.map(second));
    for (const entry of some) {
      const ids = holders.filter((holder) => isSecondOf(holder, entry)).map(({ id }) => id);
      if (ids.length > 0) found.set(entry.id, ids);
    }
  }
  return found;
}

const second = ({ slug }: Entry) => `${slug}-2`;

/** Ids grow with time. */
function isSecondOf({ id, kind, slug, title }: Holder, entry: Entry): boolean {
  return slug === second(entry) && kind === entry.kind && id > entry.id && same("title", title, entry.title);
}
