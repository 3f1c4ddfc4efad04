// A Webflow site behind the connector contract.
import { z } from "zod";
import { isZone } from "../../content/date.ts";
import { isFault } from "../../lib/fault.ts";
import type { Account, Connector, ConnectorContext, Model, Right } from "../contract.ts";
import { ABREAST, BATCH } from "./batch.ts";
import { find, prepare } from "./find.ts";
import type { Wired } from "./kinds.ts";
import { list } from "./list.ts";
import { mediaStore } from "./media.ts";
import { READ_BATCH, read } from "./read.ts";
import { openSite, type Site } from "./site.ts";
import { termStore } from "./terms.ts";
import { create, remove, update } from "./write.ts";

export function open(context: ConnectorContext): Connector {
  const site = openSite(context);
  let shortName: string | undefined;
  return {
    traits: {
      staleWrites: "read-first",
      removal: "final",
      batch: BATCH,
      writeConcurrency: ABREAST,
      // https://developers.webflow.com/data/docs/working-with-the-cms/publishing: not by the API.
      schedules: false,
      // Revisions are made of all that an item says.
      raceWindowMs: 0,
      readBatch: READ_BATCH,
      translations: "existing",
    },
    whoami: async () => {
      const account = await whoami(site);
      ({ shortName } = await site.identity());
      return account;
    },
    model: () => model(site),
    list: (kinds) => list(site, kinds),
    read: (refs) => read(site, refs),
    prepare: (draft) => prepare(site, draft),
    create: (draft, intent) => create(site, draft, intent),
    find: (draft, intent) => find(site, draft, intent),
    update: (id, draft, expected) => update(site, id, draft, expected),
    // A revision says that an item is as it was, in every field.
    recall: async (row, wire) => ({ ...row, wire }),
    remove: (id, kind, expected) => remove(site, id, kind, expected),
    terms: termStore(site),
    media: mediaStore(site),
    notices: () => [...site.told],
    editUrl: () => `https://webflow.com/design/${shortName ?? ""}`,
  };
}

const grantSchema = z.object({
  authorization: z.object({ id: z.string().catch(""), scope: z.string().catch("") }),
  application: z.object({ displayName: z.string().catch("") }).nullish(),
});

interface Granted {
  readonly id: string;
  readonly name: string;
  /** Undefined where the token may not look at itself: those that are made in a site's settings. */
  readonly scopes: ReadonlySet<string> | undefined;
}

async function grantOf(site: Site): Promise<Granted> {
  try {
    const { value } = await site.get("/token/introspect", {}, (payload) => grantSchema.parse(payload));
    const { id, scope } = value.authorization;
    const name = value.application?.displayName ?? "";
    const scopes = new Set(scope.split(/[\s,]+/).filter((one) => one !== ""));
    return { id, name: name === "" ? "Webflow app" : name, scopes: scopes.size === 0 ? undefined : scopes };
  } catch (thrown) {
    const isClosed = isFault(thrown) && ["auth", "forbidden", "not-found", "invalid"].includes(thrown.kind);
    if (!isClosed) throw thrown;
    return { id: "site-token", name: "Site token", scopes: undefined };
  }
}

async function whoami(site: Site): Promise<Account> {
  const { id, title, siteUrl, timezone } = await site.prove();
  const granted = await grantOf(site);
  const unknown = isZone(timezone)
    ? []
    : ["the site shows no time zone: dates without offset are taken as UTC"];
  return {
    id: granted.id,
    name: granted.name,
    roles: [granted.scopes === undefined ? "Webflow does not tell what it may" : "app"],
    site: id,
    siteTitle: title,
    siteUrl,
    timezone: isZone(timezone) ? timezone : "UTC",
    software: "Webflow, Data API v2",
    may: rightsOf(granted),
    notices: [...missing(granted), ...unknown, ...(await strayKind(site)), ...site.told],
  };
}

function rightsOf({ scopes }: Granted): readonly Right[] {
  const has = (scope: string) => scopes === undefined || scopes.has(scope);
  const writes: readonly Right[] = has("cms:write") ? ["write", "publish", "remove", "terms", "html"] : [];
  return [
    ...(has("cms:read") ? (["read"] as const) : []),
    ...writes,
    ...(has("assets:write") ? (["upload"] as const) : []),
  ];
}

const NEEDED = ["cms:read", "cms:write", "assets:read", "assets:write"];

function missing({ scopes }: Granted): readonly string[] {
  if (scopes === undefined) return [];
  return NEEDED.filter((scope) => !scopes.has(scope)).map(
    (scope) => `the token lacks the scope ${scope}: give it to the app, and connect again`,
  );
}

/** What the setting `kind` names is not there. */
async function strayKind(site: Site): Promise<readonly string[]> {
  const { kind = "" } = site.context.settings;
  if (kind === "") return [];
  const names = (await site.collections()).map((one) => one.kind.name);
  if (names.includes(kind)) return [];
  return [
    `the setting kind names "${kind}", which is no collection of this site; it has: ${names.join(", ")}`,
  ];
}

async function model(site: Site): Promise<Model> {
  const collections = await site.collections();
  const { locales } = await site.identity();
  const defaultKind = defaultOf(site, collections);
  return {
    kinds: collections.map(({ kind }) => kind),
    ...(defaultKind === undefined ? {} : { defaultKind }),
    ...(locales.length === 1
      ? {}
      : { languages: { locales: locales.map(({ tag }) => tag), fallback: locales[0].tag } }),
  };
}

const BLOGS = /^(?:blog-?)?posts?$|^blogs?$|^articles?$|^news$/;

/** The setting says which; else the one that is called like a blog, else the first that has a body. */
function defaultOf({ context }: Site, collections: readonly Wired[]): string | undefined {
  const names = collections.filter(({ body }) => body !== undefined).map(({ kind }) => kind.name);
  const { kind = "" } = context.settings;
  return kind === "" ? (names.find((name) => BLOGS.test(name)) ?? names[0]) : kind;
}
