// Categories, tags and other terms.
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Term, TermStore } from "../contract.ts";
import { wordpressError, wordpressFault } from "./faults.ts";
import { PAGE, totalOf } from "./list.ts";
import { decodeEntities, keepAngles } from "./names.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { Taxonomy } from "./types.ts";

const FIELDS = "id,name,slug,parent";
const ATTEMPTS = 4;

const termSchema = z.object({
  id: z.number().int().positive(),
  name: z.string().transform(decodeEntities),
  slug: z.string().transform(readableSlug),
  parent: z.number().default(0),
});
type RawTerm = z.infer<typeof termSchema>;
const termsSchema = z.array(termSchema);

export function termStore(site: Site): TermStore {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    async list(taxonomyId) {
      const taxonomy = await site.taxonomy(taxonomyId);
      const raw = await wholeListing(site, taxonomy);
      return raw.map((term) => termOf(term, taxonomy, pathOf(term, raw)));
    },
    create(taxonomyId, name, parent) {
      // Side by side, equal names would become two terms.
      const made = queue.then(() => createTerm(site, taxonomyId, name, parent));
      queue = made.catch(() => undefined);
      return made;
    },
  };
}

async function wholeListing(site: Site, taxonomy: Taxonomy): Promise<readonly RawTerm[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const terms = new Map<number, RawTerm>();
    let total = 0;
    let page = 0;
    let size: number;
    do {
      page += 1;
      const query = { per_page: PAGE, page, orderby: "id", order: "asc", hide_empty: false, _fields: FIELDS };
      const reply = await site.get(taxonomy.path, query, (payload) => termsSchema.parse(payload));
      total = totalOf(reply.headers, { title: taxonomy.id });
      size = reply.value.length;
      for (const term of reply.value) terms.set(term.id, term);
    } while (size > 0 && terms.size < total);
    if (terms.size === total) return [...terms.values()];
  }
  throw new Fault(
    "protocol",
    `the listing of ${taxonomy.id} does not hold still: its pages and its total do not fit`,
    {
      code: "wordpress.listing-unstable",
    },
  );
}

function pathOf(term: RawTerm, all: readonly RawTerm[]): readonly string[] {
  const path = [term.name];
  const seen = new Set([term.id]);
  let parent = all.find((candidate) => candidate.id === term.parent);
  while (parent !== undefined && !seen.has(parent.id)) {
    seen.add(parent.id);
    path.unshift(parent.name);
    const above = parent.parent;
    parent = all.find((candidate) => candidate.id === above);
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
