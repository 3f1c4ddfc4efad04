// Categories, which articles have one of, and tags.
import { z } from "zod";
import { foldName } from "../../content/term-path.ts";
import { isFault } from "../../lib/fault.ts";
import { shortHash } from "../../lib/hash.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Term, TermStore } from "../contract.ts";
import { FAILED, REFUSED } from "./faults.ts";
import { plainName } from "./names.ts";
import { allOf } from "./pages.ts";
import { numberText, type Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

export const CATEGORY = "category";
export const TAG = "tag";

/** Parent of what is at the top, in both trees. */
const ROOT = "1";

/** Categories, too, say this much. */
const tagSchema = z.object({
  id: numberText,
  attributes: z.object({ title: z.string(), alias: z.string() }),
});
const madeSchema = z.object({ data: tagSchema });

/** Both trees as they were last listed, with what was made since. */
interface Trees {
  list(taxonomy: string): Promise<readonly Term[]>;
  /** As `list` told it last. */
  known(taxonomy: string): Promise<readonly Term[]>;
  add(term: Term): void;
}

export function termStore(site: Site): TermStore {
  // Joomla moves its trees' borders with each new node: one at a time.
  let queue: Promise<unknown> = Promise.resolve();
  const trees = treesOf(site);
  return {
    list: trees.list,
    create(taxonomy, name, parent) {
      const made = queue.then(() => create(site, trees, taxonomy, name, parent));
      queue = made.catch(() => undefined);
      return made;
    },
  };
}

function treesOf(site: Site): Trees {
  const lists = new Map<string, readonly Term[]>();
  const list = async (taxonomy: string) => {
    const terms = await (taxonomy === CATEGORY ? categories(site) : tags(site));
    lists.set(taxonomy, terms);
    return terms;
  };
  return {
    list,
    known: async (taxonomy) => lists.get(taxonomy) ?? list(taxonomy),
    add(term) {
      lists.set(term.taxonomy, [...(lists.get(term.taxonomy) ?? []), term]);
      if (term.taxonomy === CATEGORY) site.forgetCategories();
    },
  };
}

async function categories(site: Site): Promise<readonly Term[]> {
  site.forgetCategories();
  return [...(await site.categories()).values()].map(({ id, path }) => ({
    id,
    taxonomy: CATEGORY,
    name: path.at(-1) ?? "",
    slug: "",
    path,
  }));
}

async function tags(site: Site): Promise<readonly Term[]> {
  const rows = await allOf(site, "/tags", {}, (item) => tagSchema.parse(item));
  return rows
    .filter(({ id }) => id !== ROOT)
    .map(({ id, attributes: { title, alias } }) => ({
      ...{ id, taxonomy: TAG, name: title, slug: alias },
      path: [title],
    }));
}

async function create(
  site: Site,
  trees: Trees,
  taxonomy: string,
  name: string,
  parent: Term | undefined,
): Promise<Term> {
  const title = plainName(name);
  const path = [...(parent?.path ?? []), title];
  const key = path.map(foldName).join("\0");
  const findIn = (terms: readonly Term[]) => terms.find((term) => term.path.map(foldName).join("\0") === key);
  const present = findIn(await trees.known(taxonomy));
  if (present !== undefined) return present;
  const to = taxonomy === CATEGORY ? "/content/categories" : "/tags";
  let refusal: unknown;
  for (const [tries, alias] of aliasesOf(title).entries()) {
    try {
      const { id, attributes } = await site.write({
        method: "POST",
        path: to,
        ...(tries === 0 ? { begins: true } : {}),
        json: requestOf(title, alias, parent?.id ?? ROOT),
        decode: (payload) => madeSchema.parse(payload).data,
      });
      const made = {
        ...{ id, taxonomy, name: attributes.title },
        slug: taxonomy === TAG ? attributes.alias : "",
      };
      const term = { ...made, path: [...path.slice(0, -1), attributes.title] };
      trees.add(term);
      return term;
    } catch (thrown) {
      const isRefused = isFault(thrown) && thrown.code === REFUSED;
      const maybe = isRefused || isFault(thrown, "ambiguous") || (isFault(thrown) && thrown.code === FAILED);
      const landed = maybe ? findIn(await trees.list(taxonomy)) : undefined;
      if (landed !== undefined) return landed;
      refusal ??= thrown;
      if (!isRefused) throw thrown;
    }
  }
  throw refusal;
}

/**
 * Its own, then one that nothing else has: "C" and "C++" are one alias, and what lies in the trash keeps its own. Of a title
 * without a letter that it keeps, Joomla would make the time of day: two in one second clash.
 */
function aliasesOf(title: string): readonly string[] {
  const alias = siteSlug(title);
  const digits = shortHash(title)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "0");
  return alias === "" ? [`t-${digits}`] : [alias, `${alias}-${digits.slice(0, 6)}`];
}

function requestOf(title: string, alias: string, parent: string): JsonObject {
  return {
    title,
    alias,
    parent_id: Number(parent),
    published: 1,
    access: 1,
    language: "*",
    description: "",
    note: "",
  };
}
