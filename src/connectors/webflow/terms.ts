// Items of collections that others name like tags: found by their names, and made on demand.
import { foldName } from "../../content/term-path.ts";
import { shortHash } from "../../lib/hash.ts";
import type { Term, TermStore } from "../contract.ts";
import { sendCreate } from "./batch.ts";
import type { Wired } from "./kinds.ts";
import { lookAgain, lookAtAll } from "./mirror.ts";
import type { Item } from "./rows.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

export function termStore(site: Site): TermStore {
  const list = async (taxonomy: string) => {
    const wired = await site.wired(taxonomy);
    return (await itemsOf(site, wired)).map((item) => termOf(item, wired));
  };
  return {
    list,
    get: async (taxonomy, ids) =>
      ids.length === 0 ? [] : (await list(taxonomy)).filter(({ id }) => ids.includes(id)),
    async create(taxonomy, name) {
      const wired = await site.wired(taxonomy);
      const terms = (await itemsOf(site, wired)).map((item) => termOf(item, wired));
      const present = terms.find((term) => foldName(term.name) === foldName(name));
      return present ?? termOf(await make(site, wired, name, terms), wired);
    },
  };
}

/** In the primary language, oldest first. */
async function itemsOf(site: Site, wired: Wired): Promise<readonly Item[]> {
  const known = site.mirrors.get(wired.id);
  if (known !== undefined) await lookAgain(site, wired, known);
  const { items } = known ?? (await lookAtAll(site, wired));
  const [{ cmsLocaleId }] = (await site.identity()).locales;
  return [...items.values()].filter((item) => item.cmsLocaleId === cmsLocaleId);
}

function termOf({ id, fieldData: { name, slug } }: Item, { kind }: Wired): Term {
  return { id, taxonomy: kind.name, name, slug, path: [name] };
}

/** On the live site at once: what is shown on it must not name what is not. */
async function make(site: Site, wired: Wired, name: string, terms: readonly Term[]): Promise<Item> {
  const [{ cmsLocaleId }] = (await site.identity()).locales;
  const taken = new Set(terms.map((term) => term.slug));
  const plain = siteSlug(name);
  const base = plain === "" ? `t-${siteSlug(shortHash(name))}` : plain;
  const slug = [base, ...terms.map((_, n) => `${base}-${n + 2}`)].find((one) => !taken.has(one)) ?? base;
  const item = {
    ...{ isDraft: false, isArchived: false },
    ...(cmsLocaleId === "" ? {} : { cmsLocaleId }),
    fieldData: { name, slug },
  };
  return sendCreate(site, { wired, slug, cmsLocaleId, isLive: true, item });
}
