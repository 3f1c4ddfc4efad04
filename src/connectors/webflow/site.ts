// One site: how it is asked, and what is known of it.
import { z } from "zod";
import { canonicalLocale } from "../../content/locale.ts";
import type { Call, Reply } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { ConnectorContext } from "../contract.ts";
import { createServerClock, type ServerClock } from "../server-clock.ts";
import { refuseWrite, webflowFault } from "./faults.ts";
import { collectionSchema, type Wired, wire } from "./kinds.ts";
import type { Mirror } from "./mirror.ts";
import type { Seen } from "./rows.ts";

const localeSchema = z.object({
  cmsLocaleId: z.string(),
  tag: z.string(),
  enabled: z.boolean().catch(true),
  subdirectory: z.string().catch(""),
});

export const siteSchema = z.object({
  id: z.string(),
  displayName: z.string().catch(""),
  shortName: z.string().catch(""),
  timeZone: z.string().catch(""),
  customDomains: z
    .array(z.object({ id: z.string(), url: z.string().catch("") }))
    .nullish()
    .transform((domains) => domains ?? []),
  locales: z
    .object({
      primary: localeSchema.nullish(),
      secondary: z
        .array(localeSchema)
        .nullish()
        .transform((all) => all ?? []),
    })
    .nullish(),
});
export type SiteAnswer = z.infer<typeof siteSchema>;

export interface Locale {
  /** "" on a site in one language: requests name none there. */
  readonly cmsLocaleId: string;
  /** BCP 47; "" on a site in one language. */
  readonly tag: string;
  /** What addresses of this language begin with, without slashes. */
  readonly subdirectory: string;
}

export interface Identity {
  readonly id: string;
  readonly title: string;
  readonly shortName: string;
  /** Where visitors look, without final slash. */
  readonly siteUrl: string;
  readonly timezone: string;
  /** The primary one first; one without a tag on a site in one language. */
  readonly locales: readonly [Locale, ...Locale[]];
  readonly domains: readonly string[];
}

export type Query = NonNullable<Call<unknown>["query"]>;

export interface Write<T> {
  readonly method: "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: Json;
  readonly repeatable: boolean;
  readonly begins?: true;
  readonly as?: "text";
  readonly decode: (payload: unknown) => T;
}

export interface Site extends Pick<ServerClock, "ahead" | "now"> {
  readonly context: ConnectorContext;
  /** What Webflow said beside its answers: one sentence each. */
  readonly told: Set<string>;
  readonly mirrors: Map<string, Mirror>;
  /** A read that decides: no cache may answer it. */
  get<T>(path: string, query: Query, decode: (payload: unknown) => T): Promise<Reply<T>>;
  write<T>(write: Write<T>): Promise<T>;
  identity(): Promise<Identity>;
  /** Asked again: the site is there, and the token is good. */
  prove(): Promise<Identity>;
  collections(): Promise<readonly Wired[]>;
  /** Throws `invalid` for a kind that the site does not have. */
  wired(kind: string): Promise<Wired>;
  /** Throws `invalid` for a language that the site does not have. */
  locale(tag: string): Promise<Locale>;
  seen(wired: Wired, cmsLocaleId: string | null | undefined): Promise<Seen>;
}

export function openSite(context: ConnectorContext): Site {
  const { api } = placeOf(context.url);
  let known: Promise<Identity> | undefined;
  let wirings: Promise<readonly Wired[]> | undefined;
  const serverClock = createServerClock(context.clock);
  const site: Site = {
    context,
    told: new Set(),
    mirrors: new Map(),
    async get(path, query, decode) {
      const reply = await context.http.send({
        method: "GET",
        path: api + path,
        ...{ query, decode },
        repeatable: true,
        // Webflow may refuse parameters that it does not know.
        fresh: "",
        refuse: (refusal) => webflowFault(refusal, context.again),
      });
      serverClock.listen(reply.serverTime);
      return reply;
    },
    async write({ path, body, ...write }) {
      const reply = await context.http.send({
        ...write,
        path: api + path,
        ...(body === undefined ? {} : { body: { json: body } }),
        refuse: (refusal) => refuseWrite(refusal, context.again),
      });
      serverClock.listen(reply.serverTime);
      return reply.value;
    },
    identity: () => {
      known ??= identify(site).catch((thrown: unknown) => {
        known = undefined;
        throw thrown;
      });
      return known;
    },
    async prove() {
      if (known === undefined) return site.identity();
      const before = await known;
      const { value } = await site.get(`/sites/${before.id}`, {}, (payload) => siteSchema.parse(payload));
      const now = identityOf(value, context.url);
      known = Promise.resolve(now);
      return now;
    },
    collections: () => {
      wirings ??= allCollections(site).catch((thrown: unknown) => {
        wirings = undefined;
        throw thrown;
      });
      return wirings;
    },
    wired: async (kind) => wiredAs(await site.collections(), kind),
    locale: async (tag) => localeAs(await site.identity(), tag),
    seen: async (wired, cmsLocaleId) => {
      const { locales, siteUrl } = await site.identity();
      const locale = locales.find((one) => one.cmsLocaleId === cmsLocaleId) ?? locales[0];
      const before = locale.subdirectory === "" ? "" : `/${locale.subdirectory}`;
      return { wired, locale: locale.tag, siteUrl: siteUrl + before, ahead: site.ahead() };
    },
    ahead: serverClock.ahead,
    now: serverClock.now,
  };
  return site;
}

/** A connection's address is that of the API, and below it the site's name, id or domain where it says which. */
export function placeOf(url: string): { readonly api: string; readonly name: string | undefined } {
  const [, api = url, name] = /^(.*\/v2)(?:\/sites\/([^/]+))?$/.exec(url) ?? [];
  return { api, name: name === undefined ? undefined : decodeURIComponent(name) };
}

async function identify(site: Site): Promise<Identity> {
  const { value } = await site.get("/sites", {}, (payload) =>
    z.object({ sites: z.array(siteSchema) }).parse(payload),
  );
  const { name } = placeOf(site.context.url);
  const found = value.sites.filter((one) => name === undefined || answersTo(one, name));
  const [only, other] = found;
  if (only !== undefined && other === undefined) return identityOf(only, site.context.url);
  throw whichSite(name, value.sites);
}

const bare = (host: string) =>
  host
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/^www\.|\/.*$/g, "");

function answersTo({ id, shortName, customDomains }: SiteAnswer, name: string): boolean {
  const hosts = customDomains.map(({ url }) => bare(url));
  return name === id || name.toLowerCase() === shortName.toLowerCase() || hosts.includes(bare(name));
}

function whichSite(name: string | undefined, sites: readonly SiteAnswer[]): Fault {
  const names = sites.map(({ shortName, displayName }) => `${shortName} (${displayName})`).join(", ");
  const opens = names === "" ? "no site at all" : names;
  return new Fault(
    "usage",
    name === undefined
      ? `The token opens ${sites.length === 0 ? "no site" : `several sites: ${names}`}.`
      : `The token does not open the site "${name}"; it opens ${opens}.`,
    {
      code: "webflow.which-site",
      scope: "connection",
      hint:
        sites.length === 0
          ? "Give it access to the site when you sign in, or make a token in the settings of that site."
          : `Name one as the address: --url ${sites[0]?.shortName}.webflow.io`,
    },
  );
}

/** A sandbox shows its site where it is. */
function sandboxAt(url: string): string | undefined {
  return /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?=\/|$)/.exec(url)?.[0];
}

function identityOf(answer: SiteAnswer, url: string): Identity {
  const { id, displayName, shortName, timeZone, customDomains, locales } = answer;
  const [domain] = customDomains.map(({ url }) => url.replace(/^https?:\/\/|\/+$/g, "")).filter(Boolean);
  const primary = locales?.primary ?? undefined;
  const secondary = (locales?.secondary ?? []).filter(({ enabled }) => enabled);
  const known = (locale: z.infer<typeof localeSchema>): Locale => ({
    ...{ cmsLocaleId: locale.cmsLocaleId, subdirectory: locale.subdirectory.replace(/^\/+|\/+$/g, "") },
    tag: canonicalLocale(locale.tag) ?? locale.tag,
  });
  return {
    id,
    title: displayName === "" ? shortName : displayName,
    shortName,
    siteUrl: sandboxAt(url) ?? `https://${domain ?? `${shortName}.webflow.io`}`,
    timezone: timeZone,
    locales:
      primary === undefined || secondary.length === 0
        ? [{ cmsLocaleId: "", tag: "", subdirectory: "" }]
        : [{ ...known(primary), subdirectory: "" }, ...secondary.map(known)],
    domains: customDomains.map((one) => one.id),
  };
}

const collectionsSchema = z.object({
  collections: z.array(z.object({ id: z.string(), slug: z.string().optional() })),
});

async function allCollections(site: Site): Promise<readonly Wired[]> {
  const { id } = await site.identity();
  const { value } = await site.get(`/sites/${id}/collections`, {}, (payload) =>
    collectionsSchema.parse(payload),
  );
  const slugs = new Map(value.collections.map((one) => [one.id, one.slug ?? ""]));
  const all = await Promise.all(
    value.collections.map(({ id: own }) =>
      site.get(`/collections/${own}`, {}, (payload) => collectionSchema.parse(payload)),
    ),
  );
  return all.map(({ value: collection }) => wire(collection, (other) => slugs.get(other) ?? ""));
}

function wiredAs(all: readonly Wired[], kind: string): Wired {
  const found = all.find((one) => one.kind.name === kind);
  if (found !== undefined) return found;
  throw new Fault("invalid", `the site has no collection "${kind}"`, {
    code: "unknown-kind",
    hint: `it has: ${all.map((one) => one.kind.name).join(", ")}`,
  });
}

function localeAs({ locales }: Identity, tag: string): Locale {
  const found = locales.find((one) => one.tag === tag);
  if (found !== undefined) return found;
  throw new Fault("invalid", `the site has no language "${tag}"`, {
    code: "unknown-locale",
    hint: `it has: ${locales.map((one) => one.tag).join(", ")}`,
  });
}
