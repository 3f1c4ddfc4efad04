// Is the address free, is the id free, and did that create happen?
import { z } from "zod";
import { Fault, isFault } from "../../lib/fault.ts";
import { uuidV5 } from "../../lib/hash.ts";
import type { Json } from "../../lib/json.ts";
import type { Draft, Entry } from "../contract.ts";
import type { Bundle } from "./bundles.ts";
import { slugTaken } from "./faults.ts";
import { wholeListing } from "./pages.ts";
import { isUuid, prefixOf, readEntry, resourceAt } from "./read.ts";
import { type Resource, textIn } from "./resource.ts";
import { aliasAt, aliasOf, CHEAP, type EntryPlace, localeOf } from "./rows.ts";
import type { Site } from "./site.ts";
import { waitFor } from "./wait.ts";

const intentSchema = z.object({
  /** Id that the new entry gets: it is free when this is written down. */
  id: z.string(),
  slug: z.string(),
  folder: z.string(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** An address and an id that are free. Makes no write. */
export async function prepare(site: Site, draft: Draft): Promise<Json> {
  const bundle = await site.bundle(draft.kind);
  if (draft.translationOf !== undefined) throw noTranslation(draft);
  const slug = typeof draft.wire.slug === "string" ? draft.wire.slug : draft.slug;
  const folder = typeof draft.wire.folder === "string" ? draft.wire.folder : draft.scope;
  await refuseTaken(site, bundle, { slug, folder }, undefined, draft.locale);
  return { id: await freeId(site, bundle, draft), slug, folder } satisfies Intent;
}

/** https://www.drupal.org/docs/core-modules-and-themes/core-modules/jsonapi-module/translations */
function noTranslation({ locale, translationOf }: Draft): Fault {
  return new Fault(
    "unsupported",
    `JSON:API cannot add the "${locale}" translation to entry ${translationOf}: Drupal can only change one that is there`,
    {
      code: "drupal.translation",
      hint: "add the translation on the site (tab Translate of the entry), then run `ainstein-cms pull`",
    },
  );
}

/**
 * The draft's key, unless an entry has it: one that was made of another document, which has another address by now. Ids
 * of removed entries are free again.
 */
async function freeId(site: Site, bundle: Bundle, { key }: Draft): Promise<string> {
  for (let n = 1; n <= 20; n += 1) {
    const id = n === 1 ? key.toLowerCase() : uuidV5(key, String(n));
    if (!isUuid(id)) throw new Fault("defect", `"${key}" is no UUID`);
    if (!(await isThere(site, bundle, id))) return id;
  }
  throw new Fault("conflict", "the site has entries under all ids for this document", { code: "duplicate" });
}

async function isThere(site: Site, bundle: Bundle, id: string): Promise<boolean> {
  try {
    return (await resourceAt(site, `${bundle.path}/${id}`, {}, undefined)) !== undefined;
  } catch (thrown) {
    // An entry of somebody else that the account may not see.
    if (isFault(thrown, "forbidden")) return true;
    throw thrown;
  }
}

/** Throws `slug-taken` where something else is at the address: Drupal would take the same one twice in silence. */
export async function refuseTaken(
  site: Site,
  bundle: Bundle,
  place: EntryPlace,
  except: string | undefined,
  locale: string,
): Promise<void> {
  const alias = aliasAt(place);
  const slug = alias.slice(1);
  const found = await aliasesOf(site, { "filter[alias]": alias });
  const lang = await prefixOf(site, locale);
  const spoken = lang ?? (await site.languages())?.fallback;
  const own = found.filter(
    ({ language }) => spoken === undefined || language === spoken || language === "und",
  );
  for (const { path } of own) {
    const holder = await holderAt(site, bundle, path);
    if (holder === undefined || holder !== except) throw slugTaken(slug, holder);
  }
  if (found.length > 0 || (await aliasesOf(site, { "page[limit]": 1 })).length > 0) return;
  // Only those who administer aliases may list them: others see what the address itself answers.
  if (await answers(site, alias, lang)) throw slugTaken(slug, undefined);
}

interface Alias {
  readonly path: string;
  readonly language: string;
}

async function aliasesOf(
  site: Site,
  query: Readonly<Record<string, string | number>>,
): Promise<readonly Alias[]> {
  if (!(await site.index()).types.has("path_alias--path_alias")) return [];
  try {
    const { rows } = await site.page("/path_alias/path_alias", query);
    return rows.map((row) => ({ path: textIn(row, "path"), language: textIn(row, "langcode") }));
  } catch (thrown) {
    if (isFault(thrown, "forbidden")) return [];
    throw thrown;
  }
}

/** The id of the entry at one of Drupal's own addresses, where it is of this kind. */
async function holderAt(site: Site, bundle: Bundle, path: string): Promise<string | undefined> {
  const number = Number(/^\/node\/(\d+)$/.exec(path)?.[1]);
  if (Number.isNaN(number)) return undefined;
  for (const [id, known] of site.numbers) if (known === number) return id;
  const query = {
    "filter[drupal_internal__nid]": number,
    [`fields[${bundle.type}]`]: "drupal_internal__nid",
  };
  return (await site.page(bundle.path, query)).rows[0]?.id;
}

async function answers(site: Site, alias: string, lang: string | undefined): Promise<boolean> {
  const path = alias.split("/").map(encodeURIComponent).join("/");
  const { status } = await site.context.http.send({
    method: "HEAD",
    path: `${site.siteUrl}${lang === undefined ? "" : `/${lang}`}${path}`,
    repeatable: true,
    fresh: true,
    accept: [401, 403, 404, 410],
    decode: () => undefined,
  });
  return status !== 404 && status !== 410;
}

/** Did the create with this intent happen? */
export async function find(site: Site, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const bundle = await site.bundle(draft.kind);
  const { id } = decodeIntent(intentJson);
  return waitFor(site.context.clock, () => readEntry(site, bundle, { id, locale: draft.locale }));
}

/** Signs of titles in one request, as addresses have them: servers take no address much above 8,000. */
const MOST_SIGNS = 4000;

/** Other entries at the addresses of these: two machines made both at one moment, which Drupal takes in silence. */
export async function twins(
  site: Site,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const some of batches(entries)) {
    const rows = await titled(site, some);
    for (const { id, scope, slug } of some) {
      const alias = aliasAt({ folder: scope, slug });
      const others = rows.filter((row) => row.id !== id && aliasOf(row).alias === alias);
      if (others.length > 0)
        found.set(
          id,
          others.map((row) => row.id),
        );
    }
  }
  return found;
}

/** Neighbours of one kind and language, as many as one request can ask for. */
function batches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const all: Entry[][] = [];
  let signs = 0;
  for (const entry of entries) {
    const own = encodeURIComponent(entry.title).length;
    const last = all.at(-1);
    const [first] = last ?? [];
    signs += own;
    if (first?.kind === entry.kind && first.locale === entry.locale && signs <= MOST_SIGNS) last?.push(entry);
    else {
      all.push([entry]);
      signs = own;
    }
  }
  return all;
}

/** Entries that are called as these are, of their kind and in their language. */
async function titled(site: Site, entries: readonly Entry[]): Promise<readonly Resource[]> {
  const [first] = entries;
  if (first === undefined) return [];
  const { path, type, title } = await site.bundle(first.kind);
  const query: Record<string, string> = {
    [`fields[${type}]`]: CHEAP,
    "filter[titles][condition][path]": "title",
    "filter[titles][condition][operator]": "IN",
  };
  for (const [n, entry] of entries.entries()) query[`filter[titles][condition][value][${n}]`] = entry.title;
  const lang = await prefixOf(site, first.locale);
  const rows = await wholeListing(site, { path, query, title, lang, number: "drupal_internal__nid" });
  const languages = await site.languages();
  return rows.filter((row) => localeOf(row, languages) === first.locale);
}
