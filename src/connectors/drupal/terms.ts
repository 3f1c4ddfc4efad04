// Terms of vocabularies. Names are not unique on Drupal, so an equal one is looked for before one is made.
import { foldName } from "../../content/term-path.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import { uuidV5 } from "../../lib/hash.ts";
import type { Term, TermStore } from "../contract.ts";
import { CODES, refuseWrite } from "./faults.ts";
import { PAGE, someRows, wholeListing } from "./pages.ts";
import { decodeOne, type Resource, referencesIn, textIn } from "./resource.ts";
import { JSON_API, type Site } from "./site.ts";

/** Name space of the ids of terms that this program makes. Must never change. */
const SPACE = "5b1c2a52-5a0e-5d55-9a3e-6f2f3c4f7b11";

export function termStore(site: Site): TermStore {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    list: (taxonomy) => listed(site, taxonomy),
    create(taxonomy, name, parent) {
      // Side by side, equal names would become two terms.
      const made = queue.then(() => createTerm(site, taxonomy, name, parent));
      queue = made.catch(() => undefined);
      return made;
    },
  };
}

/**
 * Whether a slash in a tag leads to a term below another: where terms of the vocabulary have parents, or the setting `trees`
 * names it. Elsewhere `AC/DC` is a name.
 */
export function isTree(site: Site, taxonomy: string): Promise<boolean> {
  const named = (site.context.settings.trees ?? "").split(/[\s,]+/).includes(taxonomy);
  const known = site.trees.get(taxonomy) ?? (named ? Promise.resolve(true) : hasParents(site, taxonomy));
  site.trees.set(taxonomy, known);
  return known;
}

async function hasParents(site: Site, taxonomy: string): Promise<boolean> {
  const query = {
    "filter[parent][condition][path]": "parent.id",
    "filter[parent][condition][operator]": "IS NOT NULL",
    "page[limit]": 1,
  };
  return (await someRows(site, pathOf(taxonomy), query)).length > 0;
}

const pathOf = (taxonomy: string) => `/taxonomy_term/${encodeURIComponent(taxonomy)}`;

async function listed(site: Site, taxonomy: string): Promise<readonly Term[]> {
  const listing = await wholeListing(site, {
    ...{ path: pathOf(taxonomy), title: taxonomy, number: "drupal_internal__tid" },
    query: { [`fields[taxonomy_term--${taxonomy}]`]: "name,parent,drupal_internal__tid" },
  });
  const rows = new Map(listing.map((row) => [row.id, row]));
  return [...rows.values()].map((row) => termOf(row, taxonomy, rows));
}

const parentOf = (row: Resource): string | undefined =>
  referencesIn(row, "parent").find(({ id }) => id !== "virtual" && id !== "missing")?.id;

function termOf(row: Resource, taxonomy: string, rows: ReadonlyMap<string, Resource>): Term {
  const path: string[] = [];
  const seen = new Set<string>();
  for (let next: Resource | undefined = row; next !== undefined && !seen.has(next.id); ) {
    seen.add(next.id);
    path.unshift(textIn(next, "name"));
    next = rows.get(parentOf(next) ?? "");
  }
  const name = textIn(row, "name");
  return { id: row.id, taxonomy, name, slug: name, path };
}

async function createTerm(
  site: Site,
  taxonomy: string,
  name: string,
  parent: Term | undefined,
): Promise<Term> {
  const path = [...(parent?.path ?? []), name];
  const made = (row: Resource): Term => {
    const own = textIn(row, "name");
    return { id: row.id, taxonomy, name: own, slug: own, path: [...path.slice(0, -1), own] };
  };
  const present = await equalTerm(site, taxonomy, name, parent);
  if (present !== undefined) return made(present);
  const id = await freeId(site, taxonomy, path);
  const root = { type: `taxonomy_term--${taxonomy}`, id: parent?.id ?? "virtual" };
  const relationships = parent === undefined ? {} : { relationships: { parent: { data: [root] } } };
  try {
    const { value } = await site.context.http.send({
      method: "POST",
      path: site.address(pathOf(taxonomy)),
      headers: { accept: JSON_API, "content-type": JSON_API },
      body: {
        json: { data: { type: `taxonomy_term--${taxonomy}`, id, attributes: { name }, ...relationships } },
      },
      // The id is ours: a second one is refused.
      repeatable: true,
      begins: true,
      decode: decodeOne,
      refuse: (refusal) => refuseWrite(refusal),
    });
    return made(value);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    if (thrown.kind === "ambiguous" || thrown.code === CODES.exists) {
      const landed = await termAt(site, taxonomy, id);
      if (landed !== undefined) return made(landed);
    }
    if (thrown.code === CODES.refused) {
      await site.prove();
      throw new Fault("forbidden", `the account may not create the term "${name}": ${thrown.message}`, {
        code: "drupal.cannot-create-terms",
        hint: `its role needs the permission "${taxonomy}: Create terms": /admin/people/permissions`,
      });
    }
    throw thrown;
  }
}

/** Drupal compares without case; here what `fold` makes equal is equal. */
async function equalTerm(
  site: Site,
  taxonomy: string,
  name: string,
  parent: Term | undefined,
): Promise<Resource | undefined> {
  const query = { "filter[name]": name, "page[limit]": PAGE, sort: "drupal_internal__tid" };
  const { rows } = await site.page(pathOf(taxonomy), query);
  return rows.find((row) => foldName(textIn(row, "name")) === foldName(name) && parentOf(row) === parent?.id);
}

/** The same on every machine, so that two make one term; another where that one was given another name since. */
async function freeId(site: Site, taxonomy: string, path: readonly string[]): Promise<string> {
  for (let n = 1; ; n += 1) {
    const id = uuidV5(SPACE, [site.siteUrl, taxonomy, ...path.map(foldName), String(n)].join("\n"));
    if ((await termAt(site, taxonomy, id)) === undefined) return id;
  }
}

async function termAt(site: Site, taxonomy: string, id: string): Promise<Resource | undefined> {
  try {
    return await site.one(`${pathOf(taxonomy)}/${id}`, {});
  } catch (thrown) {
    if (isFault(thrown) && thrown.code === CODES.noEntry) return undefined;
    throw thrown;
  }
}
