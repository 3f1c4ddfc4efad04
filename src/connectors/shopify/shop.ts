// One shop: how it is asked, and what is known of it.
import { z } from "zod";
import type { Call } from "../../http/http.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import { excerpt } from "../../lib/redact.ts";
import type { Closed, ConnectorContext } from "../contract.ts";
import { failed } from "../joined.ts";
import { createServerClock, type ServerClock } from "../server-clock.ts";
import { aliasOf, compose, type Part } from "./documents.ts";
import { errorSchema, type GraphqlError, graphqlFault, refuse } from "./faults.ts";
import { type KindName, WIRINGS, type Wiring } from "./kinds.ts";
import { type Definition, keyOf, SEO } from "./metafields.ts";
import { API_VERSION, BLOGS, DEFINITIONS, ENDPOINT, INSTALLATION, SHOP } from "./queries.ts";

export interface Blog {
  readonly id: string;
  readonly handle: string;
}

/** Who the shop is, and what the app may do there. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  /** `name.myshopify.com`. */
  readonly domain: string;
  /** Where visitors look, without final slash. */
  readonly siteUrl: string;
  readonly timezone: string;
  readonly installation: string;
  readonly app: string;
  readonly scopes: ReadonlySet<string>;
}

export interface Asking {
  /** See `Call.begins`. */
  readonly begins?: boolean;
  /** See `Call.notAfter`. */
  readonly notAfter?: number;
  /** The answer decides about a write. */
  readonly fresh?: boolean;
}

export interface Answers {
  /** What became of each part, in their order. */
  readonly outcomes: readonly PromiseSettledResult<unknown>[];
  readonly serverTime: number | undefined;
  /** Of the API that answered. */
  readonly version: string;
}

export interface Shop extends Pick<ServerClock, "ahead" | "now"> {
  readonly context: ConnectorContext;
  /** What the shop said beside its answers: one sentence each. */
  readonly told: Set<string>;
  /** Sends parts of one type in one request. Throws for what is true of the whole request. */
  ask(parts: readonly Part[], how?: Asking): Promise<Answers>;
  /** One part by itself, decoded. */
  one<T>(part: Part, decode: (payload: unknown) => T, how?: Asking): Promise<T>;
  identity(): Promise<Identity>;
  /** Asked again: the identity is what it was, and the token is good. */
  prove(): Promise<Identity>;
  blogs(): Promise<readonly Blog[]>;
  definitions(kind: KindName): Promise<readonly Definition[]>;
  /** Throws `invalid` for a kind that the shop does not have, or that this connection may not touch. */
  wiring(kind: string): Wiring;
  readonly kinds: readonly KindName[];
}

/** Of products, where they are not allowed. */
export const LOCKED: Closed = {
  code: "shopify.products-locked",
  message: "this connection does not touch products",
  hint: "say `targets: { <connection>: { settings: { allow: products } } }` in ainstein.yaml, or connect with --set allow=products",
};

export function openShop(context: ConnectorContext): Shop {
  const told = new Set<string>();
  const kinds: readonly KindName[] =
    context.settings.allow === "products" ? ["article", "page", "product"] : ["article", "page"];
  const definitions = new Map<KindName, Promise<readonly Definition[]>>();
  let known: Promise<Identity> | undefined;
  let blogs: Promise<readonly Blog[]> | undefined;
  const serverClock = createServerClock(context.clock);
  const shop: Shop = {
    context,
    told,
    kinds,
    async ask(parts, how = {}) {
      const answers = await send(shop, parts, await sharedValues(shop, parts), how);
      serverClock.listen(answers.serverTime);
      return answers;
    },
    ahead: serverClock.ahead,
    now: serverClock.now,
    async one(part, decode, how) {
      const { outcomes } = await shop.ask([part], how);
      return decodeOutcome(outcomes[0], decode);
    },
    identity: () => {
      known ??= identify(shop).catch((thrown: unknown) => {
        known = undefined;
        throw thrown;
      });
      return known;
    },
    async prove() {
      const now = await identify(shop);
      const before = await (known ?? now);
      if (before.id !== now.id) throw otherShop(before, now);
      known = Promise.resolve(now);
      return now;
    },
    blogs: () => {
      blogs ??= allBlogs(shop).catch((thrown: unknown) => {
        blogs = undefined;
        throw thrown;
      });
      return blogs;
    },
    definitions: (kind) => {
      const asked = definitions.get(kind) ?? allDefinitions(shop, WIRINGS[kind]);
      definitions.set(kind, asked);
      asked.catch(() => definitions.delete(kind));
      return asked;
    },
    wiring: (kind) => wiringOf(kinds, kind),
  };
  return shop;
}

function wiringOf(kinds: readonly KindName[], kind: string): Wiring {
  const name = kinds.find((candidate) => candidate === kind);
  if (name !== undefined) return WIRINGS[name];
  if (kind === "product") throw new Fault("invalid", LOCKED.message, LOCKED);
  throw new Fault("invalid", `a shop has no kind "${kind}"`, {
    code: "unknown-kind",
    hint: `it has: ${kinds.join(", ")}`,
  });
}

// --- Asking ------------------------------------------------------------------------------------------------

const answerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(errorSchema).optional(),
});

async function send(shop: Shop, parts: readonly Part[], shared: JsonObject, how: Asking): Promise<Answers> {
  const { query, variables } = compose(parts, shared);
  const writes = parts[0]?.operation.type === "mutation";
  const { again } = shop.context;
  const about = parts.reduce((sum, part) => sum + weightOf(part, shared), 0);
  const call: Call<readonly PromiseSettledResult<unknown>[]> = {
    method: "POST",
    path: ENDPOINT,
    body: { json: { query, variables } },
    repeatable: !writes,
    ...(writes && how.begins === true ? { begins: true } : {}),
    ...(how.notAfter === undefined ? {} : { notAfter: how.notAfter }),
    ...(how.fresh === true ? { fresh: true } : {}),
    cost: { kind: `${kindOfCost(parts)} of ${about}`, about },
    decode: (payload) => outcomesOf(parts, answerSchema.parse(payload), writes, again),
    refuse: (refusal) => refuse(refusal, again),
  };
  const { value, headers, serverTime } = await shop.context.http.send(call);
  return { outcomes: value, serverTime, version: listen(shop, headers) };
}

const itemsIn = ({ values }: Part) => (Array.isArray(values.ids) ? values.ids.length : 1);

/** As Shopify reckons before it carries a request out: whatever an answer may hold. */
export function weightOf(part: Part, shared: JsonObject): number {
  const { cost, field } = part.operation;
  const whole = Object.values(WIRINGS).find(({ type }) => field.includes(`...${type}Whole`));
  const metafields = whole === undefined ? 0 : Number(shared[whole.shared.count] ?? 0);
  return (cost + metafields) * itemsIn(part);
}

/** Requests with as many of the same operations, reckoned to weigh the same, weigh the same. */
function kindOfCost(parts: readonly Part[]): string {
  const counts = new Map<string, number>();
  for (const part of parts) {
    const { name } = part.operation;
    counts.set(name, (counts.get(name) ?? 0) + itemsIn(part));
  }
  return [...counts].map(([name, count]) => `${name} ${count}`).join(" ");
}

/**
 * An error names the part it is about by the first step of its path; one that names none is about whatever has no answer,
 * which is mostly the whole request.
 */
function outcomesOf(
  parts: readonly Part[],
  { data, errors = [] }: z.infer<typeof answerSchema>,
  writes: boolean,
  again: string | undefined,
): readonly PromiseSettledResult<unknown>[] {
  const whole = errors.find(({ path }) => path === undefined || path.length === 0);
  const isAnswered = Object.values(data ?? {}).some((value) => value !== null);
  if (whole !== undefined && !isAnswered) throw graphqlFault(whole, writes, again);
  const byAlias = new Map<string, GraphqlError>();
  for (const error of errors.toReversed()) byAlias.set(String(error.path?.[0]), error);
  return parts.map(({ operation }, index) => {
    const alias = aliasOf(index);
    const error = byAlias.get(alias);
    if (error !== undefined) return failed(graphqlFault(error, writes, again));
    const value = data?.[alias];
    if (value !== undefined && (value !== null || whole === undefined)) return { status: "fulfilled", value };
    const other = whole ?? errors[0];
    if (other !== undefined) return failed(graphqlFault(other, writes, again));
    const message = `the shop's answer says nothing of ${operation.name}`;
    return failed(new Fault(writes ? "ambiguous" : "protocol", message, { code: "shopify.no-answer" }));
  });
}

export function decodeOutcome<T>(
  outcome: PromiseSettledResult<unknown> | undefined,
  decode: (payload: unknown) => T,
): T {
  if (outcome === undefined) throw new Fault("defect", "a part without its answer");
  if (outcome.status === "rejected") throw outcome.reason;
  try {
    return decode(outcome.value);
  } catch (thrown) {
    if (isFault(thrown)) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault("protocol", `the shop's answer is not what was expected: ${excerpt(why, 200)}`, {
      code: "unexpected-answer",
      cause: thrown,
    });
  }
}

/** Values that fragments need: which metafields an entry is read with. */
export async function sharedValues(
  shop: Shop,
  parts: readonly Pick<Part, "operation">[],
): Promise<JsonObject> {
  const used = Object.values(WIRINGS).filter((wiring) =>
    parts.some(({ operation }) => operation.field.includes(`...${wiring.type}Whole`)),
  );
  const values = await Promise.all(
    used.map(async ({ name, shared }) => {
      const keys = [...Object.values(SEO), ...(await shop.definitions(name))].map(keyOf);
      return { [shared.count]: keys.length, [shared.keys]: keys };
    }),
  );
  return Object.assign({}, ...values);
}

/** Keeps what the shop says beside its answer; the version of the API that answered. */
function listen({ told }: Shop, headers: Readonly<Record<string, string>>): string {
  const version = headers["x-shopify-api-version"] ?? API_VERSION;
  if (version !== API_VERSION && /^[\w-]{1,20}$/.test(version)) {
    told.add(
      `Shopify answered with version ${version} of its API, and this program speaks ${API_VERSION}: upgrade ainstein-cms`,
    );
  }
  const reason = headers["x-shopify-api-deprecated-reason"];
  if (reason !== undefined && reason !== "") {
    told.add(`Shopify will drop something that this program uses: ${excerpt(reason, 300)}`);
  }
  return version;
}

// --- What is known -----------------------------------------------------------------------------------------

const shopSchema = z.object({
  id: z.string(),
  name: z.string(),
  myshopifyDomain: z.string(),
  url: z.string(),
  ianaTimezone: z.string(),
  primaryDomain: z.object({ url: z.string() }).nullish(),
});
const installationSchema = z.object({
  id: z.string(),
  app: z.object({ title: z.string() }),
  accessScopes: z.array(z.object({ handle: z.string() })),
});

async function identify(shop: Shop): Promise<Identity> {
  const parts = [SHOP, INSTALLATION].map((operation) => ({ operation, values: {} }));
  const { outcomes, version } = await shop.ask(parts, { fresh: true });
  if (/^\d{4}-\d\d$/.test(version) && version < API_VERSION) throw tooOld(version);
  const about = decodeOutcome(outcomes[0], (payload) => shopSchema.parse(payload));
  const installation = decodeOutcome(outcomes[1], (payload) => installationSchema.parse(payload));
  return {
    id: about.id,
    name: about.name,
    domain: about.myshopifyDomain,
    siteUrl: (about.primaryDomain?.url ?? about.url).replace(/\/+$/, ""),
    timezone: about.ianaTimezone,
    installation: installation.id,
    app: installation.app.title,
    scopes: new Set(installation.accessScopes.map(({ handle }) => handle)),
  };
}

/** It may not know what this program asks for, and would leave it out in silence. */
function tooOld(version: string): Fault {
  return new Fault("unsupported", `the shop answers with version ${version} of its API, not ${API_VERSION}`, {
    code: "shopify.api-version",
    scope: "connection",
    hint: "something between here and Shopify changes the address, or the version is not out yet: use the release of ainstein-cms before this one",
  });
}

function otherShop(before: Identity, now: Identity): Fault {
  return new Fault("protocol", `the shop was ${before.domain} a moment ago and is ${now.domain} now`, {
    code: "shopify.other-shop",
  });
}

const pageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() });

/** All nodes of a connection, page by page. Throws `protocol` where a page does not lead on. */
export async function allNodes<T>(
  shop: Shop,
  operation: Part["operation"],
  values: JsonObject,
  node: z.ZodType<T>,
): Promise<readonly T[]> {
  const schema = z.object({ nodes: z.array(node), pageInfo: pageInfoSchema });
  const nodes: T[] = [];
  for (let after: string | undefined; ; ) {
    const given = after === undefined ? values : { ...values, after };
    const page = await shop.one({ operation, values: given }, (payload) => schema.parse(payload));
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    const next = page.pageInfo.endCursor ?? undefined;
    if (next === undefined || next === after) throw stuck(operation.name);
    after = next;
  }
}

export function stuck(what: string): Fault {
  return new Fault("protocol", `the shop's listing of ${what} does not lead to its next page`, {
    code: "shopify.listing-broken",
  });
}

function allBlogs(shop: Shop): Promise<readonly Blog[]> {
  return allNodes(shop, BLOGS, {}, z.object({ id: z.string(), handle: z.string() }));
}

const definitionSchema = z
  .object({ namespace: z.string(), key: z.string(), type: z.object({ name: z.string() }) })
  .transform(({ namespace, key, type }): Definition => ({ namespace, key, type: type.name }));

/** Those that are fields of their own here (`seo`) are left out. */
async function allDefinitions(shop: Shop, { owner }: Wiring): Promise<readonly Definition[]> {
  const all = await allNodes(shop, DEFINITIONS, { owner }, definitionSchema);
  const own = new Set(Object.values(SEO).map(keyOf));
  return all.filter((definition) => !own.has(keyOf(definition)));
}
