// Where the slug of a hierarchical entry is unique: below its parent's slug path.
import { z } from "zod";
import { type Joining, joinedFor } from "../joined.ts";
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
    const found = await Promise.all(missing.map((id) => nodeOf(site, { type, id })));
    for (const node of found) known.set(node.id, node);
    missing = parentsMissing(found, known);
  }
  return new Map(rows.map((row) => [row.id, pathTo(row.parent, known)]));
}

function parentsMissing(rows: readonly Node[], known: ReadonlyMap<number, Node>): readonly number[] {
  const parents = new Set(rows.map((row) => row.parent ?? 0));
  return [...parents].filter((id) => id !== 0 && !known.has(id));
}

/** One that is gone or hidden ends the path. */
const nodeOf = joinedFor(
  (site: Site): Joining<{ readonly type: ContentType; readonly id: number }, Node> => ({
    group: ({ type }) => type.kind,
    most: () => 100,
    send: async (asked) => {
      const include = [...new Set(asked.map(({ id }) => id))].join(",");
      const query = { include, per_page: 100, status: STATUSES_AND_TRASH, context: "edit" };
      const path = asked[0]?.type.path ?? "";
      const found = await site.get(path, { ...query, _fields: "id,slug,parent" }, (payload) =>
        nodes.parse(payload),
      );
      const byId = new Map(found.value.map((node) => [node.id, node]));
      return Promise.allSettled(asked.map(async ({ id }) => byId.get(id) ?? { id, slug: String(id) }));
    },
  }),
);

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
