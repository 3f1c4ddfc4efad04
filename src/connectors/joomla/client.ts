// Joomla behind the connector contract.
import { z } from "zod";
import type { Author, Connector, ConnectorContext } from "../contract.ts";
import { prepare } from "./find.ts";
import { modelOf } from "./kinds.ts";
import { list } from "./list.ts";
import { mediaStore } from "./media.ts";
import { allOf } from "./pages.ts";
import { revisions } from "./raw.ts";
import { read } from "./read.ts";
import { numberText, openSite, type Site, unlessClosed, whoami } from "./site.ts";
import { termStore } from "./terms.ts";
import { create, find as findEntry, remove, restore, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const site = openSite(context);
  return {
    traits: {
      staleWrites: "read-first",
      removal: "trash",
      // Of several at one time some fail, and were saved all the same.
      writeConcurrency: 1,
      schedules: true,
      // Each save has a number of its own.
      raceWindowMs: 0,
      readBatch: 1,
    },
    whoami: () => whoami(site),
    model: () => modelOf(site),
    list: (kinds) => list(site, kinds),
    read: (refs) => read(site, refs),
    prepare: (draft) => prepare(site, draft).then((intent) => ({ ...intent })),
    create: (draft, intent) => create(site, draft, intent),
    find: (draft, intent) => findEntry(site, draft, intent),
    update: (id, draft, expected) => update(site, id, draft, expected),
    remove: (id, _kind, expected) => remove(site, id, expected),
    restore: (id, draft) => restore(site, id, draft),
    revisions: (ref) => revisions(site, ref),
    terms: termStore(site),
    media: mediaStore(site),
    authors: () => authors(site),
    notices: () => [...site.told],
    editUrl: (id) => {
      const root = context.url.replace(/\/api(?:\/index\.php)?\/v\d+$/, "");
      return `${root}/administrator/index.php?option=com_content&task=article.edit&id=${encodeURIComponent(id)}`;
    },
  };
}

const userSchema = z.object({
  id: numberText,
  attributes: z.object({ name: z.string(), username: z.string(), email: z.string().catch("") }),
});

/** None where the plug-in "Web Services - Users" is off. */
async function authors(site: Site): Promise<readonly Author[]> {
  const users = await unlessClosed(
    allOf(site, "/users", {}, (item) => userSchema.parse(item)),
    [],
  );
  return users.map(({ id, attributes: { name, username, email } }) => ({
    ...{ id, slug: username, name },
    aliases: email === "" ? [] : [email],
  }));
}
