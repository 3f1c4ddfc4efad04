// Keeps public/ in step with the entries. Everything in it but media/ can be made again.
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { toLocal } from "../../content/date.ts";
import { shortHash } from "../../lib/hash.ts";
import { attempt, namesIn, removeFile, writeDerived } from "./files.ts";
import { TAXONOMIES } from "./kinds.ts";
import { stateAt } from "./record.ts";
import { DIGEST_BYTES, digestOf, entryPage, indexPage, indexRow, type Page, pagePath } from "./render.ts";
import type { Shelf } from "./shelf.ts";
import type { Storage } from "./storage.ts";

export interface Pages {
  /**
   * Writes what changed since the last time, at first all that is not as it should be. Only under the lock. The front
   * page is written last: when it is older than an entry, a killed writer left its work undone.
   */
  bringUpToDate(now: number): void;
}

interface Shown {
  readonly key: string;
  /** On the front page. */
  readonly row: string;
  readonly order: string;
}

/** Raise it when pages of the same entry look different. */
const LAYOUT = 1;

export function createPages(storage: Storage, shelf: Shelf): Pages {
  const root = join(storage.directory, "public");
  let shown: Map<string, Shown> | undefined;
  return {
    bringUpToDate: (now) => {
      const onDisk = shown === undefined ? digestsBelow(root) : undefined;
      const before = shown ?? new Map<string, Shown>();
      shown = new Map();
      for (const live of liveEntries(storage, shelf, now)) {
        const known = before.get(live.path);
        if (known?.key === live.key) {
          shown.set(live.path, known);
          continue;
        }
        const page = pageOf(storage, live);
        if (page === undefined) continue;
        if (onDisk?.get(live.path) !== page.digest) writeDerived(join(root, live.path), entryPage(page));
        shown.set(live.path, { key: live.key, row: indexRow(page), order: orderOf(page) });
      }
      for (const path of onDisk?.keys() ?? before.keys()) if (!shown.has(path)) removeFile(join(root, path));
      const rows = [...shown.values()].sort((a, b) => (a.order < b.order ? 1 : -1)).map(({ row }) => row);
      writeDerived(join(root, "index.html"), indexPage(storage.site().title, rows));
    },
  };
}

/** A published entry, and all that its page depends on as one string. */
interface Live {
  readonly id: string;
  readonly path: string;
  readonly tags: readonly string[];
  readonly key: string;
}

function liveEntries(storage: Storage, shelf: Shelf, now: number): readonly Live[] {
  const { title, timezone } = storage.site();
  const names = new Map<string, string>(
    TAXONOMIES.flatMap((taxonomy) =>
      storage.terms(taxonomy).map((term) => [`${taxonomy}/${term.id}`, term.name] as const),
    ),
  );
  return shelf.heads().flatMap(({ record, revision }) => {
    if (stateAt(record, now) !== "published") return [];
    const { tags, categories } = record.fields;
    const ids = [...categories.map((id) => `categories/${id}`), ...tags.map((id) => `tags/${id}`)];
    const live = {
      id: record.id,
      path: pagePath(record, shelf.scopeOf(record)),
      tags: ids.flatMap((id) => names.get(id) ?? []),
    };
    return [{ ...live, key: [revision, live.path, title, timezone, ...live.tags].join("\0") }];
  });
}

/** Undefined when somebody took the file away this moment. */
function pageOf(storage: Storage, live: Live): Page | undefined {
  const record = storage.entry(live.id);
  if (record === undefined) return undefined;
  const { title, timezone } = storage.site();
  const { date } = record.fields;
  return {
    record,
    path: live.path,
    siteTitle: title,
    date: date === null ? "" : toLocal(Date.parse(date), timezone).slice(0, 16).replace("T", " "),
    tags: live.tags,
    digest: shortHash([LAYOUT, live.key]),
  };
}

/** Sticky ones first, then the newest. */
function orderOf({ record: { fields }, path }: Page): string {
  return `${fields.sticky ? 1 : 0}${fields.date ?? ""}${path}`;
}

/** Pages of ours below public/, by path with `/`, each with the digest it was made with. */
function digestsBelow(root: string): Map<string, string> {
  const found = new Map<string, string>();
  if (namesIn(root).length === 0) return found;
  const files = attempt(root, () => readdirSync(root, { recursive: true, encoding: "utf8" }));
  for (const path of files.map((name) => name.replaceAll("\\", "/"))) {
    if (!path.endsWith(".html") || path === "index.html" || path.startsWith("media/")) continue;
    const digest = digestOf(startOf(join(root, path)));
    if (digest !== undefined) found.set(path, digest);
  }
  return found;
}

function startOf(path: string): string {
  return attempt(path, () => {
    const handle = openSync(path, "r");
    try {
      const start = Buffer.alloc(DIGEST_BYTES);
      return start.toString("latin1", 0, readSync(handle, start, 0, DIGEST_BYTES, 0));
    } finally {
      closeSync(handle);
    }
  });
}
