// WordPress behind the connector contract.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import { once } from "../../lib/once.ts";
import type { Author, Connector, ConnectorContext, Model } from "../contract.ts";
import { ABREAST, BATCH } from "./batch.ts";
import { wordpressFault } from "./faults.ts";
import { prepare } from "./intent.ts";
import { inLanguages } from "./languages.ts";
import { list, PAGE, totalOf } from "./list.ts";
import { mediaStore } from "./media.ts";
import { decodeEntities } from "./names.ts";
import { phpText, realId } from "./php.ts";
import { read, recall } from "./read.ts";
import { restore } from "./restore.ts";
import { revisions } from "./revisions.ts";
import { openSite, type Site, whoami } from "./site.ts";
import { termStore } from "./terms.ts";
import { twins } from "./twins.ts";
import { modelOf } from "./types.ts";
import { create, expectUpdates, find, remove, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const site = openSite(context);
  const knownAuthors = once(() => authors(site));
  return {
    traits: {
      staleWrites: "read-first",
      removal: "trash",
      batch: BATCH,
      writeConcurrency: ABREAST,
      schedules: true,
      // Modification times are whole seconds.
      raceWindowMs: 2000,
      readBatch: PAGE,
    },
    whoami: () => whoami(site),
    model: () => model(site),
    list: (kinds) => list(site, kinds),
    read: (refs) => read(site, refs),
    expectUpdates: (coming, parts) => expectUpdates(site, coming, parts),
    recall: (row, wire) => recall(site, row, wire),
    prepare: (draft) => prepare(site, draft),
    create: (draft, intent) => create(site, draft, intent),
    find: (draft, intent) => find(site, draft, intent),
    update: (id, draft, expected) => update(site, id, draft, expected),
    remove: (id, kind, expected) => remove(site, id, kind, expected),
    restore: (id, draft) => restore(site, id, draft),
    revisions: (ref) => revisions(site, ref, knownAuthors),
    twins: (entries) => twins(site, entries),
    terms: termStore(site),
    media: mediaStore(site),
    authors: () => authors(site),
    editUrl: (id) =>
      `${siteAddress(context.url)}/wp-admin/post.php?post=${encodeURIComponent(id)}&action=edit`,
    revoke: () => revoke(site),
  };
}

async function model(site: Site): Promise<Model> {
  const kinds = await site.kinds();
  const [types, category, languages] = await Promise.all([
    Promise.all(kinds.map((kind) => site.type(kind))),
    defaultCategory(site),
    site.languages(),
  ]);
  return inLanguages(modelOf(types, category, (await site.root()).namespaces), types, languages);
}

/** Only administrators may ask; WordPress is installed with 1. */
async function defaultCategory(site: Site): Promise<string> {
  const installed = "1";
  if (!(await site.me()).can.has("manage_options")) return installed;
  const settings = z.object({ default_category: realId }).catch({ default_category: Number(installed) });
  const query = { _fields: "default_category" };
  return String(
    (await site.get("/wp/v2/settings", query, (payload) => settings.parse(payload))).value.default_category,
  );
}

const usersSchema = z.array(
  z.object({
    id: realId,
    name: phpText.transform(decodeEntities),
    slug: phpText,
    username: phpText,
    email: phpText,
  }),
);

/** With login and e-mail for those who may see them (`list_users`); else users with published posts, and ourselves. */
async function authors(site: Site): Promise<readonly Author[]> {
  const me = await site.me();
  const all = me.can.has("list_users");
  const found = new Map<number, Author>();
  const add = (users: z.infer<typeof usersSchema>) => {
    for (const { id, name, slug, username, email } of users) {
      const aliases = [username, email].filter((alias) => alias !== "");
      found.set(id, { id: String(id), slug, name, aliases });
    }
  };
  const fields = "id,name,slug,username,email";
  const query = {
    context: all ? "edit" : "view",
    per_page: PAGE,
    orderby: "id",
    order: "asc",
    _fields: fields,
  };
  try {
    let before: number;
    let total: number;
    let page = 0;
    do {
      page += 1;
      before = found.size;
      const reply = await site.get("/wp/v2/users", { ...query, page }, (payload) =>
        usersSchema.parse(payload),
      );
      total = totalOf(reply.headers, { title: "users" });
      add(reply.value);
    } while (found.size > before && found.size < total);
  } catch (thrown) {
    // Security plug-ins close the list of users, to those who are signed in as well.
    if (!isFault(thrown) || !["forbidden", "not-found", "unsupported"].includes(thrown.kind)) throw thrown;
  }
  const own = await site.get("/wp/v2/users/me", { context: "edit", _fields: fields }, (payload) =>
    usersSchema.parse([payload]),
  );
  add(own.value);
  return [...found.values()];
}

/** The site's directory, from the address of its API. */
function siteAddress(api: string): string {
  return api
    .replace(/\/?\?rest_route=.*$/, "")
    .replace(/\/wp-json$/, "")
    .replace(/\/index\.php$/, "");
}

/** Deletes the application password in use; one that is gone already is fine. */
async function revoke(site: Site): Promise<void> {
  const path = "/wp/v2/users/me/application-passwords";
  const own = await site.get(`${path}/introspect`, { _fields: "uuid" }, (payload) =>
    z.object({ uuid: z.uuid() }).parse(payload),
  );
  try {
    await site.context.http.send({
      method: "DELETE",
      path: `${path}/${own.value.uuid}`,
      repeatable: true,
      decode: () => undefined,
      refuse: wordpressFault,
    });
  } catch (thrown) {
    // After a lost answer the repeat is refused: the password is gone.
    if (!isFault(thrown, "auth") && !isFault(thrown, "not-found")) throw thrown;
  }
}
