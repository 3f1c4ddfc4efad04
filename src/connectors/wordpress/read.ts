// Whole entries by id.
import { type Fault, isFault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Entry, EntryRef, Listing, ReadResult } from "../contract.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { bodyOwner } from "./builders.ts";
import { keepHistories } from "./histories.ts";
import { PAGE } from "./list.ts";
import {
  type Besides,
  decodeRow,
  decodeRows,
  entryOf,
  type Fields,
  fieldsOf,
  type Row,
  STATUSES_AND_TRASH,
} from "./rows.ts";
import { scopesOf } from "./scopes.ts";
import { type Site, timezoneOf } from "./site.ts";
import { alike, keepAlike } from "./twins.ts";
import type { ContentType } from "./types.ts";

export async function read(site: Site, refs: readonly EntryRef[]): Promise<readonly ReadResult[]> {
  const results: ReadResult[] = [];
  for (const kind of new Set(refs.map((ref) => ref.kind))) {
    const type = await site.type(kind);
    const ids = [...new Set(refs.filter((ref) => ref.kind === kind).map((ref) => ref.id))];
    const known = await rowsOfMade(site, type, ids);
    const rows = await Promise.all(ids.map((id) => known.get(id) ?? readRow(site, type, id)));
    const live = rows.filter((row): row is Row => row !== undefined && row.status !== "trash");
    const entries = new Map((await entriesOf(site, type, live)).map((entry) => [entry.id, entry]));
    const ownSlug = ({ id, slug }: Entry) => site.made.get(Number(id))?.slug === slug;
    keepAlike(
      [...entries.values()].filter((entry) => known.has(entry.id) && ownSlug(entry)),
      [...known.values()],
    );
    for (const [index, id] of ids.entries()) {
      const entry = entries.get(id);
      const gone = rows[index] === undefined ? "missing" : "trashed";
      results.push(entry === undefined ? { id, entry, gone } : { id, entry });
    }
  }
  return results;
}

/**
 * What this connection made is asked for by its slugs: the same answer tells whether it is there twice. By id; those that
 * have other slugs by now are not among them.
 */
async function rowsOfMade(
  site: Site,
  type: ContentType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  const slugs = ids.flatMap((id) => site.made.get(Number(id))?.slug ?? []);
  if (slugs.length === 0) return new Map();
  const rows = await alike(site, type, slugs, await entryFields(site, type));
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** One row, in the trash too; undefined with WordPress's own word that there is no such entry. */
export async function readRow(site: Site, type: ContentType, id: string): Promise<Row | undefined> {
  return isId(id) ? rowOf(site, { type, id, fields: "whole" }) : undefined;
}

export interface Asked {
  readonly type: ContentType;
  readonly id: string;
  readonly fields: Fields;
}

const rowOf = joinedFor(
  (site: Site): Joining<Asked, Row | undefined> => ({
    group: ({ type }) => type.kind,
    most: () => PAGE,
    send: (asked) => rowsOf(site, asked),
  }),
);

/** Those of one tick at one time. */
async function rowsOf(site: Site, asked: readonly Asked[]) {
  const rows = await listedRows(site, asked);
  return Promise.allSettled(asked.map(async (one) => rows.get(one.id) ?? singleRow(site, one)));
}

/**
 * Rows of one type with the same fields, by id, up to a page. What is not among them is to be asked for singly: absence
 * from a listing proves nothing.
 */
export async function listedRows(
  site: Site,
  asked: readonly Asked[],
  besides: Pick<Besides, "history"> = {},
): Promise<ReadonlyMap<string, Row>> {
  const [first] = asked;
  if (first === undefined || asked.length === 1) return new Map();
  const include = [...new Set(asked.map(({ id }) => id))].join(",");
  const query = { context: "edit", status: STATUSES_AND_TRASH, per_page: PAGE, include };
  const _fields = await entryFields(site, first.type, first.fields, besides);
  const { value } = await site.get(first.type.path, { ...query, _fields }, decodeRows);
  return new Map(value.map((row) => [String(row.id), row]));
}

export async function singleRow(site: Site, { type, id, fields }: Asked): Promise<Row | undefined> {
  const query = { context: "edit", _fields: await entryFields(site, type, fields) };
  try {
    return (await site.get(`${type.path}/${id}`, query, decodeRow)).value;
  } catch (thrown) {
    if (saysNoSuchEntry(thrown)) return undefined;
    throw thrown;
  }
}

export async function entriesOf(
  site: Site,
  type: ContentType,
  rows: readonly Row[],
): Promise<readonly Entry[]> {
  keepHistories(site, rows);
  const scopes = await scopesOf(site, type, rows);
  const zone = timezoneOf(await site.root());
  const languages = await site.languages();
  const [now, ahead] = [site.context.clock.now(), site.ahead()];
  return rows.map((row) =>
    entryOf(row, type, { scope: scopes.get(row.id) ?? "", zone, now, ahead, languages }),
  );
}

/** What a listing leaves open is whose the body is. Undefined where the body does not tell that. */
export async function recall(site: Site, row: Listing, wire: JsonObject): Promise<Entry | undefined> {
  if (await hidesOwner(site)) return undefined;
  const content = typeof wire.body === "string" ? wire.body : undefined;
  const signs = { id: Number(row.id), template: undefined, meta: {}, content, rendered: undefined };
  const owner = row.bodyOwner ?? bodyOwner(signs);
  return { ...row, ...(owner === undefined ? {} : { bodyOwner: owner }), wire };
}

/** Elementor leaves no trace in the stored body, so its sites are asked for the page that visitors get as well. */
async function hidesOwner(site: Site): Promise<boolean> {
  return (await site.root()).namespaces.some((name) => name.startsWith("elementor"));
}

export async function entryFields(
  site: Site,
  type: ContentType,
  fields: Fields = "whole",
  besides: Pick<Besides, "history"> = {},
): Promise<string> {
  return fieldsOf(type, fields, { ...besides, rendered: await hidesOwner(site) });
}

/** A 404 of somebody else (a firewall, a missing route) is no proof. */
export function saysNoSuchEntry(thrown: unknown): thrown is Fault {
  return isFault(thrown, "not-found") && thrown.code === "wordpress.no-such-entry";
}

/** Ids that could be WordPress's: anything else is missing without asking. */
export function isId(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}
