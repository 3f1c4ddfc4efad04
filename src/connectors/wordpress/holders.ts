// Who has a slug, and what was made in one second: asked by many documents at the same moment, in one request.
import { Fault } from "../../lib/fault.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { PAGE } from "./list.ts";
import { entryFields } from "./read.ts";
import { decodeRows, type Row, STATUSES, STATUSES_AND_TRASH } from "./rows.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import { bySlugs, bytesOf, type Found, LONGEST } from "./slugs.ts";
import type { ContentType } from "./types.ts";

interface Slug {
  readonly type: ContentType;
  readonly slug: string;
  /** Code of a language; undefined for all. */
  readonly lang: string | undefined;
  /** The whole rows, or just what tells whose the slug is. */
  readonly rows: "whole" | "brief";
}

/** The password shows that we were not answered as a visitor. */
const BRIEF = "id,slug,status,parent,password";

/** Entries that hold a slug, in any state. */
export const holdersOf = joinedFor(
  (site: Site): Joining<Slug, Found> => ({
    group: ({ type, lang = "", rows }) => `${type.kind} ${rows} ${lang}`,
    most: () => PAGE,
    weight: { of: ({ slug }) => bytesOf(slug), most: () => LONGEST },
    send: (asked) => holdersOfEach(site, asked),
  }),
);

async function holdersOfEach(site: Site, asked: readonly Slug[]) {
  const { rows, total, serverTime } = await ask(site, asked);
  if (asked.length === 1) return Promise.allSettled([Promise.resolve({ rows, total, serverTime })]);
  const known = new Set(asked.map(({ slug }) => slug));
  // A page that is not all, and a slug that the database takes for one of ours, leave open whose is whose.
  const all = rows.length < PAGE || rows.length === total;
  const clear = all && rows.every((row) => known.has(readableSlug(row.slug)));
  return Promise.allSettled(
    asked.map(async (one): Promise<Found> => {
      const own = rows.filter((row) => readableSlug(row.slug) === one.slug);
      // Any slug without an entry that we see may be that of one that we do not.
      if (clear && (own.length > 0 || total === rows.length))
        return { rows: own, total: own.length, serverTime };
      return ask(site, [one]);
    }),
  );
}

async function ask(site: Site, asked: readonly Slug[]): Promise<Found> {
  const [first] = asked;
  if (first === undefined) throw new Fault("defect", "nobody's slug was asked for");
  const { type, lang, rows } = first;
  const slugs = [...new Set(asked.map((one) => one.slug))];
  const _fields = rows === "brief" ? BRIEF : await entryFields(site, type);
  return bySlugs(site, type, slugs, { lang, status: STATUSES_AND_TRASH, _fields });
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
  const _fields = await entryFields(site, type);
  const rows = new Map<number, Row>();
  for (let offset = 0; ; offset += PAGE) {
    const more = offset === 0 ? {} : { offset };
    const { value } = await site.get(type.path, { ...query, _fields, ...more }, decodeRows);
    for (const row of value) rows.set(row.id, row);
    if (value.length < PAGE) return [...rows.values()];
  }
}
