import type {
  Account,
  Author,
  Codec,
  Connector,
  Entry,
  EntryRef,
  Kind,
  Listing,
  Model,
  ReadResult,
  Refs,
} from "../connectors/contract.ts";
import type { Config } from "../content/config.ts";
import type { MediaFile } from "../content/document.ts";
import { namingOf } from "../content/fields-file.ts";
import type { Naming } from "../content/groups.ts";
import { noLinks } from "../content/links.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { once } from "../lib/once.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Base } from "../sync/model.ts";
import { type AddressBook, addressBook } from "./links.ts";
import type { Root } from "./root.ts";
import { type KnownMedia, type MediaStock, mediaStock } from "./stock.ts";
import { type KnownTerm, type TermStock, termStock } from "./term-stock.ts";
import { unreachableFields } from "./unreachable.ts";

/** A connection that is open, as the engine needs it. */
export interface OpenTarget {
  readonly name: string;
  readonly platform: string;
  readonly connector: Connector;
  readonly codec: Codec;
  readonly settings: Readonly<Record<string, string>>;
  readonly defaultKind: string;
  /** Bytes at an address of the site or of the public internet; absent where nothing can be downloaded. */
  readonly download?: (address: string, maxBytes: number) => Promise<Uint8Array>;
  /** Requests sent so far. */
  readonly requests: () => number;
}

/** What the site holds that documents name, fetched on first use and kept for the run. */
export interface Site {
  readonly target: OpenTarget;
  readonly account: Account;
  readonly model: Model;
  /** Throws `invalid` for a kind that the site does not have. */
  kind(name: string): Kind;
  /** Rows of the listing by `rowKey`. */
  readonly listing: ReadonlyMap<string, Listing>;
  addRow(row: Listing): void;
  readonly terms: TermStock;
  readonly media: MediaStock;
  /** Where the root's documents are on it. */
  readonly addresses: AddressBook;
  /** What its fields are called in front matter. */
  readonly naming: Naming;
  /** Types that the root's `fields:` gives fields, by the site's name for them. */
  readonly types: Refs["types"];
  /** Parts that documents of a kind share with it and that it does not offer now. */
  unreachable(kind: string): ReadonlySet<string>;
  loadAuthors(): Promise<void>;
  /** The plain value that codecs get. */
  refs(kind: string, files: readonly MediaFile[], own?: Partial<Pick<Refs, "links" | "types">>): Refs;
}

/** What a root knows of a target before it is asked. */
export interface KnownOfSite {
  readonly media: readonly KnownMedia[];
  readonly terms: readonly KnownTerm[];
  /** The lockfile's lines. */
  readonly lines: readonly Base[];
  /** The root's `fields:`. */
  readonly fields: Config["fields"];
}

/** Of what the root says, all that is about this target. */
export function knownOfSite(name: string, { lock, config }: Pick<Root, "lock" | "config">): KnownOfSite {
  const own = <L extends { readonly target: string }>(lines: readonly L[]) =>
    lines.filter((line) => line.target === name);
  const { media, terms, entries } = lock;
  return { media: own(media), terms: own(terms), lines: own(entries), fields: config.fields };
}

const NONE: ReadonlySet<string> = new Set();

function unknownKind(
  siteTitle: string,
  target: string,
  { kinds, closed = {}, defaultKind }: Model,
  name: string,
): Fault {
  const reason = Object.hasOwn(closed, name) ? closed[name] : undefined;
  if (reason !== undefined)
    return new Fault("invalid", reason.message, { code: reason.code, hint: reason.hint });
  const names = kinds.map((kind) => kind.name);
  const meant = nearestName(name, names) ?? defaultKind ?? names[0] ?? "post";
  return new Fault("invalid", `${siteTitle} has no kind "${name}"`, {
    code: "unknown-kind",
    hint: `it has: ${names.join(", ")}. Say one of them in the file or in ainstein.yaml, or translate it there: targets: { ${target}: { kinds: { ${name}: ${meant} } } }`,
  });
}

/** Proves who we are and reads the site's model. */
export async function openSite(opened: OpenTarget, known: KnownOfSite): Promise<Site> {
  const account = await opened.connector.whoami();
  const model = await opened.connector.model();
  const target = { ...opened, defaultKind: model.defaultKind ?? opened.defaultKind };
  const kinds = new Map(model.kinds.map((kind) => [kind.name, kind]));
  const naming = namingOf(target.codec.groups ?? [], model.kinds);
  const rootTypes = typesOf(known.fields, naming);
  const unreachable = unreachableFields(target, model, known.lines);
  const listing = new Map<string, Listing>();
  const terms = termStock(target.connector, known.terms);
  const media = mediaStock(target.connector, known.media);
  let authors: readonly Author[] | undefined;
  const loadAuthors = once(async () => {
    authors = (await target.connector.authors?.()) ?? [];
  });
  let parents: Refs["parents"][number][] | undefined;

  return {
    target,
    account,
    model,
    listing,
    terms,
    media,
    addresses: addressBook(account.siteUrl),
    naming,
    types: rootTypes,
    unreachable: (kind) => unreachable.get(kind) ?? NONE,
    kind: (name) => {
      const kind = kinds.get(name);
      if (kind !== undefined) return kind;
      throw unknownKind(account.siteTitle, target.name, model, name);
    },
    addRow: (row) => {
      const before = listing.get(rowKey(row));
      listing.set(rowKey(row), row);
      // Each create adds one: making them all anew each time would take longer than the creates.
      if (before === undefined) parents?.push(parentOf(row));
      else if (parentOf(before).path !== parentOf(row).path) parents = undefined;
    },
    loadAuthors,
    refs: (kind, files, { links = noLinks, types = rootTypes } = {}) => {
      parents ??= [...listing.values()].map(parentOf);
      return {
        timezone: account.timezone,
        siteUrl: account.siteUrl,
        terms: terms.all(),
        media: media.all(),
        files,
        links,
        types,
        may: account.may,
        authors: authors ?? [],
        parents,
        kind: kinds.get(kind) ?? { name: kind, title: kind, fields: [], taxonomies: {}, body: true },
        settings: target.settings,
      };
    },
  };
}

function typesOf(fields: Config["fields"], { aliases }: Naming): Refs["types"] {
  const typed = Object.values(fields).flatMap(({ to, type }) =>
    to === undefined || type === undefined ? [] : [[aliases[to] ?? to, type] as const],
  );
  return Object.fromEntries(typed);
}

function parentOf(row: Listing): Refs["parents"][number] {
  return { id: row.id, kind: row.kind, path: row.scope === "" ? row.slug : `${row.scope}/${row.slug}` };
}

export function rowKey(row: { readonly id: string; readonly kind: string; readonly locale: string }): string {
  return `${row.kind}\0${row.id}\0${row.locale}`;
}

/**
 * Reads entries in batches as large as the platform takes, by `rowKey` of what was asked for: on some platforms an entry
 * and its translations have one id. Those that are gone come back with the proof. An entry that the site refuses to show is
 * told to `onRefused` and left out; without one its fault is thrown.
 */
export async function readEntries(
  site: Site,
  rows: readonly EntryRef[],
  onBatch: (done: number) => void = () => {},
  onRefused?: (ref: EntryRef, fault: Fault) => void,
): Promise<Map<string, Entry | "missing" | "trashed">> {
  const found = new Map<string, Entry | "missing" | "trashed">();
  const size = Math.max(1, site.target.connector.traits.readBatch);
  for (let start = 0; start < rows.length; start += size) {
    const batch = rows.slice(start, start + size);
    for (const result of await readBatch(site, batch, onRefused)) {
      for (const ref of askedFor(batch, result)) found.set(rowKey(ref), result.entry ?? result.gone);
    }
    onBatch(Math.min(start + size, rows.length));
  }
  return found;
}

/** The refs of a batch that a result is about: where several have its id, the one in its language. */
function askedFor(batch: readonly EntryRef[], { id, entry }: ReadResult): readonly EntryRef[] {
  const named = batch.filter((ref) => ref.id === id);
  const own = named.filter(({ locale }) => locale === entry?.locale);
  return own.length > 0 ? own : named;
}

/** One entry that may not be read does not keep the others of its batch from being read. */
async function readBatch(
  site: Site,
  batch: readonly EntryRef[],
  onRefused: ((ref: EntryRef, fault: Fault) => void) | undefined,
): Promise<readonly ReadResult[]> {
  try {
    return await site.target.connector.read(batch);
  } catch (thrown) {
    if (onRefused === undefined || !isFault(thrown) || thrown.scope !== "item") throw thrown;
    const [only, ...others] = batch;
    if (only !== undefined && others.length === 0) {
      onRefused(only, thrown);
      return [];
    }
    const results: ReadResult[] = [];
    for (const ref of batch) results.push(...(await readBatch(site, [ref], onRefused)));
    return results;
  }
}
