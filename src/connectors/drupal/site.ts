// One connection to one site: who we are there and what it can hold, asked once and kept.
import { canonicalLocale } from "../../content/locale.ts";
import type { Reply } from "../../http/http.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import { once } from "../../lib/once.ts";
import type { ConnectorContext } from "../contract.ts";
import { type Bundle, learnBundle, titlesOf } from "./bundles.ts";
import { anonymous, refuse } from "./faults.ts";
import { everyRow } from "./pages.ts";
import {
  decodeIndex,
  decodeOne,
  decodePage,
  type Index,
  type Page,
  type Resource,
  textIn,
} from "./resource.ts";
import type { Hidden } from "./shown.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;

export const JSON_API = "application/vnd.api+json";

/** Drupal refuses names of parameters that begin with `_`, or that have small letters alone. */
const FRESH = "ainsteinFresh";

export interface SiteLanguages {
  /** BCP 47 tags by Drupal's codes; those that the account may know of. */
  readonly locales: ReadonlyMap<string, string>;
  /** Code of the language without a prefix in addresses. */
  readonly fallback: string;
}

export interface Site {
  readonly context: ConnectorContext;
  /** Without a final slash. */
  readonly siteUrl: string;
  /** Drupal's numbers of the entries that were read so far, by id: its screens go by them. */
  readonly numbers: Map<string, number>;
  /** Text formats that the account may not use. */
  readonly closedFormats: Set<string>;
  /** The site does not let the account say how a revision came about. */
  silent: boolean;
  /** What the site said beside its answers, a sentence each. */
  readonly told: Set<string>;
  readonly hidden: Hidden;
  /** Whether terms of a vocabulary lie below one another. */
  readonly trees: Map<string, Promise<boolean>>;
  /** The last write of each entry: one writer at a time. */
  readonly turns: Map<string, Promise<unknown>>;
  /** Whole address below the JSON:API; `lang` is Drupal's code of a language that has a prefix. */
  address(path: string, lang?: string): string;
  /** A reading that decides: never from a cache. */
  get<T>(path: string, query: Query, decode: (payload: unknown) => T, lang?: string): Promise<Reply<T>>;
  one(path: string, query: Query, lang?: string): Promise<Resource>;
  page(path: string, query: Query, lang?: string): Promise<Page>;
  /** How far this machine's clock is ahead of the server's, in ms; 0 unless the last reading tells of a difference. */
  ahead(): number;
  index(): Promise<Index>;
  /** Id of the user that we are. Throws `auth` where Drupal takes us for a visitor. */
  me(): Promise<string>;
  /** Asks again who we are; throws `auth` when that is nobody, or somebody else than before. */
  prove(): Promise<void>;
  /** "Drupal 10", as the last answer says it. */
  software(): string;
  kinds(): Promise<readonly string[]>;
  bundle(kind: string): Promise<Bundle>;
  /** Undefined on a site in one language. */
  languages(): Promise<SiteLanguages | undefined>;
}

/** A slow answer is not a wrong clock. */
const SAME_TIME_MS = 30_000;

export function openSite(context: ConnectorContext): Site {
  const siteUrl = context.url.replace(/\/+$/, "").replace(/\/jsonapi$/, "");
  let difference = Number.NaN;
  let generator = "Drupal";
  const address: Site["address"] = (path, lang) =>
    `${siteUrl}${lang === undefined ? "" : `/${encodeURIComponent(lang)}`}/jsonapi${path}`;
  const get: Site["get"] = async (path, query, decode, lang) => {
    const reply = await context.http.send({
      method: "GET",
      path: address(path, lang),
      query,
      headers: { accept: JSON_API },
      repeatable: true,
      fresh: FRESH,
      decode,
      refuse,
    });
    difference = context.clock.now() - (reply.serverTime ?? Number.NaN);
    generator = /^Drupal \d+/.exec(reply.headers["x-generator"] ?? "")?.[0] ?? generator;
    return reply;
  };
  const askIndex = async () => (await get("", {}, decodeIndex)).value;
  const index = once(askIndex);
  const known = (found: Index): string => {
    if (found.me === undefined) throw anonymous(context.again);
    return found.me;
  };
  const me = async () => known(await index());
  const titles = once(() => titlesOf(site));
  const bundles = new Map<string, () => Promise<Bundle>>();
  const site: Site = {
    context,
    siteUrl,
    numbers: new Map(),
    closedFormats: new Set(),
    silent: false,
    told: new Set(),
    hidden: new Map(),
    trees: new Map(),
    turns: new Map(),
    address,
    get,
    one: async (path, query, lang) => (await get(path, query, decodeOne, lang)).value,
    page: async (path, query, lang) => (await get(path, query, decodePage, lang)).value,
    ahead: () => (Math.abs(difference) > SAME_TIME_MS ? difference : 0),
    index,
    me,
    async prove() {
      const [first, now] = [await me(), known(await askIndex())];
      if (first === now) return;
      throw new Fault("auth", `the site took us for user ${now}, before for user ${first}`, {
        code: "drupal.identity-changed",
        hint: "a cache in front of the site mixes up users: exempt /jsonapi from it",
      });
    },
    software: () => generator,
    kinds: async () => {
      await me();
      return nodeTypesIn(await index());
    },
    async bundle(kind) {
      const kinds = await site.kinds();
      if (!kinds.includes(kind)) throw unknownKind(kind, kinds);
      const load =
        bundles.get(kind) ?? once(async () => learnBundle(site, kind, (await titles()).get(kind) ?? kind));
      bundles.set(kind, load);
      return load();
    },
    languages: once(() => loadLanguages(site)),
  };
  return site;
}

/** Content types by their machine names. */
export const nodeTypesIn = ({ types }: Index): readonly string[] =>
  [...types].flatMap((type) => /^node--(.+)$/.exec(type)?.[1] ?? []);

function unknownKind(kind: string, kinds: readonly string[]): Fault {
  return new Fault("invalid", `this Drupal has no content type "${kind}" in its JSON:API`, {
    code: "unknown-kind",
    hint: `it has: ${kinds.join(", ")}`,
  });
}

/**
 * Only who may administer languages sees their list; for others the setting `languages` names them. A site in one
 * language has none.
 */
async function loadLanguages(site: Site): Promise<SiteLanguages | undefined> {
  const { types } = await site.index();
  if (!types.has("configurable_language--configurable_language")) return undefined;
  const rows = await everyRow(site, "/configurable_language/configurable_language", {});
  const listed = rows
    .map((row) => textIn(row, "drupal_internal__id"))
    .filter((code) => !/^(?:und|zxx|)$/.test(code));
  const named = (site.context.settings.languages ?? "").split(/[\s,]+/).filter((code) => code !== "");
  if (listed.length === 0 && named.length === 0) {
    site.told.add(
      "the account may not list the site's languages: entries are seen in the site's first language alone, unless the setting `languages` names the others",
    );
  }
  const { headers } = await site.get("", {}, decodeIndex);
  const fallback = headers["content-language"] ?? "en";
  const codes = [...new Set([fallback, ...listed, ...named])];
  if (codes.length < 2) return undefined;
  const locales = new Map<string, string>();
  for (const code of codes) {
    const tag = canonicalLocale(code);
    if (tag === undefined) continue;
    if (code === fallback || (await hasPrefix(site, code))) locales.set(code, tag);
    else
      site.told.add(`no address of the site begins with /${code}: its entries in that language are not seen`);
  }
  return { locales, fallback };
}

/** Addresses of a language begin with its code, unless an administrator chose otherwise. */
async function hasPrefix(site: Site, code: string): Promise<boolean> {
  try {
    await site.get("", {}, decodeIndex, code);
    return true;
  } catch (thrown) {
    if (isFault(thrown) && ["not-found", "protocol", "unsupported"].includes(thrown.kind)) return false;
    throw thrown;
  }
}
