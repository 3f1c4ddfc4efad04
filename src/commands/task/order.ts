// What `task` was asked to do, understood before anything begins: every file, what waits for what, what each comes to.
import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault, isFault, type Place } from "../../lib/fault.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { type Graph, graphFaults, graphOf } from "../../tasks/graph.ts";
import { readManifest } from "../../tasks/output.ts";
import { placeOfField, type ReadTask } from "../../tasks/read.ts";
import type { Making } from "../../tasks/settle.ts";
import { readTasks } from "../../tasks/source.ts";
import type { Args, Context } from "../context.ts";
import { listFlag, switchFlag, textFlag } from "../flags.ts";
import { CARRIERS, type Scene } from "./carrier.ts";

export const OUT = "output/integration";

export interface Order {
  /** Files and directories, as given. */
  readonly paths: readonly string[];
  /** Absolute. */
  readonly out: string;
  /** Ids; all tasks where empty. */
  readonly only: readonly string[];
  /** Ids of tasks that are satisfied elsewhere. */
  readonly assumed: readonly string[];
  readonly apply: boolean;
  readonly yes: boolean;
  /** Only what is not completed is told. */
  readonly quiet: boolean;
  /** Proven anew even where nothing has changed. */
  readonly anew: boolean;
}

export function orderOf(context: Context, args: Args): Order {
  if (args.positionals.length === 0) {
    throw new Fault("usage", "Which tasks?", {
      code: "task.no-file",
      hint: "Name files, or directories of them: ainstein-cms task run tasks/",
    });
  }
  return {
    paths: args.positionals,
    out: outOf(context, args),
    only: listFlag(args, "only"),
    assumed: listFlag(args, "assume"),
    apply: switchFlag(args, "apply"),
    yes: switchFlag(args, "yes"),
    quiet: switchFlag(args, "quiet"),
    anew: false,
  };
}

export function outOf({ cwd }: Pick<Context, "cwd">, args: Args): string {
  return resolve(cwd, textFlag(args, "out") ?? OUT);
}

export interface Understood {
  readonly graph: Graph;
  readonly makings: ReadonlyMap<string, Making>;
}

/** Reads only. Undefined where something is wrong: all of it was told. */
export async function understand(context: Context, order: Order): Promise<Understood | undefined> {
  const { tasks, faults } = await readTasks(order.paths, context.cwd);
  const options = {
    assumed: new Set(order.assumed),
    only: order.only,
    completed: await completedOf(tasks, order),
  };
  const wrong = [...faults, ...(faults.length === 0 ? graphFaults(tasks, options) : [])];
  if (wrong.length > 0) return refuse(context, wrong);
  const graph = graphOf(tasks, options);
  const makings = new Map<string, Making>();
  const troubles: Fault[] = [];
  for (const one of graph.tasks) {
    const made = await makingOf(one, sceneOf(context, order, one));
    if (isFault(made)) troubles.push(made);
    else makings.set(one.task.task_id, made);
  }
  return troubles.length > 0 ? refuse(context, troubles) : { graph, makings };
}

export const REFUSED: ExitCode = EXIT.usage;

function refuse({ emit }: Context, faults: readonly Fault[]): undefined {
  for (const fault of faults) emit({ type: "fault", fault });
  return undefined;
}

/** Those whose last answer in this output is `completed`, and for what they say now. */
async function completedOf(tasks: readonly ReadTask[], order: Order): Promise<ReadonlySet<string>> {
  const now = new Map(tasks.map((one) => [one.task.task_id, specificationOf(one, order)]));
  const ids = new Set(tasks.flatMap(({ task }) => [task.task_id, ...task.dependencies]));
  const known = await Promise.all(
    [...ids].filter(isId).map(async (id) => {
      const manifest = await readManifest(join(order.out, id)).catch(() => undefined);
      const same = !now.has(id) || manifest?.specification === now.get(id);
      return manifest?.answer?.status === "completed" && same ? [id] : [];
    }),
  );
  return new Set(known.flat());
}

/** Safe as the name of a directory. */
export function isId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/.test(id);
}

/** Name of the lock of a task's directory, which is there. */
export async function lockOf(dir: string): Promise<string> {
  return `the output in ${await realpath(dir)}`;
}

/** What a task's output was made from: what it says, and whether given targets were changed. */
export function specificationOf(one: ReadTask, { apply }: Pick<Order, "apply">): string {
  return apply ? sha256Hex(`${one.digest} --apply`) : one.digest;
}

export function sceneOf(context: Context, { out, apply, yes }: Order, { task }: ReadTask): Scene {
  const tell = (what: string): void => {
    context.emit({ type: "notice", level: "info", message: `${task.task_id}: ${what}` });
  };
  return { context, dir: join(out, task.task_id), base: context.cwd, apply, yes, tell };
}

/** What a task comes to, or what is wrong with what it says, with its place. Throws what is not the task's fault. */
async function makingOf(one: ReadTask, scene: Scene): Promise<Making | Fault> {
  try {
    const carrier = await CARRIERS[one.task.task_type]();
    return await carrier.make(one, scene);
  } catch (thrown) {
    if (!isFault(thrown) || (thrown.kind !== "invalid" && thrown.kind !== "usage")) throw thrown;
    return placed(thrown, one);
  }
}

/** Parts that build know a field; the line it stands on is known here. */
function placed(fault: Fault, one: ReadTask): Fault {
  const { code, message, hint } = fault;
  return new Fault("usage", message, {
    code,
    place: placeIn(fault.place, one),
    cause: fault,
    ...(hint === undefined ? {} : { hint }),
  });
}

function placeIn(place: Place | undefined, one: ReadTask): Place {
  if (place !== undefined && place.file !== "") return place;
  return place?.field === undefined ? one.placeOf("task_id") : placeOfField(one, place.field);
}
