// One Ghost: how it is asked, and what is known of it.
import { z } from "zod";
import type { Call, Reply } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { ConnectorContext } from "../contract.ts";
import { createServerClock, type ServerClock } from "../server-clock.ts";
import { ghostFault, refuseWrite } from "./faults.ts";

export interface Identity {
  /** Root of the Admin API as the site itself has it, without final slash. */
  readonly root: string;
  /** Where visitors look, without final slash. */
  readonly siteUrl: string;
  readonly title: string;
  readonly version: string;
  readonly timezone: string;
}

export type Query = NonNullable<Call<unknown>["query"]>;

export interface Write<T> {
  readonly method: "POST" | "PUT" | "DELETE";
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
  get<T>(path: string, query: Query, decode: (payload: unknown) => T): Promise<Reply<T>>;
  write<T>(write: Write<T>): Promise<T>;
  identity(): Promise<Identity>;
  /** Asked again: the identity is what it was, and the key is good. */
  prove(): Promise<Identity>;
}

export function openSite(context: ConnectorContext): Site {
  let known: Promise<Identity> | undefined;
  const serverClock = createServerClock(context.clock);
  const site: Site = {
    context,
    async get(path, query, decode) {
      const reply = await context.http.send({
        method: "GET",
        ...{ path, query, decode },
        repeatable: true,
        fresh: true,
        refuse: ghostFault,
      });
      serverClock.listen(reply.serverTime);
      return reply;
    },
    async write({ body, ...write }) {
      const reply = await context.http.send({
        ...write,
        ...(body === undefined ? {} : { body: { json: body } }),
        refuse: refuseWrite,
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
      const now = await identify(site);
      const before = await (known ?? now);
      if (before.root !== now.root) throw otherSite(before, now);
      known = Promise.resolve(now);
      return now;
    },
    ahead: serverClock.ahead,
    now: serverClock.now,
  };
  return site;
}

function otherSite(before: Identity, now: Identity): Fault {
  return new Fault("protocol", `the site was ${before.root} and says now that it is ${now.root}`, {
    code: "ghost.other-site",
    hint: "its address was changed a moment ago, or a proxy leads to several sites: try again",
  });
}

export const siteSchema = z.object({
  site: z.object({ title: z.string().catch(""), url: z.string(), version: z.string() }),
});

const settingsSchema = z.object({
  settings: z.array(z.object({ key: z.string(), value: z.unknown() })),
});

/** What the site says of itself is public; its settings are not, so they prove the key. */
async function identify(site: Site): Promise<Identity> {
  const [about, settings] = await Promise.all([
    site.get("/site/", {}, (payload) => siteSchema.parse(payload).site),
    site.get("/settings/", {}, (payload) => settingsSchema.parse(payload).settings),
  ]);
  const { title, url, version } = about.value;
  refuseOld(version);
  const timezone = settings.value.find(({ key }) => key === "timezone")?.value;
  const siteUrl = url.replace(/\/+$/, "");
  return {
    root: `${siteUrl}/ghost/api/admin`,
    siteUrl,
    title,
    version,
    timezone: typeof timezone === "string" && timezone !== "" ? timezone : "Etc/UTC",
  };
}

/** `version` as `5.130`. */
export function refuseOld(version: string): void {
  const major = Number.parseInt(version, 10);
  if (major >= 5) return;
  throw new Fault("unsupported", `the site runs Ghost ${version}, and this program needs Ghost 5 or newer`, {
    code: "ghost.too-old",
    scope: "connection",
    hint: "upgrade it with `ghost update`, or ask its host to",
  });
}
