// How long texts and the record of runs are kept.
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { listChains, type MasterKey } from "../store/audit.ts";
import { pruneAudit, sealedElsewhere } from "../store/audit-prune.ts";
import type { Store } from "../store/db.ts";
import { lastPruned, prune } from "../store/retention.ts";
import { getRun } from "../store/runs.ts";
import { auditKey } from "./audit.ts";
import type { Context, Environment } from "./context.ts";

/** In days. */
export interface Retention {
  /** Of what files and entries said. */
  readonly texts: number;
  /** Of runs with their steps and receipts, of requests, of settled conflicts, and of files that runs removed. */
  readonly audit: number;
}

export interface Pruned {
  readonly texts: number;
  readonly runs: number;
  /** Runs whose removed files went. */
  readonly trash: number;
  /** Recorded requests. */
  readonly calls: number;
}

const DAYS = 400;
const DAY_MS = 24 * 60 * 60 * 1000;

/** AINSTEIN_KEEP_TEXTS and AINSTEIN_KEEP_AUDIT, else 400 days. Throws `usage` naming the variable that is no number. */
export function retentionOf(env: Environment): Retention {
  return { texts: daysOf(env, "AINSTEIN_KEEP_TEXTS"), audit: daysOf(env, "AINSTEIN_KEEP_AUDIT") };
}

function daysOf(env: Environment, name: string): number {
  const text = env[name] ?? "";
  if (text === "") return DAYS;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Fault("usage", `${name} is "${printable(text)}", but must be a number of days from 0 to 99999`, {
    code: "bad-value",
    hint: `Set ${name}=${DAYS}, or leave it out.`,
  });
}

/** Once a day, after a run. What keeps it from being done keeps nothing else from it. */
export async function pruneDaily(context: Context, retention: Retention): Promise<void> {
  const { store, clock, emit } = context;
  const last = lastPruned(store());
  if (last !== undefined && clock.now() - Date.parse(last) < DAY_MS) return;
  try {
    await pruneNow(context, retention);
  } catch (thrown) {
    if (isFault(thrown, "defect")) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `what is older than it is to be kept was not deleted: ${why}`;
    emit({ type: "notice", level: "warning", message, hint: "ainstein-cms runs prune does it by hand" });
  }
}

/** Deletes what is older, except what an open conflict or an intent of unknown outcome needs. */
export async function pruneNow(context: PruneParts, retention: Retention): Promise<Pruned> {
  const { store, clock, home } = context;
  const key = await auditKey(context, "quiet");
  const limits = limitsOf(clock.now(), retention);
  const counts = pruneAll(store(), key, limits, clock);
  const old = staleTrash(store(), home, Date.parse(limits.auditBefore));
  for (const run of old) rmSync(join(home, "trash", run), { recursive: true, force: true });
  return { ...counts, trash: old.length };
}

type PruneParts = Pick<Context, "store" | "clock" | "home" | "vault">;

/** Of requests, and of runs that their record speaks of, those whose place can be signed: without the key they stay. */
function pruneAll(
  store: Store,
  key: MasterKey,
  limits: ReturnType<typeof limitsOf>,
  clock: Clock,
): Omit<Pruned, "trash"> {
  return store.transaction(() => {
    const counts = prune(store, limits, clock, sealedElsewhere(store, key));
    const now = new Date(clock.now()).toISOString();
    const gone = listChains(store).map(({ connection }) =>
      pruneAudit(store, key, connection, limits.auditBefore, now, counts.runs > 0),
    );
    return { ...counts, calls: gone.reduce((sum, rows) => sum + rows, 0) };
  });
}

/** What `pruneNow` would delete. */
export async function wouldPrune(context: PruneParts, retention: Retention): Promise<Pruned> {
  const { store, clock, home } = context;
  const key = await auditKey(context, "quiet");
  const limits = limitsOf(clock.now(), retention);
  const undo = new Error("taken back");
  let found: Pruned = { texts: 0, runs: 0, trash: 0, calls: 0 };
  try {
    store().transaction(() => {
      const counts = pruneAll(store(), key, limits, clock);
      found = { ...counts, trash: staleTrash(store(), home, Date.parse(limits.auditBefore)).length };
      throw undo;
    });
  } catch (thrown) {
    if (thrown !== undo) throw thrown;
  }
  return found;
}

function limitsOf(now: number, { texts, audit }: Retention) {
  const before = (days: number) => new Date(now - days * DAY_MS).toISOString();
  return { textsBefore: before(texts), auditBefore: before(audit) };
}

/** Directories of runs that are on record no more. After the database was lost, their age alone decides. */
function staleTrash(store: Store, home: string, before: number): readonly string[] {
  const directory = join(home, "trash");
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw thrown;
  }
  const isOld = (name: string) =>
    (statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
  return names.filter((name) => getRun(store, name) === undefined && isOld(name));
}
