import type { Base } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { reconcile } from "../../src/sync/reconcile.ts";
import { agree, baseOf, currentFile, intend, type Job, keep, Refused } from "./job.ts";
import { mayRemove, mayReplace } from "./laws.ts";
import { send } from "./outward.ts";
import { blobOf, filePrint, type Sight } from "./sight.ts";
import {
  agreeing,
  type Cell,
  cell,
  entrySlug,
  known,
  type ModelEntry,
  type ModelFile,
  nameOf,
  PARTS,
  type PartName,
  sameTexts,
  type Value,
  type World,
} from "./world.ts";

export function merge(job: Job, step: Step, sight: Sight): void {
  const verdict = reconcile(sight.subject);
  if (verdict.type !== "changed") throw new Error(`${step.path} is not changed on both sides`);
  const file = currentFile(job, step, sight);
  const incoming = [...verdict.in, ...verdict.both] as PartName[];
  const merged = writeInto(job, file, sight, incoming);
  taken(job, { ...step, changed: incoming }, sight, merged);
  send(job, step, sight, merged, [...verdict.out, ...verdict.both] as PartName[]);
}

export function pull(job: Job, step: Step, sight: Sight): void {
  const { world, tick } = job;
  const { subject, entry } = sight;
  if (entry === undefined) throw new Error(`${step.path} was planned unread`);
  if (subject.local === undefined) {
    if (world.files.has(step.path)) throw new Refused();
    tick();
    keep(world, entry.id, "site", entry.cells, false);
    const file = newFile(step.path, entry);
    world.files.set(step.path, file);
    agreeing(world, file, entry);
    world.seen.push({ side: "file", op: "create", path: step.path, parts: [] });
    keep(world, entry.id, "file", file.cells, false);
    job.lines.set(step.path, baseOf(world, file, entry));
    return;
  }
  const file = currentFile(job, step, sight);
  const after = writeInto(job, file, sight, step.changed as PartName[]);
  const pending = taken(job, step, sight, after);
  const agreed = PARTS.filter((part) => !Object.hasOwn(pending, part));
  agree(world, after, entry, agreed);
}

/** What the lockfile says of a file that the site's version was taken into; its receipt has the same line. */
function taken(job: Job, step: Step, sight: Sight, after: ModelFile): ReturnType<typeof stillToPush> {
  const { world } = job;
  const { subject, entry } = sight;
  if (entry === undefined) throw new Error("nothing was taken in");
  const pending = stillToPush(world, step, sight, after);
  const line = withPending(baseOf(world, after, entry), pending);
  if (subject.base !== undefined) job.lines.delete(subject.base.path);
  job.lines.set(step.path, line);
  const intent = intend(world, job.run, "file", step.path, entry.id);
  intent.line = line;
  intent.outcome = "done";
  return pending;
}

export function newFile(path: string, entry: ModelEntry): ModelFile {
  const absent = (part: PartName, given: Cell): boolean =>
    (part === "slug" && entrySlug(entry) === nameOf(path)) || (part === "tags" && given.values.length === 0);
  const cells = Object.fromEntries(
    PARTS.map((part) => {
      const given = entry.cells[part];
      return [part, absent(part, given) ? cell([], known(given), true) : given];
    }),
  ) as Record<PartName, Cell>;
  return { path, cells, doc: entry.doc };
}

/** Takes parts of the entry, or what they were merged into, into the file. */
export function writeInto(job: Job, file: ModelFile, sight: Sight, parts: readonly PartName[]): ModelFile {
  const { world, tick } = job;
  const { entry } = sight;
  if (entry === undefined) throw new Error("nothing to take in");
  const cells: Record<PartName, Cell> = { ...file.cells };
  keep(world, entry.id, "file", file.cells, false);
  for (const part of parts) {
    const theirs = entry.cells[part];
    const merged = sight.merged.get(part);
    const next =
      merged?.type === "merged"
        ? mergedCell(part, merged.value, file.cells[part], theirs)
        : cell(theirs.values, known(file.cells[part], theirs), part === "tags" && theirs.values.length === 0);
    mayReplace(world, file.doc, entry.id, part, file.cells[part], next, theirs);
    // What a merge leaves out of the site's is as good as replaced there.
    mayReplace(world, file.doc, entry.id, part, theirs, next, file.cells[part]);
    cells[part] = next;
  }
  const after: ModelFile = { ...file, cells };
  keep(world, entry.id, "site", entry.cells, false);
  if (blobOf(after) === blobOf(file)) return rewritten(world, after, entry, parts);
  tick();
  keep(world, entry.id, "file", after.cells, false);
  tick();
  world.seen.push({
    side: "file",
    op: "update",
    path: file.path,
    parts: PARTS.filter(
      (part) =>
        !sameTexts(file.cells[part], cells[part], part) || file.cells[part].absent !== cells[part].absent,
    ),
  });
  return rewritten(world, after, entry, parts);
}

export function rewritten(
  world: World,
  file: ModelFile,
  entry: ModelEntry,
  parts: readonly PartName[],
): ModelFile {
  world.files.set(file.path, file);
  agreeing(world, file, entry, parts);
  return file;
}

/** The merge is text; whose values it is made of is told by what they say. */
export function mergedCell(part: PartName, value: unknown, ours: Cell, theirs: Cell): Cell {
  const texts =
    part === "body"
      ? String(value ?? "")
          .split("\n")
          .filter((line) => line !== "")
      : value === undefined
        ? []
        : [value].flat().map(String);
  const sources: readonly Value[] = [...ours.values, ...theirs.values];
  const values = texts.map((text) => {
    const source = sources.find((candidate) => candidate.text === text);
    if (source === undefined) throw new Error(`the merge of ${part} invented "${text}"`);
    return source;
  });
  return cell(values, known(ours, theirs), value === undefined);
}

/** What the base says of parts that the file still has to send. */
export function stillToPush(
  world: World,
  step: Step,
  { subject, entry }: Sight,
  after: ModelFile,
): Readonly<Record<string, string | undefined>> {
  const verdict = reconcile(subject);
  if (verdict.type !== "changed" || entry === undefined) return {};
  const out = verdict.out.filter((part) => !step.changed.includes(part));
  const there = filePrint({ ...after, cells: { ...after.cells, ...entry.cells } }, world.tool).parts;
  return Object.fromEntries([
    ...out.map((part) => [part, subject.base?.local.parts[part]]),
    ...verdict.both.map((part) => [part, there[part]]),
  ]);
}

export function withPending(line: Base, pending: Readonly<Record<string, string | undefined>>): Base {
  const parts: Record<string, string> = { ...line.local.parts };
  for (const [part, hash] of Object.entries(pending)) {
    if (hash === undefined) delete parts[part];
    else parts[part] = hash;
  }
  const differs = Object.keys(pending).some((part) => parts[part] !== line.local.parts[part]);
  return differs ? { ...line, blob: "", local: { ...line.local, parts } } : line;
}

export function removeFile(job: Job, step: Step, sight: Sight): void {
  const { world, tick, lines } = job;
  const file = currentFile(job, step, sight);
  const { base } = sight.subject;
  keep(world, base?.id ?? "", "file", file.cells, false);
  tick();
  mayRemove(world, file.doc, file.cells, "file");
  world.files.delete(file.path);
  world.seen.push({ side: "file", op: "delete", path: file.path, parts: [] });
  tick();
  if (base !== undefined) lines.delete(base.path);
}

export function adopt({ world, lines, tick }: Job, step: Step, { subject, file, entry }: Sight): void {
  if (file === undefined || entry === undefined) throw new Error(`${step.path} was to be adopted unread`);
  tick();
  keep(world, entry.id, "site", entry.cells, false);
  keep(world, entry.id, "file", file.cells, false);
  agree(world, file, entry);
  if (subject.base !== undefined) lines.delete(subject.base.path);
  lines.set(step.path, baseOf(world, file, entry));
}
