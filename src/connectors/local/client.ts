import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { Fault } from "../../lib/fault.ts";
import type {
  Account,
  Connector,
  ConnectorContext,
  Draft,
  Entry,
  Listing,
  ReadResult,
  Traits,
} from "../contract.ts";
import { atExpected, fromTrash, withParts } from "./checks.ts";
import { KINDS } from "./kinds.ts";
import { groupFor, languagesOf, refuseUnknownLocale } from "./languages.ts";
import { createMediaStore } from "./media.ts";
import { type EntryRecord, revisionOf, stateAt, wireOf } from "./record.ts";
import { pagePath } from "./render.ts";
import { scopeOf } from "./shelf.ts";
import { idOf, openStorage, type Storage } from "./storage.ts";
import { createTermStore } from "./terms.ts";
import { createWriter } from "./writer.ts";

const TRAITS: Traits = {
  staleWrites: "server",
  removal: "trash",
  writeConcurrency: 8,
  schedules: true,
  raceWindowMs: 0,
  readBatch: 100,
};

const PAGE = 100;

/** Opens the site in the directory `context.url`; makes it where the directory is empty or absent. */
export function open(context: ConnectorContext): Connector {
  if (!isAbsolute(context.url)) {
    throw new Fault("usage", `a local site needs an absolute directory, not "${context.url}"`);
  }
  const storage = openStorage(context.url, {
    title: context.settings.title ?? "My site",
    timezone: context.settings.timezone ?? "UTC",
  });
  const { clock } = context;
  const now = () => clock.now();
  const languages = languagesOf(context.settings);
  const made = (draft: Draft, id: string) => {
    refuseUnknownLocale(languages, draft.locale);
    return newRecord(draft, id, groupFor(storage, shelf.heads(), draft));
  };
  const { shelf, checked, locked, write, store } = createWriter(storage, clock);
  const answer = (record: EntryRecord): Entry => entryOf(storage, record, now());

  return {
    traits: TRAITS,
    whoami: async () => {
      if (storage.pagesBehind()) await write(() => undefined);
      return accountOf(storage);
    },
    model: async () => ({ kinds: KINDS, languages }),
    list: (kinds) => list(storage, kinds, now),
    read: async (refs) => refs.map(({ id }) => readOne(storage, id, now())),
    prepare: async (draft) => {
      shelf.refresh(now());
      const present = byKey(storage, draft.key);
      if (present.entry !== undefined) throw keyTaken(present.entry);
      checked(made(draft, present.freeId));
      return { key: draft.key };
    },
    create: (draft) =>
      write(() => {
        const present = byKey(storage, draft.key);
        if (present.entry !== undefined) return answer(present.entry);
        return answer(store(checked(made(draft, present.freeId))));
      }),
    // Under the lock: a create of another process that is under way has then landed.
    find: (draft) =>
      locked(() => {
        const { entry } = byKey(storage, draft.key);
        return entry && answer(entry);
      }),
    update: (id, draft, expected) =>
      write(() => {
        const before = atExpected(storage, id, expected, now());
        const fields = withParts(before.fields, before.kind, draft.wire);
        return answer(store(checked({ ...before, version: before.version + 1, fields })));
      }),
    remove: (id, _kind, expected) =>
      write(() => {
        if (storage.entry(id) === undefined) return;
        atExpected(storage, id, expected, now());
        storage.trash(id);
        shelf.drop(id);
      }),
    restore: (id, draft) =>
      write(() => {
        const before = fromTrash(storage, id);
        const fields = withParts(before.fields, before.kind, draft.wire);
        const record = checked({ ...before, version: before.version + 1, fields });
        storage.untrash(record);
        shelf.put(record, now());
        return answer(record);
      }),
    terms: createTermStore(storage, locked),
    media: createMediaStore(storage, locked),
    editUrl: (id) => pathToFileURL(storage.entryPath(id)).href,
  };
}

function accountOf(storage: Storage): Account {
  const site = storage.site();
  return {
    id: "owner",
    name: "owner",
    roles: ["owner"],
    site: site.id,
    siteTitle: site.title,
    siteUrl: storage.publicUrl,
    timezone: site.timezone,
    software: "local directory, format 1",
    may: ["read", "write", "publish", "remove", "upload", "terms", "html"],
    notices: [],
  };
}

function entryOf(storage: Storage, record: EntryRecord, now: number): Entry {
  const scope = scopeOf(record, (id) => storage.entry(id) ?? storage.trashed(id));
  const state = stateAt(record, now);
  const path = pagePath(record, scope).split("/").map(encodeURIComponent).join("/");
  return {
    id: record.id,
    locale: record.locale,
    ...(record.locale === "" ? {} : { group: record.group ?? record.id }),
    kind: record.kind,
    scope,
    slug: record.fields.slug,
    url: `${storage.publicUrl}/${path}`,
    title: record.fields.title,
    revision: revisionOf(record, now),
    modified: storage.modified(record.id),
    state,
    pendingChanges: false,
    wire: { ...wireOf(record), status: state },
  };
}

async function* list(
  storage: Storage,
  kinds: readonly string[],
  now: () => number,
): AsyncGenerator<readonly Listing[]> {
  const wanted = new Set(kinds);
  let page: Listing[] = [];
  // The directory is read once, at the start: an entry is never seen twice.
  for (const id of storage.ids()) {
    const record = storage.entry(id);
    if (record === undefined || !wanted.has(record.kind)) continue;
    const { wire: _, ...row } = entryOf(storage, record, now());
    page.push(row);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function readOne(storage: Storage, id: string, now: number): ReadResult {
  // Looked for twice, since it may be moved back from the trash in between.
  const record = storage.entry(id);
  if (record !== undefined) return { id, entry: entryOf(storage, record, now) };
  if (storage.trashed(id) !== undefined) return { id, entry: undefined, gone: "trashed" };
  const back = storage.entry(id);
  if (back !== undefined) return { id, entry: entryOf(storage, back, now) };
  return { id, entry: undefined, gone: "missing" };
}

/** The entry that a create with this key made, or the id that it would take. One in the trash is not found. */
function byKey(
  storage: Storage,
  key: string,
): { readonly entry: EntryRecord | undefined; readonly freeId: string } {
  for (let n = 0; ; n++) {
    const id = idOf(key, n);
    const entry = storage.entry(id);
    if (entry?.key === key) return { entry, freeId: id };
    if (entry === undefined && storage.trashed(id) === undefined) return { entry: undefined, freeId: id };
  }
}

/** An entry that was made from this document and that nothing here knows of any more, its slug changed since. */
function keyTaken({ id, fields }: EntryRecord): Fault {
  return new Fault("conflict", `the site has this document as entry ${id}, under the slug "${fields.slug}"`, {
    code: "key-taken",
    hint: `bind the file to it: ainstein-cms link <file> ${id}`,
  });
}

function newRecord(draft: Draft, id: string, group: string | undefined): EntryRecord {
  if (!KINDS.some((kind) => kind.name === draft.kind)) {
    throw new Fault("invalid", `a local site has no kind "${draft.kind}"`, {
      hint: `It has: ${KINDS.map((kind) => kind.name).join(", ")}`,
    });
  }
  const blank: EntryRecord["fields"] = {
    ...{ title: "", slug: draft.slug, status: "draft", date: null, excerpt: "", tags: [], categories: [] },
    ...{ author: "", image: null, sticky: false, template: "", parent: null, seo: {}, meta: {}, body: "" },
  };
  const fields = withParts(blank, draft.kind, draft.wire);
  const told = group === undefined ? {} : { group };
  return { id, kind: draft.kind, locale: draft.locale, ...told, key: draft.key, version: 1, fields };
}
