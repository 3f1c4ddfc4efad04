// Writes of one tick in one request. Each gets the answer, or the fault, that it would have got alone.
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { refusalFault } from "../../http/answer.ts";
import type { Call } from "../../http/http.ts";
import { decodeWith } from "../../http/payload.ts";
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { isObject, type JsonObject } from "../../lib/json.ts";
import { createPlaces } from "../../lib/turns.ts";
import { failed, type Joining, joinedFor, sendAll } from "../joined.ts";
import { refuseWrite } from "./faults.ts";
import { entryFields } from "./read.ts";
import { decodeRow, type Fields, type Row } from "./rows.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

/** The most that WordPress takes at one time, unless a plug-in says less (`rest_get_max_batch_size`). */
export const BATCH = 25;

/** Batches at one time: a second one keeps a server of two cores at work. */
export const ABREAST = 2;

/** nginx takes bodies of 1 MB where nobody has set another limit. */
const BYTES = 700_000;

/** A batch that takes longer makes the next ones smaller: gateways give up after 30 or 60 s. */
const SLOW_MS = 15_000;

/** A write that something on the site may stand against: mostly an entry that it overwrites. */
interface Overwrites {
  /** Throws unless the site is as it was when the write was decided on; absent where there is nothing to look at. */
  readonly look?: () => Promise<unknown>;
}

export interface Write extends Overwrites {
  readonly type: ContentType;
  readonly path: string;
  readonly body: JsonObject;
  /** Of the answer; absent: whole. */
  readonly fields?: Fields;
  /**
   * Whether it happened after all, asked where somebody in front of WordPress refused a batch and may have done so too
   * late.
   */
  readonly landed?: () => Promise<Row | undefined>;
  /** The first write of a step; see `Call`. */
  readonly begins?: boolean;
}

/** Sends one write once; those of one tick together where the site can. */
export function sendWrite(site: Site, write: Write): Promise<Row> {
  if (!write.type.batches) return whenFresh(site, write, () => alone(site, write));
  return together(site, write);
}

const placesOf = new WeakMap<Site, ReturnType<typeof createPlaces>>();

/** Does what cannot travel with others, two at one time, unless the entry was edited before its turn. */
export function whenFresh<T>(site: Site, one: Overwrites, work: () => Promise<T>): Promise<T> {
  const inPlace = placesOf.get(site) ?? createPlaces(ABREAST);
  placesOf.set(site, inPlace);
  return inPlace(async () => {
    await looked(one);
    return work();
  });
}

type Outcome = PromiseSettledResult<Row>;

/** What this connection has learned of batches. */
interface Room {
  /** Writes in one batch at most; 1: the site takes none. */
  most: number;
  /** In the next one. */
  next: number;
  bytes: number;
  /** Batches without an answer since one had an answer. */
  lost: number;
}

/** What waits, waits here and not where requests do: what it overwrites can be looked at when its turn has come. */
const together = joinedFor((site: Site): Joining<Write, Row> => {
  const room: Room = { most: BATCH, next: BATCH, bytes: BYTES, lost: 0 };
  return {
    most: () => Math.min(room.next, room.most),
    abreast: ABREAST,
    weight: { of: bytesOf, most: () => room.bytes },
    send: (writes) => carry(site, room, writes),
  };
});

const sizes = new WeakMap<JsonObject, number>();

function bytesOf({ body }: Write): number {
  const size = sizes.get(body) ?? Buffer.byteLength(JSON.stringify(body));
  sizes.set(body, size);
  return size;
}

/** Has those sent whose entries nobody has edited. One result for each. */
async function ofFresh(
  writes: readonly Write[],
  send: (fresh: readonly Write[]) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  // What the answers to the batch before show is to be known by then.
  await setImmediate();
  const looks = await Promise.allSettled(writes.map(looked));
  const fresh = writes.filter((_, index) => looks[index]?.status === "fulfilled");
  if (fresh.length === writes.length) return send(writes);
  const sent = fresh.length === 0 ? [] : await send(fresh).catch((reason) => fresh.map(() => failed(reason)));
  const left = sent.values();
  return looks.flatMap((look) => (look.status === "rejected" ? look : (left.next().value ?? [])));
}

async function looked({ look }: Overwrites): Promise<void> {
  await look?.().catch(throwUnsent);
}

function carry(site: Site, room: Room, all: readonly Write[]): Promise<readonly Outcome[]> {
  return ofFresh(all, (writes) => carryFresh(site, room, writes));
}

async function carryFresh(site: Site, room: Room, writes: readonly Write[]): Promise<readonly Outcome[]> {
  const [first] = writes;
  if (first !== undefined && writes.length === 1) {
    const row = await alone(site, first);
    room.next = Math.max(room.next, 2);
    return [{ status: "fulfilled", value: row }];
  }
  const { now } = site.context.clock;
  const [started, lost] = [now(), room.lost];
  try {
    const outcomes = await inOne(site, writes);
    const took = now() - started;
    room.lost = 0;
    if (took > SLOW_MS) room.next = Math.ceil(writes.length / 2);
    else if (took < SLOW_MS / 2) room.next = Math.max(room.next, 2 * writes.length);
    return outcomes;
  } catch (thrown) {
    if (isFault(thrown, "ambiguous")) loseOne(room, lost);
    if (!isRefusedWhole(thrown)) throw thrown;
    return inParts(site, room, writes, thrown);
  }
}

/** The next ones are small, and grow again with each answer. A site that answers no batch twice over is sent none. */
function loseOne(room: Room, lostBefore: number): void {
  room.next = 1;
  // Of several under way when the road broke, one counts.
  if (room.lost === lostBefore) room.lost += 1;
  if (room.lost > 1) room.most = 1;
}

const responses = z.object({
  responses: z.array(z.object({ status: z.number().int(), headers: z.unknown(), body: z.unknown() })),
});
type Response = z.infer<typeof responses>["responses"][number];

async function inOne(site: Site, writes: readonly Write[]): Promise<readonly Outcome[]> {
  const requests = await Promise.all(
    writes.map(async ({ type, path, body, fields }) => {
      const query = new URLSearchParams({ _fields: await entryFields(site, type, fields) });
      return { method: "POST", path: `${path}?${query}`, body };
    }),
  );
  const { value } = await site.context.http.send({
    method: "POST",
    path: "/batch/v1",
    body: { json: { validation: "normal", requests } },
    repeatable: false,
    ...(writes.every(({ begins }) => begins === true) ? { begins: true } : {}),
    decode: (payload) => {
      const answer = responses.safeParse(payload);
      if (answer.success && answer.data.responses.length === writes.length) return answer.data.responses;
      throw new Fault("ambiguous", `the answer to a batch of ${writes.length} writes is not one for each`, {
        code: "wordpress.batch-answer",
        hint: "run again: what was written is found first",
      });
    },
    refuse: refuseWrite,
  });
  return Promise.allSettled(writes.map((write, index) => rowOf(site, write, value[index])));
}

/** What one answer of a batch says: the same as if the write had been sent alone. */
async function rowOf(site: Site, write: Write, response: Response | undefined): Promise<Row> {
  if (response === undefined) throw new Fault("defect", "a write without its answer");
  const { status, body } = response;
  const headers = headersOf(response.headers);
  if (isPutOff(status, headers, body)) {
    await looked(write);
    return alone(site, write);
  }
  const call = callOf(write, "");
  const { origin } = new URL(site.context.url);
  const asked = { call, name: `${call.method} ${call.path}`, origin, sentBytes: bytesOf(write) };
  if (status >= 200 && status < 300) return decodeWith(call, body, asked);
  const answer = { status, headers, body: Buffer.from(JSON.stringify(body ?? null)) };
  throw refusalFault(answer, asked, site.context.clock.now());
}

/** Nothing was done, and alone it may be: then the HTTP client waits as it does for every request. */
function isPutOff(status: number, headers: Readonly<Record<string, string>>, body: unknown): boolean {
  if (status === 429 || (status === 503 && headers["retry-after"] !== undefined)) return true;
  return isObject(body) && body.code === "rest_batch_not_allowed";
}

/** PHP writes an empty map as a list. */
function headersOf(headers: unknown): Readonly<Record<string, string>> {
  if (!isObject(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function callOf({ path, body, begins }: Write, fields: string): Call<Row> {
  return {
    method: "POST",
    path,
    query: { _fields: fields },
    body: { json: body },
    repeatable: false,
    ...(begins === true ? { begins } : {}),
    decode: decodeRow,
    refuse: refuseWrite,
  };
}

async function alone(site: Site, write: Write): Promise<Row> {
  return (await site.context.http.send(callOf(write, await entryFields(site, write.type, write.fields))))
    .value;
}

/** An answer to the whole that is none of WordPress's to a write: too large, forbidden, or no such route. */
function isRefusedWhole(thrown: unknown): thrown is Fault {
  if (!isFault(thrown) || thrown.httpStatus === undefined || thrown.code === "challenge-page") return false;
  const { httpStatus } = thrown;
  return httpStatus >= 400 && httpStatus < 500 && ![401, 408, 425, 429].includes(httpStatus);
}

/**
 * Smaller and smaller, one after the other: what is refused alone is refused for its own sake. Where nothing is, it was
 * the size, and this connection sends no larger batch any more.
 */
async function inParts(
  site: Site,
  room: Room,
  writes: readonly Write[],
  refused: Fault,
): Promise<readonly Outcome[]> {
  const half = Math.ceil(writes.length / 2);
  if (refused.code === "wordpress.no-route") room.most = 1;
  if (refused.httpStatus === 413) room.bytes = Math.ceil(sum(writes.map(bytesOf)) / 2);
  const outcomes = await landedOf(writes, refused);
  const rest = writes.filter((write) => !outcomes.has(write));
  const smaller = {
    most: () => Math.min(half, room.most),
    send: (part: readonly Write[]) =>
      carry(site, room, part).catch((thrown: unknown) => {
        throw part.length === 1 ? itsOwn(thrown) : thrown;
      }),
  };
  await sendAll(smaller, rest, (index, outcome) => {
    const write = rest[index];
    if (write !== undefined) outcomes.set(write, outcome);
  });
  const all = writes.flatMap((write) => outcomes.get(write) ?? []);
  const alike = all.filter((outcome) => outcome.status === "rejected" && isLike(outcome.reason, refused));
  // Each by itself, too: it is the site.
  if (alike.length === all.length && refused.scope !== "item") throw refused;
  if (refused.httpStatus !== 413 && alike.length === 0) room.most = Math.min(room.most, half);
  return all;
}

const isLike = (reason: unknown, refused: Fault) =>
  isFault(reason) && (reason.httpStatus === refused.httpStatus || reason.scope !== "item");

/** What somebody in front of the site says of one document stops no other. */
function itsOwn(thrown: unknown): unknown {
  if (!isRefusedWhole(thrown) || thrown.scope === "item") return thrown;
  return new Fault("forbidden", thrown.message, {
    code: thrown.code,
    httpStatus: thrown.httpStatus ?? 403,
    cause: thrown,
    hint: "others were sent in the same way: a firewall in front of the site objects to something in this one, and its log names the rule",
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** WordPress refuses a batch before it begins, and so does a server that finds it too large; a firewall may read answers. */
async function landedOf(writes: readonly Write[], refused: Fault): Promise<Map<Write, Outcome>> {
  const outcomes = new Map<Write, Outcome>();
  if (refused.code.startsWith("wordpress.") || refused.httpStatus === 413) return outcomes;
  const asked = await Promise.allSettled(writes.map((write) => write.landed?.()));
  for (const [index, write] of writes.entries()) {
    const found = asked[index];
    if (found?.status === "rejected") outcomes.set(write, found);
    else if (found?.value !== undefined) outcomes.set(write, { status: "fulfilled", value: found.value });
  }
  return outcomes;
}
