// Creates and updates of one tick in one request, each with its own answer or its own fault.
import { z } from "zod";
import { TOO_LATE } from "../../http/http.ts";
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { itemFault } from "./faults.ts";
import { DRAFTS, WHOLE_FIELDS } from "./list.ts";
import { type Whole, wholeSchema } from "./rows.ts";
import type { Site, Write } from "./site.ts";

/** Posts in one request. https://dev.wix.com/docs/rest/business-solutions/blog/draft-posts/bulk-create-draft-posts */
export const BATCH = 20;

/** Of one request's texts. */
const BYTES = 2_000_000;

/** What was read longer ago is read again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 2000;

/** How long a request may wait for its turn before what it overwrites is looked at once more; then twice as long. */
const PATIENCE_MS = 10_000;

/** What becomes of a post in an update. */
export type Action =
  | "UPDATE"
  | "UPDATE_PUBLISH"
  | "UPDATE_SCHEDULE"
  | "UPDATE_REVERT_TO_DRAFT"
  | "UPDATE_CANCEL_SCHEDULE";

export interface Creation {
  readonly post: JsonObject;
  readonly publish: boolean;
}

export interface Change {
  readonly id: string;
  /** Only what the mask names is changed; what it names and the post lacks is cleared. */
  readonly post: JsonObject;
  readonly mask: readonly string[];
  readonly action: Action;
  /** For UPDATE_SCHEDULE. */
  readonly at: string | undefined;
  /** The first write of a step; see `Call`. */
  readonly begins: boolean;
  readonly read: Looked | undefined;
}

const weightOf = (post: JsonObject) => Buffer.byteLength(JSON.stringify(post));

export const sendCreate = joinedFor(
  (site: Site): Joining<Creation, Whole> => ({
    group: ({ publish }) => String(publish),
    most: () => BATCH,
    abreast: 1,
    weight: { of: ({ post }) => weightOf(post), most: () => BYTES },
    send: (items) =>
      results(site, items.length, {
        method: "POST",
        path: "/blog/v3/bulk/draft-posts/create",
        body: {
          draftPosts: items.map(({ post }) => post),
          publish: items[0]?.publish === true,
          ...ANSWERS,
        },
        repeatable: false,
        begins: true,
      }),
  }),
);

export const sendChange = joinedFor(
  (site: Site): Joining<Change, Whole> => ({
    group: ({ action, at, begins }) => `${action} ${at ?? ""} ${begins}`,
    most: () => BATCH,
    abreast: 1,
    weight: { of: ({ post }) => weightOf(post), most: () => BYTES },
    send: (changes) => carry(site, changes, (fresh, notAfter) => inOne(site, fresh, notAfter)),
  }),
);

const ANSWERS = { returnFullEntity: true, fieldsets: [...WHOLE_FIELDS] } as const;

type Result<T = Whole> = PromiseSettledResult<T>;

/** Of what is overwritten: when it was read, in ms since 1970, and a look that throws unless it is as it was then. */
export interface Looked {
  readonly at: number;
  readonly again: () => Promise<unknown>;
}

/** Has those sent that nobody has edited since they were read. `send` throws for none: it gives each its result. */
export async function carry<C extends { readonly read: Looked | undefined }, T>(
  site: Site,
  changes: readonly C[],
  send: (fresh: readonly C[], notAfter: number) => Promise<readonly Result<T>[]>,
  patience = PATIENCE_MS,
): Promise<readonly Result<T>[]> {
  const looks = await Promise.allSettled(changes.map((change) => lookAgain(site, change)));
  const fresh = changes.filter((_, index) => looks[index]?.status === "fulfilled");
  const sent = await send(fresh, site.context.clock.now() + patience);
  const late = fresh.filter((_, index) => isLate(sent[index]));
  const again = (late.length === 0 ? [] : await carry(site, late, send, 2 * patience)).values();
  const left = sent.map((result) => (isLate(result) ? (again.next().value ?? result) : result)).values();
  return looks.flatMap((look) => (look.status === "rejected" ? look : (left.next().value ?? [])));
}

const isLate = (result: Result<unknown> | undefined) =>
  result?.status === "rejected" && isFault(result.reason) && result.reason.code === TOO_LATE;

async function lookAgain({ context }: Site, { read }: { readonly read: Looked | undefined }): Promise<void> {
  if (read !== undefined && context.clock.now() - read.at > FRESH_MS) await read.again().catch(throwUnsent);
}

async function inOne(site: Site, changes: readonly Change[], notAfter: number): Promise<readonly Result[]> {
  const [first] = changes;
  if (first === undefined) return [];
  const { action, at, begins } = first;
  try {
    return await results(site, changes.length, {
      method: "PATCH",
      path: `${DRAFTS}/update`,
      body: {
        draftPosts: changes.map(({ id, post, mask }) => ({ draftPost: { ...post, id }, fieldMask: mask })),
        action,
        ...(at === undefined ? {} : { scheduledPublishDate: at }),
        ...ANSWERS,
      },
      repeatable: false,
      ...(begins ? { begins } : {}),
      ...(changes.some(({ read }) => read !== undefined) ? { notAfter } : {}),
    });
  } catch (thrown) {
    return changes.map(() => failed(thrown));
  }
}

const resultSchema = z.object({
  itemMetadata: z.object({
    id: z.string().nullish(),
    originalIndex: z.number().nullish(),
    success: z.boolean().nullish(),
    error: z.object({ code: z.string().catch(""), description: z.string().catch("") }).nullish(),
  }),
  item: z.unknown().optional(),
});

type ItemResult = z.infer<typeof resultSchema>;

/** The request may be answered with 200 and each of its posts be refused. */
async function results(
  site: Site,
  count: number,
  write: Omit<Write<readonly ItemResult[]>, "decode">,
): Promise<readonly Result[]> {
  const answers = await site.write({
    ...write,
    decode: (payload) => z.object({ results: z.array(resultSchema) }).parse(payload).results,
  });
  const placed = new Map(
    answers.map((answer, place) => [answer.itemMetadata.originalIndex ?? place, answer] as const),
  );
  return Array.from({ length: count }, (_, index) => outcomeOf(placed.get(index)));
}

function outcomeOf(answer: ItemResult | undefined): Result {
  if (answer?.itemMetadata.success === true) {
    const whole = wholeSchema.safeParse(answer.item);
    if (whole.success) return { status: "fulfilled", value: whole.data };
    return failed(unsaid("Wix did it and does not show what it made"));
  }
  const { error } = answer?.itemMetadata ?? {};
  if (error === null || error === undefined) {
    return failed(unsaid("Wix does not say what became of this post"));
  }
  const { code, description } = error;
  return failed(itemFault({ code, message: description === "" ? code : description }));
}

const unsaid = (message: string) => new Fault("ambiguous", message, { code: "wix.no-answer" });
