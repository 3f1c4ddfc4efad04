// Where the slug of a hierarchical entry is unique: below its parent's slug path.
import { z } from "zod";
import { phpId, phpText, realId } from "./php.ts";
import { STATUSES_AND_TRASH } from "./rows.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";

interface Node {
  readonly id: number;
  readonly slug: string;
  readonly parent?: number | undefined;
}

const nodes = z.array(z.object({ id: realId, slug: phpText, parent: phpId.catch(0) }));

/** Slug path of each row's parent by the row's id; "" at the top, and everywhere in flat types. */
export async function scopesOf(
  site: Site,
  type: ContentType,
  rows: readonly Node[],
): Promise<ReadonlyMap<number, string>> {
  if (!type.hierarchical) return new Map();
  const known = new Map(rows.map((row) => [row.id, row]));
  let missing = parentsMissing(rows, known);
  while (missing.length > 0) {
    const query = { include: missing.join(","), per_page: 100, status: STATUSES_AND_TRASH, context: "edit" };
    const found = await site.get(type.path, { ...query, _fields: "id,slug,parent" }, (payload) =>
      nodes.parse(payload),
    );
    // A parent that is gone or hidden ends the path.
    for (const id of missing) known.set(id, { id, slug: String(id) });
    for (const node of found.value) known.set(node.id, node);
    missing = parentsMissing(found.value, known);
  }
  return new Map(rows.map((row) => [row.id, pathTo(row.parent, known)]));
}

function parentsMissing(rows: readonly Node[], known: ReadonlyMap<number, Node>): readonly number[] {
  const parents = new Set(rows.map((row) => row.parent ?? 0));
  return [...parents].filter((id) => id !== 0 && !known.has(id)).slice(0, 100);
}

function pathTo(id: number | undefined, known: ReadonlyMap<number, Node>): string {
  const slugs: string[] = [];
  const seen = new Set<number>();
  let next = id ?? 0;
  while (next !== 0 && !seen.has(next)) {
    seen.add(next);
    const node = known.get(next);
    slugs.unshift(node === undefined ? String(next) : readableSlug(node.slug));
    next = node?.parent ?? 0;
  }
  return slugs.join("/");
}
