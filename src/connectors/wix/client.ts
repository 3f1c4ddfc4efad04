// A site at Wix behind the connector contract.
import type { Account, Connector, ConnectorContext } from "../contract.ts";
import { authors } from "./authors.ts";
import { BATCH } from "./bulk.ts";
import { find, prepare, twins } from "./find.ts";
import { keepListing } from "./index-of-slugs.ts";
import { POSTS } from "./kinds.ts";
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
    model: async () => ({ kinds: [POSTS] }),
    list: (kinds) => list(site, kinds),
    read: (refs) => Promise.all(refs.map(({ id }) => readPost(site, id))),
    prepare: (draft) => prepare(site, draft),
    create: (draft, intent) => create(site, draft, intent),
    find: (draft, intent) => find(site, draft, intent),
    update: (id, draft, expected) => update(site, id, draft, expected),
    twins: (entries) => twins(site, entries),
    remove: (id, _kind, expected) => remove(site, id, expected),
    restore: (id, draft) => restore(site, id, draft),
    terms: termStore(site),
    media: mediaStore(site),
    authors: () => authors(site),
    editUrl: (id) => `https://manage.wix.com/dashboard/${context.settings.site ?? ""}/blog/${id}/edit`,
  };
}

/** With proof before and after that the site is the same. */
async function* list(site: Site, kinds: readonly string[]) {
  const { now } = site;
  await site.prove();
  if (kinds.includes(POSTS.name)) {
    const at = now();
    const rows = await listPosts(site);
    keepListing(site, rows, at);
    yield rows.map((row) => listingOf(row, site));
  }
  await site.prove();
}

async function whoami(site: Site): Promise<Account> {
  const [{ root, siteUrl, title, timezone, notices }] = await Promise.all([site.prove(), proveBlog(site)]);
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
