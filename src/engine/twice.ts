import type { Listing } from "../connectors/contract.ts";
import { isLive } from "../content/document.ts";
import { Fault } from "../lib/fault.ts";
import { identityKey } from "../sync/match.ts";
import type { Base } from "../sync/model.ts";
import type { Problem } from "./gather.ts";
import { rowKey, type Site } from "./site.ts";

/**
 * Documents whose entry is live twice under one slug, as two machines or a repeated request make it: which one visitors
 * see is for the site to say, and neither is written. Gives their paths.
 */
export function refuseDoubled(site: Site, lines: readonly Base[], problems: Problem[]): ReadonlySet<string> {
  const bySlug = new Map<string, Listing[]>();
  for (const row of site.listing.values()) {
    if (!isLive(row.state) || row.slug === "") continue;
    bySlug.set(identityKey(row), [...(bySlug.get(identityKey(row)) ?? []), row]);
  }
  const managed = new Map(lines.map((line) => [rowKey(line), line.path]));
  const doubled = new Set<string>();
  for (const rows of bySlug.values()) {
    const own = rows.filter((row) => managed.has(rowKey(row)));
    const [first] = own;
    // Two documents of this root that share a slug are told apart by their lines.
    if (first === undefined || own.length === rows.length) continue;
    for (const row of own) {
      const path = managed.get(rowKey(row)) ?? "";
      doubled.add(path);
      problems.push({
        path,
        fault: onSiteTwice(
          path,
          rows.map(({ id }) => id),
        ),
      });
    }
  }
  return doubled;
}

/** `ids`: of all entries that are this document. */
export function onSiteTwice(path: string, ids: readonly string[]): Fault {
  return new Fault("conflict", `${path} is on the site twice: entries ${ids.join(" and ")}`, {
    code: "duplicate",
    hint: "another machine created it at the same moment, or the request was repeated on its way. Move the entry that is too many to the trash on the site",
  });
}
