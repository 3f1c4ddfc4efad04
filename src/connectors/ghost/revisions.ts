// Older texts that Ghost keeps of an entry. https://ghost.org/docs/admin-api/ names them in `include`.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { EntryRef, Revision } from "../contract.ts";
import { wiringOf } from "./kinds.ts";
import { normalLexical } from "./lexical.ts";
import { isId } from "./read.ts";
import type { Site } from "./site.ts";

const text = z.string().nullish();

const revisionSchema = z.object({
  id: z.string(),
  /** ms since 1970 */
  created_at_ts: z.number(),
  title: text,
  lexical: text,
  custom_excerpt: z.string().nullable().optional(),
  author: z.object({ name: z.string() }).nullish().catch(undefined),
});

const holderSchema = z.object({ id: z.string(), post_revisions: z.array(revisionSchema).catch([]) });

/** Newest first; those of Ghost's editor of today. Of saves that nobody asks to be kept Ghost leaves some out. */
export async function revisions(site: Site, { id, kind }: EntryRef): Promise<readonly Revision[]> {
  const { path, key } = wiringOf(kind);
  if (!isId(id)) return [];
  const query = { include: "post_revisions,post_revisions.author", fields: "id" };
  try {
    const { value } = await site.get(
      `${path}${id}/`,
      query,
      (payload) => z.tuple([holderSchema]).parse(z.looseObject({}).parse(payload)[key])[0],
    );
    return value.post_revisions.flatMap(revisionOf).sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  } catch (thrown) {
    if (isFault(thrown, "not-found")) return [];
    throw thrown;
  }
}

function revisionOf(row: z.infer<typeof revisionSchema>): readonly Revision[] {
  const body = normalLexical(row.lexical ?? "");
  if (body === undefined) return [];
  const excerpt = row.custom_excerpt === undefined ? {} : { excerpt: row.custom_excerpt ?? "" };
  const wire = { title: row.title ?? "", body, ...excerpt };
  return [{ id: row.id, at: row.created_at_ts, author: row.author?.name ?? "", wire }];
}
