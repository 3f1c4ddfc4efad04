// One site at Wix: how it is asked, and what is known of it.
import { z } from "zod";
import type { Call, Reply } from "../../http/http.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { ConnectorContext } from "../contract.ts";
import { createServerClock, type ServerClock } from "../server-clock.ts";
import { WHICH_SITE, wixFault } from "./faults.ts";

export interface Identity {
  /** The same for every connection to the site by a key; an app's instance stands for the site where an app signs in. */
  readonly root: string;
  readonly title: string;
  /** Where visitors look, without final slash. */
  readonly siteUrl: string;
  readonly timezone: string;
  readonly language: string;
  /** What the key may not read of the site's properties. */
  readonly notices: readonly string[];
}

type Query = NonNullable<Call<unknown>["query"]>;

export interface Write<T> {
  readonly method: "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: Json;
  readonly repeatable: boolean;
  readonly begins?: true;
  readonly notAfter?: number;
  readonly as?: "text";
  readonly decode: (payload: unknown) => T;
}

export interface Site extends Pick<ServerClock, "ahead" | "now"> {
  readonly context: ConnectorContext;
  get<T>(path: string, query: Query, decode: (payload: unknown) => T): Promise<Reply<T>>;
  /** A question that is sent as a POST, as Wix has them. */
  query<T>(path: string, body: Json, decode: (payload: unknown) => T): Promise<Reply<T>>;
  write<T>(write: Write<T>): Promise<T>;
  identity(): Promise<Identity>;
  /** Asked again: the site's properties are still those of the same site, and the key is good. */
  prove(): Promise<Identity>;
}

export function openSite(context: ConnectorContext): Site {
  const headers = siteHeader(context);
  let known: Promise<Identity> | undefined;
  const serverClock = createServerClock(context.clock);
  const listen = <T>(reply: Reply<T>): Reply<T> => {
    serverClock.listen(reply.serverTime);
    return reply;
  };
  const common = { headers, refuse: wixFault } as const;
  const site: Site = {
    context,
    get: async (path, query, decode) =>
      listen(
        await context.http.send({
          ...{ ...common, path, query, decode },
          method: "GET",
          repeatable: true,
          fresh: true,
        }),
      ),
    query: async (path, body, decode) =>
      listen(
        await context.http.send({
          ...{ ...common, path, decode },
          method: "POST",
          body: { json: body },
          repeatable: true,
          // Nothing on the way keeps answers to a POST.
          fresh: "",
        }),
      ),
    async write({ body, ...write }) {
      const sent = body === undefined ? {} : { body: { json: body } };
      return listen(await context.http.send({ ...common, ...write, ...sent })).value;
    },
    identity: () => {
      known ??= identify(site).catch((thrown: unknown) => {
        known = undefined;
        throw thrown;
      });
      return known;
    },
    async prove() {
      const now = await identify(site);
      const before = await (known ?? now);
      if (before.siteUrl !== now.siteUrl || before.title !== now.title) throw otherSite(before, now);
      known = Promise.resolve(now);
      return now;
    },
    ahead: serverClock.ahead,
    now: serverClock.now,
  };
  return site;
}

function otherSite(before: Identity, now: Identity): Fault {
  return new Fault("protocol", `the site was ${before.siteUrl} and says now that it is ${now.siteUrl}`, {
    code: "wix.other-site",
    hint: "its name or address was changed a moment ago: try again",
  });
}

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** A key is good for all sites of its account, so each request says which; the token of an app is of one site. */
function siteHeader({ settings }: ConnectorContext): Readonly<Record<string, string>> {
  const { site = "", instance = "" } = settings;
  for (const [name, id] of Object.entries({ site, instance })) {
    if (id !== "" && !GUID.test(id)) {
      throw new Fault("usage", `The setting ${name} is no id of Wix: ${JSON.stringify(id)}.`, {
        code: "wix.bad-site",
        hint: WHICH_SITE,
      });
    }
  }
  if (site === "" && instance === "") {
    throw new Fault("usage", "The connection does not say which site of the account is meant.", {
      code: "wix.no-site",
      hint: WHICH_SITE,
    });
  }
  return site === "" ? {} : { "wix-site-id": site };
}

function rootOf({ settings }: ConnectorContext): string {
  const { site = "", instance = "" } = settings;
  return (site === "" ? `wix:instance:${instance}` : `wix:site:${site}`).toLowerCase();
}

const propertiesSchema = z.object({
  properties: z.object({
    siteDisplayName: z.string().catch(""),
    timeZone: z.string().catch(""),
    language: z.string().catch(""),
  }),
});

const urlsSchema = z.object({
  urls: z.array(z.object({ url: z.string(), primary: z.boolean().catch(false) })).catch([]),
});

/** The blog is asked too: that the key may read it is what everything rests on. */
async function identify(site: Site): Promise<Identity> {
  const [properties, urls] = await Promise.all([
    allowed(
      site.get("/site-properties/v4/properties", {}, (payload) => propertiesSchema.parse(payload).properties),
    ),
    allowed(site.get("/urls-server/v2/published-site-urls", {}, (payload) => urlsSchema.parse(payload).urls)),
  ]);
  const root = rootOf(site.context);
  const url = (urls?.find(({ primary }) => primary) ?? urls?.[0])?.url.replace(/\/+$/, "") ?? "";
  const timezone = properties?.timeZone ?? "";
  return {
    root,
    title: properties?.siteDisplayName || root,
    siteUrl: url === "" ? "https://manage.wix.com" : url,
    timezone: timezone === "" ? "Etc/UTC" : timezone,
    language: properties?.language ?? "",
    notices:
      properties === undefined
        ? ["The key may not read the site's properties: dates without an offset are taken as UTC."]
        : [],
  };
}

/** Undefined where the key may not ask for this. */
async function allowed<T>(asked: Promise<Reply<T>>): Promise<T | undefined> {
  try {
    return (await asked).value;
  } catch (thrown) {
    if (isFault(thrown, "forbidden") || isFault(thrown, "not-found")) return undefined;
    throw thrown;
  }
}
