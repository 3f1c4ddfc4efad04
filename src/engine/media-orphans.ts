import type { Entry, RemoteMedia, StoredMedia } from "../connectors/contract.ts";
import { Fault } from "../lib/fault.ts";
import { gatherLocal } from "./media-local.ts";
import { mentionedIds } from "./media-mentions.ts";
import type { Root } from "./root.ts";
import { readEntries, type Site } from "./site.ts";

/** What refers to uploads: documents of the root, and entries of the site outside of the trash. */
export interface Usage {
  /** Who refers to an upload, to be told: a path, or the address of an entry; undefined for nobody. */
  readonly of: (media: RemoteMedia) => string | undefined;
}

/** Throws `unsupported` for a platform that does not tell which uploads this program made. */
export async function ownMedia(site: Site): Promise<readonly StoredMedia[]> {
  const { media } = site.target.connector;
  if (media?.own !== undefined) return media.own();
  throw new Fault("unsupported", `${site.target.platform} does not tell which uploads were made from here`);
}

/**
 * Reads every entry of the site, whatever its kind, and every document. An entry counts as showing an upload where any
 * of its parts names the file in any size, or its id.
 */
export async function usageOf(site: Site, root: Root, onProgress: (done: number) => void): Promise<Usage> {
  const local = await gatherLocal(root, site);
  const rows = [];
  for await (const page of site.target.connector.list(site.model.kinds.map((kind) => kind.name)))
    rows.push(...page);
  const entries = await readEntries(site, rows, onProgress);
  const shown = [...entries.values()].flatMap((entry) =>
    typeof entry === "object" ? [shownBy(site, entry)] : [],
  );
  return {
    of: (media) => {
      const path = media.digest === "" ? undefined : local(media.digest);
      return path ?? shown.find(({ shows }) => shows(media))?.name;
    },
  };
}

function shownBy(
  site: Site,
  entry: Entry,
): { readonly name: string; readonly shows: (media: RemoteMedia) => boolean } {
  const text = JSON.stringify(entry.wire);
  const custom = Object.entries(entry.wire).flatMap(([name, value]) =>
    NO_MEDIA.has(name) || name in site.kind(entry.kind).taxonomies ? [] : numbersIn(JSON.stringify(value)),
  );
  const ids = new Set([...site.target.codec.mediaIds(entry, site.types), ...mentionedIds(text), ...custom]);
  return {
    name: entry.url === "" ? `${entry.kind} ${entry.id}` : entry.url,
    shows: (media) => ids.has(media.id) || text.includes(stemOf(media.url)),
  };
}

/** Parts whose numbers are no ids of uploads, or are text. */
const NO_MEDIA: ReadonlySet<string> = new Set([
  "title",
  "slug",
  "date",
  "body",
  "excerpt",
  "author",
  "parent",
]);

function numbersIn(text: string): readonly string[] {
  return text.match(/(?<![\w.-])[1-9]\d*(?![\w.])/g) ?? [];
}

/** What the names of an upload's sizes have in common. It carries digits of the content, so nothing else has it. */
function stemOf(url: string): string {
  const name =
    url
      .replace(/[?#].*$/s, "")
      .split("/")
      .at(-1) ?? "";
  return name.replace(/\.[^.]*$/, "").replace(/(?:-scaled|-rotated)$/, "");
}
