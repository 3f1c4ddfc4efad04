import type { Step } from "../../src/sync/plan.ts";
import { agree, currentFile, intend, type Job, keep, Refused, record } from "./job.ts";
import { mayRemove, mayReplace } from "./laws.ts";
import { clearedParts, entryPrint, print, type Sight, textsIn } from "./sight.ts";
import {
  type Cell,
  type Cells,
  cell,
  entrySlug,
  known,
  type ModelEntry,
  type ModelFile,
  PARTS,
  type PartName,
  sameTexts,
  slugOf,
  textsOf,
  type World,
  write,
} from "./world.ts";

export function create(job: Job, step: Step, sight: Sight): void {
  const { world, tick } = job;
  const file = currentFile(job, step, sight);
  const slug = slugOf(file);
  const key = `key ${slug}`;
  const others = [...world.entries.values()].filter((entry) => !entry.trashed);
  const taken = others.some((entry) => entry.key === key || entrySlug(entry) === slug);
  if (taken) throw new Refused();
  tick();
  const sent = print(
    "remote",
    { slug: [slug], ...textsIn(file.cells), status: [step.to ?? "draft"] },
    world.tool,
  ).parts;
  const intent = intend(world, job.run, "create", step.path, key, sent);
  tick();
  const entry = newEntry(world, file, key, step);
  world.entries.set(entry.id, entry);
  agree(world, file, entry);
  tick();
  record(job, step, sight, file, entry, intent);
}

export function newEntry(world: World, file: ModelFile, key: string, step: Step): ModelEntry {
  const put = (part: PartName, fallback: readonly string[]): Cell => {
    const own = file.cells[part];
    const fresh = fallback.map((text) => write(world, part, text));
    return cell(own.absent ? fresh : own.values, own.knows);
  };
  const cells: Cells = {
    title: put("title", []),
    body: put("body", []),
    tags: put("tags", []),
    slug: put("slug", [slugOf(file)]),
    status: put("status", [step.to ?? "draft"]),
  };
  world.seen.push({ side: "site", op: "create", path: step.path, parts: [] });
  const id = `e${world.next++}`;
  const { epoch } = world.db;
  return {
    id,
    key,
    revision: `r${world.next++}`,
    cells,
    trashed: false,
    doc: file.doc,
    before: undefined,
    toolWrites: 1,
    epoch,
  };
}

export function send(job: Job, step: Step, sight: Sight, file: ModelFile, parts: readonly PartName[]): void {
  const { world, tick } = job;
  const { entry, subject } = sight;
  if (entry === undefined) throw new Error(`${step.path} was planned unread`);
  const cleared = clearedParts(file, subject.base).filter((part) => parts.includes(part));
  if (cleared.includes("slug")) throw new Refused();
  const wire: Partial<Record<PartName, Cell>> = {};
  for (const part of parts) {
    const own = file.cells[part];
    if (part === "status" && step.to !== undefined) wire.status = statusAs(world, own, step.to);
    else if (!own.absent) wire[part] = own;
    else if (part === "tags" || part === "body") wire[part] = cell([], own.knows);
  }
  keep(world, entry.id, "site", entry.cells, false);
  const sent = entryPrint({ ...entry, cells: { ...entry.cells, ...wire } }, world.tool).parts;
  const names = Object.keys(wire);
  tick();
  const intent = intend(world, job.run, "update", step.path, entry.id, pick(sent, names));
  tick();
  const written = update(world, entry, wire, file);
  if (written === undefined) {
    intent.outcome = "failed";
    throw new Refused();
  }
  tick();
  record(job, step, sight, file, written, intent);
}

export function statusAs(world: World, own: Cell, state: string): Cell {
  return textsOf(own)[0] === state ? own : cell([write(world, "status", state)], known(own));
}

export function pick(
  parts: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, parts[name] ?? ""]));
}

/** Undefined where the site refuses, since it does not hold what is expected. */
export function update(
  world: World,
  planned: ModelEntry,
  wire: Partial<Record<PartName, Cell>>,
  file: ModelFile,
): ModelEntry | undefined {
  const now = world.entries.get(planned.id);
  if (now === undefined || now.trashed || now.revision !== planned.revision) return undefined;
  const slug = wire.slug?.values[0]?.text;
  const taken = [...world.entries.values()].some(
    (other) => other.id !== now.id && !other.trashed && entrySlug(other) === slug,
  );
  if (taken) return undefined;
  const cells: Record<PartName, Cell> = { ...now.cells };
  for (const [part, next] of Object.entries(wire) as [PartName, Cell][]) {
    mayReplace(world, file.doc, now.id, part, now.cells[part], next, file.cells[part]);
    cells[part] = cell(next.values, known(next, now.cells[part]));
  }
  const changed = PARTS.filter((part) => !sameTexts(now.cells[part], cells[part], part));
  const path = file.path;
  world.seen.push({ side: "site", op: "update", path, parts: changed });
  const written: ModelEntry = {
    ...now,
    cells,
    revision: `r${world.next++}`,
    before: now.cells,
    toolWrites: now.toolWrites + 1,
    epoch: -1,
  };
  world.entries.set(now.id, written);
  knowsOf(world, file, wire);
  return written;
}

/** Who sends a value knows it, even where the file leaves the part out. */
export function knowsOf(world: World, { path }: ModelFile, wire: Partial<Record<PartName, Cell>>): void {
  const file = world.files.get(path);
  if (file === undefined) return;
  const cells: Record<PartName, Cell> = { ...file.cells };
  for (const [part, sent] of Object.entries(wire) as [PartName, Cell][]) {
    cells[part] = cell(cells[part].values, known(cells[part], sent), cells[part].absent);
  }
  world.files.set(path, { ...file, cells });
}

export function removeEntry({ world, tick, run, lines }: Job, { subject }: Sight): void {
  const { remote, base } = subject;
  if (remote === undefined || "gone" in remote) return;
  const now = world.entries.get(remote.id);
  if (now !== undefined && !now.trashed) {
    if (now.revision !== remote.revision) throw new Refused();
    keep(world, now.id, "site", now.cells, false);
    tick();
    const intent = intend(world, run, "delete", base?.path ?? "", now.id);
    tick();
    mayRemove(world, now.doc, now.cells, "site");
    world.entries.set(now.id, { ...now, trashed: true });
    world.seen.push({ side: "site", op: "delete", path: base?.path ?? "", parts: [] });
    tick();
    intent.outcome = "done";
  }
  if (base !== undefined) lines.delete(base.path);
}
