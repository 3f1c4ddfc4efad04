// One connection to one site: who we are there and what it can hold, asked once and kept.
import { z } from "zod";
import { isZone } from "../../content/date.ts";
import type { Reply } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import { once } from "../../lib/once.ts";
import type { Account, ConnectorContext, Right } from "../contract.ts";
import { wordpressFault } from "./faults.ts";
import { loadLanguages, type SiteLanguages } from "./languages.ts";
import { decodeEntities } from "./names.ts";
import { phpList, phpText, realId } from "./php.ts";
import {
  type ContentType,
  contentType,
  decodeOptions,
  decodeTaxonomies,
  decodeTypes,
  type RawType,
  type Taxonomy,
  unknownKind,
} from "./types.ts";
import type { Arrivals } from "./wait.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

const meSchema = z.object({
  id: realId,
  name: phpText.transform(decodeEntities),
  roles: phpList(z.string()).catch([]),
  capabilities: z.record(z.string(), z.unknown()).catch({}),
});

export interface Me {
  readonly id: number;
  readonly name: string;
  readonly roles: readonly string[];
  readonly can: ReadonlySet<string>;
}

const rootSchema = z.object({
  name: phpText.transform(decodeEntities),
  home: z.url({ protocol: /^https?$/ }),
  timezone_string: phpText,
  gmt_offset: z.coerce.number().min(-14).max(14).catch(0),
  namespaces: phpList(z.string()),
});
export type Root = z.infer<typeof rootSchema>;

export interface Site {
  readonly context: ConnectorContext;
  /** Entries that creates of this connection ended with, by id: the create's key, and the slug as people read it. */
  readonly made: Map<number, { readonly key: string; readonly slug: string }>;
  /** What creates of this connection are to be called: kind, parent and slug -> title. */
  readonly claimed: Map<string, string>;
  /** By kind: the slugs of a listing of all its entries that was begun at `at`, in ms since 1970. */
  readonly listed: Map<string, { readonly at: number; readonly slugs: ReadonlySet<string> }>;
  /** Whether a create of this connection lost its slug to somebody who is at work at the same time. */
  contested: boolean;
  /** Of what was looked for after a lost answer. */
  readonly arrivals: Arrivals;
  /** A reading that decides: never from a cache. */
  get<T>(path: string, query: Query, decode: (payload: unknown) => T): Promise<Reply<T>>;
  /** How far this machine's clock is ahead of the server's, in ms; 0 unless the last reading tells of a difference. */
  ahead(): number;
  /** The server's clock in ms since 1970, as the last reading shows it; undefined where it showed none. */
  serverTime(): number | undefined;
  me(): Promise<Me>;
  /** Asks again who we are; throws `auth` when that is nobody, or somebody else than before. */
  prove(): Promise<void>;
  root(): Promise<Root>;
  kinds(): Promise<readonly string[]>;
  type(kind: string): Promise<ContentType>;
  taxonomy(id: string): Promise<Taxonomy>;
  /** Undefined on a site in one language; throws `unsupported` where entries cannot be told apart by language. */
  languages(): Promise<SiteLanguages | undefined>;
}

/** A slow answer is not a wrong clock. */
const SAME_TIME_MS = 30_000;

export function openSite(context: ConnectorContext): Site {
  let difference = Number.NaN;
  const get: Site["get"] = async (path, query, decode) => {
    const reply = await context.http.send({
      method: "GET",
      path,
      query,
      repeatable: true,
      fresh: true,
      decode,
      refuse: wordpressFault,
    });
    difference = context.clock.now() - (reply.serverTime ?? Number.NaN);
    return reply;
  };
  const askMe = async (): Promise<Me> => {
    const query = { context: "edit", _fields: "id,name,roles,capabilities" };
    const { value } = await get("/wp/v2/users/me", query, (payload) => meSchema.parse(payload));
    // WordPress stores true; role editors also 1 and "1".
    const can = Object.entries(value.capabilities).filter(([, granted]) => Number(granted) === 1);
    return { id: value.id, name: value.name, roles: value.roles, can: new Set(can.map(([name]) => name)) };
  };
  const me = once(askMe);
  const root = once(async () => {
    const query = { _fields: "name,home,timezone_string,gmt_offset,namespaces" };
    return (await get("/", query, (payload) => rootSchema.parse(payload))).value;
  });
  const rawTypes = once(async () => (await get("/wp/v2/types", { context: "edit" }, decodeTypes)).value);
  const taxonomies = once(async () => (await get("/wp/v2/taxonomies", {}, decodeTaxonomies)).value);
  const types = new Map<string, () => Promise<ContentType>>();
  const loadType = async (raw: RawType): Promise<ContentType> => {
    // `_method` is WordPress's own override (rest_api_loaded): it also passes firewalls that block OPTIONS.
    const path = `/${raw.rest_namespace}/${raw.rest_base}`;
    const [{ value }, known] = await Promise.all([
      get(path, { _method: "OPTIONS" }, decodeOptions),
      taxonomies(),
    ]);
    return contentType(raw, known, value);
  };
  const languages = once(() => loadLanguages(site));
  const site: Site = {
    context,
    made: new Map(),
    claimed: new Map(),
    listed: new Map(),
    contested: false,
    arrivals: { at: Number.NEGATIVE_INFINITY },
    languages,
    get,
    ahead: () => (Math.abs(difference) > SAME_TIME_MS ? difference : 0),
    serverTime: () => (Number.isNaN(difference) ? undefined : context.clock.now() - difference),
    me,
    root,
    async prove() {
      const [first, now] = [await me(), await askMe()];
      if (first.id === now.id) return;
      throw new Fault("auth", `the site took us for user ${now.id}, before for user ${first.id}`, {
        code: "wordpress.identity-changed",
        hint: "a cache in front of the site mixes up users: exempt /wp-json from it",
      });
    },
    kinds: async () => (await rawTypes()).map((raw) => raw.slug),
    async type(kind) {
      const known = types.get(kind);
      if (known !== undefined) return known();
      const all = await rawTypes();
      const raw = all.find((candidate) => candidate.slug === kind);
      if (raw === undefined)
        throw unknownKind(
          kind,
          all.map((candidate) => candidate.slug),
        );
      const load = types.get(kind) ?? once(() => loadType(raw));
      types.set(kind, load);
      return load();
    },
    async taxonomy(id) {
      const found = (await taxonomies()).find((taxonomy) => taxonomy.id === id);
      if (found !== undefined) return found;
      throw new Fault("unsupported", `this WordPress has no taxonomy "${id}" in its API`, {
        code: "unknown-taxonomy",
      });
    },
  };
  return site;
}

const RIGHTS: readonly (readonly [Right, string])[] = [
  ["read", "read"],
  ["write", "edit_posts"],
  ["publish", "publish_posts"],
  ["remove", "delete_posts"],
  ["upload", "upload_files"],
  ["terms", "manage_categories"],
  ["html", "unfiltered_html"],
];

/** Proves the credentials. The roles' rights are those of posts; other types are refused by the site where they differ. */
export async function whoami(site: Site): Promise<Account> {
  const [me, root] = await Promise.all([site.me(), site.root()]);
  const may = RIGHTS.filter(([, capability]) => me.can.has(capability)).map(([right]) => right);
  const notices: string[] = [];
  if (!me.can.has("unfiltered_html")) {
    notices.push(
      "this role may not use unfiltered HTML: the site removes iframe, script, form, style and svg from bodies",
    );
  }
  if (!may.includes("write")) notices.push("this role may not write: only reading will work");
  else if (!may.includes("publish"))
    notices.push("this role may not publish: use `status: pending` or `draft`");
  if (!may.includes("upload")) notices.push("this role may not upload files");
  return {
    id: String(me.id),
    name: me.name,
    roles: me.roles,
    site: siteIdentity(root.home),
    siteTitle: root.name,
    siteUrl: root.home.replace(/\/+$/, ""),
    timezone: timezoneOf(root),
    software: "WordPress",
    may,
    notices,
  };
}

/**
 * The home address without scheme and final slash. A site that moves from http to https, or changes its permalinks
 * (and with them the API's address), stays the same site.
 */
export function siteIdentity(home: string): string {
  const url = new URL(home);
  return `${url.host}${url.pathname}`.replace(/\/+$/, "").toLowerCase();
}

/** An IANA name that this machine knows, or the offset that WordPress gives in hours. */
export function timezoneOf(root: Pick<Root, "timezone_string" | "gmt_offset">): string {
  if (root.timezone_string !== "" && isZone(root.timezone_string)) return root.timezone_string;
  const minutes = Math.round(Math.abs(root.gmt_offset) * 60);
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${root.gmt_offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
