// Tags and categories of the blog. Both are flat.
import { z } from "zod";
import { foldName } from "../../content/term-path.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { Term, TermStore } from "../contract.ts";
import { CATEGORIES, LONGEST_TAG, TAGS } from "./kinds.ts";
import { wholeList } from "./list.ts";
import type { Site } from "./site.ts";

const labelSchema = z.object({ id: z.string(), label: z.string(), slug: z.string().catch("") });
type Label = z.infer<typeof labelSchema>;

interface Wiring {
  readonly path: string;
  /** Of a list, and of one. */
  readonly key: string;
  readonly one: string;
  /** What makes one. A tag's request holds it at the top, a category's does not. */
  readonly request: (label: string) => Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const WIRINGS: Readonly<Record<string, Wiring>> = {
  [TAGS]: { path: "/blog/v3/tags", key: "tags", one: "tag", request: (label) => ({ label }) },
  [CATEGORIES]: {
    path: "/blog/v3/categories",
    key: "categories",
    one: "category",
    request: (label) => ({ category: { label } }),
  },
};

function wiringOf(taxonomy: string): Wiring {
  const found = WIRINGS[taxonomy];
  if (found !== undefined) return found;
  throw new Fault("invalid", `Wix's blog has no ${taxonomy}`, { code: "unknown-taxonomy" });
}

export function termStore(site: Site): TermStore {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    list: async (taxonomy) => (await all(site, wiringOf(taxonomy))).map((label) => termOf(taxonomy, label)),
    create(taxonomy, name) {
      // Two categories may have one name: side by side, equal names would become two.
      const made = queue.then(() => createTerm(site, taxonomy, name));
      queue = made.catch(() => undefined);
      return made;
    },
  };
}

const termOf = (taxonomy: string, { id, label, slug }: Label): Term => ({
  ...{ id, taxonomy, name: label, slug },
  path: [label],
});

const all = (site: Site, { path, key }: Wiring): Promise<readonly Label[]> =>
  wholeList(site, { path: `${path}/query`, key, item: labelSchema });

async function createTerm(site: Site, taxonomy: string, name: string): Promise<Term> {
  const wiring = wiringOf(taxonomy);
  if (taxonomy === TAGS && Array.from(name).length > LONGEST_TAG) {
    throw new Fault("invalid", `the tag "${name}" is longer than the ${LONGEST_TAG} characters Wix takes`, {
      code: "invalid-tags",
      unsent: true,
    });
  }
  const present = await named(site, wiring, name);
  if (present !== undefined) return termOf(taxonomy, present);
  try {
    const made = await site.write({
      method: "POST",
      path: wiring.path,
      body: wiring.request(name),
      repeatable: false,
      begins: true,
      decode: (payload) => labelSchema.parse(z.looseObject({}).parse(payload)[wiring.one]),
    });
    return termOf(taxonomy, made);
  } catch (thrown) {
    // Somebody else made it a moment ago, or the answer to this was lost.
    const mayBeThere = isFault(thrown, "ambiguous") || isFault(thrown, "conflict");
    const landed = mayBeThere ? await named(site, wiring, name) : undefined;
    if (landed === undefined) throw thrown;
    return termOf(taxonomy, landed);
  }
}

async function named(site: Site, wiring: Wiring, name: string): Promise<Label | undefined> {
  const key = foldName(name);
  const labels = await all(site, wiring);
  return labels.find(({ label }) => label === name) ?? labels.find(({ label }) => foldName(label) === key);
}
