// Categories, which articles have one of, and tags.
import { z } from "zod";
import { foldName } from "../../content/term-path.ts";
import { Fault, isFault } from "../../lib/fault.ts";
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

const tagSchema = z.object({
  id: numberText,
  attributes: z.object({ title: z.string(), alias: z.string() }),
});
const madeSchema = z.object({ data: z.object({ id: numberText }) });

export function termStore(site: Site): TermStore {
  // Joomla moves its trees' borders with each new node: one at a time.
  let queue: Promise<unknown> = Promise.resolve();
  const list = (taxonomy: string) => (taxonomy === CATEGORY ? categories(site) : tags(site));
  return {
    list,
    create(taxonomy, name, parent) {
      const made = queue.then(() => create(site, list, taxonomy, name, parent));
      queue = made.catch(() => undefined);
      return made;
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
  list: (taxonomy: string) => Promise<readonly Term[]>,
  taxonomy: string,
  name: string,
  parent: Term | undefined,
): Promise<Term> {
  const path = [...(parent?.path ?? []), plainName(name)];
  const key = path.map(foldName).join("\0");
  const find = async () => (await list(taxonomy)).find((term) => term.path.map(foldName).join("\0") === key);
  const present = await find();
  if (present !== undefined) return present;
  const title = plainName(name);
  const aliases = aliasesOf(title);
  const to = taxonomy === CATEGORY ? "/content/categories" : "/tags";
  let refusal: unknown;
  for (const [tries, alias] of aliases.entries()) {
    try {
      const made = await site.write({
        method: "POST",
        path: to,
        ...(tries === 0 ? { begins: true } : {}),
        json: requestOf(title, alias, parent?.id ?? ROOT),
        decode: (payload) => madeSchema.parse(payload).data.id,
      });
      const listed = (await list(taxonomy)).find(({ id }) => id === made);
      if (listed !== undefined) return listed;
      throw new Fault("protocol", `Joomla does not list the ${taxonomy} "${name}" that it made`, {
        code: "joomla.no-term",
        scope: "item",
        hint: "run again: it may only have come too late to the list",
      });
    } catch (thrown) {
      const isRefused = isFault(thrown) && thrown.code === REFUSED;
      const maybe = isRefused || isFault(thrown, "ambiguous") || (isFault(thrown) && thrown.code === FAILED);
      const landed = maybe ? await find() : undefined;
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
