import type { z } from "zod";
import type { Store } from "../store/db.ts";
import { pending, type Receipt, receipts } from "../store/journal.ts";
import { listRuns, type RunRecord, undoneBy } from "../store/runs.ts";
import { getVersion } from "../store/versions.ts";
import type { Base } from "../sync/model.ts";
import type { Did } from "../sync/undo.ts";
import { createReceipt, deleteReceipt, type FileReceipt, fileReceipt, updateReceipt } from "./receipts.ts";

/** What one run did to one document, as its receipts prove. Numbers are kept versions. */
export interface Change {
  readonly path: string;
  readonly locale: string;
  /** Id of the entry; undefined for a file that had none. */
  readonly id: string | undefined;
  readonly kind: string;
  /** Undefined where it touched the file only. */
  readonly did: Did | undefined;
  /** The lockfile's line after the run; of a removal, before it. */
  readonly line: Base | undefined;
  /** Parts that were sent. */
  readonly parts: readonly string[];
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly file: FileReceipt | undefined;
  /** The run was cut off while it wrote this, and nobody has found out yet what became of it. */
  readonly open: boolean;
}

/** Terms, uploads: what an undo leaves. */
export interface Left {
  readonly op: "term" | "upload";
  readonly path: string;
}

/** One change per document, in the order of the run. */
export function changesOf(store: Store, run: RunRecord): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const receipt of receipts(store, run.id)) {
    if (receipt.outcome !== "done") continue;
    const change = changeOf(store, receipt);
    if (change === undefined) continue;
    const key = keyOf(change);
    const earlier = changes.get(key);
    changes.set(key, earlier === undefined ? change : together(earlier, change));
  }
  for (const intent of pending(store, run.site)) {
    if (intent.run !== run.id || intent.op === "term" || intent.op === "upload") continue;
    const { path, locale, id } = intent;
    const blank = { ...NOTHING, path, locale, id, kind: "", open: true };
    const key = keyOf(blank);
    changes.set(key, { ...(changes.get(key) ?? blank), open: true });
  }
  return [...changes.values()];
}

/** What the run made besides documents. */
export function leftBy(store: Store, run: RunRecord): readonly Left[] {
  return receipts(store, run.id).flatMap(({ op, path, outcome }) =>
    outcome === "done" && (op === "term" || op === "upload") ? { op, path } : [],
  );
}

/** Root that the run worked in; undefined where it wrote nothing. */
export function rootOf(store: Store, run: RunRecord): string | undefined {
  return (
    receipts(store, run.id)[0]?.rootId ?? pending(store, run.site).find((open) => open.run === run.id)?.rootId
  );
}

const NOTHING = {
  did: undefined,
  line: undefined,
  parts: [],
  before: undefined,
  after: undefined,
  file: undefined,
  open: false,
} as const;

function keyOf({ id, path, locale }: Pick<Change, "id" | "path" | "locale">): string {
  return id === undefined || id === "" ? `${path}\0${locale}` : entryName(id, locale);
}

function changeOf(store: Store, { op, path, locale, id, receipt }: Receipt): Change | undefined {
  const blank = { ...NOTHING, path, locale, id, kind: "" };
  const read = <T>(shape: z.ZodType<T>) => shape.safeParse(receipt).data;
  switch (op) {
    case "create": {
      const made = read(createReceipt);
      if (made === undefined) return undefined;
      return { ...blank, did: "created", ...placed(made.line), after: made.after };
    }
    case "update":
    case "restore": {
      const wrote = read(updateReceipt);
      if (wrote === undefined) return undefined;
      const did = op === "update" ? "updated" : "restored";
      const { parts, before, after } = wrote;
      return { ...blank, did, ...placed(wrote.line), parts, before, after };
    }
    case "delete": {
      const { line, before } = read(deleteReceipt) ?? {};
      const kind = before === undefined ? "" : (getVersion(store, before)?.kind ?? "");
      return { ...blank, did: "deleted", kind: line?.kind ?? kind, line, before };
    }
    case "file": {
      const file = read(fileReceipt);
      return file === undefined
        ? undefined
        : { ...blank, line: file.line, kind: file.line?.kind ?? "", file };
    }
    default:
      return undefined;
  }
}

function placed(line: Base): Pick<Change, "path" | "locale" | "id" | "kind" | "line"> {
  const { path, locale, id, kind } = line;
  return { path, locale, id, kind, line };
}

/** Two steps on one document: what was there before the first, and what the last one left. */
function together(first: Change, then: Change): Change {
  const [entry, other] = first.did === undefined ? [then, first] : [first, then];
  const both = entry.did !== undefined && other.did !== undefined;
  return {
    ...entry,
    line: both ? other.line : entry.line,
    after: both ? other.after : entry.after,
    parts: [...new Set([...entry.parts, ...other.parts])],
    file: first.file ?? then.file,
    open: first.open || then.open,
  };
}

/** Documents of a run whose change was taken back by a run that still stands: path and id -> that run. */
export function undoneIn(store: Store, run: RunRecord): ReadonlyMap<string, RunRecord> {
  const undone = new Map<string, RunRecord>();
  for (const undo of undoneBy(store, run.id)) {
    const redone = undoneIn(store, undo);
    for (const change of changesOf(store, undo)) {
      if (change.did === undefined || redone.has(change.path)) continue;
      for (const name of namesOf(change)) undone.set(name, undo);
    }
  }
  return undone;
}

/** A document may have moved, or been made anew under another id. */
export function namesOf({ path, id, locale }: Pick<Change, "path" | "id" | "locale">): readonly string[] {
  return id === undefined ? [path] : [path, entryName(id, locale)];
}

/** On some platforms an entry and its translations have one id. No path begins like this. */
export const entryName = (id: string, locale: string) => `#${id}\0${locale}`;

/** Runs looked at for who came later. */
const LOOK_BACK = 1000;

/** By `entryName`, the newest run after this one that wrote to it. */
export function laterRuns(store: Store, run: RunRecord): ReadonlyMap<string, RunRecord> {
  const later = new Map<string, RunRecord>();
  for (const other of listRuns(store, LOOK_BACK)) {
    if (other.id === run.id) break;
    if (other.site !== run.site) continue;
    for (const { id, locale, outcome, op } of receipts(store, other.id)) {
      if (id === undefined || outcome !== "done" || op === "file") continue;
      const name = entryName(id, locale);
      if (!later.has(name)) later.set(name, other);
    }
  }
  return later;
}
