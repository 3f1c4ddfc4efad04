// A site in a directory: site.json, entries/, trash/, terms/, media/ and public/. Plain files are the truth.
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Fault } from "../../lib/fault.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { attempt, errorCode, moveDurably, namesIn, readText, removeFile, writeDurably } from "./files.ts";
import {
  type EntryRecord,
  type MediaRecord,
  parseEntry,
  parseMedia,
  parseSite,
  parseTerms,
  print,
  printEntry,
  type SiteRecord,
  type TermRecord,
} from "./record.ts";

export interface Storage {
  readonly directory: string;
  /** `file:` address of what visitors see, without a final slash. */
  readonly publicUrl: string;
  site(): SiteRecord;
  /** Ids of all entries that are not in the trash, in order. */
  ids(): readonly string[];
  /** Undefined when no such entry is there (any more). */
  entry(id: string): EntryRecord | undefined;
  trashed(id: string): EntryRecord | undefined;
  putEntry(record: EntryRecord): void;
  trash(id: string): void;
  /** Puts the record in the place of the one in the trash. */
  untrash(record: EntryRecord): void;
  entryPath(id: string): string;
  /** Changes when the file does; undefined when there is none. */
  stamp(id: string): string | undefined;
  modified(id: string): number | undefined;
  /** An entry was stored or taken away after the pages were last brought up to date. */
  pagesBehind(): boolean;
  terms(taxonomy: string): readonly TermRecord[];
  putTerms(taxonomy: string, terms: readonly TermRecord[]): void;
  mediaIds(): readonly string[];
  media(id: string): MediaRecord | undefined;
  /** Of an upload whose record is there. */
  mediaBytes(id: string): Uint8Array;
  /** With its file; one that is not there is fine. */
  removeMedia(id: string): void;
  putMedia(record: MediaRecord, bytes: Uint8Array): void;
  /** Removes what killed writers left. Only under the lock. */
  sweep(): void;
}

export interface NewSite {
  readonly title: string;
  readonly timezone: string;
}

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** What an unfinished write of a file looks like. */
const LEFTOVER = /\.[0-9a-f-]{36}\.tmp$/;

/**
 * Opens the site in a directory, or makes one where the directory is empty or absent. Throws `usage` when the
 * directory holds other things.
 */
export function openStorage(directory: string, fresh: NewSite): Storage {
  if (readText(join(directory, "site.json")) === undefined) createSite(directory, fresh);
  const at = (...parts: string[]) => join(directory, ...parts);
  const entryPath = (id: string) => at("entries", `${id}.json`);
  const trashPath = (id: string) => at("trash", `${id}.json`);
  const putEntry = (entry: EntryRecord) => writeDurably(entryPath(entry.id), printEntry(entry));
  const site = (): SiteRecord => {
    const text = readText(at("site.json"));
    if (text !== undefined) return parseSite(text, at("site.json"));
    throw new Fault("unavailable", `the site in ${directory} is gone`, { code: "local.no-site" });
  };
  const record = (folder: string, id: string) =>
    ID.test(id) ? readRecord(at(folder, `${id}.json`), id, () => site().timezone) : undefined;
  return {
    directory,
    publicUrl: pathToFileURL(at("public")).href.replace(/\/$/, ""),
    site,
    ids: () => idsIn(at("entries")),
    entry: (id) => record("entries", id),
    trashed: (id) => record("trash", id),
    putEntry,
    trash: (id) => moveDurably(entryPath(id), trashPath(id)),
    untrash: (entry) => {
      // The entry first: a file that a killed writer leaves in the trash beside it means nothing.
      putEntry(entry);
      removeFile(trashPath(entry.id));
    },
    entryPath,
    stamp: (id) => {
      const stat = statSync(entryPath(id), { bigint: true, throwIfNoEntry: false });
      return stat && `${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}`;
    },
    modified: (id) => statSync(entryPath(id), { throwIfNoEntry: false })?.mtimeMs,
    pagesBehind: () => {
      const [changed, shown] = [at("entries"), at("public", "index.html")].map(
        (path) => statSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs,
      );
      return changed !== undefined && (shown === undefined || shown < changed);
    },
    terms: (taxonomy) => {
      const path = at("terms", `${taxonomy}.json`);
      return parseTerms(readText(path) ?? "[]", path);
    },
    putTerms: (taxonomy, terms) => writeDurably(at("terms", `${taxonomy}.json`), print(terms)),
    mediaIds: () => idsIn(at("media")),
    media: (id) => {
      const path = at("media", `${id}.json`);
      const text = ID.test(id) ? readText(path) : undefined;
      return text === undefined ? undefined : parseMedia(text, path);
    },
    mediaBytes: (id) => {
      const path = at("media", `${id}.json`);
      const { file } = parseMedia(readText(path) ?? "", path);
      return readFileSync(at("public", "media", basename(file)));
    },
    removeMedia: (id) => {
      const path = at("media", `${id}.json`);
      const text = ID.test(id) ? readText(path) : undefined;
      if (text === undefined) return;
      // The record first: a file without one is nobody's.
      removeFile(path);
      removeFile(at("public", "media", basename(parseMedia(text, path).file)));
    },
    putMedia: (media, bytes) => {
      // The bytes first: a record always has its file.
      writeDurably(at("public", "media", basename(media.file)), Buffer.from(bytes));
      writeDurably(at("media", `${media.id}.json`), print(media));
    },
    sweep: () => {
      for (const folder of [at("entries"), at("terms"), at("media")]) {
        for (const name of namesIn(folder)) if (LEFTOVER.test(name)) removeFile(join(folder, name));
      }
    },
  };
}

function readRecord(path: string, id: string, timezone: () => string): EntryRecord | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const entry = parseEntry(text, path, timezone);
  if (entry.id === id) return entry;
  throw new Fault("protocol", `${path} says that its id is ${entry.id}`, {
    code: "local.unreadable-file",
    hint: "The name of the file and the id in it must be the same.",
  });
}

/** The n-th id that a create with this key may take: the same on every machine and after every crash. */
export function idOf(key: string, n: number): string {
  return sha256Hex(`${key}\n${n}`).slice(0, 12);
}

function idsIn(folder: string): readonly string[] {
  return namesIn(folder).flatMap((name) =>
    name.endsWith(".json") && !name.startsWith(".") ? [name.slice(0, -".json".length)] : [],
  );
}

function createSite(directory: string, fresh: NewSite): void {
  const others = namesIn(directory).filter((name) => name !== ".lock" && !name.startsWith(".new-site-"));
  if (others.length > 0) {
    throw new Fault(
      "usage",
      `${directory} is not a site and not empty: it holds ${others.slice(0, 3).join(", ")}`,
      {
        code: "local.not-a-site",
        hint: "Name a directory that is empty or not there yet, or one that holds a site.json.",
      },
    );
  }
  const site: SiteRecord = { format: 1, id: randomUUID(), ...fresh };
  const text = print(site);
  parseSite(text, join(directory, "site.json"));
  const draft = join(directory, `.new-site-${site.id}`);
  attempt(directory, () => mkdirSync(directory, { recursive: true }));
  writeDurably(draft, text);
  attempt(directory, () => {
    try {
      // A link fails where a rename would replace the site that another process just made.
      linkSync(draft, join(directory, "site.json"));
    } catch (thrown) {
      if (errorCode(thrown) !== "EEXIST") throw thrown;
    } finally {
      rmSync(draft, { force: true });
    }
  });
}
