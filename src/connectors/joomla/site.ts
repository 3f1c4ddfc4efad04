// One site: how it is asked, and what is known of it.
import { z } from "zod";
import { isZone } from "../../content/date.ts";
import { joinTermPath, splitTermPath } from "../../content/term-path.ts";
import type { Call, Reply } from "../../http/http.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import { once } from "../../lib/once.ts";
import type { Account, ConnectorContext } from "../contract.ts";
import { createServerClock, type ServerClock } from "../server-clock.ts";
import { type CustomField, customFields } from "./custom-fields.ts";
import { refuse } from "./faults.ts";
import { allOf } from "./pages.ts";
import { type Texts, textsOf } from "./texts.ts";

export type Query = NonNullable<Call<unknown>["query"]>;

export const ARTICLES = "/content/articles";

export const numberText = z.union([z.number(), z.string()]).transform(String);

/** Where the site is and what it is called. */
export interface About {
  /** Address of the interface as the site itself gives it: its identity. */
  readonly root: string;
  /** Id of the article with the lowest one; undefined where there is none. */
  readonly oldest: string | undefined;
  /** Without final slash. */
  readonly siteUrl: string;
  readonly title: string;
  /** IANA name. */
  readonly timezone: string;
  /** Whether the site said so. */
  readonly tellsTimezone: boolean;
}

export interface Category {
  readonly id: string;
  readonly path: readonly string[];
}

export interface Site extends Pick<ServerClock, "ahead"> {
  readonly context: ConnectorContext;
  /** What was noticed beside the answers: one sentence each. */
  readonly told: Set<string>;
  /** Zone that Joomla reads this user's dates in: the site's, until a write shows another. */
  userZone: string | undefined;
  get<T>(path: string, query: Query, decode: (payload: unknown) => T): Promise<Reply<T>>;
  /** A write: POST or PATCH. Never repeated by itself. */
  write<T>(call: Pick<Call<T>, "method" | "path" | "begins" | "decode"> & { json: Json }): Promise<T>;
  about(): Promise<About>;
  /** Asked just now: the site is what it was, and the token is good. */
  prove(): Promise<void>;
  /** Throws where the answer for `path`, whose own address is `self`, is another site's. */
  sameSite(path: string, self: string): Promise<void>;
  /** All that there are, trashed ones left out, by id; asked for once, and again after `forgetCategories`. */
  categories(): Promise<ReadonlyMap<string, Category>>;
  forgetCategories(): void;
  readonly texts: Texts;
  /** Of articles that name none. Throws `invalid` where there is none. */
  defaultCategory(): Promise<Category>;
  /** Titles of access levels by id; empty where the site does not tell. */
  levels(): Promise<ReadonlyMap<string, string>>;
  customFields(): Promise<readonly CustomField[]>;
  /** Tags of its content languages; empty where the site does not tell. */
  languages(): Promise<readonly string[]>;
}

export function openSite(context: ConnectorContext): Site {
  let categories: Promise<ReadonlyMap<string, Category>> | undefined;
  const serverClock = createServerClock(context.clock);
  let isAsked = false;
  const aboutOnce = once(() => about(site));
  const site: Site = {
    context,
    told: new Set(),
    userZone: undefined,
    texts: textsOf(REMEMBERED),
    get: async (path, query, decode) => {
      const reply = await context.http.send({
        method: "GET",
        path,
        query,
        headers: JSON_API,
        repeatable: true,
        fresh: true,
        decode,
        refuse: (refusal) => refuse(refusal, false, context.again),
      });
      serverClock.listen(reply.serverTime);
      return reply;
    },
    ahead: serverClock.ahead,
    write: async ({ json, ...call }) => {
      const reply = await context.http.send({
        ...call,
        headers: JSON_API,
        body: { json },
        repeatable: false,
        refuse: (refusal) => refuse(refusal, true, context.again),
      });
      return reply.value;
    },
    about: () => {
      isAsked = true;
      return aboutOnce();
    },
    async prove() {
      const wasAsked = isAsked;
      const { root } = await site.about();
      // The first answer is a proof already.
      const now = wasAsked ? (await askedFirst(site)).root : root;
      if (now !== root) throw otherSite(root, now);
    },
    async sameSite(path, self) {
      const { root } = await site.about();
      const now = rootIn(site, path, self);
      if (now !== root) throw otherSite(root, now);
    },
    categories: () => {
      categories ??= allCategories(site).catch((thrown: unknown) => {
        categories = undefined;
        throw thrown;
      });
      return categories;
    },
    forgetCategories: () => {
      categories = undefined;
    },
    defaultCategory: () => defaultCategory(site),
    levels: once(() => levels(site)),
    customFields: once(() => customFields(site)),
    languages: once(() => languages(site)),
  };
  return site;
}

/** Characters. */
const REMEMBERED = 8_000_000;

/** With `text/html` Joomla answers 406. */
const JSON_API = { accept: "application/vnd.api+json, application/json" };

// --- Who and where -----------------------------------------------------------------------------------------

const firstSchema = z.object({
  links: z.object({ self: z.string() }),
  data: z.array(z.object({ id: numberText })),
});

/** One article: the oldest, which is most likely somebody else's. */
const FIRST: Query = { "page[limit]": 1, "list[ordering]": "a.id", "list[direction]": "asc" };

/** Address of the interface, from what the site says of a list of articles, and the id of the first of them. */
async function askedFirst(site: Site): Promise<Pick<About, "root" | "oldest">> {
  try {
    const { value } = await site.get(ARTICLES, FIRST, (payload) => firstSchema.parse(payload));
    return { root: rootIn(site, ARTICLES, value.links.self), oldest: value.data[0]?.id };
  } catch (thrown) {
    if (!isFault(thrown, "not-found")) throw thrown;
    throw new Fault("not-found", "the site's interface knows no articles", {
      code: "joomla.content-plugin",
      scope: "connection",
      cause: thrown,
      hint: 'enable the plug-in "Web Services - Content" in Joomla under System > Plugins',
    });
  }
}

/** The interface's address in that of the answer for `path`. */
function rootIn(site: Site, path: string, self: string): string {
  const [bare = ""] = self.split(/[?#]/);
  return bare.endsWith(path) && URL.canParse(bare) ? bare.slice(0, -path.length) : site.context.url;
}

function otherSite(before: string, now: string): Fault {
  return new Fault("protocol", `another site answers now: ${now}, not ${before}`, {
    code: "joomla.other-site",
    scope: "connection",
    hint: "its address was changed a moment ago, or a proxy leads to several sites: try again",
  });
}

async function about(site: Site): Promise<About> {
  const { root, oldest } = await askedFirst(site);
  const configuration = await configurationOf(site);
  const given = site.context.settings.timezone ?? "";
  const told = configuration.get("offset");
  const timezone = typeof told === "string" && isZone(told) ? told : given;
  const title = configuration.get("sitename");
  return {
    root,
    oldest,
    siteUrl: root.replace(/\/api(?:\/index\.php)?\/v\d+$/, ""),
    title: typeof title === "string" && title !== "" ? title : new URL(root).host,
    timezone: isZone(timezone) && timezone !== "" ? timezone : "UTC",
    tellsTimezone: timezone === told,
  };
}

const configurationSchema = z.object({
  data: z.array(z.object({ attributes: z.record(z.string(), z.unknown()) })),
});

/** Only those two are kept: the rest is none of our business. */
async function configurationOf(site: Site): Promise<ReadonlyMap<string, unknown>> {
  const query = { "page[offset]": 0, "page[limit]": 500 };
  const pairs = await unlessClosed(
    site.get("/config/application", query, (payload) => configurationSchema.parse(payload)),
    undefined,
  );
  const entries = (pairs?.value.data ?? []).flatMap(({ attributes }) => Object.entries(attributes));
  return new Map(entries.filter(([name]) => name === "offset" || name === "sitename"));
}

/** What a plug-in that is off, or a right that is missing, hides. */
export async function unlessClosed<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (isFault(thrown, "not-found") || isFault(thrown, "forbidden")) return otherwise;
    throw thrown;
  }
}

/** A plug-in that is off knows none of its addresses. */
function answers(site: Site, path: string, query: Query): Promise<boolean> {
  return unlessClosed(
    site.get(path, query, () => true).then(() => true),
    false,
  );
}

export async function whoami(site: Site): Promise<Account> {
  await site.prove();
  const { root, siteUrl, title, timezone, tellsTimezone } = await site.about();
  const [uploads, terms, all] = await Promise.all([
    answers(site, "/media/adapters", {}),
    answers(site, "/tags", { "page[limit]": 1 }),
    editsOthers(site),
  ]);
  const notices = tellsTimezone
    ? []
    : [
        'the site does not tell its time zone, and dates are read as UTC\'s unless the setting timezone says another: enable the plug-in "Web Services - Config", with a token of a Super User',
      ];
  return {
    // Joomla's interface says nowhere whose token it is.
    id: "token",
    name: "owner of the API token",
    roles: [],
    site: root,
    siteTitle: title,
    siteUrl,
    timezone,
    software: "Joomla",
    // What else the user's groups may write or publish, Joomla tells only by refusing it.
    may: [
      ...(["read", "write"] as const),
      ...(all ? (["publish", "remove"] as const) : []),
      ...(uploads ? (["upload"] as const) : []),
      ...(terms ? (["terms"] as const) : []),
    ],
    notices: [...notices, ...(all ? [] : [OWN_ONLY]), ...site.told],
  };
}

const OWN_ONLY =
  "the token's user may not edit the articles of others, so that it may most likely not publish or remove any either: what it may not do is refused, or left unpublished. Use a token of a Super User";

/** Who may not edit an article is not shown its versions. Taken to be so where there is no article yet. */
async function editsOthers(site: Site): Promise<boolean> {
  const { oldest } = await site.about();
  if (oldest === undefined) return true;
  const path = `${ARTICLES}/${oldest}/contenthistory`;
  try {
    await site.get(path, { "page[offset]": 0, "page[limit]": 1 }, () => true);
    return true;
  } catch (thrown) {
    if (isFault(thrown, "forbidden")) return false;
    if (isFault(thrown, "not-found")) return true;
    throw thrown;
  }
}

// --- What it holds -----------------------------------------------------------------------------------------

const categorySchema = z.object({
  id: numberText,
  attributes: z.object({ title: z.string(), parent_id: numberText }),
});

async function allCategories(site: Site): Promise<ReadonlyMap<string, Category>> {
  const rows = await allOf(site, "/content/categories", {}, (item) => categorySchema.parse(item));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const pathOf = (id: string, below: readonly string[] = []): readonly string[] => {
    const row = byId.get(id);
    if (row === undefined || below.length > 50) return below;
    return pathOf(row.attributes.parent_id, [row.attributes.title, ...below]);
  };
  return new Map(rows.map(({ id }) => [id, { id, path: pathOf(id) }]));
}

async function defaultCategory(site: Site): Promise<Category> {
  const all = [...(await site.categories()).values()];
  const wanted = site.context.settings.category ?? "";
  const fold = (path: readonly string[]) => joinTermPath(path).toLowerCase();
  const found =
    wanted === ""
      ? all.toSorted((a, b) => Number(a.id) - Number(b.id))[0]
      : all.find(({ path }) => fold(path) === fold(splitTermPath(wanted)));
  if (found !== undefined) return found;
  throw new Fault(
    "invalid",
    wanted === "" ? "the site has no category for articles" : `the site has no category "${wanted}"`,
    {
      code: "joomla.no-category",
      scope: "connection",
      hint: "make it in Joomla under Content > Categories, or name another with the setting category",
    },
  );
}

const levelSchema = z.object({ id: numberText, attributes: z.object({ title: z.string() }) });

async function levels(site: Site): Promise<ReadonlyMap<string, string>> {
  const rows = await unlessClosed(
    allOf(site, "/users/levels", {}, (item) => levelSchema.parse(item)),
    [],
  );
  return new Map(rows.map(({ id, attributes }) => [id, attributes.title]));
}

const languageSchema = z.object({
  attributes: z.object({ lang_code: z.string(), published: numberText.catch("1") }),
});

async function languages(site: Site): Promise<readonly string[]> {
  const rows = await unlessClosed(
    allOf(site, "/languages/content", {}, (item) => languageSchema.parse(item)),
    [],
  );
  return rows.flatMap(({ attributes }) => (attributes.published === "1" ? [attributes.lang_code] : []));
}
