// Who has a slug, and what was made in one second: asked by many documents at the same moment, in one request.
import type { Reply } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { PAGE } from "./list.ts";
import { wholeFields } from "./read.ts";
import { decodeRows, type Row, STATUSES, STATUSES_AND_TRASH } from "./rows.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";

export interface Holders {
  readonly rows: readonly Row[];
  /** Counts entries that our role may not see, too. */
  readonly total: number;
  /** Server time in ms. */
  readonly serverTime: number | undefined;
}

interface Slug {
  readonly type: ContentType;
  readonly slug: string;
  /** Code of a language; undefined for all. */
  readonly lang: string | undefined;
}

/** Bytes of slugs in one address: servers take addresses of 8 kB. */
const LONGEST = 6000;

/** Entries that hold a slug, in any state. */
export const holdersOf = joinedFor(
  (site: Site): Joining<Slug, Holders> => ({
    group: ({ type, lang = "" }) => `${type.kind} ${lang}`,
    most: () => PAGE / 2,
    weight: { of: ({ slug }) => encodeURIComponent(slug).length + 3, most: () => LONGEST },
    send: (asked) => holdersOfEach(site, asked),
  }),
);

async function holdersOfEach(site: Site, asked: readonly Slug[]) {
  const { value, ...reply } = await ask(site, asked);
  const [rows, total, { serverTime }] = [value, totalOf({ value, ...reply }), reply];
  if (asked.length === 1) return Promise.allSettled([Promise.resolve({ rows, total, serverTime })]);
  const known = new Set(asked.map(({ slug }) => slug));
  // A page that is full, and a slug that the database takes for one of ours, leave open whose is whose.
  const clear = rows.length < PAGE && rows.every((row) => known.has(readableSlug(row.slug)));
  return Promise.allSettled(
    asked.map(async (one): Promise<Holders> => {
      const own = rows.filter((row) => readableSlug(row.slug) === one.slug);
      // Any slug without an entry that we see may be that of one that we do not.
      if (clear && (own.length > 0 || total === rows.length))
        return { rows: own, total: own.length, serverTime };
      const single = await ask(site, [one]);
      return { rows: single.value, total: totalOf(single), serverTime: single.serverTime };
    }),
  );
}

const totalOf = ({ headers }: Reply<unknown>) => Number(headers["x-wp-total"] ?? 0);

async function ask(site: Site, asked: readonly Slug[]): Promise<Reply<readonly Row[]>> {
  const type = asked[0]?.type;
  if (type === undefined) throw new Fault("defect", "nobody's slug was asked for");
  const slug = [...new Set(asked.map((one) => one.slug))].join(",");
  const query = { context: "edit", slug, lang: asked[0]?.lang, status: STATUSES_AND_TRASH, per_page: PAGE };
  return site.get(type.path, { ...query, _fields: await wholeFields(site, type) }, decodeRows);
}

interface Window {
  readonly type: ContentType;
  /** Both exclusive, as WordPress takes dates. */
  readonly after: string;
  readonly before: string;
}

/** Entries of a short time, the trash left out. Many documents of one moment ask for the same. */
export const datedWithin = joinedFor(
  (site: Site): Joining<Window, readonly Row[]> => ({
    group: ({ type, after, before }) => `${type.kind} ${after} ${before}`,
    most: () => Number.POSITIVE_INFINITY,
    send: async (asked) => {
      const rows = await allWithin(site, asked[0]);
      return Promise.allSettled(asked.map(() => Promise.resolve(rows)));
    },
  }),
);

async function allWithin(site: Site, window: Window | undefined): Promise<readonly Row[]> {
  if (window === undefined) return [];
  const { type, after, before } = window;
  const query = {
    context: "edit",
    status: STATUSES,
    after,
    before,
    per_page: PAGE,
    orderby: "id",
    order: "asc",
  };
  const _fields = await wholeFields(site, type);
  const rows = new Map<number, Row>();
  for (let offset = 0; ; offset += PAGE) {
    const more = offset === 0 ? {} : { offset };
    const { value } = await site.get(type.path, { ...query, _fields, ...more }, decodeRows);
    for (const row of value) rows.set(row.id, row);
    if (value.length < PAGE) return [...rows.values()];
  }
}
