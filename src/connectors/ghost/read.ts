// Whole entries by id.
import type { Entry, EntryRef, ReadResult } from "../contract.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { type Wiring, wiringOf } from "./kinds.ts";
import { entryOf, RELATIONS, type Whole, wholesIn } from "./rows.ts";
import type { Site } from "./site.ts";

export const READ_BATCH = 25;

export const WHOLE = { formats: "lexical,mobiledoc,html", include: RELATIONS } as const;

export async function read(site: Site, refs: readonly EntryRef[]): Promise<readonly ReadResult[]> {
  return Promise.all(
    refs.map(async ({ id, kind }): Promise<ReadResult> => {
      const entry = await readEntry(site, wiringOf(kind), id);
      return entry === undefined ? { id, entry: undefined, gone: "missing" } : { id, entry };
    }),
  );
}

/** Anything else is refused, and could break out of a filter. */
export const isId = (id: string): boolean => /^[0-9a-f]{24}$/.test(id);

/** Undefined where the site has no such entry. */
export async function readEntry(site: Site, wiring: Wiring, id: string): Promise<Entry | undefined> {
  if (!isId(id)) return undefined;
  const whole = await wholeOf(site, { wiring, id });
  return whole === undefined ? undefined : entryOf(whole, wiring, site);
}

interface Asked {
  readonly wiring: Wiring;
  readonly id: string;
}

/** Those of one tick in one request. */
const wholeOf = joinedFor(
  (site: Site): Joining<Asked, Whole | undefined> => ({
    group: ({ wiring }) => wiring.name,
    most: () => READ_BATCH,
    abreast: 2,
    send: async (asked) => {
      const [first] = asked;
      if (first === undefined) return [];
      const ids = [...new Set(asked.map(({ id }) => id))];
      const { wiring } = first;
      const query = { ...WHOLE, filter: `id:[${ids.join(",")}]`, limit: READ_BATCH };
      const { value } = await site.get(wiring.path, query, (payload) => wholesIn(payload, wiring));
      const found = new Map(value.map((whole) => [whole.id, whole]));
      return asked.map(({ id }) => ({ status: "fulfilled", value: found.get(id) }));
    },
  }),
);
