import { randomUUID } from "node:crypto";
import { EXIT, worstExit } from "../lib/exit.ts";
import { asFault, type Fault, isFault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { openConflicts } from "../store/conflicts.ts";
import type { Store } from "../store/db.ts";
import type { Step } from "../sync/plan.ts";
import type { Perform } from "./apply.ts";
import { type AtSite, atSite, type RunParts } from "./at-site.ts";
import { carryOut, finish, type Outcome } from "./carry.ts";
import { keepConflicts, recordSettlement, type Settlement } from "./conflicts.ts";
import { NOTHING_ALLOWED } from "./decisions.ts";
import type { Emit, Summary } from "./events.ts";
import { itemFault, type Problem } from "./gather.ts";
import { type MergeParts, revisionsOf } from "./merging.ts";
import { type PlanOptions, type Prepared, prepare } from "./prepare.ts";
import { type Dispute, disputeOf } from "./resolve-dispute.ts";
import { type Decision, settleDispute, settledStep, wholeDecision } from "./resolve-settle.ts";
import { decideBy, type Policy } from "./resolve-strategy.ts";
import { linesNow, type Root, reloadLock } from "./root.ts";
import type { OpenTarget, Site } from "./site.ts";

/** What a person is asked: one document, with what rules decided about parts of it already. */
export interface Question {
  readonly dispute: Dispute;
  readonly decided: Decision;
  /** Counts from 1. */
  readonly n: number;
  readonly of: number;
  readonly site: Site;
  readonly root: Root;
}

/** `skip`: leave this document in conflict; `quit`: and all that follow. Throws `interrupted` at Ctrl-C. */
export type Ask = (question: Question) => Promise<Decision | "skip" | "quit">;

export interface ResolveOptions {
  readonly commandLine: string;
  readonly planning: PlanOptions;
  /** Files that the operator named. */
  readonly named: readonly string[];
  readonly policy: Policy;
  /** Settle; false only shows what would be. */
  readonly write: boolean;
  /** Undefined where nobody is to be asked: what no rule decides stays a conflict. */
  readonly ask: Ask | undefined;
}

/** A document in conflict and what was decided about it. */
export interface Told {
  readonly dispute: Dispute;
  /** By part, what was decided; undefined where nothing was. */
  readonly how: Settlement | undefined;
  /** Something of the file's was kept that the site does not have. */
  readonly keeps: boolean;
  /** The decision was carried out: the document is in conflict no more. */
  readonly settled: boolean;
  readonly refusal: Fault | undefined;
}

export interface Resolved extends Outcome {
  readonly told: readonly Told[];
}

interface Settling {
  readonly dispute: Dispute;
  readonly decision: Decision;
}

/** Of a run, what it is to settle by step, and what it has settled. */
interface Settlings {
  readonly byStep: ReadonlyMap<Step, Settling>;
  readonly done: Set<Dispute>;
}

/**
 * Settles the conflicts of one target: into the files and the lockfile, never to the site. The base becomes the remote
 * version seen, so that the next push sends what the files have of their own.
 */
export async function resolve(
  parts: RunParts,
  target: OpenTarget,
  given: Root,
  options: ResolveOptions,
): Promise<Resolved> {
  const run: Run = { id: randomUUID(), started: parts.clock.now(), options };
  const { commandLine, write } = options;
  return atSite(parts, target, given, { id: run.id, commandLine, write }, async (at) => {
    const { prepared, disputes } = await findDisputes(parts, at, options);
    const { store } = at;
    if (store !== undefined) await keepConflicts(parts, { ...at, store }, prepared, run.id);
    if (options.ask === undefined || store === undefined) {
      return allAtOnce(parts, at, prepared, disputes, run);
    }
    return oneByOne(parts, { ...at, store }, prepared, disputes, { ...run, ask: options.ask });
  });
}

interface Run {
  readonly id: string;
  readonly started: number;
  readonly options: ResolveOptions;
}

/** The plan is one of conflicts: everything else is left as it is. */
async function findDisputes(
  parts: RunParts,
  at: AtSite,
  { planning, named }: ResolveOptions,
): Promise<{ readonly prepared: Prepared; readonly disputes: readonly Dispute[] }> {
  const { site, root } = at;
  const memory = at.store ?? parts.memory();
  const quiet = { ...parts, emit: without(parts.emit, ["plan"]) };
  const prepared = await prepare(quiet, at, planning);
  const recorded = memory === undefined ? [] : openConflicts(memory, site.account.site, root.id);
  const wanted = new Set([...named, ...recorded.map((conflict) => conflict.path)]);
  const { sealing } = parts;
  const given: MergeParts = {
    ...{ site, root, memory, sealing },
    ruleOf: () => undefined,
    revisions: revisionsOf(site),
  };
  const disputes: Dispute[] = [];
  const problems: Problem[] = [...prepared.gathered.problems];
  for (const step of prepared.plan.steps) {
    const item = prepared.itemOf(step);
    if (item === undefined) continue;
    try {
      const dispute = await disputeOf(given, item, step, (path) => wanted.has(path));
      if (dispute !== undefined) disputes.push(dispute);
    } catch (thrown) {
      problems.push({ path: step.path, fault: itemFault(thrown) });
    }
  }
  disputes.sort((a, b) => (a.step.path < b.step.path ? -1 : a.step.path > b.step.path ? 1 : 0));
  const { items } = prepared.gathered;
  const plan = {
    ...prepared.plan,
    steps: disputes.map((dispute) => dispute.step),
    unchanged: items.length - disputes.length,
  };
  const support = { terms: [], files: [] };
  return { prepared: { ...prepared, plan, support, gathered: { ...prepared.gathered, problems } }, disputes };
}

function without(emit: Emit, types: readonly string[]): Emit {
  return (event) => {
    if (!types.includes(event.type)) emit(event);
  };
}

async function allAtOnce(
  parts: RunParts,
  at: AtSite,
  prepared: Prepared,
  disputes: readonly Dispute[],
  run: Run,
): Promise<Resolved> {
  const settlings = new Map<Step, Settling>();
  const refusals = new Map<string, Fault>();
  const told: Omit<Told, "settled">[] = [];
  const steps: Step[] = [];
  for (const dispute of disputes) {
    const decision = await decided(dispute, run.options.policy, refusals);
    const step = decision === undefined ? dispute.step : settledStep(dispute, decision);
    if (decision !== undefined) settlings.set(step, { dispute, decision });
    told.push({ ...toldOf(dispute, decision), refusal: refusals.get(step.path) });
    steps.push(step);
  }
  const planned = { ...prepared, plan: { ...prepared.plan, steps } };
  parts.emit({ type: "plan", target: prepared.plan.target, plan: planned.plan });
  const emit = tellingRefusals(parts.emit, refusals);
  const { store } = at;
  const done = new Set<Dispute>();
  const ends = () => told.map((one) => ({ ...one, settled: done.has(one.dispute) }));
  if (store !== undefined && steps.length > 0) {
    const all = { byStep: settlings, done };
    const outcome = await carry({ ...parts, emit }, { ...at, store }, planned, all, run);
    return { ...outcome, told: ends() };
  }
  tellLeft(
    { ...parts, emit },
    prepared,
    steps.filter((step) => refusals.has(step.path)),
  );
  return { ...finish(parts, planned, run.id, run.started, "resolve"), told: ends() };
}

function toldOf(dispute: Dispute, decision: Decision | undefined): Pick<Told, "dispute" | "how" | "keeps"> {
  if (decision === undefined) return { dispute, how: undefined, keeps: false };
  const all = [...wholeDecision(dispute, decision).values()];
  const how = settlementOf({ dispute, decision });
  return { dispute, how, keeps: all.some(({ from }) => from !== "theirs") };
}

/** The decision where rules alone settle the whole document. */
async function decided(
  dispute: Dispute,
  policy: Policy,
  refusals: Map<string, Fault>,
): Promise<Decision | undefined> {
  try {
    const decision = await decideBy(dispute, policy);
    return dispute.open.every((part) => decision.has(part)) ? decision : undefined;
  } catch (thrown) {
    if (!isFault(thrown, "conflict")) throw thrown;
    refusals.set(dispute.step.path, thrown);
    return undefined;
  }
}

/** A document that stays in conflict because the strategy was refused says why. */
function tellingRefusals(emit: Emit, refusals: ReadonlyMap<string, Fault>): Emit {
  return (event) => {
    const fault = event.type === "result" ? refusals.get(event.result.path) : undefined;
    if (event.type !== "result" || fault === undefined || event.result.status !== "conflict") emit(event);
    else emit({ ...event, result: { ...event.result, fault } });
  };
}

/** One document after another, each written as soon as it is settled: what was settled stays settled. */
async function oneByOne(
  parts: RunParts,
  at: AtSite & { readonly store: Store },
  prepared: Prepared,
  disputes: readonly Dispute[],
  run: Run & { readonly ask: Ask },
): Promise<Resolved> {
  parts.emit({ type: "plan", target: prepared.plan.target, plan: prepared.plan });
  const quiet = { ...parts, emit: without(parts.emit, ["summary", "phase", "progress"]) };
  const outcomes: Outcome[] = [];
  const left: Step[] = [];
  const told: Told[] = [];
  let stopped: Fault | "quit" | undefined;
  for (const [index, dispute] of disputes.entries()) {
    const at1 = { ...at, root: await reloadLock(at.root) };
    const place = { n: index + 1, of: disputes.length, site: at.site, root: at1.root };
    const answer = stopped === undefined ? await answered(dispute, place, run) : "quit";
    if (answer === "quit" || isFault(answer)) stopped ??= answer;
    if (typeof answer === "string" || isFault(answer)) {
      left.push(dispute.step);
      told.push({ ...toldOf(dispute, undefined), settled: false, refusal: undefined });
      continue;
    }
    const settling = { dispute, decision: answer };
    const step = settledStep(dispute, answer);
    const plan = { ...prepared.plan, steps: [step], unchanged: 0 };
    const one = { ...prepared, plan, gathered: { ...prepared.gathered, problems: [] } };
    const own = outcomes.length === 0 ? run : { ...run, id: randomUUID() };
    const settlings: Settlings = { byStep: new Map([[step, settling]]), done: new Set() };
    outcomes.push(await carry(quiet, at1, one, settlings, own));
    const settled = settlings.done.has(dispute);
    told.push({ ...toldOf(dispute, answer), settled, refusal: undefined });
  }
  tellLeft(parts, prepared, left);
  const rest = { ...prepared, plan: { ...prepared.plan, steps: left } };
  const end = finish(quiet, rest, run.id, run.started, "resolve");
  const summary = summed(end.summary, outcomes);
  if (isFault(stopped)) parts.emit({ type: "fault", target: prepared.plan.target, fault: stopped });
  parts.emit({ type: "summary", summary });
  const exits = [
    end.exit,
    ...outcomes.map(({ exit }) => exit),
    ...(isFault(stopped) ? [EXIT.interrupted] : []),
  ];
  return { exit: worstExit(exits), summary, prepared: rest, told };
}

/** Rules first, then the person; a Ctrl-C is an answer, too. */
async function answered(
  dispute: Dispute,
  place: Pick<Question, "n" | "of" | "site" | "root">,
  { ask, options }: Run & { readonly ask: Ask },
): Promise<Decision | "skip" | "quit" | Fault> {
  const decision = await decideBy(dispute, options.policy);
  if (dispute.open.every((part) => decision.has(part))) return decision;
  try {
    return await ask({ dispute, decided: decision, ...place });
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind !== "interrupted") throw thrown;
    return fault;
  }
}

function summed(first: Summary, outcomes: readonly Outcome[]): Summary {
  const counts = ["merged", "pulled", "deleted", "conflicts", "failed"] as const;
  const total = { ...first };
  for (const { summary } of outcomes) for (const count of counts) total[count] += summary[count];
  return total;
}

function tellLeft({ emit }: RunParts, { plan }: Prepared, left: readonly Step[]): void {
  for (const { path, id, action, reason } of left) {
    emit({ type: "result", target: plan.target, result: { path, id, action, reason, status: "conflict" } });
  }
}

function carry(
  parts: RunParts,
  at: AtSite & { readonly store: Store },
  prepared: Prepared,
  settlings: Settlings,
  { id, started, options }: Run,
): Promise<Outcome> {
  return carryOut(parts, at, prepared, {
    id,
    started,
    command: "resolve",
    allowLossy: false,
    canary: undefined,
    lines: linesNow(at.root, at.site),
    perform: performer(parts, at, settlings, id),
    record: { scope: options.planning.scope as unknown as Json },
    undoes: undefined,
    allowed: NOTHING_ALLOWED,
  });
}

function performer(
  parts: RunParts,
  { root, site, store, tell }: AtSite & { readonly store: Store },
  { byStep, done }: Settlings,
  run: string,
): Perform {
  return async (applying, step) => {
    const settling = byStep.get(step);
    if (settling === undefined) return {};
    await settleDispute(applying, step, settling.dispute, settling.decision);
    const at = new Date(parts.clock.now()).toISOString();
    const where = { site: site.account.site, rootId: root.id, path: step.path, at };
    recordSettlement({ store, tell }, where, { how: settlementOf(settling), by: await parts.actor(), run });
    done.add(settling.dispute);
    return {};
  };
}

function settlementOf({ dispute, decision }: Settling): Settlement {
  return Object.fromEntries([...wholeDecision(dispute, decision)].map(([part, { how }]) => [part, how]));
}
