import { assemble, type Policy } from "../../src/sync/assemble.ts";
import type { Base } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { adopt, merge, pull, removeFile } from "./inward.ts";
import { currentFile, type Job, Refused } from "./job.ts";
import { create, removeEntry, send } from "./outward.ts";
import { sever } from "./people.ts";
import { closeEarlier, nothing, type Recovered, recover } from "./recovery.ts";
import { blobOf, entryPrint, type Looked, look, type Sight } from "./sight.ts";
import type { PartName, World } from "./world.ts";

/** The process is gone. */
export class Crash extends Error {}
export type Direction = "sync" | "push" | "pull" | "publish";

export interface RunInput {
  readonly direction: Direction;
  readonly remove: boolean;
  /** The process dies before the effect of this number; undefined: it lives. */
  readonly crashAt: number | undefined;
  /** What somebody does between plan and apply. */
  readonly meanwhile: () => void;
}

export interface RunResult {
  readonly steps: readonly Step[];
  readonly looked: Looked;
  /** Steps that were refused when they were carried out. */
  readonly refused: ReadonlySet<Step>;
}

export function policyFor(direction: Direction, remove: boolean): Policy {
  return {
    out: direction !== "pull",
    in: direction === "pull" || direction === "sync",
    live: direction === "publish",
    remove,
    newState: direction === "publish" ? "published" : "draft",
  };
}

/** What a run of this direction would do. Changes nothing. */
export async function plan(
  world: World,
  direction: Direction,
  remove: boolean,
  recovered: Recovered = nothing,
): Promise<{ readonly looked: Looked; readonly steps: readonly Step[] }> {
  const pulls = direction === "pull" || direction === "sync";
  const looked = await look(world, recovered, { pulls, live: direction === "publish" });
  const { steps } = assemble(
    looked.sights.map((sight) => sight.subject),
    policyFor(direction, remove),
  );
  return { looked, steps: steps.filter((step) => !looked.problems.has(step.path)) };
}

/** One command: recovery, comparison, plan, and its effects one by one. Throws `Crash` where it is told to die. */
export async function run(world: World, input: RunInput): Promise<RunResult> {
  let effects = 0;
  const tick = () => {
    if (effects === input.crashAt) throw new Crash();
    effects += 1;
  };
  const id = world.next++;
  const recovered = recover(world);
  sever(world, [...recovered.lines, ...world.lock], recovered.created, blobOf);
  const { looked, steps } = await plan(world, input.direction, input.remove, recovered);
  meet(world, looked);
  world.db.runs.push(id);
  world.seen = [];
  const job: Job = { world, run: id, tick, lines: refreshed(world, looked.sights) };
  input.meanwhile();
  const refused = new Set<Step>();
  const done = new Set<string>();
  for (const step of steps) {
    if (step.action === "conflict" || step.action === "skip") continue;
    const sight = sightOf(looked, step);
    try {
      perform(job, step, sight);
      done.add(step.path);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      refused.add(step);
      // The file has the merge, and the base is still the one before.
      if (step.action === "merge" && sight.file !== undefined) world.amnesia.add(sight.file.doc);
    }
  }
  tick();
  world.lock = [...job.lines.values()];
  tick();
  closeEarlier(world, id, done);
  world.db.ended.add(id);
  world.lockHistory.push(world.lock);
  return { steps, looked, refused };
}

/** File and entry that meet by their slug are one document from then on. */
function meet(world: World, { sights }: Looked): void {
  for (const { file, entry } of sights) {
    if (file === undefined || entry === undefined || file.doc === entry.doc) continue;
    world.files.set(file.path, { ...file, doc: entry.doc });
  }
}

function sightOf(looked: Looked, step: Step): Sight {
  const found = looked.sights.find(({ subject }) => {
    const { local, base, newPath, remote } = subject;
    const id = remote !== undefined && "id" in remote ? remote.id : base?.id;
    return (local?.path ?? base?.path ?? newPath) === step.path && id === step.id;
  });
  if (found === undefined) throw new Error(`no document belongs to ${step.action} ${step.path}`);
  return found;
}

/** Lines as they will stand: of several for one entry or path the one that the comparison took. */
function refreshed(world: World, sights: readonly Sight[]): Map<string, Base> {
  const lines = new Map<string, Base>();
  const isCurrent = (line: Base) => world.entries.get(line.id)?.revision === line.revision;
  for (const line of world.lock) {
    const other = lines.get(line.path);
    if (other === undefined || (!isCurrent(other) && isCurrent(line))) lines.set(line.path, line);
  }
  for (const { subject, entry, line } of sights) {
    const { base } = subject;
    if (base === undefined || line === undefined) continue;
    for (const [path, own] of lines) if (own.id === line.id) lines.delete(path);
    const now = entry && entryPrint(entry, base.remote.v).parts;
    const same = Object.entries(base.remote.parts).every(([part, hash]) => now?.[part] === hash);
    lines.set(line.path, same && entry ? { ...base, revision: entry.revision } : line);
  }
  return lines;
}

function perform(job: Job, step: Step, sight: Sight): unknown {
  const { base, local } = sight.subject;
  switch (step.action) {
    case "create":
      return create(job, step, sight);
    case "update":
    case "publish":
    case "unpublish":
      return send(job, step, sight, currentFile(job, step, sight), step.changed as readonly PartName[]);
    case "merge":
      return merge(job, step, sight);
    case "pull":
      return pull(job, step, sight);
    case "delete":
      return local === undefined ? removeEntry(job, sight) : removeFile(job, step, sight);
    case "rename":
      if (base === undefined) throw new Error("nothing to rename");
      job.lines.delete(base.path);
      return job.lines.set(step.path, { ...base, path: step.path });
    case "adopt":
      return adopt(job, step, sight);
    case "relink":
      return base !== undefined && job.lines.delete(base.path);
    default:
      throw new Error(`the model does not know ${step.action}`);
  }
}
