// Whole posts by id.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { ReadResult } from "../contract.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { DRAFTS, POSTS_QUERY, WHOLE_FIELDS } from "./list.ts";
import { entryOf, stateOf, type Whole, wholeSchema } from "./rows.ts";
import type { Site } from "./site.ts";

/** A post may be as large as 400 kB. */
export const READ_BATCH = 20;

export async function readPost(site: Site, id: string): Promise<ReadResult> {
  const whole = await wholePost(site, id);
  if (whole !== undefined && stateOf(whole) !== undefined) return { id, entry: entryOf(whole, site) };
  return { id, entry: undefined, gone: (await isTrashed(site, id)) ? "trashed" : "missing" };
}

/** Undefined for a post in the trash, too. */
export async function wholePost(site: Site, id: string): Promise<Whole | undefined> {
  return isId(id) ? wholes(site, id) : undefined;
}

export const isId = (id: string): boolean => /^[0-9a-f-]{24,38}$/i.test(id);

/** Those of one tick in one request. */
const wholes = joinedFor(
  (site: Site): Joining<string, Whole | undefined> => ({
    most: () => READ_BATCH,
    abreast: 2,
    send: async (asked) => {
      const ids = [...new Set(asked)];
      const query = { filter: { id: { $hasSome: ids } }, paging: { limit: READ_BATCH, offset: 0 } };
      const found = await queryWholes(site, query);
      return asked.map((id) => ({ status: "fulfilled", value: found.find((whole) => whole.id === id) }));
    },
  }),
);

interface PostQuery {
  readonly filter: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  readonly paging: { readonly limit: number; readonly offset: number };
}

export async function queryWholes(site: Site, query: PostQuery): Promise<readonly Whole[]> {
  const body = { query: { ...query }, fieldsets: [...WHOLE_FIELDS] };
  const { value } = await site.query(
    POSTS_QUERY,
    body,
    (payload) => z.object({ draftPosts: z.array(wholeSchema) }).parse(payload).draftPosts,
  );
  return value;
}

/** Of one request for posts that are told apart by more than their ids. */
const WHOLE_PAGE = 50;

/** The same of any number, read in pages. */
export async function everyWhole(site: Site, filter: PostQuery["filter"]): Promise<readonly Whole[]> {
  const found = new Map<string, Whole>();
  for (let offset = 0; ; offset += WHOLE_PAGE) {
    const page = await queryWholes(site, { filter, paging: { limit: WHOLE_PAGE, offset } });
    for (const whole of page) found.set(whole.id, whole);
    if (page.length < WHOLE_PAGE) return [...found.values()];
  }
}

export async function isTrashed(site: Site, id: string): Promise<boolean> {
  if (!isId(id)) return false;
  try {
    await site.get(`${DRAFTS}/trash-bin/${id}`, {}, () => undefined);
    return true;
  } catch (thrown) {
    if (isFault(thrown, "not-found")) return false;
    throw thrown;
  }
}
