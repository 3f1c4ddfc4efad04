// Writes of one tick in as few requests as Webflow takes, each with its own answer or its own fault.
import { z } from "zod";
import { Fault, isFault } from "../../lib/fault.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Entry } from "../contract.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { CODES } from "./faults.ts";
import { waitFor } from "./find.ts";
import type { Wired } from "./kinds.ts";
import { note, spoken } from "./mirror.ts";
import { publishedAsNeeded } from "./publish.ts";
import { type Item, itemsSchema } from "./rows.ts";
import { keptAll } from "./same.ts";
import type { Site } from "./site.ts";

/** Items in one request at most. https://developers.webflow.com/data/changelog/10232024 */
export const BATCH = 100;

/** Requests with writes at one time. */
export const ABREAST = 2;

/** Of one request's texts. */
const BYTES = 2_000_000;

/** What was read longer ago is read again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 2000;

type Result<T> = PromiseSettledResult<T>;

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** A file that Webflow cannot have would else be left out in silence. */
const WHOLE = { skipInvalidFiles: false } as const;

// --- Creating ----------------------------------------------------------------------------------------------------

export interface Creation {
  readonly wired: Wired;
  readonly slug: string;
  readonly cmsLocaleId: string;
  /** On the live site at once. */
  readonly isLive: boolean;
  readonly item: JsonObject;
}

export const sendCreate = joinedFor(
  (site: Site): Joining<Creation, Item> => ({
    group: ({ wired, isLive }) => `${wired.id} ${isLive}`,
    most: () => BATCH,
    abreast: ABREAST,
    weight: { of: ({ item }) => bytesOf(item), most: () => BYTES },
    send: (creations) => inHalves(creations, (some) => createAll(site, some)),
  }),
);

async function createAll(site: Site, creations: readonly Creation[]): Promise<readonly Result<Item>[]> {
  const [first] = creations;
  if (first === undefined) return [];
  const { wired, isLive } = first;
  const send = () =>
    site.write({
      method: "POST",
      path: `/collections/${wired.id}/items${isLive ? "/live" : ""}`,
      query: WHOLE,
      body: { items: creations.map(({ item }) => item) },
      repeatable: false,
      begins: true,
      decode: (payload) => itemsSchema.parse(payload).items,
    });
  const made = await spoken(site, await (isLive ? publishedAsNeeded(site, send) : send()));
  note(site, wired, made);
  return creations.map(({ slug, cmsLocaleId }): Result<Item> => {
    const own = made.find((item) => item.fieldData.slug === slug && item.cmsLocaleId === cmsLocaleId);
    return own === undefined ? failed(unanswered(slug)) : { status: "fulfilled", value: own };
  });
}

function unanswered(what: string): Fault {
  return new Fault("ambiguous", `Webflow's answer says nothing of ${what}`, { code: "webflow.no-answer" });
}

/** Codes of refusals that may be about one item of many. Webflow has then done nothing of the request. */
const OF_ONE: ReadonlySet<string> = new Set([CODES.taken, CODES.invalid, CODES.noItem, "webflow.not-found"]);

/** In halves where Webflow refuses it for one of them. */
async function inHalves<In, Out>(
  all: readonly In[],
  send: (some: readonly In[]) => Promise<readonly Result<Out>[]>,
): Promise<readonly Result<Out>[]> {
  try {
    return await send(all);
  } catch (thrown) {
    if (!isFault(thrown) || !OF_ONE.has(thrown.code) || all.length === 1)
      return all.map(() => failed(thrown));
    const half = Math.ceil(all.length / 2);
    const first = await inHalves(all.slice(0, half), send);
    return [...first, ...(await inHalves(all.slice(half), send))];
  }
}

// --- Changing ----------------------------------------------------------------------------------------------------

export interface Change {
  readonly wired: Wired;
  readonly id: string;
  readonly cmsLocaleId: string;
  /** Fields and flags of the staged item; undefined where they stay. */
  readonly patch: JsonObject | undefined;
  /** What the wire is to hold afterwards, of the parts that are sent. */
  readonly wire: JsonObject;
  /** Off the live site before, or onto it afterwards. */
  readonly moves: "off" | "on" | undefined;
  /** The item as it is. */
  readonly now: () => Promise<Entry | undefined>;
  /** Of what is overwritten: when it was read, in ms since 1970, and a look that throws unless it is as it was then. */
  readonly read: { readonly at: number; readonly again: () => Promise<unknown> };
}

/** What Webflow answered a change of the staged item; undefined where nothing of it was changed, or the answer was lost. */
type Answer = Item | undefined;

/** Steps of one shape travel together, so that each request is the first of all of them or of none. */
export const sendChange = joinedFor(
  (site: Site): Joining<Change, Answer> => ({
    group: ({ wired, moves, patch }) => `${wired.id} ${moves} ${patch === undefined}`,
    most: () => BATCH,
    abreast: ABREAST,
    weight: { of: ({ patch }) => bytesOf(patch ?? {}), most: () => BYTES },
    send: (changes) => carry(site, changes),
  }),
);

async function carry(site: Site, changes: readonly Change[]): Promise<readonly Result<Answer>[]> {
  const looks = await Promise.allSettled(changes.map((change) => lookBefore(site, change)));
  const results = new Map<Change, Result<Answer>>();
  for (const [index, change] of changes.entries()) {
    const look = looks[index];
    results.set(change, look?.status === "rejected" ? look : { status: "fulfilled", value: undefined });
  }
  for (const [index, phase] of phasesOf(changes).entries()) {
    const left = changes.filter((change) => results.get(change)?.status === "fulfilled");
    if (left.length === 0) break;
    const done = await inHalves(left, (some) => phase.send(site, some, index === 0));
    const sure = await Promise.all(left.map((change, at) => whetherLanded(site, phase, change, done[at])));
    for (const [at, change] of left.entries()) {
      const outcome = sure[at] ?? failed(unanswered(change.id));
      const isSaid = outcome.status === "rejected" || outcome.value !== undefined;
      if (isSaid) results.set(change, outcome);
    }
  }
  return changes.map((change) => results.get(change) ?? failed(unanswered(change.id)));
}

async function lookBefore({ context }: Site, { read }: Change): Promise<void> {
  if (context.clock.now() - read.at > FRESH_MS) await read.again();
}

/** One request of a step; what is behind it is sent once it is known to have been carried out. */
interface Phase {
  readonly send: (
    site: Site,
    changes: readonly Change[],
    begins: boolean,
  ) => Promise<readonly Result<Answer>[]>;
  readonly hasLanded: (change: Change, entry: Entry) => boolean;
}

function phasesOf([first]: readonly Change[]): readonly Phase[] {
  return [
    ...(first?.moves === "off" ? [TAKE_OFF] : []),
    ...(first?.patch === undefined ? [] : [PATCH]),
    ...(first?.moves === "on" ? [PUT_ON] : []),
  ];
}

/** Where the answer is lost the item is looked at until it is as it was to become. */
async function whetherLanded(
  site: Site,
  { hasLanded }: Phase,
  change: Change,
  result: Result<Answer> | undefined,
): Promise<Result<Answer> | undefined> {
  if (result?.status !== "rejected" || !isFault(result.reason, "ambiguous")) return result;
  try {
    const landed = await waitFor(site, async () => {
      const entry = await change.now();
      return entry !== undefined && hasLanded(change, entry) ? entry : undefined;
    });
    return landed === undefined ? result : DONE;
  } catch (thrown) {
    return failed(thrown);
  }
}

const DONE = { status: "fulfilled", value: undefined } as const;

const first = (begins: boolean) => (begins ? { begins } : {}) as { readonly begins?: true };

/** An item and its language, where the site knows several. */
function named({ id, cmsLocaleId }: Change): JsonObject {
  return cmsLocaleId === "" ? { id } : { id, cmsLocaleIds: [cmsLocaleId] };
}

const sendPatch: Phase["send"] = async (site, changes, begins) => {
  const { wired } = changes[0] as Change;
  const wishes = changes.map(({ id, cmsLocaleId, patch: sent }): Json => {
    return { id, ...(cmsLocaleId === "" ? {} : { cmsLocaleId }), ...sent };
  });
  const answered = await site.write({
    method: "PATCH",
    path: `/collections/${wired.id}/items`,
    query: WHOLE,
    body: { items: wishes },
    repeatable: false,
    ...first(begins),
    decode: (payload) => itemsSchema.parse(payload).items,
  });
  const items = await spoken(site, answered);
  note(site, wired, items);
  return changes.map(({ id, cmsLocaleId }) => {
    const value = items.find((item) => item.id === id && item.cmsLocaleId === cmsLocaleId);
    return value === undefined ? failed(unanswered(id)) : { status: "fulfilled", value };
  });
};

const takeOff: Phase["send"] = async (site, changes, begins) => {
  const { wired } = changes[0] as Change;
  await site.write({
    method: "DELETE",
    path: `/collections/${wired.id}/items/live`,
    body: { items: changes.map(named) },
    repeatable: false,
    as: "text",
    ...first(begins),
    decode: () => undefined,
  });
  return changes.map(() => DONE);
};

const publishedSchema = z.object({
  publishedItemIds: z.array(z.string()).catch([]),
  errors: z.array(z.string()).catch([]),
});

const putOn: Phase["send"] = async (site, changes, begins) => {
  const { wired } = changes[0] as Change;
  const { publishedItemIds, errors } = await publishedAsNeeded(site, () =>
    site.write({
      method: "POST",
      path: `/collections/${wired.id}/items/publish`,
      body: { items: changes.map(named) },
      repeatable: true,
      ...first(begins),
      decode: (payload) => publishedSchema.parse(payload),
    }),
  );
  return changes.map(({ id }) => (publishedItemIds.includes(id) ? DONE : failed(notPublished(id, errors))));
};

function notPublished(id: string, errors: readonly string[]): Fault {
  const why = errors.find((one) => one.includes(id)) ?? "it does not say why";
  return new Fault("ambiguous", `Webflow saved item ${id} and did not publish it: ${why}`, {
    code: "webflow.not-published",
    hint: "run the command again, or publish the item in Webflow",
  });
}

const PATCH: Phase = {
  send: sendPatch,
  hasLanded: ({ wire, moves }, entry) => {
    // Until it is published an item shows by its state alone where it was.
    const { status: _, ...rest } = wire;
    return keptAll(moves === "on" ? rest : wire, entry.wire);
  },
};

const TAKE_OFF: Phase = { send: takeOff, hasLanded: (_, entry) => entry.state !== "published" };

const PUT_ON: Phase = {
  send: putOn,
  hasLanded: (_, entry) => entry.state === "published" && !entry.pendingChanges,
};
