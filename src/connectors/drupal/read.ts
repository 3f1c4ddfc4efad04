// Whole nodes by id.
import { Fault, isFault } from "../../lib/fault.ts";
import type { Entry, EntryRef, ReadResult } from "../contract.ts";
import type { Bundle } from "./bundles.ts";
import { CODES } from "./faults.ts";
import { mayHaveDraft, numberIn, type Resource } from "./resource.ts";
import { besides, entryOf, localeOf, type Node, type Seen, settled } from "./rows.ts";
import type { Site } from "./site.ts";

export const isUuid = (id: string) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

export async function read(site: Site, refs: readonly EntryRef[]): Promise<readonly ReadResult[]> {
  return Promise.all(
    refs.map(async (ref): Promise<ReadResult> => {
      const entry = await readEntry(site, await site.bundle(ref.kind), ref);
      return entry === undefined ? { id: ref.id, entry, gone: "missing" } : { id: ref.id, entry };
    }),
  );
}

/** Undefined with Drupal's own word that there is no such entry, or none in this language. */
export async function readEntry(
  site: Site,
  bundle: Bundle,
  ref: Pick<EntryRef, "id" | "locale">,
): Promise<Entry | undefined> {
  const node = await readNode(site, bundle, ref);
  return node === undefined ? undefined : entryOf(node, bundle, await seenBy(site));
}

export async function readNode(
  site: Site,
  bundle: Bundle,
  { id, locale }: Pick<EntryRef, "id" | "locale">,
): Promise<Node | undefined> {
  if (!isUuid(id)) return undefined;
  const lang = await prefixOf(site, locale);
  const live = await resourceAt(site, `${bundle.path}/${id}`, {}, lang);
  // Drupal answers with an entry of another kind, and in another language where there is none in this one.
  if (live === undefined || live.type !== bundle.type) return undefined;
  if (localeOf(live, await site.languages()) !== locale) return undefined;
  site.numbers.set(id, numberIn(live, "drupal_internal__nid"));
  if (!mayHaveDraft(live)) return settled(live);
  const draft = { resourceVersion: "rel:working-copy" };
  const newest = await resourceAt(site, `${bundle.path}/${id}`, draft, lang).catch(liveAlone);
  return besides(live, newest);
}

/** Drafts of others are shown to those who may view any unpublished content. */
function liveAlone(thrown: unknown): undefined {
  if (!isFault(thrown, "forbidden")) throw thrown;
  return undefined;
}

/** Undefined with Drupal's own word that there is none. */
export async function resourceAt(
  site: Site,
  path: string,
  query: Readonly<Record<string, string>>,
  lang: string | undefined,
): Promise<Resource | undefined> {
  try {
    return await site.one(path, query, lang);
  } catch (thrown) {
    if (isFault(thrown) && thrown.code === CODES.noEntry) return undefined;
    // A visitor is refused what the account may see.
    if (isFault(thrown, "forbidden")) await site.prove();
    throw thrown;
  }
}

export async function seenBy(site: Site): Promise<Seen> {
  return { siteUrl: site.siteUrl, languages: await site.languages(), ahead: site.ahead() };
}

/** Drupal's code of a language; undefined on sites in one, and for entries without one. Throws `invalid` for a strange one. */
export async function codeOf(site: Site, locale: string): Promise<string | undefined> {
  const languages = await site.languages();
  if (languages === undefined || locale === "") return undefined;
  const found = [...languages.locales].find(([, tag]) => tag === locale);
  if (found !== undefined) return found[0];
  throw new Fault("invalid", `the site has no language "${locale}"`, {
    code: "unknown-locale",
    hint: `it has: ${[...languages.locales.values()].join(", ")}`,
  });
}

/** What addresses of a language begin with: nothing for the site's first one. */
export async function prefixOf(site: Site, locale: string): Promise<string | undefined> {
  const code = await codeOf(site, locale);
  return code === (await site.languages())?.fallback ? undefined : code;
}
