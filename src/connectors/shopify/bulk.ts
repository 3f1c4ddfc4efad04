// Creates of one tick as one bulk operation, where they are many: at Shopify it costs as much as a single one.

import { z } from "zod";
import { asUnsent, Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { isObject, type Json } from "../../lib/json.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { answersOf, type Bulk, bulksSince, nameOf, RUNS, whenOver } from "./bulk-operations.ts";
import { composeBulk, type Part } from "./documents.ts";
import { userErrorsSchema } from "./faults.ts";
import { waitFor } from "./find.ts";
import type { Wiring } from "./kinds.ts";
import { RUN_BULK } from "./queries.ts";
import { sameTitle } from "./same.ts";
import { type Shop, sharedValues } from "./shop.ts";
import { stage } from "./staging.ts";

/** For fewer than `from` the wait for the operation is longer than their requests; `most` bounds what is open at one time. */
export const BULK = { from: 300, most: 1000 };

/** Of one operation's variables: the result, in which they come back, is kept in memory. */
const BYTES = 16_000_000;

export interface Create {
  readonly wiring: Wiring;
  readonly part: Part;
  /** See `Draft`. */
  readonly key: string;
  /** See `Intent`. */
  readonly since: number;
}

type Answer = PromiseSettledResult<unknown>;
type Result = PromiseSettledResult<Answer | undefined>;

/**
 * What became of a create that went with the others of its tick; undefined where none of it was sent. Throws what is true
 * of all of them: `ambiguous` once an operation may have begun and does not tell.
 */
export const createInBulk = joinedFor(
  (shop: Shop): Joining<Create, Answer | undefined> => ({
    group: ({ wiring }) => wiring.name,
    most: () => BULK.most,
    weight: { of: ({ part }) => Buffer.byteLength(JSON.stringify(part.values)), most: () => BYTES },
    send: (creates) => carry(shop, creates),
  }),
);

const NOT_IN_BULK: Result = { status: "fulfilled", value: undefined };

async function carry(shop: Shop, creates: readonly Create[]): Promise<readonly Result[]> {
  const [first] = creates;
  if (first?.wiring.made === undefined || creates.length < BULK.from) return creates.map(() => NOT_IN_BULK);
  const id = await begun(shop, first.wiring, creates);
  if (id === undefined) return creates.map(() => NOT_IN_BULK);
  try {
    const answers = await answersOf(shop, await whenOver(shop, id), first.wiring.create.name);
    return creates.map((create, line) => ({
      status: "fulfilled",
      value: proven(create, answers.get(line)) ?? failed(unknown("it says nothing of this document")),
    }));
  } catch (thrown) {
    throw unknown(thrown);
  }
}

/** The answer, unless it is about another document: what a line's number counts is not ours to be sure of. */
function proven({ wiring, part }: Create, answer: Answer | undefined): Answer | undefined {
  if (answer?.status !== "fulfilled") return answer;
  const made = isObject(answer.value) ? answer.value[wiring.name] : undefined;
  if (!isObject(made)) return answer;
  const sent = part.values[wiring.name];
  const title = isObject(sent) ? sent.title : undefined;
  return sameTitle((title ?? "") as Json, (made.title ?? "") as Json) ? answer : undefined;
}

/** Whatever happened, they may have been made. */
function unknown(cause: unknown): Fault {
  const runs = isFault(cause) && cause.code === RUNS;
  const why = typeof cause === "string" ? cause : cause instanceof Error ? cause.message : String(cause);
  const said = runs
    ? "it went out in a bulk operation that is not over."
    : `what the bulk operation made is not known: ${why}`;
  return new Fault("ambiguous", said, {
    code: "shopify.bulk",
    cause,
  });
}

/** Id of the operation that does them; undefined where the shop does not begin one. */
async function begun(shop: Shop, wiring: Wiring, creates: readonly Create[]): Promise<string | undefined> {
  const since = creates.reduce((first, create) => Math.min(first, create.since), Number.POSITIVE_INFINITY);
  const tried = creates.map(({ key, since: at }) => `${key} ${at}`).join("\n");
  const name = nameOf(sha256Hex(tried).slice(0, 32));
  const earlier = async (): Promise<Bulk | undefined> =>
    (await bulksSince(shop, since)).find(({ query }) => query.includes(` ${name}(`));
  // One whose start was taken for lost, and for not having happened, before it showed.
  const known = await earlier().catch(throwUnsent);
  if (known !== undefined) return known.id;
  const path = await staged(shop, wiring, creates);
  if (path === undefined) return undefined;
  try {
    return await start(shop, composeBulk(wiring.create, name), path, name);
  } catch (thrown) {
    if (!isFault(thrown) || !mayHaveBegun(thrown)) throw thrown;
    const found = await waitFor(shop, earlier).catch((cause: unknown) => {
      throw unknown(cause);
    });
    if (found === undefined) throw unknown(thrown);
    return found.id;
  }
}

const UNCERTAIN: ReadonlySet<string> = new Set([
  ...["ambiguous", "unavailable", "protocol", "interrupted", "deadline"],
]);

const mayHaveBegun = ({ kind, unsent }: Fault) => UNCERTAIN.has(kind) && !unsent;

const startSchema = z.object({
  bulkOperation: z.object({ id: z.string() }).nullish(),
  userErrors: userErrorsSchema,
});

/** Undefined where the shop refuses: others run, or it does not take what it is given. */
async function start(
  shop: Shop,
  mutation: string,
  path: string,
  client: string,
): Promise<string | undefined> {
  const part = { operation: RUN_BULK, values: { mutation, path, client } };
  try {
    const answer = await shop.one(part, (payload) => startSchema.parse(payload), { begins: true });
    if (answer.userErrors.length > 0) return undefined;
    if (answer.bulkOperation) return answer.bulkOperation.id;
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item" && !mayHaveBegun(thrown)) return undefined;
    throw thrown;
  }
  throw new Fault("ambiguous", "the shop does not say whether it began", { code: "shopify.no-answer" });
}

/** Where the lines lie; undefined where that does not work today. */
async function staged(shop: Shop, wiring: Wiring, creates: readonly Create[]): Promise<string | undefined> {
  try {
    const shared = await sharedValues(shop, [{ operation: wiring.create }]);
    const lines = creates.map(({ part }) => `${JSON.stringify({ ...part.values, ...shared })}\n`);
    const { path } = await stage(shop, {
      resource: "BULK_MUTATION_VARIABLES",
      filename: "creates.jsonl",
      type: "text/jsonl",
      bytes: Buffer.from(lines.join(""), "utf8"),
      refused: (why) => new Fault("invalid", why, { code: "shopify.bulk-refused" }),
    });
    return path;
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item") return undefined;
    throw asUnsent(thrown);
  }
}
