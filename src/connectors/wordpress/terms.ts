// Categories, tags and other terms.
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Term, TermStore } from "../contract.ts";
import { wordpressError, wordpressFault } from "./faults.ts";
import { PAGE, totalOf } from "./list.ts";
import { decodeEntities, keepAngles, termFold } from "./names.ts";
import { phpId, phpText, realId } from "./php.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { Taxonomy } from "./types.ts";

const FIELDS = "id,name,slug,parent";
const ATTEMPTS = 4;
const ABREAST = 4;

const termSchema = z.object({
  id: realId,
  name: phpText.transform(decodeEntities),
  slug: phpText.transform(readableSlug),
  parent: phpId.catch(0),
});
type RawTerm = z.infer<typeof termSchema>;
const termsSchema = z.array(termSchema);

export function termStore(site: Site): TermStore {
  let queue: Promise<unknown> = Promise.resolve();
  const list: TermStore["list"] = async (taxonomyId) => {
    const taxonomy = await site.taxonomy(taxonomyId);
    const raw = await wholeListing(site, taxonomy);
    return [...raw.values()].map((term) => termOf(term, taxonomy, pathOf(term, raw)));
  };
  return {
    list,
    async get(taxonomyId, ids) {
      const taxonomy = await site.taxonomy(taxonomyId);
      // Paths take the names above; sites with tens of thousands of terms have them side by side.
      if (taxonomy.hierarchical) return (await list(taxonomyId)).filter((term) => ids.includes(term.id));
      return (await some(site, taxonomy, ids)).map((term) => termOf(term, taxonomy, [term.name]));
    },
    fold: termFold,
    create(taxonomyId, name, parent) {
      // Side by side, equal names would become two terms.
      const made = queue.then(() => createTerm(site, taxonomyId, name, parent));
      queue = made.catch(() => undefined);
      return made;
    },
  };
}

/** Some sites have tens of thousands of tags: pages after the first are asked for side by side. */
async function wholeListing(site: Site, taxonomy: Taxonomy): Promise<ReadonlyMap<number, RawTerm>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = await onePage(site, taxonomy, 1);
    const terms = new Map(first.terms.map((term) => [term.id, term]));
    const last = Math.ceil(first.total / PAGE);
    let steady = true;
    for (let page = 2; page <= last; page += ABREAST) {
      const pages = Array.from({ length: Math.min(ABREAST, last - page + 1) }, (_, index) => page + index);
      for (const reply of await Promise.all(pages.map((number) => onePage(site, taxonomy, number)))) {
        for (const term of reply.terms) terms.set(term.id, term);
        steady &&= reply.total === first.total;
      }
    }
    if (steady && terms.size === first.total) return terms;
  }
  throw new Fault(
    "protocol",
    `the listing of ${taxonomy.id} does not hold still: its pages and its total do not fit`,
    {
      code: "wordpress.listing-unstable",
      hint: "another tool may be adding or removing terms right now: try again later",
    },
  );
}

/** Those of these ids that are there. */
async function some(site: Site, taxonomy: Taxonomy, ids: readonly string[]): Promise<readonly RawTerm[]> {
  const found: RawTerm[] = [];
  for (let start = 0; start < ids.length; start += PAGE) {
    const include = ids.slice(start, start + PAGE).join(",");
    const query = { include, per_page: PAGE, hide_empty: false, _fields: FIELDS };
    const { value } = await site.get(taxonomy.path, query, (payload) => termsSchema.parse(payload));
    found.push(...value.filter((term) => ids.includes(String(term.id))));
  }
  return found;
}

async function onePage(
  site: Site,
  taxonomy: Taxonomy,
  page: number,
): Promise<{ readonly terms: readonly RawTerm[]; readonly total: number }> {
  const query = { per_page: PAGE, page, orderby: "id", order: "asc", hide_empty: false, _fields: FIELDS };
  const reply = await site.get(taxonomy.path, query, (payload) => termsSchema.parse(payload));
  return { terms: reply.value, total: totalOf(reply.headers, { title: taxonomy.id }) };
}

function pathOf(term: RawTerm, all: ReadonlyMap<number, RawTerm>): readonly string[] {
  const path = [term.name];
  const seen = new Set([term.id]);
  let parent = all.get(term.parent);
  while (parent !== undefined && !seen.has(parent.id)) {
    seen.add(parent.id);
    path.unshift(parent.name);
    parent = all.get(parent.parent);
  }
  return path;
}

function termOf(term: RawTerm, taxonomy: Taxonomy, path: readonly string[]): Term {
  return { id: String(term.id), taxonomy: taxonomy.id, name: term.name, slug: term.slug, path };
}

/** `term_exists` names the equal term that is there already: it is taken over, so a repeat does no harm. */
async function createTerm(
  site: Site,
  taxonomyId: string,
  name: string,
  parent: Term | undefined,
): Promise<Term> {
  const taxonomy = await site.taxonomy(taxonomyId);
  const { value } = await site.context.http.send({
    method: "POST",
    path: taxonomy.path,
    query: { _fields: FIELDS },
    body: {
      json: { name: keepAngles(name), ...(parent === undefined ? {} : { parent: Number(parent.id) }) },
    },
    repeatable: true,
    begins: true,
    accept: [400],
    decode: (payload) => {
      const error = wordpressError(payload);
      if (error === undefined) return termSchema.parse(payload);
      if (error.code === "term_exists" && error.termId !== undefined) return error.termId;
      throw (
        wordpressFault({ status: 400, headers: {}, payload }) ??
        new Fault("invalid", `WordPress refused the term "${name}": ${error.message} (${error.code})`, {
          code: "term-refused",
          httpStatus: 400,
        })
      );
    },
    refuse: wordpressFault,
  });
  const path = [...(parent?.path ?? []), name];
  if (typeof value !== "number") return termOf(value, taxonomy, [...(parent?.path ?? []), value.name]);
  const query = { _fields: FIELDS };
  const known = await site.get(`${taxonomy.path}/${value}`, query, (payload) => termSchema.parse(payload));
  return termOf(known.value, taxonomy, [...path.slice(0, -1), known.value.name]);
}
