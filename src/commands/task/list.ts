// `task list` and `task show`: what an output directory says of itself. No database is asked.
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { asFault, Fault, isFault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { nearestName } from "../../lib/suggest.ts";
import { tableLines } from "../../report/table.ts";
import { isHeldAlone } from "../../store/exclusive.ts";
import { ANSWER_FILE, type Manifest, readManifest } from "../../tasks/output.ts";
import type { Args, Command, Context } from "../context.ts";
import { isId, lockOf, outOf, REFUSED } from "./order.ts";
import { answerLines } from "./tell.ts";

const HEAD = ["TASK", "TYPE", "WHEN", "STATUS", "PROOFS"] as const;

export const list: Command = async (context, args) => {
  const { ui } = context;
  const out = outOf(context, args);
  const { found, faults } = await manifestsIn(out);
  for (const fault of faults) context.emit({ type: "fault", fault });
  for (const { task_id, task_type, at, run, source, answer } of found) {
    const status = answer?.status ?? null;
    const begun = run === "" ? null : run;
    ui.record({ type: "task", target: null, task_id, task_type, at, run: begun, source, status });
  }
  const rows = await Promise.all(found.map((manifest) => rowOf(manifest, out)));
  if (found.length + faults.length === 0)
    ui.note(`There is no task in ${relative(context.cwd, out) || "."} yet.`);
  else for (const line of tableLines(HEAD, rows, ui)) ui.out(line);
  return faults.length > 0 ? REFUSED : EXIT.done;
};

async function rowOf({ task_id, task_type, at, answer }: Manifest, out: string): Promise<readonly string[]> {
  const proofs = answer?.proofs ?? [];
  const passed = proofs.filter(({ result }) => result === "passed").length;
  return [
    task_id,
    task_type,
    at.slice(0, 16).replace("T", " "),
    answer?.status ?? ((await isUnderWay(join(out, task_id))) ? "under way" : "cut off"),
    `${passed}/${proofs.length}`,
  ].map(printable);
}

/** A process of this machine, of this home or another one, is at work there. */
async function isUnderWay(dir: string): Promise<boolean> {
  return isHeldAlone(await lockOf(dir));
}

export async function show(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const out = outOf(context, args);
  const [id] = args.positionals;
  const manifest = id !== undefined && isId(id) ? await readManifest(join(out, id)) : undefined;
  if (manifest === undefined) throw await unknown(id, out);
  const { answer } = manifest;
  if (answer === undefined) throw await unanswered(manifest.task_id, out);
  ui.record({ type: "task-answer", target: null, ...answer, unchanged: false });
  for (const line of answerLines(answer, false, ui.colour)) ui.out(line);
  for (const { name, seen } of answer.proofs.filter(({ result }) => result === "passed")) {
    ui.out(`  ${printable(`passed: ${name}: ${seen}`)}`);
  }
  for (const { field, assumed } of answer.assumptions)
    ui.out(`  ${printable(`assumed: ${assumed} (${field})`)}`);
  ui.out(`  ${printable(join(relative(context.cwd, join(out, manifest.task_id)), ANSWER_FILE))}`);
  return EXIT.done;
}

async function unanswered(id: string, out: string): Promise<Fault> {
  if (await isUnderWay(join(out, id))) {
    return new Fault("not-found", `${id} is being carried out, and has no answer yet.`, {
      code: "task.under-way",
      hint: "Wait until it is done.",
    });
  }
  return new Fault("not-found", `${id} was cut off before it had an answer.`, {
    code: "task.cut-off",
    hint: `ainstein-cms task retry ${id}`,
  });
}

async function unknown(id: string | undefined, out: string): Promise<Fault> {
  const names = (await manifestsIn(out)).found.map(({ task_id }) => task_id);
  const near = id === undefined ? undefined : nearestName(id, names);
  const list = names.length === 0 ? `${out} has none yet.` : `There are: ${names.join(", ")}.`;
  return new Fault("usage", id === undefined ? "Which task?" : `There is no task ${JSON.stringify(id)}.`, {
    code: "task.unknown",
    hint: near === undefined ? list : `Did you mean ${near}? ${list}`,
  });
}

interface Found {
  /** The latest first. */
  readonly found: readonly Manifest[];
  /** Of those that cannot be read. */
  readonly faults: readonly Fault[];
}

async function manifestsIn(out: string): Promise<Found> {
  const names = await readdir(out).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw new Fault("usage", `${out} cannot be read: ${thrown.message}`, {
      code: "task.no-directory",
      cause: thrown,
      hint: "Name the directory that tasks were carried out in: --out DIR",
    });
  });
  const read = await Promise.all(
    names.filter(isId).map((name) => readManifest(join(out, name)).catch(asFault)),
  );
  const found = read.filter((one) => one !== undefined && !isFault(one)) as readonly Manifest[];
  const latest = [...found].sort((one, other) => (one.at < other.at ? 1 : -1));
  return { found: latest, faults: read.filter((one) => isFault(one)) };
}
