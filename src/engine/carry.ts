import type { LockHeld } from "../content/lockfile.ts";
import { EXIT, type ExitCode, worstExit } from "../lib/exit.ts";
import { asFault, type Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { thisProcess } from "../store/processes.ts";
import { createRun, finishRun, interruptRun, type NewRun } from "../store/runs.ts";
import { recordResult, recordSteps } from "../store/steps.ts";
import { newestText, versionsOf } from "../store/versions.ts";
import type { Base } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { type Applied, apply, type Perform } from "./apply.ts";
import type { Applying } from "./applying.ts";
import type { AtSite, RunParts } from "./at-site.ts";
import { type Allowed, begun, ended, journal } from "./decisions.ts";
import type { DocumentResult, Event, Summary } from "./events.ts";
import type { Prepared } from "./prepare.ts";
import { closeEarlier } from "./recover.ts";
import { type Root, writeLockfile } from "./root.ts";
import type { Site } from "./site.ts";
import { type Done, summarize } from "./summary.ts";
import { type Support, supportFor } from "./support.ts";
import { isSupport } from "./support-step.ts";
import { openText, type Sealing, sealText } from "./texts.ts";
import { groupCommit } from "./together.ts";
import { type UndoWriter, writeUndoFile } from "./undo-file.ts";
import { type Verification, verify } from "./verify.ts";

export interface Outcome {
  readonly exit: ExitCode;
  readonly summary: Summary;
  readonly prepared: Prepared;
}

/** What carrying out is told besides the plan. */
export interface CarryOptions {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly command: string;
  readonly allowLossy: boolean;
  readonly canary: number | undefined;
  /** The lockfile's lines of this target as they stand before. */
  readonly lines: Map<string, Base>;
  readonly perform: Perform;
  /** What it takes to run the same again. */
  readonly record: Json;
  /** The run that this one takes back. */
  readonly undoes: string | undefined;
  readonly allowed: Allowed;
}

/** Applies the plan, reads back, writes the lockfile, and records all of it as one run. */
export async function carryOut(
  parts: RunParts,
  at: AtSite & { readonly store: Store },
  prepared: Prepared,
  options: CarryOptions,
): Promise<Outcome> {
  const { site, root, store } = at;
  const { id, started, command } = options;
  const now = () => new Date(parts.clock.now()).toISOString();
  const run = await newRun(parts, at, options);
  const about = { platform: site.target.platform, rootId: root.id };
  const undo =
    parts.undoFile === undefined ? undefined : await writeUndoFile(parts.undoFile, run, about, store);
  const steps = prepared.plan.steps.filter((step) => !isSupport(step));
  store.transaction(() => {
    createRun(store, run);
    planSteps(store, id, steps, prepared);
    at.tell([begun(run, options.allowed)]);
  });
  await undo?.planned();
  parts.emit({ type: "run", target: site.target.name, run: id });
  const applying = begin(parts, at, options, undo);
  const perform = undo === undefined ? options.perform : keepingUndo(options.perform, undo, parts.sealing);
  const applied = await applySteps(applying, prepared, steps, { ...options, perform });
  const verification = await verify(applying);
  tellVerified(applying, applied, verification);
  const lost = lockLost(at);
  if (lost !== undefined) {
    store.transaction(() => {
      recordResults(store, id, steps, applied, verification);
      // Open, for the next run to find in its journal what this one could not write into the lockfile.
      interruptRun(store, id);
      at.tell(journal(store, id, now()));
    });
    await undo?.receipts();
    const done = { applied: { ...applied, stopped: lost }, verification, writes: applying.writes };
    return finish(parts, prepared, id, started, command, done);
  }
  await writeLockfile(
    holding(root, site, applying.held),
    site,
    [...applying.lines.values()],
    isWhole(prepared, applied),
  );
  // Only now: what an earlier run left open is known from nowhere else until the lockfile has it.
  const settled = applied.results.flatMap(({ step, result }) => (result.status === "ok" ? step.path : []));
  await closeEarlier(
    { store, tell: at.tell, now },
    site.account.site,
    id,
    root,
    new Set(settled),
    idlePaths(prepared),
    applying.lines,
  );
  recordResults(store, id, steps, applied, verification);
  const done = { applied, verification, writes: applying.writes };
  const outcome = finish(parts, prepared, id, started, command, done);
  const { exit } = outcome;
  const end = {
    status: exit === EXIT.interrupted ? "interrupted" : RAN_THROUGH.has(exit) ? "done" : "failed",
    endedAt: now(),
    summary: { ...outcome.summary, ...withNotices(prepared) },
  } as const;
  store.transaction(() => {
    finishRun(store, id, end);
    at.tell(ended(store, id, end.endedAt));
  });
  await undo?.receipts();
  await undo?.end(end);
  return outcome;
}

async function newRun(parts: RunParts, at: AtSite, options: CarryOptions): Promise<NewRun> {
  const { site, root } = at;
  const { pid, host } = thisProcess();
  return {
    id: options.id,
    command: options.command,
    target: site.target.name,
    site: site.account.site,
    root: root.dir,
    startedAt: new Date(options.started).toISOString(),
    pid,
    host,
    actor: { ...(await parts.actor()), account: site.account.name },
    options: options.record,
    ...(options.undoes === undefined ? {} : { undoes: options.undoes }),
  };
}

/** The lockfile is the other run's by then, as the site is. */
function lockLost({ stillHeld }: AtSite): Fault | undefined {
  try {
    stillHeld();
    return undefined;
  } catch (thrown) {
    return asFault(thrown);
  }
}

/** Whether the run was to send whatever the root has to send, and has left nothing of it. */
function isWhole({ plan, gathered }: Prepared, { results }: Applied): boolean {
  const { paths, kinds, states, since, limit } = plan.scope;
  if (plan.command !== "push" && plan.command !== "sync") return false;
  const narrowed = paths.length + kinds.length + states.length > 0 || (since ?? limit) !== undefined;
  return !narrowed && gathered.problems.length === 0 && results.every(({ result }) => result.status === "ok");
}

/** Documents that were compared and need no step. */
function idlePaths({ plan, gathered }: Prepared): ReadonlySet<string> {
  const paths = gathered.items.flatMap(({ subject }) => subject.local?.path ?? []);
  const busy = new Set([...plan.steps, ...gathered.problems].map(({ path }) => path));
  return new Set(paths.filter((path) => !busy.has(path)));
}

/** The steps as planned, and behind them the documents that no step could be planned for. */
function planSteps(store: Store, run: string, steps: readonly Step[], { gathered }: Prepared): void {
  const planned = steps.map((step, n) => {
    const { path, locale, action } = step;
    return { n, path, locale, action, step: step as unknown as Json };
  });
  const problems = gathered.problems.map(({ path }, index) => {
    return { n: steps.length + index, path, locale: "", action: "skip", step: null };
  });
  store.transaction(() => {
    recordSteps(store, run, [...planned, ...problems]);
    for (const [index, { fault }] of gathered.problems.entries()) {
      recordResult(store, run, steps.length + index, { status: "failed", fault: faultRecord(fault) });
    }
  });
}

/** What a step takes to be undone is in the file before the next one begins; what the file said before, too. */
function keepingUndo(perform: Perform, undo: UndoWriter, sealing: Sealing): Perform {
  return async (applying, step) => {
    const { store, site, root } = applying;
    const owner = { site: site.account.site, rootId: root.id, id: step.id ?? "", locale: step.locale };
    for (const { sealed, seq: _, ...version } of versionsOf(store, owner, "file", 1)) {
      const plain = await openText(sealing, { ...version, sealed });
      if (plain !== undefined) await undo.text(version, plain);
    }
    await undo.receipts();
    try {
      return await perform(applying, step);
    } finally {
      // What was done was done. Where it cannot be kept, the next step finds that out before it does anything.
      await undo.receipts().catch(() => {});
    }
  };
}

/** The root with these files of the target held, and no others. */
export function holding(root: Root, site: Site, held: ReadonlyMap<string, string>): Root {
  const target = site.target.name;
  const before = heldBy(root, site);
  const untouched = ({ held: path }: LockHeld) => held.has(path) && held.get(path) === before.get(path);
  const kept = root.lock.held.filter((line) => line.target !== target || untouched(line));
  const changed = [...held].filter(([path, blob]) => before.get(path) !== blob);
  const lines = changed.map(([path, blob]) => ({ target, held: path, blob }));
  return { ...root, lock: { ...root.lock, held: [...kept, ...lines] } };
}

/** Of a run that did all it set out to do. A conflict is a finding, no failure: there is nothing to try again. */
const RAN_THROUGH: ReadonlySet<ExitCode> = new Set([EXIT.done, EXIT.conflicts]);

/** Files of the target that are held, by path. Of several lines for one, as a union merge leaves them, the last. */
export function heldBy(root: Root, { target }: Site): Map<string, string> {
  const own = root.lock.held.filter((line) => line.target === target.name);
  return new Map(own.map((line) => [line.held, line.blob]));
}

function begin(
  parts: RunParts,
  at: AtSite & { readonly store: Store },
  options: CarryOptions,
  undo: UndoWriter | undefined,
): Applying {
  const { site, root, store } = at;
  const { id, allowLossy, lines } = options;
  const { stillHeld } = at;
  const { clock, emit, signal, sealing } = parts;
  const tellKept = once(() => emit(notKept(site)));
  return {
    site,
    root,
    store,
    run: id,
    clock,
    emit,
    signal,
    allowLossy,
    stillHeld,
    sealText: async (owner, side, event, text) => {
      const whole = { ...owner, site: site.account.site, rootId: root.id };
      const before = (digest: string) => newestText(store, whole, side, digest);
      const about = { event, run: id, clock, before };
      const { sealed, ...version } = await sealText(sealing, whole, side, text, about);
      await undo?.text(version, text);
      if (sealed === undefined && undo === undefined) tellKept();
      return { ...version, sealed };
    },
    cutOff: at.recovery.cutOff,
    trash: `${parts.trashRoot}/${id}`,
    lines,
    held: heldBy(root, site),
    written: new Map(),
    together: new Map(),
    commit: groupCommit(store),
    writes: 0,
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function notKept({ target }: Site): Event {
  return {
    type: "notice",
    target: target.name,
    level: "warning",
    message: "this run cannot be undone: without a key nothing of what it replaces is kept",
    hint: "set AINSTEIN_KEY, or add --undo-out FILE",
  };
}

/** With a canary, only the first steps that take work; the rest stay for a later run. */
async function applySteps(
  applying: Applying,
  prepared: Prepared,
  steps: readonly Step[],
  { canary, perform }: CarryOptions,
): Promise<Applied> {
  if (canary === undefined) return apply(applying, steps, prepared.support, perform, prepared.itemOf);
  let left = canary;
  const chosen = steps.filter((step) => {
    if (step.action === "conflict" || step.action === "skip") return true;
    left -= 1;
    return left >= 0;
  });
  const taken = new Set(chosen);
  const support = await supportOf(applying, prepared, chosen);
  const applied = await apply(applying, chosen, support, perform, prepared.itemOf);
  const rest = steps.filter((step) => !taken.has(step));
  const reason = `left for after the canary: run the command again without --canary`;
  const results = rest.map((step) => {
    const { action, path, id } = step;
    const result: DocumentResult = { action, path, id, status: "not-attempted", reason };
    applying.emit({ type: "result", target: applying.site.target.name, result });
    return { step, result };
  });
  return { ...applied, results: [...applied.results, ...results] };
}

/** What the chosen documents need; the plan has already told what cannot be had. */
function supportOf(applying: Applying, prepared: Prepared, chosen: readonly Step[]): Promise<Support> {
  const sent = chosen.filter((step) => !prepared.isRefused(step));
  return supportFor(applying.site, sent, prepared.itemOf, [], applying.root);
}

function tellVerified(applying: Applying, applied: Applied, verification: Verification): void {
  for (const { step, result } of applied.results) {
    const fault = verification.faults.get(step.path);
    if (!applying.written.has(step.path) || result.status !== "ok") continue;
    const proven: DocumentResult = fault === undefined ? result : { ...result, status: "failed", fault };
    applying.emit({ type: "result", target: applying.site.target.name, result: proven });
  }
}

function recordResults(
  store: Store,
  run: string,
  steps: readonly Step[],
  applied: Applied,
  verification: Verification,
): void {
  const places = new Map(steps.map((step, n) => [step, n]));
  store.transaction(() => {
    for (const { step, result } of applied.results) {
      const fault = result.fault ?? verification.faults.get(step.path);
      const failed = result.status === "ok" && fault !== undefined;
      recordResult(store, run, places.get(step) ?? -1, {
        status: failed ? "failed" : result.status,
        ...(result.id === undefined ? {} : { id: result.id }),
        ...(result.url === undefined ? {} : { url: result.url }),
        ...(fault === undefined ? {} : { fault: faultRecord(fault) }),
      });
    }
  });
}

function faultRecord({ kind, code, message, hint, httpStatus }: NonNullable<DocumentResult["fault"]>): Json {
  return { kind, code, message, hint: hint ?? null, httpStatus: httpStatus ?? null };
}

/** For the record of the run, where there are any. */
function withNotices({ site }: Prepared): { readonly notices?: readonly string[] } {
  const notices = site.target.connector.notices?.() ?? [];
  return notices.length === 0 ? {} : { notices };
}

/** Counts what was read back, tells it, and says with which exit code the target ends. */
export function finish(
  parts: RunParts,
  prepared: Prepared,
  id: string,
  started: number,
  command: string,
  done?: Done,
): Outcome {
  const seconds = (parts.clock.now() - started) / 1000;
  const { summary, exits } = summarize({ prepared, command, id, done, seconds });
  const fault = done?.applied.stopped;
  if (fault !== undefined) parts.emit({ type: "fault", target: prepared.site.target.name, fault });
  const { connector, name: target } = prepared.site.target;
  for (const message of connector.notices?.() ?? []) {
    parts.emit({ type: "notice", target, level: "warning", message });
  }
  parts.emit({ type: "summary", summary });
  return { exit: worstExit(exits), summary, prepared };
}
