// A site at Wix behind the connector contract.
import { Fault } from "../../lib/fault.ts";
import type { Account, Connector, ConnectorContext, Model } from "../contract.ts";
import { authors } from "./authors.ts";
import { BATCH } from "./bulk.ts";
import { type Collection, collections } from "./collections.ts";
import { find, prepare, twins } from "./find.ts";
import { keepListing } from "./index-of-slugs.ts";
import { createItem, findItem, listItems, prepareItem, readItem, removeItem, updateItem } from "./items.ts";
import { POST, POSTS } from "./kinds.ts";
import { listPosts, proveBlog } from "./list.ts";
import { mediaStore } from "./media.ts";
import { READ_BATCH, readPost } from "./read.ts";
import { listingOf } from "./rows.ts";
import { openSite, type Site } from "./site.ts";
import { termStore } from "./terms.ts";
import { create, remove, restore, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const site = openSite(context);
  return {
    traits: {
      staleWrites: "read-first",
      removal: "trash",
      writeConcurrency: 1,
      batch: BATCH,
      schedules: true,
      raceWindowMs: 2000,
      readBatch: READ_BATCH,
    },
    whoami: () => whoami(site),
    model: () => model(site),
    list: (kinds) => list(site, kinds),
    read: (refs) =>
      Promise.all(
        refs.map(async ({ id, kind }) =>
          kind === POST ? readPost(site, id) : readItem(site, await collectionOf(site, kind), id),
        ),
      ),
    prepare: async (draft) =>
      draft.kind === POST
        ? prepare(site, draft)
        : prepareItem(site, await collectionOf(site, draft.kind), draft),
    create: async (draft, intent) =>
      draft.kind === POST
        ? create(site, draft, intent)
        : createItem(site, await collectionOf(site, draft.kind), draft),
    find: async (draft, intent) =>
      draft.kind === POST
        ? find(site, draft, intent)
        : findItem(site, await collectionOf(site, draft.kind), draft),
    update: async (id, draft, expected) =>
      draft.kind === POST
        ? update(site, id, draft, expected)
        : updateItem(site, await collectionOf(site, draft.kind), { id, wire: draft.wire }, expected),
    twins: (entries) =>
      twins(
        site,
        entries.filter(({ kind }) => kind === POST),
      ),
    remove: async (id, kind, expected) =>
      kind === POST
        ? remove(site, id, expected)
        : removeItem(site, await collectionOf(site, kind), id, expected),
    restore: (id, draft) => {
      if (draft.kind === POST) return restore(site, id, draft);
      return Promise.reject(new Fault("not-found", `item ${id} was removed for good`, { code: "gone" }));
    },
    terms: termStore(site),
    media: mediaStore(site),
    authors: () => authors(site),
    editUrl: (id) => `https://manage.wix.com/dashboard/${context.settings.site ?? ""}/blog/${id}/edit`,
  };
}

async function model(site: Site): Promise<Model> {
  const { open: known, closed } = await collections(site);
  return { kinds: [POSTS, ...[...known.values()].map(({ kind }) => kind)], closed };
}

async function collectionOf(site: Site, kind: string): Promise<Collection> {
  const found = (await collections(site)).open.get(kind);
  if (found !== undefined) return found;
  throw new Fault("invalid", `there is no kind "${kind}"`, {
    code: "unknown-kind",
    hint: "name the collection in the setting `collections`: connect wix --set collections=ID,ID",
  });
}

/** With proof before and after that the site is the same. */
async function* list(site: Site, kinds: readonly string[]) {
  const { now } = site;
  await site.prove();
  for (const kind of kinds) {
    if (kind !== POST) yield await listItems(site, await collectionOf(site, kind));
  }
  if (kinds.includes(POST)) {
    const at = now();
    const rows = await listPosts(site);
    keepListing(site, rows, at);
    yield rows.map((row) => listingOf(row, site));
  }
  await site.prove();
}

async function whoami(site: Site): Promise<Account> {
  const [{ root, siteUrl, title, timezone, notices }] = await Promise.all([site.prove(), proveBlog(site)]);
  // A collection that the site does not have is told where it is named.
  await collections(site);
  const byApp = (site.context.settings.site ?? "") === "";
  return {
    id: byApp ? "app" : "api-key",
    name: byApp ? "App" : "API key",
    roles: [],
    site: root,
    siteTitle: title,
    siteUrl,
    timezone,
    software: "Wix",
    may: ["read", "write", "publish", "remove", "upload", "terms", "html"],
    notices,
  };
}
