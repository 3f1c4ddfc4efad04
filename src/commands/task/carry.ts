// One task: what it makes is written, tried, and answered for; on record as a run.
import { randomUUID } from "node:crypto";
import { lstat, mkdir } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { secretsIn } from "../../auth/environment.ts";
import { asFault, Fault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import { redact } from "../../lib/redact.ts";
import { stopFault } from "../../lib/stop.ts";
import { holdingAlone } from "../../store/exclusive.ts";
import { whileHolding } from "../../store/locks.ts";
import { thisProcess } from "../../store/processes.ts";
import { createRun, finishRun } from "../../store/runs.ts";
import type { Answer } from "../../tasks/answer.ts";
import {
  type Change,
  changesOf,
  type Manifest,
  readManifest,
  writeAnswer,
  writeChanges,
  writeManifest,
} from "../../tasks/output.ts";
import type { ReadTask } from "../../tasks/read.ts";
import { answerOf, type Making, NOTHING_PROVEN, notBegun, type Proven } from "../../tasks/settle.ts";
import { actorOf } from "../actor.ts";
import { recordOf } from "../audit.ts";
import type { Context } from "../context.ts";
import { CARRIERS, type Scene } from "./carrier.ts";
import { lockOf, type Order, sceneOf, specificationOf } from "./order.ts";

export interface Carried {
  readonly answer: Answer;
  /** Nothing had changed since it was completed, so nothing was done. */
  readonly unchanged: boolean;
}

const GO_ON = "The same command goes on where it was.";

/** Throws what ends all tasks: an interruption, a disk that is full, a defect of the record. */
export async function carryTask(context: Context, order: Order, one: ReadTask): Promise<Carried> {
  if (context.signal.aborted) throw stopFault(context.signal, "stopped before the next task began", GO_ON);
  const scene = sceneOf(context, order, one);
  const carrier = await CARRIERS[one.task.task_type]();
  const run = randomUUID();
  await ownDirectory(scene.dir);
  return holding(context, scene.dir, run, async () => {
    const before = await readManifest(scene.dir);
    const making = await carrier.make(one, scene);
    const changes = making.needs.length > 0 ? [] : await changesOf(scene.dir, making.files, before);
    const isDone = !order.anew && carrier.always !== true && isSettled(before, changes, context, order, one);
    if (isDone && before?.answer !== undefined) return { answer: before.answer, unchanged: true };
    const work = { context, order, one, scene, run, before, making, changes };
    return { answer: await journalled(work, () => answered(work, carrier.prove)), unchanged: false };
  });
}

/** Writes down that a task was not begun, since another was not completed. */
export async function leaveTask(
  context: Context,
  order: Order,
  one: ReadTask,
  because: string,
): Promise<Carried> {
  const { dir } = sceneOf(context, order, one);
  await ownDirectory(dir);
  return holding(context, dir, randomUUID(), async () => {
    const answer = notBegun(one, locationOf(context, dir), because);
    const before = await readManifest(dir);
    await writeAnswer(dir, answer);
    const at = new Date(context.clock.now()).toISOString();
    const known = before ?? { ...manifestOf({ context, order, one }, "", at), files: {} };
    await writeManifest(dir, { ...known, specification: undefined, answer });
    return { answer, unchanged: false };
  });
}

/** A link might lead anywhere, and what is made would be there. */
async function ownDirectory(dir: string): Promise<void> {
  await makeDirectory(dir).catch((thrown: NodeJS.ErrnoException) => {
    throw new Fault("usage", `${dir} cannot be made: ${thrown.message}`, {
      code: "task.no-directory",
      cause: thrown,
      hint: "Choose another directory with --out, or mend the permissions.",
    });
  });
  if (!(await lstat(dir)).isSymbolicLink()) return;
  throw new Fault("usage", `${dir} is a link, and a task's output is a directory of its own.`, {
    code: "task.in-the-way",
    hint: "Remove the link, or choose another directory with --out.",
  });
}

/** With those above it. Node's own way never ends below directories such as /proc, where none can be made. */
async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(dir) === dir) throw thrown;
    await makeDirectory(dirname(dir));
    // Another process may have been quicker.
    await mkdir(dir).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== "EEXIST") throw again;
    });
  }
}

/** Those of this home are told whose turn it is; those of others, that it is not theirs. */
async function holding<T>(context: Context, dir: string, run: string, work: () => Promise<T>): Promise<T> {
  const holder = { ...thisProcess(), run, command: "ainstein-cms task" };
  const { clock } = context;
  const name = await lockOf(dir);
  return whileHolding(context.store(), name, holder, clock, () => holdingAlone(name, work, clock));
}

function isSettled(
  before: Manifest | undefined,
  changes: readonly Change[],
  { version }: Context,
  order: Order,
  one: ReadTask,
): boolean {
  return (
    before?.answer?.status === "completed" &&
    before.specification === specificationOf(one, order) &&
    before.made_by === version &&
    changes.every(({ what }) => what === "same")
  );
}

interface Work {
  readonly context: Context;
  readonly order: Order;
  readonly one: ReadTask;
  readonly scene: Scene;
  readonly run: string;
  readonly before: Manifest | undefined;
  readonly making: Making;
  readonly changes: readonly Change[];
}

/** Told to the journal and to the signed record, before and after. */
async function journalled(work: Work, carry: () => Promise<Answer>): Promise<Answer> {
  const { context, order, one, scene, run } = work;
  const { task_id: task } = one.task;
  const store = context.store();
  const now = (): string => new Date(context.clock.now()).toISOString();
  const actor = await actorOf(context);
  const record = await recordOf(context, `task:${task}`);
  const options = {
    ...{ paths: [one.file], base: context.cwd, out: order.out, only: [task] },
    asked: { paths: order.paths, only: order.only },
    ...{ assumed: order.assumed, apply: order.apply },
  };
  const { pid, host } = thisProcess();
  const about = { id: run, command: "task", target: `task:${task}`, site: scene.dir, root: scene.dir };
  createRun(store, { ...about, startedAt: now(), pid, host, actor, options });
  record([{ type: "task", at: now(), run, task, apply: order.apply, specification: one.digest, actor }]);
  const end = (status: "done" | "failed" | "interrupted", summary: JsonObject): void => {
    finishRun(store, run, { status, endedAt: now(), summary });
  };
  try {
    const answer = await carry();
    const passed = answer.proofs.filter(({ result }) => result === "passed").length;
    record([{ type: "task-answer", at: now(), run, task, status: answer.status, passed }]);
    end(answer.status === "completed" ? "done" : "failed", summaryOf(answer, work.changes));
    return answer;
  } catch (thrown) {
    const { kind, code } = asFault(thrown);
    record([{ type: "task-answer", at: now(), run, task, status: "failed", code }]);
    end(kind === "interrupted" || kind === "deadline" ? "interrupted" : "failed", { failed: 1 });
    throw thrown;
  }
}

/** Counts as runs have them, of files; and how the proofs ended. */
function summaryOf({ status, proofs }: Answer, changes: readonly Change[]): JsonObject {
  const files = (wanted: Change["what"]) => changes.filter(({ what }) => what === wanted).length;
  const ended = (wanted: string) => proofs.filter(({ result }) => result === wanted).length;
  return {
    status,
    created: files("create"),
    updated: files("update"),
    deleted: files("remove"),
    conflicts: files("edited"),
    failed: status === "failed" ? 1 : 0,
    proofs: { passed: ended("passed"), failed: ended("failed"), skipped: ended("skipped") },
  };
}

async function answered(
  work: Work,
  prove: (one: ReadTask, scene: Scene) => Promise<Proven>,
): Promise<Answer> {
  const { context, order, one, scene, run, before, making, changes } = work;
  const at = new Date(context.clock.now()).toISOString();
  const location = locationOf(context, scene.dir);
  const blank: Manifest = { ...manifestOf(work, run, at), files: before?.files ?? {} };
  if (making.needs.length > 0) {
    const answer = answerOf(one, location, { making, proven: NOTHING_PROVEN, changes });
    await writeAnswer(scene.dir, answer);
    await writeManifest(scene.dir, { ...blank, answer });
    return answer;
  }
  const files = await writeChanges(scene.dir, changes, blank);
  const proven = await tried(one, scene, prove);
  const answer = withoutSecrets(answerOf(one, location, { making, proven, changes }), secretsIn(context.env));
  await writeAnswer(scene.dir, answer);
  const specification = specificationOf(one, order);
  await writeManifest(scene.dir, { ...blank, files, specification, answer });
  return answer;
}

/** What ends one task is in its answer; what ends all is thrown. */
async function tried(
  one: ReadTask,
  scene: Scene,
  prove: (one: ReadTask, scene: Scene) => Promise<Proven>,
): Promise<Proven> {
  const { signal, emit } = scene.context;
  try {
    const proven = await prove(one, scene);
    // What a probe saw of a program that was ended with us says nothing of what was made.
    if (!signal.aborted || proven.proofs.every(({ result }) => result === "passed")) return proven;
    throw stopFault(signal, "stopped while a task was tried", GO_ON);
  } catch (thrown) {
    if (signal.aborted) throw stopFault(signal, "stopped while a task was tried", GO_ON);
    const fault = asFault(thrown);
    if (fault.kind === "interrupted" || fault.kind === "deadline") throw fault;
    if (fault.kind === "defect") emit({ type: "fault", target: one.task.task_id, fault });
    return { ...NOTHING_PROVEN, fault };
  }
}

function manifestOf(
  { context, order, one }: Pick<Work, "context" | "order" | "one">,
  run: string,
  at: string,
): Omit<Manifest, "files"> {
  const { task_id, task_type } = one.task;
  const { assumed } = order;
  return { version: 1, task_id, task_type, made_by: context.version, run, at, source: one.file, assumed };
}

function locationOf({ cwd }: Context, dir: string): string {
  return (relative(cwd, dir) || ".").split(sep).join("/");
}

/** What programs and servers said may hold what they were given. */
function withoutSecrets(answer: Answer, secrets: readonly string[]): Answer {
  const clean = (value: unknown): unknown => {
    if (typeof value === "string") return redact(value, secrets);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)]));
  };
  return clean(answer) as Answer;
}
