// A Ghost site behind the connector contract.
import type { Account, Connector, ConnectorContext } from "../contract.ts";
import { find, prepare, twins } from "./find.ts";
import { ALL_KINDS, kindOf } from "./kinds.ts";
import { list } from "./list.ts";
import { mediaStore } from "./media.ts";
import { READ_BATCH, read } from "./read.ts";
import { revisions } from "./revisions.ts";
import { openSite, type Site } from "./site.ts";
import { authors, termStore } from "./terms.ts";
import { create, remove, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const site = openSite(context);
  const terms = termStore(site);
  return {
    traits: {
      staleWrites: "server",
      removal: "final",
      writeConcurrency: 4,
      schedules: true,
      // Modification times are whole seconds.
      raceWindowMs: 2000,
      readBatch: READ_BATCH,
    },
    whoami: () => whoami(site),
    model: async () => ({ kinds: ALL_KINDS.map(kindOf) }),
    list: (kinds) => list(site, kinds),
    read: (refs) => read(site, refs),
    prepare: (draft) => prepare(site, draft),
    create: (draft, intent) => create(site, draft, intent),
    find: (draft, intent) => find(site, draft, intent),
    update: (id, draft, expected) => update(site, id, draft, expected),
    twins: (entries) => twins(site, entries),
    revisions: (ref) => revisions(site, ref),
    remove: (id, kind, expected) => remove(site, id, kind, expected),
    terms,
    notices: terms.notices,
    media: mediaStore(site),
    authors: () => authors(site),
    editUrl: (id, kind) => `${context.url.replace(/\/api\/admin$/, "")}/#/editor/${kind}/${id}`,
  };
}

async function whoami(site: Site): Promise<Account> {
  const { root, siteUrl, title, version, timezone } = await site.prove();
  return {
    id: "admin-api-key",
    name: "Admin API key",
    roles: ["integration"],
    site: root,
    siteTitle: title,
    siteUrl,
    timezone,
    software: `Ghost ${version}`,
    may: ["read", "write", "publish", "remove", "upload", "terms", "html"],
    notices: [],
  };
}
