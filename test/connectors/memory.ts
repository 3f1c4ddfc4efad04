// An honest connector without any site behind it, and the faults that the suite must find in a dishonest one.
import type {
  Account,
  Connector,
  Draft,
  Entry,
  Kind,
  Listing,
  MediaStore,
  RemoteMedia,
  Revision,
  Term,
  TermStore,
} from "../../src/connectors/contract.ts";
import type { State } from "../../src/content/document.ts";
import { Fault } from "../../src/lib/fault.ts";
import { shortHash } from "../../src/lib/hash.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { type ContractTarget, gatherRefs, type RunningTarget, type Sent } from "./contract.ts";
import { codecOf, FIELDS } from "./memory-codec.ts";

/** One way to be wrong each. */
export interface Faults {
  readonly listsGhost?: boolean;
  readonly anonymousSite?: boolean;
  readonly kindMissing?: boolean;
  readonly unknownIdThrows?: boolean;
  readonly listingDoubled?: boolean;
  readonly listingStale?: boolean;
  readonly recallsOther?: boolean;
  readonly readWrites?: boolean;
  readonly createAnswersDraft?: boolean;
  readonly createNotFound?: boolean;
  readonly lostAnswerMadeTwo?: boolean;
  readonly takenSlugRenamed?: boolean;
  readonly revisionByRead?: boolean;
  readonly staleCheckDropped?: boolean;
  readonly updateReplacesAll?: boolean;
  readonly unknownPartsDropped?: boolean;
  readonly stateDropsExcerpt?: boolean;
  readonly schedulesAtOnce?: boolean;
  readonly secondRemoveThrows?: boolean;
  readonly staleRemoveRemoves?: boolean;
  readonly parallelWritesLost?: boolean;
  readonly staleCheckRaces?: boolean;
  readonly secretInFault?: boolean;
  readonly serverTrimsBody?: boolean;
  readonly decodeDropsExcerpt?: boolean;
  readonly lossUntold?: boolean;
  readonly sameIgnoresCase?: boolean;
  readonly decodeShouts?: boolean;
  readonly patchIgnored?: boolean;
  readonly patchRewrites?: boolean;
  readonly encodeRewrites?: boolean;
  readonly foreignStripped?: boolean;
  readonly encodeFillsIn?: boolean;
  readonly termTwice?: boolean;
  readonly termParentIgnored?: boolean;
  readonly uploadTwice?: boolean;
  readonly termGetAll?: boolean;
  readonly uploadByName?: boolean;
  readonly restoreDropsExcerpt?: boolean;
  readonly restoreOverwrites?: boolean;
  readonly restoreMakesNew?: boolean;
  readonly restoreTakesSlug?: boolean;
  readonly revisionsOldestFirst?: boolean;
  readonly languagesShareSlugs?: boolean;
}

const SECRET = "s3cret-of-the-site";
const DEFAULTS: JsonObject = { title: "", slug: "", status: "draft", date: null, excerpt: "", body: "" };

const KIND: Kind = {
  name: "note",
  title: "Note",
  fields: FIELDS.map((name) => ({ name, type: name === "tags" || name === "categories" ? "terms" : "text" })),
  taxonomies: {
    tags: { id: "tags", hierarchical: false },
    categories: { id: "categories", hierarchical: true },
  },
  body: true,
};

interface Row {
  readonly id: string;
  readonly draft: Draft;
  version: number;
  wire: JsonObject;
  trashed: boolean;
  readonly revisions: Revision[];
}

interface Memory {
  readonly faults: Faults;
  readonly rows: Row[];
  readonly terms: Term[];
  readonly media: RemoteMedia[];
  readonly sent: Sent[];
  loseNext: boolean;
}

export function memoryTarget(faults: Faults): ContractTarget {
  return {
    name: "memory",
    unknownId: "n-999999",
    samples: [
      {
        kind: "note",
        locale: "",
        fields: {
          title: "Sample",
          status: "published",
          excerpt: "Short",
          tags: ["a", "b"],
          categories: ["x/y"],
        },
        body: "Some *text*.",
      },
    ],
    start: async () => running({ faults, rows: [], terms: [], media: [], sent: [], loseNext: false }),
  };
}

function running(memory: Memory): RunningTarget {
  const connector = connectorOf(memory);
  const codec = codecOf(memory.faults);
  return {
    connector,
    codec,
    refsFor: (document) => gatherRefs({ connector, codec }, document),
    editElsewhere: async (id) => {
      const row = memory.rows.find((candidate) => candidate.id === id);
      if (row === undefined) throw new Error(`no entry ${id}`);
      row.wire = { ...row.wire, title: `${String(row.wire.title)} (edited)` };
      row.version++;
      keep(row);
    },
    sent: () => [...memory.sent],
    secrets: [SECRET],
    loseNextAnswer: () => {
      memory.loseNext = true;
    },
    stop: async () => {},
  };
}

function request(memory: Memory, method: string, url: string): void {
  memory.sent.push({ method, url: `memory:/${url}`, write: method !== "GET" });
}

function entryOf(memory: Memory, row: Row): Entry {
  if (memory.faults.revisionByRead) row.version++;
  const { kind, locale, scope } = row.draft;
  return {
    id: row.id,
    kind,
    locale,
    group: row.draft.translationOf ?? row.id,
    scope,
    slug: String(row.wire.slug),
    url: `memory://site/${String(row.wire.slug)}`,
    title: String(row.wire.title),
    revision: shortHash([row.version, row.wire]),
    modified: undefined,
    state: row.wire.status as State,
    pendingChanges: false,
    wire: row.wire,
  };
}

function connectorOf(memory: Memory): Connector {
  const { faults, rows } = memory;
  const alive = () => rows.filter((row) => !row.trashed);
  const byKey = (draft: Draft) => alive().find((row) => row.draft.key === draft.key);
  return {
    traits: {
      staleWrites: "server",
      removal: "trash",
      writeConcurrency: 4,
      schedules: true,
      raceWindowMs: 0,
      readBatch: 10,
    },
    whoami: async () => accountOf(faults),
    model: async () => ({
      kinds: faults.kindMissing ? [{ ...KIND, fields: KIND.fields.slice(0, 3) }] : [KIND],
      languages: { locales: undefined, fallback: "" },
    }),
    list: (kinds) => list(memory, kinds),
    read: async (refs) => {
      request(memory, faults.readWrites ? "POST" : "GET", "entries");
      return refs.map(({ id }) => {
        const row = rows.find((candidate) => candidate.id === id);
        if (row === undefined && faults.unknownIdThrows) throw new Fault("not-found", `no entry ${id}`);
        if (row === undefined) return { id, entry: undefined, gone: "missing" as const };
        return row.trashed
          ? { id, entry: undefined, gone: "trashed" as const }
          : { id, entry: entryOf(memory, row) };
      });
    },
    prepare: async (draft) => {
      request(memory, "GET", `entries?slug=${draft.slug}`);
      const holder = alive().find(
        (row) =>
          row.wire.slug === draft.slug &&
          row.draft.key !== draft.key &&
          (row.draft.locale === draft.locale || faults.languagesShareSlugs),
      );
      if (holder === undefined || faults.takenSlugRenamed) return { key: draft.key };
      throw new Fault("conflict", `slug taken${faults.secretInFault ? ` (${SECRET})` : ""}`, {
        code: "slug-taken",
      });
    },
    create: async (draft) => create(memory, draft),
    find: async (draft) => {
      request(memory, "GET", `entries?key=${draft.key}`);
      const row = faults.createNotFound ? undefined : byKey(draft);
      return row && entryOf(memory, row);
    },
    update: (id, draft, expected) => update(memory, id, draft, expected.revision),
    remove: async (id, _kind, expected) => {
      request(memory, "DELETE", `entries/${id}`);
      const row = alive().find((candidate) => candidate.id === id);
      if (row === undefined && faults.secondRemoveThrows) throw new Fault("not-found", `no entry ${id}`);
      if (row === undefined) return;
      const stale = entryOf(memory, row).revision !== expected.revision;
      if (stale && !faults.staleRemoveRemoves) throw new Fault("conflict", "moved");
      row.trashed = true;
    },
    restore: async (id, draft) => restore(memory, id, draft),
    recall: async (row, wire) => ({ ...row, wire: faults.recallsOther ? { ...wire, title: "" } : wire }),
    revisions: async ({ id }) => {
      request(memory, "GET", `entries/${id}/revisions`);
      const kept = rows.find((row) => row.id === id)?.revisions ?? [];
      return faults.revisionsOldestFirst ? kept : kept.toReversed();
    },
    terms: termsOf(memory),
    media: mediaOf(memory),
  };
}

function accountOf(faults: Faults): Account {
  return {
    id: "1",
    name: "tester",
    roles: [],
    site: faults.anonymousSite ? "" : "memory:site",
    siteTitle: "Memory",
    siteUrl: "memory://site",
    timezone: "UTC",
    software: "memory",
    may: ["read", "write", "publish", "remove", "upload", "terms", "html"],
    notices: [],
  };
}

async function* list(memory: Memory, kinds: readonly string[]): AsyncGenerator<readonly Listing[]> {
  request(memory, "GET", "entries");
  const { faults, rows } = memory;
  const all: Listing[] = rows.flatMap((row) =>
    row.trashed || !kinds.includes(row.draft.kind) ? [] : [entryOf(memory, row)],
  );
  const [first] = all;
  if (faults.listsGhost && first === undefined) {
    yield [{ ...entryOf(memory, newRow("n-0", ghost)), id: "n-0" }];
  }
  if (faults.listingDoubled && first !== undefined) yield [first];
  for (let start = 0; start < all.length; start += 3) {
    const page = all.slice(start, start + 3);
    yield faults.listingStale ? page.map((row) => ({ ...row, revision: "old" })) : page;
  }
}

const ghost: Draft = { key: "ghost", kind: "note", locale: "", scope: "", slug: "ghost", wire: {} };

function newRow(id: string, draft: Draft): Row {
  const wire = { tags: [], categories: [], ...DEFAULTS, slug: draft.slug, ...draft.wire };
  return { id, draft, version: 1, wire, trashed: false, revisions: [] };
}

function create(memory: Memory, draft: Draft): Entry {
  const { faults, rows, loseNext } = memory;
  request(memory, "POST", "entries");
  const row = newRow(`n-${rows.length + 1}`, draft);
  if (faults.serverTrimsBody) row.wire = { ...row.wire, body: String(row.wire.body).slice(0, 1000) };
  if (faults.schedulesAtOnce && row.wire.status === "scheduled")
    row.wire = { ...row.wire, status: "published" };
  if (!faults.parallelWritesLost || !draft.slug.startsWith("parallel") || rows.length === 0) rows.push(row);
  memory.loseNext = false;
  if (loseNext) {
    if (faults.lostAnswerMadeTwo) rows.push({ ...row, id: `n-${rows.length + 1}` });
    throw new Fault("ambiguous", "the answer was lost");
  }
  const entry = entryOf(memory, row);
  return faults.createAnswersDraft ? { ...entry, wire: draft.wire } : entry;
}

async function update(memory: Memory, id: string, draft: Draft, expected: string): Promise<Entry> {
  const { faults, rows } = memory;
  request(memory, "PUT", `entries/${id}`);
  const row = rows.find((candidate) => candidate.id === id && !candidate.trashed);
  if (row === undefined) throw new Fault("conflict", `no entry ${id}`);
  const stale = entryOf(memory, row).revision !== expected;
  if (faults.staleCheckRaces) await Promise.resolve();
  if (stale && !faults.staleCheckDropped) throw new Fault("conflict", "moved");
  const foreign = Object.keys(draft.wire).filter((part) => !Object.hasOwn(row.wire, part));
  if (foreign.length > 0 && !faults.unknownPartsDropped) throw new Fault("invalid", `no part ${foreign[0]}`);
  const wire = Object.fromEntries(Object.entries(draft.wire).filter(([part]) => !foreign.includes(part)));
  row.wire = { ...row.wire, ...(faults.updateReplacesAll ? { excerpt: "", body: "" } : {}), ...wire };
  if (faults.stateDropsExcerpt && wire.status !== undefined) row.wire = { ...row.wire, excerpt: "" };
  if (faults.foreignStripped) {
    row.wire = { ...row.wire, body: String(row.wire.body).replace(/<\/?section[^>]*>/g, "") };
  }
  row.version++;
  keep(row);
  return entryOf(memory, row);
}

/** One second after another, as on a site where nothing happens twice in one. */
function keep(row: Row): void {
  const at = 1_700_000_000_000 + 1000 * row.version;
  row.revisions.push({ id: `${row.id}.${row.version}`, at, author: "tester", wire: row.wire });
}

function restore(memory: Memory, id: string, draft: Draft): Entry {
  const { faults, rows } = memory;
  let row = rows.find((candidate) => candidate.id === id);
  if (row === undefined && faults.restoreMakesNew) {
    row = newRow(id, draft);
    rows.push(row);
  }
  if (row === undefined) throw new Fault("not-found", `no entry ${id}`);
  if (!row.trashed && !faults.restoreOverwrites) {
    throw new Fault("conflict", `entry ${id} is not in the trash`, { code: "not-trashed" });
  }
  const slug = draft.wire.slug ?? row.wire.slug;
  const taken = rows.some((other) => other !== row && !other.trashed && other.wire.slug === slug);
  if (taken && !faults.restoreTakesSlug)
    throw new Fault("conflict", "the slug is taken", { code: "slug-taken" });
  request(memory, "POST", `entries/${id}/restore`);
  row.trashed = false;
  row.wire = { ...row.wire, ...draft.wire, ...(faults.restoreDropsExcerpt ? { excerpt: "" } : {}) };
  row.version++;
  return entryOf(memory, row);
}

function termsOf(memory: Memory): TermStore {
  const { faults, terms } = memory;
  return {
    list: async (taxonomy) => {
      request(memory, "GET", taxonomy);
      return terms.filter((term) => term.taxonomy === taxonomy);
    },
    get: async (taxonomy, ids) => {
      request(memory, "GET", taxonomy);
      const own = terms.filter((term) => term.taxonomy === taxonomy);
      return faults.termGetAll ? own : own.filter((term) => ids.includes(term.id));
    },
    create: async (taxonomy, name, parent) => {
      const above = faults.termParentIgnored ? [] : (parent?.path ?? []);
      const path = [...above, name];
      const same = terms.find(
        (term) => term.taxonomy === taxonomy && term.path.join("\0") === path.join("\0"),
      );
      if (same !== undefined && !faults.termTwice) return same;
      request(memory, "POST", taxonomy);
      const term = { id: `t-${terms.length + 1}`, taxonomy, name, slug: name, path };
      terms.push(term);
      return term;
    },
  };
}

function mediaOf(memory: Memory): MediaStore {
  const { faults, media } = memory;
  return {
    findByDigest: async (digests) => {
      request(memory, "GET", "media");
      return media.filter((item) => digests.includes(item.digest));
    },
    get: async (ids) => media.filter((item) => ids.includes(item.id)),
    upload: async (file) => {
      const name = file.path;
      const same = media.find((item) =>
        faults.uploadByName ? item.url.endsWith(name) : item.digest === file.digest,
      );
      if (same !== undefined && !faults.uploadTwice) return same;
      request(memory, "POST", "media");
      const [id, url] = [`m-${media.length + 1}`, `memory://site/${media.length + 1}/${name}`];
      const item = { id, digest: file.digest, url, type: file.type, alt: file.alt ?? "", variants: [] };
      media.push(item);
      return item;
    },
  };
}
