// What the signed record claims of the journal, and whether the journal still says so.
import { sha256Hex } from "../lib/hash.ts";
import type { JsonObject } from "../lib/json.ts";
import { CHECKPOINT } from "./audit-chain.ts";
import type { Store } from "./db.ts";

/** Says that what was claimed before may be gone: the history of the site was forgotten together with another connection. */
export const CLEARED = "cleared";

/** Not the names of connection, site and root, which a rename changes, nor the number of processes that are gone. */
const RUN =
  "SELECT command, started_at, ended_at, status, summary, actor, options, undoes FROM runs WHERE id = @id";
const STEPS =
  "SELECT n, path, locale, action, step, status, id, url, fault FROM steps WHERE run = @id ORDER BY n";
const INTENTS =
  "SELECT seq, op, path, locale, key, id, payload, outcome, receipt FROM intents WHERE run = @id ORDER BY seq";
const CONFLICT =
  "SELECT path, locale, id, kind, reason, parts, run, found_at, settled_at, settlement FROM conflicts WHERE seq = @id";

/** SHA-256, hexadecimal, of all that the journal says of a run, its steps and its intents; undefined for no such run. */
export function runDigest(store: Store, id: string): string | undefined {
  const run = store.one(RUN, { id });
  if (run === undefined) return undefined;
  return sha256Hex(JSON.stringify([run, store.all(STEPS, { id }), store.all(INTENTS, { id })]));
}

/** The same of a conflict and how it was settled; not of its texts, which go before it does. */
export function conflictDigest(store: Store, id: number): string | undefined {
  const row = store.one(CONFLICT, { id });
  return row === undefined ? undefined : sha256Hex(JSON.stringify(row));
}

/** What somebody did to the journal of a run or to a settled conflict: what is there is not what the record claims. */
export interface JournalFlaw {
  readonly what: "changed" | "gone";
  readonly run?: string;
  readonly conflict?: number;
}

interface Claim {
  /** When it ended, ISO 8601; undefined for a run that only began. */
  readonly ended: string | undefined;
  readonly digest: string | undefined;
  readonly about: { readonly run: string } | { readonly conflict: number };
}

/** Collects what the rows of a chain claim; the later claim about the same thing holds. */
export function claimsOf(): {
  readonly read: (row: JsonObject) => void;
  readonly flaws: (store: Store) => readonly JournalFlaw[];
} {
  const claims = new Map<string, Claim>();
  let before = "";
  return {
    read: (row) => {
      // What another installation claimed is of its own journal.
      if (row.imported !== undefined) return;
      if (row.type === CLEARED) claims.clear();
      if (row.type === CHECKPOINT && String(row.before ?? "") > before) before = String(row.before);
      const claim = claimOf(row);
      if (claim !== undefined) claims.set(JSON.stringify(claim.about), claim);
    },
    flaws: (store) => [...claims.values()].flatMap((claim) => flawOf(store, claim, before)),
  };
}

function claimOf({ type, run, conflict, digest, at, ended = at }: JsonObject): Claim | undefined {
  if (type === "begun") return { ended: undefined, digest: undefined, about: { run: String(run) } };
  const said = { ended: String(ended), digest: String(digest) };
  if (type === "journal") return { ...said, about: { run: String(run) } };
  if (type === "settled") return { ...said, about: { conflict: Number(conflict) } };
  return undefined;
}

function flawOf(store: Store, { ended, digest, about }: Claim, before: string): readonly JournalFlaw[] {
  const now = "run" in about ? runDigest(store, about.run) : conflictDigest(store, about.conflict);
  if (now === undefined) return ended !== undefined && ended < before ? [] : [{ what: "gone", ...about }];
  if (digest === undefined)
    return "run" in about && hasEnded(store, about.run) ? [{ what: "changed", ...about }] : [];
  return now === digest ? [] : [{ what: "changed", ...about }];
}

/** How a run ended is claimed in the moment that it is recorded. */
function hasEnded(store: Store, id: string): boolean {
  return store.one("SELECT 1 FROM runs WHERE id = @id AND ended_at IS NOT NULL", { id }) !== undefined;
}
