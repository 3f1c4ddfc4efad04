// How the rows of the audit hang together: each is signed with the one before it, and the end of each chain by itself.
import { createHmac } from "node:crypto";
import type { JsonObject } from "../lib/json.ts";

/** What signs one chain. */
export interface ChainKey {
  /** Names the key without telling anything of it; empty where nothing could be had to sign with. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One row as it is kept. */
export interface AuditRow {
  /** Counts from 1 within its chain. */
  readonly n: number;
  /** Canonical JSON: the very text that is signed. */
  readonly text: string;
  /** What the text says; empty where it is no JSON any more. */
  readonly row: JsonObject;
  /** Name of the key that signed it. */
  readonly key: string;
  readonly mac: string;
}

/** How far a chain goes. */
export interface ChainEnd {
  readonly last: number;
  readonly mac: string;
  readonly key: string;
  /** Signs the number and the mac of the last row, so that rows at the end cannot be taken away unseen. */
  readonly seal: string;
}

/** Stands in place of the rows before it that were deleted because of their age. */
export const CHECKPOINT = "checkpoint";

/** The key of one chain from the installation's; without that, rows are chained but anybody could have done it. */
export function chainKey(master: Uint8Array | undefined, chain: string): ChainKey {
  if (master === undefined) return { name: "", bytes: new Uint8Array() };
  const bytes = createHmac("sha256", master).update(`chain ${chain}`).digest();
  const name = createHmac("sha256", bytes).update("name").digest("hex").slice(0, 12);
  return { name, bytes };
}

/** HMAC-SHA256 over the mac before, the number and the text of a row, each but the last ended by LF, as base64url. */
export function macOf(key: ChainKey, before: string, n: number, text: string): string {
  return createHmac("sha256", key.bytes).update(`${before}\n${n}\n${text}`).digest("base64url");
}

export function sealOf(key: ChainKey, last: number, mac: string): string {
  return createHmac("sha256", key.bytes).update(`end\n${last}\n${mac}`).digest("base64url");
}

/** Where a chain begins: behind the rows that a checkpoint stands for. */
export interface ChainStart {
  readonly last: number;
  readonly mac: string;
}

export const BEGINNING: ChainStart = { last: 0, mac: "" };

/**
 * What is wrong with rows of a chain. `changed`: their words, or their order; `missing`: they were taken out;
 * `other-key`, `unsigned`: somebody else wrote them, or anybody; `end`: the chain went further, or not so far; `lost`: an
 * export has them, and the database does not, or not like that.
 */
export interface Flaw {
  readonly what: "changed" | "missing" | "other-key" | "unsigned" | "end" | "lost";
  readonly from: number;
  readonly to: number;
}

export interface Verified {
  /** How many there are. */
  readonly rows: number;
  readonly flaws: readonly Flaw[];
}

/** Goes through the rows of a chain, in their order. What a checkpoint says was wrong with rows that it stands for is wrong still. */
export function verifyChain(
  key: ChainKey,
  start: ChainStart,
  rows: Iterable<AuditRow>,
  end: ChainEnd,
): Verified {
  const flaws: Flaw[] = [];
  const gone: Flaw[] = [];
  const add = (what: Flaw["what"], from: number, to = from): void => {
    const before = flaws.at(-1);
    if (before?.what === what && before.to === from - 1) flaws[flaws.length - 1] = { ...before, to };
    else flaws.push({ what, from, to });
  };
  let count = 0;
  let before = { ...start, key: "" };
  for (const row of rows) {
    count += 1;
    if (row.row.type === CHECKPOINT && Array.isArray(row.row.flaws)) {
      gone.push(...(row.row.flaws as unknown as readonly Flaw[]));
    }
    if (row.n > before.last + 1) add("missing", before.last + 1, row.n - 1);
    if (row.n <= before.last) add("changed", row.n);
    else if (row.key === "") add("unsigned", row.n);
    else if (row.key !== key.name) add("other-key", row.n);
    // Behind a gap nobody knows what the mac before was.
    else if (row.n === before.last + 1 && macOf(key, before.mac, row.n, row.text) !== row.mac) {
      add("changed", row.n);
    }
    before = { last: row.n, mac: row.mac, key: row.key };
  }
  if (before.last < end.last) add("missing", before.last + 1, end.last);
  else if (!isEnd(key, before, end, count)) add("end", before.last);
  return { rows: count, flaws: [...gone, ...flaws] };
}

/** Where the rows of a whole chain begin: behind those that its newest checkpoint stands for. */
export function startIn(rows: Iterable<AuditRow>): ChainStart {
  let start = BEGINNING;
  for (const { row } of rows) {
    if (row.type === CHECKPOINT) start = { last: Number(row.upTo), mac: String(row.mac) };
  }
  return start;
}

/** A row that is signed by nobody, or by somebody else, is a flaw already: its end need not be looked at. */
function isEnd(
  key: ChainKey,
  before: ChainStart & { readonly key: string },
  end: ChainEnd,
  rows: number,
): boolean {
  // Every chain has a row, and be it the one that says that the others were deleted.
  if (rows === 0 || before.last !== end.last || before.mac !== end.mac) return false;
  if (before.key !== end.key) return false;
  return end.key !== key.name || sealOf(key, end.last, end.mac) === end.seal;
}
