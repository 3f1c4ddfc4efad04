// What a run decides and does, for the signed record: who told it to, what was refused, what each write found and left.
import { isObject, type Json, type JsonObject } from "../lib/json.ts";
import { conflictDigest, runDigest } from "../store/audit-journal.ts";
import type { Store } from "../store/db.ts";
import { type Receipt, receipts } from "../store/journal.ts";
import { getRun, type NewRun } from "../store/runs.ts";
import { stepsOf } from "../store/steps.ts";
import { digestOf } from "../store/versions.ts";
import type { Objection } from "../sync/guard.ts";

/** One row of the record. `at`: ISO 8601, UTC. */
export type Decision = JsonObject & { readonly type: string; readonly at: string };

/** Adds rows to the record of a target, as part of the transaction that is under way. */
export type Tell = (rows: readonly Decision[]) => void;

/** For who only looks. */
export const tellNobody: Tell = () => {};

/** What the operator allowed, as flags or by answering. */
export interface Allowed {
  /** `--yes` was given. */
  readonly yes: boolean;
  /** `--delete` was. */
  readonly remove: boolean;
  readonly allowLossy: boolean;
  /** As given; undefined: the built-in guards held. */
  readonly maxDelete: number | undefined;
  readonly maxChanges: number | undefined;
  /** Objections that were lifted by answering. */
  readonly lifted: readonly Objection[];
}

/** Of a command that none of these is for. */
export const NOTHING_ALLOWED: Allowed = {
  ...{ yes: false, remove: false, allowLossy: false, maxDelete: undefined, maxChanges: undefined },
  lifted: [],
};

/** That a run begins, at whose word, and what was allowed to it. */
export function begun(run: NewRun, { maxDelete, maxChanges, lifted, ...flags }: Allowed): Decision {
  const { id, command, startedAt, actor = {}, options = {}, undoes } = run;
  return {
    ...{ type: "begun", at: startedAt, run: id, command, actor, options },
    ...(undoes === undefined ? {} : { undoes }),
    allowed: {
      ...flags,
      ...(maxDelete === undefined ? {} : { maxDelete }),
      ...(maxChanges === undefined ? {} : { maxChanges }),
      lifted: lifted.map(({ code, count }) => ({ code, count })),
    },
  };
}

/**
 * Asks whether a plan is to be carried out; that it is not, whether by a word or because of what stands against it, is
 * recorded.
 */
export async function askAndTell(
  { tell, now }: { readonly tell: Tell; readonly now: () => string },
  about: { readonly run: string; readonly command: string; readonly actor: () => Promise<JsonObject> },
  objections: readonly Objection[],
  ask: () => Promise<boolean>,
): Promise<boolean> {
  const actor = await about.actor();
  let agreed = false;
  try {
    agreed = await ask();
    return agreed;
  } finally {
    const { run, command } = about;
    const why = objections.map(({ code, count }) => ({ code, count }));
    if (!agreed) tell([{ type: "refused", at: now(), run, command, actor, objections: why }]);
  }
}

/** Who told a run to do it, in one word. */
function nameOf(actor: Json): string {
  if (!isObject(actor)) return "";
  return String(actor.ci ?? `${String(actor.user ?? "")}@${String(actor.host ?? "")}`);
}

/**
 * All that there is to tell of a run that ended: each write with the hashes of what was there before and after, what was
 * left, and the hash of its journal. Call it in the transaction that records the end.
 */
export function ended(store: Store, run: string, at: string): readonly Decision[] {
  const by = nameOf(getRun(store, run)?.actor ?? null);
  const written = receipts(store, run).map((receipt) => wrote(store, receipt, by, at));
  const left = stepsOf(store, run).flatMap(({ status, action, path, id, fault }): readonly Decision[] => {
    if (status === "ok" || status === "planned" || status === "skipped") return [];
    const code = isObject(fault) ? { code: String(fault.code) } : {};
    const entry = id === undefined || id === "" ? {} : { entry: id };
    return [{ type: "left", at, run, by, action, path, ...entry, status, ...code }];
  });
  return [...written, ...left, ...journal(store, run, at)];
}

/**
 * What is to be told where intents of runs that ended before are settled; of those that have not ended it is told when
 * they do. Call it in the transaction that settles them.
 */
export function settledLate(
  store: Store,
  seqs: readonly number[],
  runs: readonly string[],
  at: string,
): readonly Decision[] {
  const settled = new Set(seqs);
  return [...new Set(runs)].flatMap((run) => {
    const record = getRun(store, run);
    if (record?.endedAt === undefined) return [];
    const late = receipts(store, run).filter(({ seq }) => settled.has(seq));
    return [
      ...late.map((receipt) => wrote(store, receipt, nameOf(record.actor), at)),
      ...journal(store, run, at),
    ];
  });
}

/** The journal of a run as it is now. Call it in the transaction that changed it. */
export function journal(store: Store, run: string, at: string): readonly Decision[] {
  const digest = runDigest(store, run);
  const { status = "", endedAt } = getRun(store, run) ?? {};
  if (digest === undefined) return [];
  return [{ type: "journal", at, run, status, ...(endedAt === undefined ? {} : { ended: endedAt }), digest }];
}

function wrote(store: Store, intent: Receipt, by: string, at: string): Decision {
  const { run, op, path, outcome, receipt, id, key } = intent;
  const said = isObject(receipt) ? (receipt as JsonObject) : {};
  const line = isObject(said.line) ? (said.line as JsonObject) : {};
  const entry = id ?? said.id ?? line.id;
  const hashOf = (seq: Json | undefined) => (typeof seq === "number" ? digestOf(store, seq) : undefined);
  const before = hashOf(said.before);
  // An upload is known by what it holds.
  const after = op === "upload" ? key : hashOf(said.after);
  return {
    ...{ type: "wrote", at, run, by, op, path },
    ...(entry === undefined ? {} : { entry: String(entry) }),
    outcome,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** That a conflict was settled, and how. Call it in the transaction that settles it. */
export function settledConflict(
  store: Store,
  { seq, path, id }: { readonly seq: number; readonly path: string; readonly id: string },
  settlement: JsonObject,
  at: string,
): readonly Decision[] {
  const digest = conflictDigest(store, seq);
  if (digest === undefined) return [];
  const entry = id === "" ? {} : { entry: id };
  return [{ type: "settled", at, conflict: seq, path, ...entry, ...settlement, digest }];
}
