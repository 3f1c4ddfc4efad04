// What WordPress remembers of an entry's title, text and excerpt.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Author, EntryRef, Revision } from "../contract.ts";
import { totalOf } from "./list.ts";
import { phpId, phpText, realId } from "./php.ts";
import { isId } from "./read.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

/** Answers carry each text twice, as stored and as visitors would see it: of revisions, 6.1 gives no `title.raw` alone. */
const FIELDS = "id,slug,author,date_gmt,title,content,excerpt";
const PAGE = 50;

const text = z
  .object({ raw: z.string().optional().catch(undefined) })
  .optional()
  .catch(undefined);
const rowSchema = z.object({
  id: realId,
  slug: phpText,
  author: phpId.catch(0),
  date_gmt: phpText,
  title: text,
  content: text,
  excerpt: text,
});
type Row = z.infer<typeof rowSchema>;

/**
 * The newest is usually the text of now. None where the kind or the site keeps none, or shows them to other roles
 * only.
 */
export async function revisions(
  site: Site,
  ref: EntryRef,
  authors: () => Promise<readonly Author[]>,
): Promise<readonly Revision[]> {
  if (!isId(ref.id)) return [];
  const type = await site.type(ref.kind);
  const rows = (await rowsOf(site, `${type.path}/${ref.id}/revisions`)).filter(isSaved);
  if (rows.length === 0) return [];
  const names = new Map((await authors()).map(({ id, name }) => [id, name]));
  return rows
    .toSorted((a, b) => timeOf(b) - timeOf(a) || b.id - a.id)
    .map((row) => ({
      id: String(row.id),
      at: timeOf(row),
      author: row.author === 0 ? "" : (names.get(String(row.author)) ?? String(row.author)),
      wire: wireOf(row, type),
    }));
}

export interface SavedText {
  readonly id: number;
  readonly wire: JsonObject;
}

/** The newest texts that were saved of an entry, newest first; few of many, but more than a moment brings. */
export async function newestTexts(site: Site, type: ContentType, id: string): Promise<readonly SavedText[]> {
  const query = { context: "edit", per_page: 10, _fields: FIELDS };
  const { value } = await site.get(`${type.path}/${id}/revisions`, query, decode);
  return value
    .filter(isSaved)
    .toSorted((a, b) => b.id - a.id)
    .map((row) => ({ id: row.id, wire: wireOf(row, type) }));
}

const decode = (payload: unknown): readonly Row[] => z.array(rowSchema).parse(payload);

async function rowsOf(site: Site, path: string): Promise<readonly Row[]> {
  const query = { context: "edit", per_page: PAGE, _fields: FIELDS };
  const found = new Map<number, Row>();
  try {
    let before: number;
    let total: number;
    let page = 0;
    do {
      page += 1;
      before = found.size;
      const reply = await site.get(path, { ...query, page }, decode);
      total = totalOf(reply.headers, { title: "revisions" });
      for (const row of reply.value) found.set(row.id, row);
    } while (found.size > before && found.size < total);
  } catch (thrown) {
    if (!isFault(thrown) || !["forbidden", "not-found", "unsupported"].includes(thrown.kind)) throw thrown;
  }
  return [...found.values()];
}

/** Autosaves are listed too: what somebody has typed and not saved. */
function isSaved(row: Row): boolean {
  return !/-autosave-v\d+$/.test(row.slug) && !Number.isNaN(timeOf(row));
}

const timeOf = (row: Row) => Date.parse(`${row.date_gmt}Z`);

/** Only parts that entries of the type have: WordPress keeps all three of any. */
function wireOf(row: Row, type: ContentType): JsonObject {
  const wire: Record<string, Json> = {};
  const set = (name: string, property: string, value: string | undefined) => {
    if (value !== undefined && type.properties.has(property)) wire[name] = value;
  };
  set("title", "title", row.title?.raw);
  set("body", "content", row.content?.raw?.replaceAll("\r\n", "\n"));
  set("excerpt", "excerpt", row.excerpt?.raw);
  return wire;
}
