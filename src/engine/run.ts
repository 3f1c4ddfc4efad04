import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { EXIT, type ExitCode, worstExit } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Store } from "../store/db.ts";
import { acquireLock } from "../store/locks.ts";
import { thisProcess } from "../store/processes.ts";
import { createRun, finishRun } from "../store/runs.ts";
import { keepText } from "../store/texts.ts";
import { assemble, type Policy } from "../sync/assemble.ts";
import { type Consents, guard, type Objection } from "../sync/guard.ts";
import type { Base } from "../sync/model.ts";
import type { Plan, PlanScope, Step } from "../sync/plan.ts";
import { apply } from "./apply.ts";
import type { Applying } from "./applying.ts";
import type { DocumentResult, Emit, Summary } from "./events.ts";
import { type Gathered, type GatherOptions, gather, type Item } from "./gather.ts";
import { nothingToRecover, type Recovery, recover } from "./recover.ts";
import { linesFor, type Root, reloadLock, writeLockfile } from "./root.ts";
import { type OpenTarget, openSite, type Site } from "./site.ts";
import { type Done, summarize } from "./summary.ts";
import { type Support, supportFor, supportSteps } from "./support.ts";
import { verify } from "./verify.ts";

/** What a run is given besides the plan's own facts. */
export interface RunParts {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Undefined for commands that only look. */
  readonly store: (() => Store) | undefined;
  readonly seal: (context: string, text: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Where files that a pull removes are kept. */
  readonly trashRoot: string;
}

export interface RunOptions {
  readonly command: string;
  /** As the operator typed it, for whoever finds the site locked. */
  readonly commandLine: string;
  readonly policy: Policy;
  readonly scope: PlanScope;
  readonly gather: GatherOptions;
  readonly consents: Consents;
  readonly allowLossy: boolean;
  /** Carry the plan out; false only shows it. */
  readonly write: boolean;
  /** A saved plan: exactly its steps are carried out, or none. */
  readonly saved: Plan | undefined;
  /** Asked when there is something to write; false gives up with nothing sent. */
  readonly agree: (plan: Plan, objections: readonly Objection[]) => Promise<boolean>;
}

export interface Prepared {
  readonly site: Site;
  readonly plan: Plan;
  readonly gathered: Gathered;
  readonly itemOf: (step: Step) => Item | undefined;
  readonly support: Support;
}

export interface Outcome {
  readonly exit: ExitCode;
  readonly summary: Summary;
  readonly prepared: Prepared;
}

/** One command on one target: compare, plan, and, if asked to, apply and read back. */
export async function run(
  parts: RunParts,
  target: OpenTarget,
  given: Root,
  options: RunOptions,
): Promise<Outcome> {
  const started = parts.clock.now();
  const id = randomUUID();
  const own = <T extends { readonly target: string }>(lines: readonly T[]) =>
    lines.filter((line) => line.target === target.name);
  const site = await openSite(target, { media: own(given.lock.media), terms: own(given.lock.terms) });
  refuseOtherSite(given, site);
  const store = options.write ? parts.store?.() : undefined;
  if (store === undefined) {
    return finish(parts, await prepare(parts, site, given, options, nothingToRecover), id, started, options);
  }
  const self = thisProcess();
  const lock = acquireLock(
    store,
    site.account.site,
    { ...self, run: id, command: options.commandLine },
    parts.clock,
  );
  try {
    const now = () => new Date(parts.clock.now()).toISOString();
    const recovery = await recover(store, site, given, now);
    const stale = await reloadLock(given);
    if (recovery.lines.length > 0) {
      const byPath = new Map<string, Base>(
        [...linesFor(stale, target.name), ...recovery.lines].map((line) => [line.path, line]),
      );
      await writeLockfile(stale, site, [...byPath.values()]);
    }
    recovery.close();
    const root = await reloadLock(stale);
    const prepared = await prepare(parts, site, root, options, recovery);
    if (!(await consented(parts, prepared, options))) {
      return { ...(await finish(parts, prepared, id, started, options)), exit: EXIT.usage };
    }
    createRun(store, {
      id,
      command: options.command,
      target: target.name,
      site: site.account.site,
      root: root.dir,
      startedAt: new Date(started).toISOString(),
      pid: self.pid,
      host: self.host,
    });
    return await carryOut(parts, store, prepared, root, id, started, options);
  } finally {
    lock.release();
  }
}

/** Everything up to the plan: reads only. */
async function prepare(
  parts: RunParts,
  site: Site,
  root: Root,
  options: RunOptions,
  recovery: Recovery,
): Promise<Prepared> {
  const gathered = await gather({ site, root, recovery, options: options.gather, emit: parts.emit });
  const { steps, unchanged } = assemble(
    gathered.items.map((item) => item.subject),
    options.policy,
  );
  const items = new Map(gathered.items.map((item) => [itemKey(item), item]));
  const itemOf = (step: Step) => items.get(`${step.kind}\0${step.path}\0${step.id ?? ""}`);
  const problems = [...gathered.problems];
  const support = await supportFor(site, steps, itemOf, problems, root);
  const broken = new Set(problems.map((problem) => problem.path));
  const plan: Plan = {
    v: 1,
    target: site.target.name,
    platform: site.target.platform,
    site: site.account.site,
    command: options.command,
    scope: options.scope,
    made: new Date(parts.clock.now()).toISOString(),
    steps: [...supportSteps(support), ...steps.filter((step) => !broken.has(step.path))],
    unchanged,
  };
  if (options.saved !== undefined) refuseMovedPlan(options.saved, plan);
  const prepared = { site, plan, gathered: { ...gathered, problems }, itemOf, support };
  parts.emit({ type: "plan", target: site.target.name, plan });
  for (const { path, fault } of problems) {
    const result: DocumentResult = { path, id: undefined, action: "skip", status: "failed", fault };
    parts.emit({ type: "result", target: site.target.name, result });
  }
  return prepared;
}

function itemKey({ subject }: Item): string {
  const { local, base, newPath } = subject;
  const remote = subject.remote !== undefined && "id" in subject.remote ? subject.remote : undefined;
  const kind = local?.kind ?? remote?.kind ?? base?.kind ?? "";
  return `${kind}\0${local?.path ?? base?.path ?? newPath ?? ""}\0${remote?.id ?? base?.id ?? ""}`;
}

/** A lockfile speaks of one site; what it says of another would overwrite strangers. */
function refuseOtherSite(root: Root, site: Site): void {
  const header = root.lock.headers.find((line) => line.target === site.target.name);
  if (header === undefined || header.site === site.account.site) return;
  throw new Fault(
    "usage",
    `the lockfile binds "${site.target.name}" to ${header.site}, but this connection is ${site.account.site}`,
    {
      code: "other-site",
      place: { file: root.lockPath },
      hint: `nothing was sent. Use the connection of that site, or another --target name for this one; if the site itself has moved, \`ainstein-cms connections set-url ${site.target.name} <address>\``,
    },
  );
}

/** A saved plan holds only while every step of it would be planned again, word for word. */
function refuseMovedPlan(saved: Plan, now: Plan): void {
  const differences = [
    ...(saved.target === now.target ? [] : [`target ${saved.target}, now ${now.target}`]),
    ...(saved.site === now.site ? [] : [`site ${saved.site}, now ${now.site}`]),
    ...movedSteps(saved.steps, now.steps),
  ];
  if (differences.length === 0) return;
  const shown = differences.slice(0, 5).join("; ");
  throw new Fault("usage", `the saved plan no longer holds: ${shown}${differences.length > 5 ? "; …" : ""}`, {
    code: "plan-moved",
    hint: "nothing was sent. Make the plan again with --dry-run --plan-out",
  });
}

function movedSteps(saved: readonly Step[], now: readonly Step[]): readonly string[] {
  const fresh = new Map(now.map((step) => [stepKey(step), JSON.stringify(step)]));
  const old = new Map(saved.map((step) => [stepKey(step), JSON.stringify(step)]));
  const gone = [...old]
    .filter(([key, text]) => fresh.get(key) !== text)
    .map(([key]) => `${key} is different now`);
  const added = [...fresh.keys()].filter((key) => !old.has(key)).map((key) => `${key} is new`);
  return [...gone, ...added];
}

function stepKey(step: Step): string {
  return `${step.action} ${step.path}`;
}

const LOOKS_ONLY: ReadonlySet<string> = new Set(["skip", "conflict"]);

/** Steps that change the site or a file, as against lines of the lockfile alone. */
export function sends(step: Step): boolean {
  return !LOOKS_ONLY.has(step.action) && !["adopt", "rename", "relink"].includes(step.action);
}

async function consented(parts: RunParts, prepared: Prepared, options: RunOptions): Promise<boolean> {
  if (parts.signal.aborted) throw new Fault("interrupted", "stopped before anything was sent");
  const { plan, gathered } = prepared;
  if (!plan.steps.some(sends)) return true;
  const objections = guard(plan.steps, gathered.entries, gathered.live, options.consents);
  return options.agree(plan, objections);
}

async function carryOut(
  parts: RunParts,
  store: Store,
  prepared: Prepared,
  root: Root,
  id: string,
  started: number,
  options: RunOptions,
): Promise<Outcome> {
  const { site, plan } = prepared;
  const applying: Applying = {
    site,
    root,
    store,
    run: id,
    clock: parts.clock,
    emit: parts.emit,
    signal: parts.signal,
    allowLossy: options.allowLossy,
    keepText: keeper(parts, store, site, root),
    trash: `${parts.trashRoot}/${id}`,
    lines: refreshed(root, prepared),
    written: new Map(),
    writes: 0,
  };
  const steps = plan.steps.filter((step) => step.action !== "term" && step.action !== "upload");
  const applied = await apply(applying, steps, prepared.support, prepared.itemOf);
  const verification = await verify(applying, applied.lastWrite);
  for (const { step, result } of applied.results) {
    const fault = verification.faults.get(step.path);
    if (!applying.written.has(step.path) || result.status !== "ok") continue;
    const proven: DocumentResult = fault === undefined ? result : { ...result, status: "failed", fault };
    parts.emit({ type: "result", target: site.target.name, result: proven });
  }
  await writeLockfile(root, site, [...applying.lines.values()]);
  const outcome = await finish(parts, prepared, id, started, options, {
    applied,
    verification,
    writes: applying.writes,
  });
  finishRun(store, id, {
    status:
      outcome.exit === EXIT.interrupted ? "interrupted" : outcome.exit === EXIT.done ? "done" : "failed",
    endedAt: new Date(parts.clock.now()).toISOString(),
    summary: { ...outcome.summary },
  });
  return outcome;
}

/** Lines as they stand, with the revisions of entries that were read and found unchanged. */
function refreshed(root: Root, { site, gathered }: Prepared): Map<string, Base> {
  const lines = new Map<string, Base>(linesFor(root, site.target.name).map((line) => [line.path, line]));
  for (const { subject, entry } of gathered.items) {
    const { base, remote } = subject;
    if (base === undefined || entry === undefined || remote === undefined || "gone" in remote) continue;
    const same = Object.entries(base.remote.parts).every(
      ([part, hash]) => remote.fingerprint?.parts[part] === hash,
    );
    if (same && lines.get(base.path) === base)
      lines.set(base.path, { ...base, revision: entry.revision, racy: false });
  }
  return lines;
}

function keeper(parts: RunParts, store: Store, site: Site, root: Root): Applying["keepText"] {
  return async (base, path, id, wire) => {
    const context = `${site.account.site}\0${id}`;
    const sealed = await parts.seal(context, new TextEncoder().encode(JSON.stringify({ wire })));
    if (sealed === undefined) return;
    keepText(store, {
      site: site.account.site,
      rootId: root.id,
      path,
      locale: base?.locale ?? "",
      id,
      sealed,
      at: new Date(parts.clock.now()).toISOString(),
    });
  };
}

async function finish(
  parts: RunParts,
  prepared: Prepared,
  id: string,
  started: number,
  options: RunOptions,
  done?: Done,
): Promise<Outcome> {
  const { summary, exits } = summarize({
    prepared,
    options,
    id,
    done,
    seconds: (parts.clock.now() - started) / 1000,
  });
  const fault = done?.applied.stopped;
  if (fault !== undefined) parts.emit({ type: "fault", target: prepared.site.target.name, fault });
  parts.emit({ type: "summary", summary });
  return { exit: worstExit(exits), summary, prepared };
}
