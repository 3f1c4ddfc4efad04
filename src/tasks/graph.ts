// Which task waits for which, and in which order those that could begin do.
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { ReadTask } from "./read.ts";
import { PRIORITIES } from "./schema.ts";

export interface GraphOptions {
  /** Satisfied elsewhere. */
  readonly assumed: ReadonlySet<string>;
  /** Just these, with what they wait for; all where empty. */
  readonly only: readonly string[];
  /** Those that were completed before, in this output. */
  readonly completed: ReadonlySet<string>;
}

export interface Graph {
  /** To be carried out: high priority first, then as written. */
  readonly tasks: readonly ReadTask[];
  /** What each waits for, among those that are carried out, by id. */
  readonly waits: ReadonlyMap<string, readonly string[]>;
}

/** Pure. Throws `usage` for the first of: an id twice, a dependency that is nowhere, a circle, an `only` that is no task. */
export function graphOf(tasks: readonly ReadTask[], options: GraphOptions): Graph {
  const faults = graphFaults(tasks, options);
  if (faults[0] !== undefined) throw faults[0];
  const byId = new Map(tasks.map((one) => [one.task.task_id, one]));
  const wanted = wantedOf(options, byId);
  const chosen = tasks.filter(({ task }) => wanted.has(task.task_id));
  const waits = new Map(
    chosen.map(({ task }) => [task.task_id, task.dependencies.filter((id) => wanted.has(id))] as const),
  );
  const rank = ({ task }: ReadTask): number => PRIORITIES.indexOf(task.priority);
  return { tasks: [...chosen].sort((one, other) => rank(one) - rank(other)), waits };
}

/** All that is wrong with how these tasks hang together. */
export function graphFaults(tasks: readonly ReadTask[], options: GraphOptions): readonly Fault[] {
  const byId = new Map<string, ReadTask>();
  // Each has a directory of its own, and there are file systems that take no notice of case.
  const byDirectory = new Map<string, ReadTask>();
  const faults: Fault[] = [];
  for (const one of tasks) {
    const { task_id: id } = one.task;
    const first = byDirectory.get(id.toLowerCase());
    if (first !== undefined) faults.push(twice(one, first));
    else {
      byDirectory.set(id.toLowerCase(), one);
      byId.set(id, one);
    }
  }
  // What those wait for that are left out is not asked.
  const wanted = wantedOf(options, byId);
  for (const [id, one] of byId) if (wanted.has(id)) faults.push(...missing(one, byId, options));
  const circle = circleIn(byId);
  if (circle !== undefined) faults.push(circle);
  for (const id of options.only) if (!byId.has(id)) faults.push(noTask(id, byId));
  return faults;
}

function twice(one: ReadTask, first: ReadTask): Fault {
  const { task_id: id } = one.task;
  return new Fault("usage", `\`task_id\` ${id} is there already, ${first.file}:${first.line}`, {
    code: "task.twice",
    place: one.placeOf("task_id"),
    hint: "Give each task an id of its own: its output is kept under it.",
  });
}

function missing(
  one: ReadTask,
  byId: ReadonlyMap<string, ReadTask>,
  { assumed, completed }: GraphOptions,
): readonly Fault[] {
  return one.task.dependencies.flatMap((id, index) => {
    if (byId.has(id) || assumed.has(id) || completed.has(id)) return [];
    const near = nearestName(id, [...byId.keys()]);
    const assumes = nearestName(id, assumed);
    const isNear = near === undefined ? "" : `Did you mean ${near}? `;
    const isAssumed = assumes === undefined ? "" : `--assume names ${assumes}. `;
    return new Fault("usage", `\`dependencies\` names ${id}, which is no task here`, {
      code: "task.missing-dependency",
      place: one.placeOf(`dependencies.${index}`),
      hint: `${isNear}${isAssumed}Where it is satisfied elsewhere: --assume ${id}`,
    });
  });
}

function noTask(id: string, byId: ReadonlyMap<string, ReadTask>): Fault {
  const near = nearestName(id, [...byId.keys()]);
  return new Fault("usage", `--only names ${id}, which is no task here.`, {
    code: "task.unknown",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${[...byId.keys()].join(", ")}.`,
  });
}

function circleIn(byId: ReadonlyMap<string, ReadTask>): Fault | undefined {
  const done = new Set<string>();
  for (const start of byId.keys()) {
    const found = walk(start, [], byId, done);
    const [first] = found ?? [];
    const one = first === undefined ? undefined : byId.get(first);
    if (found === undefined || one === undefined) continue;
    return new Fault("usage", `These tasks wait for each other: ${[...found, first].join(" → ")}`, {
      code: "task.circle",
      place: one.placeOf("dependencies"),
      hint: "Take one of these dependencies out.",
    });
  }
  return undefined;
}

/** Ids of a circle, in order, that is reached from here. */
function walk(
  id: string,
  above: readonly string[],
  byId: ReadonlyMap<string, ReadTask>,
  done: Set<string>,
): readonly string[] | undefined {
  if (above.includes(id)) return above.slice(above.indexOf(id));
  if (done.has(id)) return undefined;
  for (const next of byId.get(id)?.task.dependencies ?? []) {
    if (!byId.has(next)) continue;
    const found = walk(next, [...above, id], byId, done);
    if (found !== undefined) return found;
  }
  done.add(id);
  return undefined;
}

/** Those that are asked for, and what they wait for where that was not completed before. */
function wantedOf(
  { only, completed }: GraphOptions,
  byId: ReadonlyMap<string, ReadTask>,
): ReadonlySet<string> {
  if (only.length === 0) return new Set(byId.keys());
  const wanted = new Set<string>();
  const add = (id: string): void => {
    const one = byId.get(id);
    if (one === undefined || wanted.has(id)) return;
    wanted.add(id);
    for (const next of one.task.dependencies) if (!completed.has(next)) add(next);
  };
  for (const id of only) add(id);
  return wanted;
}

/** How one task ended, for those that wait for it. */
export type End = "completed" | "other";

/**
 * Carries all out, `width` at one time, each once those it waits for are completed; one whose dependency is not is given to
 * `skip`. What `work` throws ends it all, once what is under way has ended.
 */
export async function inOrder(
  { tasks, waits }: Graph,
  width: number,
  work: (task: ReadTask) => Promise<End>,
  skip: (task: ReadTask, because: string) => Promise<void>,
): Promise<void> {
  const ends = new Map<string, End>();
  const left = new Set(tasks);
  const running = new Set<Promise<void>>();
  let failed: { readonly thrown: unknown } | undefined;
  const begin = (one: ReadTask, job: () => Promise<End>): void => {
    left.delete(one);
    const done: Promise<void> = job()
      .then((end) => void ends.set(one.task.task_id, end))
      .catch((thrown: unknown) => {
        failed ??= { thrown };
      })
      .finally(() => running.delete(done));
    running.add(done);
  };
  while (left.size > 0 || running.size > 0) {
    for (const one of left) {
      const before = waits.get(one.task.task_id) ?? [];
      const broken = before.find((id) => ends.get(id) === "other");
      if (failed !== undefined) left.delete(one);
      else if (broken !== undefined) begin(one, () => skip(one, broken).then(() => "other"));
      else if (running.size < width && before.every((id) => ends.has(id))) begin(one, () => work(one));
    }
    if (running.size > 0) await Promise.race(running);
  }
  if (failed !== undefined) throw failed.thrown;
}
