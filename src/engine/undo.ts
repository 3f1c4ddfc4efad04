import { randomUUID } from "node:crypto";
import { isLive } from "../content/document.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Store } from "../store/db.ts";
import type { RunRecord } from "../store/runs.ts";
import { guard, type Objection } from "../sync/guard.ts";
import type { Plan, Step } from "../sync/plan.ts";
import { planUndo, type UndoStep } from "../sync/undo.ts";
import { type AtSite, atSite, type RunParts } from "./at-site.ts";
import { carryOut, finish, heldBy, holding, type Outcome } from "./carry.ts";
import { askAndTell } from "./decisions.ts";
import type { Prepared } from "./prepare.ts";
import { linesFor, type Root, reloadLock, writeLockfile } from "./root.ts";
import { sends } from "./run.ts";
import type { OpenTarget, Site } from "./site.ts";
import { type Undoing, undoer } from "./undo-apply.ts";
import { type Left, leftBy, rootOf } from "./undo-changes.ts";
import { gatherUndo, type UndoItem } from "./undo-gather.ts";

export interface UndoOptions {
  readonly commandLine: string;
  readonly run: RunRecord;
  /** Paths below the root; empty for the whole run. */
  readonly paths: readonly string[];
  /** Files go back, too; otherwise they are held. */
  readonly files: boolean;
  /** Carry the plan out; false only shows it. */
  readonly write: boolean;
  /** Put back, too, what the site will not hold as it was. */
  readonly allowLossy: boolean;
  readonly consents: { readonly maxDelete: number | undefined; readonly maxChanges: number | undefined };
  /** `--yes` was given, for the record. */
  readonly yes: boolean;
  /** Texts that came with the run from elsewhere, by digest. */
  readonly brought: ReadonlyMap<string, Uint8Array>;
  /** Asked when there is something to write; false gives up with nothing sent. */
  readonly agree: (plan: Plan, objections: readonly Objection[]) => Promise<boolean>;
}

/**
 * Takes a run back, document by document, as a run of its own. Throws `usage` where the run was on another site or in
 * another root.
 */
export async function undoRun(
  parts: RunParts,
  target: OpenTarget,
  given: Root,
  options: UndoOptions,
): Promise<Outcome> {
  const started = parts.clock.now();
  const id = randomUUID();
  const { commandLine, write, run } = options;
  return atSite(parts, target, given, { id, commandLine, write }, async (at) => {
    const memory = at.store ?? parts.memory();
    if (memory === undefined) throw new Fault("defect", `the run ${run.id} is known and nothing is kept`);
    refuseElsewhere(memory, at, run);
    const { prepared, undoings } = await prepareUndo(parts, at, memory, options);
    parts.emit({ type: "plan", target: target.name, plan: prepared.plan });
    const { store } = at;
    const { plan, gathered } = prepared;
    if (store === undefined || plan.steps.every(({ action }) => action === "skip" || action === "conflict")) {
      return finish(parts, prepared, id, started, UNDO);
    }
    const consents = { ...options.consents, remove: true };
    const objections = guard(plan.steps, gathered.entries, gathered.live, consents);
    const about = { run: id, command: UNDO, actor: parts.actor };
    const now = () => new Date(parts.clock.now()).toISOString();
    const ask = () => options.agree(plan, objections);
    if (plan.steps.some(sends) && !(await askAndTell({ tell: at.tell, now }, about, objections, ask))) {
      return { ...finish(parts, prepared, id, started, UNDO), exit: EXIT.usage };
    }
    const root = await holdFirst(at, undoings);
    const lines = linesFor(root, target.name).map((line) => [line.path, line] as const);
    const outcome = await carryOut(parts, { ...at, root, store }, prepared, {
      id,
      started,
      command: UNDO,
      allowLossy: options.allowLossy,
      canary: undefined,
      lines: new Map(lines),
      perform: undoer(undoings),
      record: { undoes: run.id, paths: options.paths, files: options.files },
      undoes: run.id,
      allowed: { ...consents, yes: options.yes, allowLossy: options.allowLossy, lifted: objections },
    });
    await tellHeld(parts, at, undoings);
    return outcome;
  });
}

async function tellHeld(
  parts: RunParts,
  { root, site }: AtSite,
  undoings: readonly Undoing[],
): Promise<void> {
  const held = heldBy(await reloadLock(root), site);
  const count = undoings.filter(({ step }) => held.has(step.path)).length;
  if (count === 0) return;
  parts.emit({
    type: "notice",
    target: site.target.name,
    level: "info",
    message: `${count} ${count === 1 ? "file is" : "files are"} held: what was undone is not sent again until the file is edited`,
    hint: "`ainstein-cms push --release` sends all that is held",
  });
}

const UNDO = "undo";

function refuseElsewhere(memory: Store, { site, root }: AtSite, run: RunRecord): void {
  const short = run.id.slice(0, 8);
  if (run.site !== site.account.site) {
    throw new Fault(
      "usage",
      `the run ${short} was on ${run.site}, and this connection is ${site.account.site}`,
      {
        code: "run.other-site",
        hint: "nothing was sent. Use the connection of that site",
      },
    );
  }
  const own = rootOf(memory, run);
  if (own === undefined || own === root.id) return;
  throw new Fault("usage", `the run ${short} was of another content directory`, {
    code: "run.other-root",
    hint: `nothing was sent. Run this in ${run.root}, or in a clone of its repository`,
  });
}

async function prepareUndo(
  parts: RunParts,
  at: AtSite,
  memory: Store,
  { run, paths, files, brought, allowLossy }: UndoOptions,
): Promise<{ readonly prepared: Prepared; readonly undoings: readonly Undoing[] }> {
  const { site, root } = at;
  parts.emit({ type: "phase", target: site.target.name, phase: "read" });
  const { sealing } = parts;
  const items = await gatherUndo({ at, memory, sealing, run, paths, brought });
  const bySubject = new Map(items.map((item) => [item.subject, item]));
  const undoings = planUndo([...bySubject.keys()], files).flatMap((undo) => {
    const item = bySubject.get(undo.subject);
    return item === undefined ? [] : { ...undo, step: lossesOfUndo(site, undo, item), item };
  });
  const left = paths.length > 0 ? [] : leftBy(memory, run).map(leftStep);
  const lines = linesFor(root, site.target.name);
  const plan: Plan = {
    v: 1,
    target: site.target.name,
    platform: site.target.platform,
    site: site.account.site,
    command: UNDO,
    scope: { paths, kinds: [], states: [], since: undefined, limit: undefined, remove: true },
    made: new Date(parts.clock.now()).toISOString(),
    steps: [...undoings.map(({ step }) => step), ...left],
    unchanged: 0,
  };
  const live = lines.filter((line) => isLive(line.state)).length;
  const prepared: Prepared = {
    site,
    plan,
    gathered: { items: [], problems: [], entries: lines.length, live },
    itemOf: () => undefined,
    support: { terms: [], files: [] },
    isRefused: (step) => !allowLossy && step.losses !== undefined,
  };
  return { prepared, undoings };
}

/** The step with what the site will not hold of what it puts back. */
function lossesOfUndo(
  { target, account }: Site,
  { step, site: move }: UndoStep,
  { wire = {} }: UndoItem,
): Step {
  if (!["update", "restore", "create"].includes(move)) return step;
  const parts = Object.entries(wire).filter(([part]) => move !== "update" || step.changed.includes(part));
  const losses = target.codec.losses?.(Object.fromEntries(parts), account.may) ?? [];
  return losses.length === 0 ? step : { ...step, losses };
}

/** Other documents may use them by now. */
function leftStep({ op, path }: Left): Step {
  const what = op === "term" ? "a term that the run made" : "a file that the run uploaded";
  return {
    action: "skip",
    path,
    locale: "",
    id: undefined,
    kind: op === "term" ? "term" : "media",
    scope: "",
    slug: "",
    title: "",
    url: undefined,
    reason: `${what} stays on the site`,
    changed: [],
    from: undefined,
    to: undefined,
    expects: { base: "", local: "", remote: "" },
  };
}

/** A run that is cut off must not leave files that the next push sends again. */
async function holdFirst({ root, site }: AtSite, undoings: readonly Undoing[]): Promise<Root> {
  const held = heldBy(root, site);
  const before = new Map(held);
  for (const { step, site: move } of undoings) {
    if (move !== "none" && step.expects.local !== "") held.set(step.path, step.expects.local);
  }
  await writeLockfile(holding(root, site, held), site, linesFor(root, site.target.name));
  return holding(root, site, before);
}
