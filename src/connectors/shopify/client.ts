// A Shopify shop behind the connector contract.

import { isFault } from "../../lib/fault.ts";
import type { Account, Connector, ConnectorContext, Model, Right } from "../contract.ts";
import { ABREAST, BATCH } from "./batch.ts";
import { BULK } from "./bulk.ts";
import { defaultBlog, find, prepare } from "./find.ts";
import { kindOf, WIRINGS } from "./kinds.ts";
import { list } from "./list.ts";
import { mediaStore } from "./media.ts";
import { API_VERSION } from "./queries.ts";
import { READ_BATCH, read } from "./read.ts";
import { type Identity, LOCKED, openShop, type Shop } from "./shop.ts";
import { twins } from "./twins.ts";
import { create, defaultAuthor, remove, restore, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const shop = openShop(context);
  return {
    traits: {
      staleWrites: "read-first",
      removal: "final",
      batch: BATCH,
      bulk: BULK,
      writeConcurrency: ABREAST,
      schedules: true,
      datesLiveOnly: true,
      // Modification times are whole seconds.
      raceWindowMs: 2000,
      readBatch: READ_BATCH,
    },
    whoami: () => whoami(shop),
    model: () => model(shop),
    list: (kinds) => list(shop, kinds),
    read: (refs) => read(shop, refs),
    prepare: (draft) => prepare(shop, draft),
    create: (draft, intent) => create(shop, draft, intent),
    find: (draft, intent) => find(shop, draft, intent),
    update: (id, draft, expected) => update(shop, id, draft, expected),
    twins: (entries) => twins(shop, entries),
    remove: (id, kind, expected) => remove(shop, id, kind, expected),
    restore: (id, draft) => restore(shop, id, draft),
    media: mediaStore(shop),
    notices: () => [...shop.told],
    editUrl: (id, kind) => editUrl(context.url, id, kind),
  };
}

async function whoami(shop: Shop): Promise<Account> {
  const identity = await shop.prove();
  return {
    id: identity.installation,
    name: identity.app,
    roles: ["app"],
    site: identity.id,
    siteTitle: identity.name,
    siteUrl: identity.siteUrl,
    timezone: identity.timezone,
    software: `Shopify, Admin API ${API_VERSION}`,
    may: rightsOf(identity),
    notices: [...missing(shop, identity), ...(await strayBlog(shop)), ...shop.told],
  };
}

/** What the setting `blog` names is not there: no article that names none itself could be sent. */
async function strayBlog(shop: Shop): Promise<readonly string[]> {
  const { blog = "" } = shop.context.settings;
  if (blog === "") return [];
  try {
    const names = (await shop.blogs()).map(({ handle }) => handle);
    if (names.includes(blog)) return [];
    return [
      `the setting blog names "${blog}", which is no blog of this shop; there is: ${names.join(", ") || "none"}`,
    ];
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item") return [];
    throw thrown;
  }
}

/** The right to write brings the right to read. */
function has({ scopes }: Identity, ...names: readonly string[]): boolean {
  return names.some((name) => scopes.has(name) || scopes.has(name.replace(/^read_/, "write_")));
}

const READS = ["read_content", "read_online_store_pages"];
const WRITES = ["write_content", "write_online_store_pages"];
const UPLOADS = ["write_files", "write_images", "write_themes"];

function rightsOf(identity: Identity): readonly Right[] {
  const writes: readonly Right[] = has(identity, ...WRITES) ? ["write", "publish", "remove"] : [];
  return [
    ...(has(identity, ...READS) ? (["read"] as const) : []),
    ...writes,
    ...(has(identity, ...UPLOADS) ? (["upload"] as const) : []),
  ];
}

function missing({ kinds }: Shop, identity: Identity): readonly string[] {
  const lacks = (scope: string, ...names: readonly string[]) => (has(identity, ...names) ? [] : [scope]);
  const scopes = [
    ...lacks("write_content", ...WRITES),
    ...lacks("write_files", ...UPLOADS),
    ...(kinds.includes("product") ? lacks("write_products", "write_products") : []),
  ];
  return scopes.map(
    (scope) => `the app lacks the scope ${scope}: add it to the app, release it, and connect again`,
  );
}

async function model(shop: Shop): Promise<Model> {
  const [blogs, author] = await Promise.all([shop.blogs(), defaultAuthor(shop)]);
  const around = { blog: defaultBlog(shop, blogs), blogs: blogs.map(({ handle }) => handle), author };
  const kinds = await Promise.all(
    shop.kinds.map(async (name) =>
      kindOf(WIRINGS[name], { ...around, definitions: await shop.definitions(name) }),
    ),
  );
  return { kinds, ...(shop.kinds.includes("product") ? {} : { closed: { product: LOCKED } }) };
}

const SCREENS: Readonly<Record<string, string>> = {
  article: "content/articles",
  page: "pages",
  product: "products",
};

function editUrl(url: string, id: string, kind: string): string {
  const name = /^https:\/\/([a-z0-9-]+)\.myshopify\.com$/.exec(url)?.[1];
  const admin = name === undefined ? `${url}/admin` : `https://admin.shopify.com/store/${name}`;
  return `${admin}/${SCREENS[kind] ?? kind}/${encodeURIComponent(id)}`;
}
