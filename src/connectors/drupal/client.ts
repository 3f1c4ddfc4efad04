// Drupal behind the connector contract.
import { isZone } from "../../content/date.ts";
import { isFault } from "../../lib/fault.ts";
import type { Account, Author, Connector, ConnectorContext, Model } from "../contract.ts";
import type { Bundle } from "./bundles.ts";
import { find, prepare, twins } from "./find.ts";
import { kindOf } from "./kinds.ts";
import { list } from "./list.ts";
import { mediaStore } from "./media.ts";
import { wholeListing } from "./pages.ts";
import { read } from "./read.ts";
import { type Resource, referencesIn, textIn } from "./resource.ts";
import { hiddenNotices } from "./shown.ts";
import { openSite, type Site } from "./site.ts";
import { termStore } from "./terms.ts";
import { create, remove, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const site = openSite(context);
  return {
    traits: {
      // Drupal compares times of revisions in whole seconds: what decides is the reading before.
      staleWrites: "read-first",
      removal: "final",
      writeConcurrency: 4,
      schedules: false,
      // An editor may save without a new revision; times are whole seconds then.
      raceWindowMs: 2000,
      readBatch: 1,
      translations: "existing",
    },
    whoami: () => whoami(site),
    model: () => model(site),
    list: (kinds) => list(site, kinds),
    read: (refs) => read(site, refs),
    prepare: (draft) => prepare(site, draft),
    create: (draft, intent) => create(site, draft, intent),
    find: (draft, intent) => find(site, draft, intent),
    update: (id, draft, expected) => update(site, id, draft, expected),
    twins: (entries) => twins(site, entries),
    remove: (id, kind, expected) => remove(site, id, kind, expected),
    terms: termStore(site),
    media: mediaStore(site),
    authors: () => authors(site),
    editUrl: (id) => {
      const number = site.numbers.get(id);
      return number === undefined ? `${site.siteUrl}/admin/content` : `${site.siteUrl}/node/${number}/edit`;
    },
    notices: () => [...site.told, ...hiddenNotices(site.hidden)],
  };
}

const nameOf = (row: Resource) => textIn(row, "name") || textIn(row, "display_name");

/** The site does not tell what an account may do: what it may not is refused when it is tried. */
async function whoami(site: Site): Promise<Account> {
  const me = await site.me();
  const user = await site.one(`/user/user/${me}`, {});
  const zone = textIn(user, "timezone");
  const roles = referencesIn(user, "roles").map(({ id, meta }) =>
    String(meta?.drupal_internal__target_id ?? id),
  );
  const { host, pathname } = new URL(site.siteUrl);
  await site.languages();
  const unknown = isZone(zone)
    ? []
    : ["the account shows no time zone: dates without offset are taken as UTC"];
  return {
    id: me,
    name: nameOf(user),
    // Roles are shown to administrators alone; this one everybody has who is signed in.
    roles: roles.length > 0 ? roles : ["authenticated"],
    site: `${host}${pathname}`.replace(/\/+$/, "").toLowerCase(),
    siteTitle: host,
    siteUrl: site.siteUrl,
    timezone: isZone(zone) ? zone : "UTC",
    software: site.software(),
    may: ["read", "write", "publish", "remove", "upload", "terms", "html"],
    notices: [...unknown, ...site.told],
  };
}

async function model(site: Site): Promise<Model> {
  const bundles: Bundle[] = [];
  for (const kind of await site.kinds()) bundles.push(await site.bundle(kind));
  for (const { title, hidden, unknown } of bundles) {
    if (hidden && unknown.length > 0) {
      site.told.add(
        `${title}: nothing is known of ${unknown.join(", ")}, since no entry has a value there and the account may not see how the content type is made ("Administer node fields" would show it)`,
      );
    }
  }
  const languages = await site.languages();
  return {
    kinds: bundles.map(kindOf),
    ...(languages === undefined
      ? {}
      : {
          languages: {
            locales: [...languages.locales.values()],
            fallback: languages.locales.get(languages.fallback) ?? "",
          },
        }),
  };
}

/** All that the account may see; names for signing in are shown to administrators alone. */
async function authors(site: Site): Promise<readonly Author[]> {
  const found = new Map<string, Author>();
  const users = { path: "/user/user", query: {}, number: "drupal_internal__uid", title: "users" };
  try {
    for (const row of await wholeListing(site, users)) {
      const name = nameOf(row);
      const shown = textIn(row, "display_name");
      if (name !== "" && row.attributes.drupal_internal__uid !== 0 && name !== "Anonymous") {
        found.set(row.id, { id: row.id, slug: name, name: shown === "" ? name : shown });
      }
    }
  } catch (thrown) {
    if (!isFault(thrown, "forbidden")) throw thrown;
  }
  return [...found.values()];
}
