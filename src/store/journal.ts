import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

export const OPS = ["create", "update", "delete", "upload", "term", "restore", "file"] as const;
export type Op = (typeof OPS)[number];

/** `absent`: the site was asked after a lost answer and does not have it. */
export const OUTCOMES = ["done", "failed", "absent"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What a write is about to do, recorded before the request leaves. */
export interface NewIntent {
  /** Id of a recorded run. */
  readonly run: string;
  readonly site: string;
  readonly rootId: string;
  readonly op: Op;
  readonly path: string;
  readonly locale: string;
  /** The create key; for uploads and terms whatever finds them again. */
  readonly key: string;
  /** Id of the entry, where it has one already. */
  readonly id?: string;
  /** What the connector needs to ask whether it happened. Never bodies or secrets. */
  readonly payload: Json;
}

export interface Intent extends NewIntent {
  readonly seq: number;
}

export interface Receipt extends Intent {
  readonly outcome: Outcome;
  /** What the CMS answered. */
  readonly receipt?: Json;
}

function intentOf(row: Row): Intent {
  const read = columns("intents", row);
  const id = read.optionalText("id");
  return {
    seq: read.number("seq"),
    run: read.text("run"),
    site: read.text("site"),
    rootId: read.text("root_id"),
    op: read.oneOf("op", OPS),
    path: read.text("path"),
    locale: read.text("locale"),
    key: read.text("key"),
    ...(id === undefined ? {} : { id }),
    payload: read.json("payload"),
  };
}

/** Records an intent durably: once this returns, it survives a crash. Returns its number. */
export function intend(store: Store, intent: NewIntent): number {
  return store.run(
    `INSERT INTO intents (run, site, root_id, op, path, locale, key, id, payload)
     VALUES (@run, @site, @rootId, @op, @path, @locale, @key, @id, @payload)`,
    { ...intent, id: intent.id ?? null, payload: JSON.stringify(intent.payload) },
  ).seq;
}

/** Records what became of an intent, once. Throws `defect` for one that is unknown or settled already. */
export function settle(store: Store, seq: number, outcome: Outcome, receipt: Json | undefined): void {
  const { changes } = store.run(
    "UPDATE intents SET outcome = @outcome, receipt = @receipt WHERE seq = @seq AND outcome IS NULL",
    { seq, outcome, receipt: receipt === undefined ? null : JSON.stringify(receipt) },
  );
  if (changes === 0) throw new Fault("defect", `Step ${seq} of the journal is unknown or settled already.`);
}

/** Intents on a site whose outcome nobody knows, oldest first. */
export function pending(store: Store, site: string): readonly Intent[] {
  return store
    .all("SELECT * FROM intents WHERE site = @site AND outcome IS NULL ORDER BY seq", { site })
    .map(intentOf);
}

/** What a run has begun after intent `after`, in its order, whatever became of it. */
export function intents(store: Store, run: string, after = 0): readonly Intent[] {
  return store
    .all("SELECT * FROM intents WHERE run = @run AND seq > @after ORDER BY seq", { run, after })
    .map(intentOf);
}

/** Whether a run has begun to write this path, or to have the site do so. */
export function isBegun(store: Store, run: string, path: string): boolean {
  const row = store.one("SELECT 1 FROM intents WHERE run = @run AND path = @path LIMIT 1", { run, path });
  return row !== undefined;
}

/** The settled steps of a run, in the order they were begun. */
export function receipts(store: Store, run: string): readonly Receipt[] {
  return store
    .all("SELECT * FROM intents WHERE run = @run AND outcome IS NOT NULL ORDER BY seq", { run })
    .map((row) => {
      const read = columns("intents", row);
      const receipt = read.optionalJson("receipt");
      return {
        ...intentOf(row),
        outcome: read.oneOf("outcome", OUTCOMES),
        ...(receipt === undefined ? {} : { receipt }),
      };
    });
}
