// What is about to be overwritten is looked at right before; what comes next, in the same request.

import type { EntryRef } from "../contract.ts";
import { joinedFor } from "../joined.ts";
import { knowsHistory, withHistory } from "./histories.ts";
import { PAGE } from "./list.ts";
import { type Asked, isId, listedRows, singleRow } from "./read.ts";
import type { Fields, Row } from "./rows.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

/** What was looked at longer ago is looked at again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 2000;

/** The same where nothing would show afterwards that somebody did; about the time that one batch takes. */
const UNWATCHED_MS = 500;

interface Seen {
  /** When the look began, in ms since 1970. */
  readonly at: number;
  readonly row: Promise<Row | undefined>;
}

interface Looks {
  /** Ids of writes whose turn is still to come, in their order, by kind and fields. */
  readonly coming: Map<string, Set<string>>;
  readonly seen: Map<string, Seen>;
  /** Kinds of which the site keeps older texts. */
  readonly watched: Set<string>;
}

const known = new WeakMap<Site, Looks>();

function looksOf(site: Site): Looks {
  const looks = known.get(site) ?? { coming: new Map(), seen: new Map(), watched: new Set() };
  known.set(site, looks);
  return looks;
}

const groupOf = (kind: string, fields: Fields) => `${kind} ${fields}`;

/** From now on the looks of others take these along. Some of them may never come. */
export function expectLooks(site: Site, refs: readonly EntryRef[], fields: Fields): void {
  const { coming } = looksOf(site);
  for (const { kind, id } of refs) {
    const group = groupOf(kind, fields);
    coming.set(group, (coming.get(group) ?? new Set()).add(id));
  }
}

/** The row as it is, or was a moment ago; undefined with WordPress's own word that there is no such entry. */
export async function lookAt(
  site: Site,
  type: ContentType,
  id: string,
  fields: Fields,
): Promise<Row | undefined> {
  if (!isId(id)) return undefined;
  const { coming, seen, watched } = looksOf(site);
  const group = groupOf(type.kind, fields);
  coming.get(group)?.delete(id);
  const before = seen.get(`${group} ${id}`);
  seen.delete(`${group} ${id}`);
  // While the last of those that were looked at are written.
  if (before !== undefined && watched.has(type.kind)) lookAhead(site, type, fields);
  const age = () => site.context.clock.now() - (before?.at ?? Number.NEGATIVE_INFINITY);
  if (before === undefined || age() > FRESH_MS) return looked(site, { type, id, fields });
  const row = await before.row.catch(() => undefined);
  const most = watched.has(type.kind) ? FRESH_MS : UNWATCHED_MS;
  return row !== undefined && age() <= most ? row : looked(site, { type, id, fields });
}

/** The site keeps older texts of such entries: what is saved between a look and its write shows afterwards. */
export function watch(site: Site, kind: string): void {
  looksOf(site).watched.add(kind);
}

const looked = joinedFor((site: Site) => ({
  group: ({ type, fields }: Asked) => groupOf(type.kind, fields),
  most: () => PAGE,
  send: (asked: readonly Asked[]) => withNext(site, asked),
}));

/** Looks at these and at as many of those to come as the answer has room for. One result for each of these. */
async function withNext(
  site: Site,
  asked: readonly Asked[],
): Promise<readonly PromiseSettledResult<Row | undefined>[]> {
  const [first] = asked;
  if (first === undefined) return [];
  const all = await lookAlong(site, first.type, first.fields, asked);
  return Promise.allSettled(asked.map(async (one) => all.get(one.id) ?? singleRow(site, one)));
}

/** Nothing that was looked at is left: the next ones, all in one request, so that no batch waits for them. */
function lookAhead(site: Site, type: ContentType, fields: Fields): void {
  const { coming, seen } = looksOf(site);
  const group = groupOf(type.kind, fields);
  const isLeft = [...seen.keys()].some((key) => key.startsWith(`${group} `));
  if (isLeft || (coming.get(group)?.size ?? 0) === 0) return;
  lookAlong(site, type, fields, []).catch(() => {});
}

/** Rows of these, by id, and of as many of those to come as there is room for, which are kept for their turn. */
function lookAlong(
  site: Site,
  type: ContentType,
  fields: Fields,
  asked: readonly Asked[],
): Promise<ReadonlyMap<string, Row>> {
  const { coming, seen } = looksOf(site);
  const group = groupOf(type.kind, fields);
  const left = coming.get(group) ?? new Set();
  const along = [...left].slice(0, Math.max(0, PAGE - asked.length));
  const at = site.context.clock.now();
  const rows = rowsNow(site, [...asked, ...along.map((id) => ({ type, id, fields }))]);
  for (const id of along) {
    left.delete(id);
    const row = rows.then((all) => all.get(id));
    row.catch(() => {});
    seen.set(`${group} ${id}`, { at, row });
  }
  return rows;
}

async function rowsNow(site: Site, all: readonly Asked[]): Promise<ReadonlyMap<string, Row>> {
  const history = !all.every(({ id }) => knowsHistory(site, id));
  const rows = await listedRows(site, all, { history });
  return new Map([...rows].map(([id, row]) => [id, withHistory(site, row)]));
}
