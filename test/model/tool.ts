import { assemble, type Policy } from "../../src/sync/assemble.ts";
import type { Base } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { reconcile } from "../../src/sync/reconcile.ts";
import { mayRemove, mayReplace } from "./laws.ts";
import { sever } from "./people.ts";
import { closeEarlier, nothing, type Recovered, recover } from "./recovery.ts";
import {
  blobOf,
  clearedParts,
  entryPrint,
  filePrint,
  type Looked,
  look,
  print,
  type Sight,
  textsIn,
} from "./sight.ts";
import {
  agreeing,
  type Cell,
  type Cells,
  cell,
  entrySlug,
  type Intent,
  known,
  type ModelEntry,
  type ModelFile,
  nameOf,
  PARTS,
  type PartName,
  sameTexts,
  slugOf,
  textsOf,
  type Value,
  type World,
  write,
} from "./world.ts";

/** The process is gone. */
export class Crash extends Error {}
/** What the engine reports of one document. */
class Refused extends Error {}

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

interface Job {
  readonly world: World;
  readonly run: number;
  readonly tick: () => void;
  readonly lines: Map<string, Base>;
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
    lines.set(line.path, same && entry ? { ...base, revision: entry.revision } : base);
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

/** The file as it is now; refused when it is no longer what the plan saw. */
function currentFile({ world }: Job, step: Step, { subject }: Sight): ModelFile {
  const file = world.files.get(subject.local?.path ?? step.path);
  if (file === undefined || blobOf(file) !== step.expects.local) throw new Refused();
  return file;
}

function create(job: Job, step: Step, sight: Sight): void {
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

function newEntry(world: World, file: ModelFile, key: string, step: Step): ModelEntry {
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

/** Where file and site say the same, whoever looks at one has seen the other; a part the file leaves out counts. */
function agree(world: World, planned: ModelFile, entry: ModelEntry, parts: readonly string[] = PARTS): void {
  const same = PARTS.filter((part) => {
    const own = planned.cells[part];
    if (!parts.includes(part)) return false;
    return own.absent || sameTexts(own, entry.cells[part], part);
  });
  const learnt = (cells: Cells) =>
    Object.fromEntries(
      PARTS.map((part) => {
        const { values, knows, absent } = cells[part];
        const more = same.includes(part) ? known(planned.cells[part], entry.cells[part]) : [];
        return [part, cell(values, [...knows, ...more], absent)];
      }),
    ) as Record<PartName, Cell>;
  const file = world.files.get(planned.path);
  const now = world.entries.get(entry.id);
  if (file !== undefined) world.files.set(file.path, { ...file, cells: learnt(file.cells) });
  if (now !== undefined) world.entries.set(now.id, { ...now, cells: learnt(now.cells) });
  agreeing(world, planned, entry, same);
}

function send(job: Job, step: Step, sight: Sight, file: ModelFile, parts: readonly PartName[]): void {
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

function statusAs(world: World, own: Cell, state: string): Cell {
  return textsOf(own)[0] === state ? own : cell([write(world, "status", state)], known(own));
}

function pick(parts: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, parts[name] ?? ""]));
}

/** Undefined where the site refuses, since it does not hold what is expected. */
function update(
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
function knowsOf(world: World, { path }: ModelFile, wire: Partial<Record<PartName, Cell>>): void {
  const file = world.files.get(path);
  if (file === undefined) return;
  const cells: Record<PartName, Cell> = { ...file.cells };
  for (const [part, sent] of Object.entries(wire) as [PartName, Cell][]) {
    cells[part] = cell(cells[part].values, known(cells[part], sent), cells[part].absent);
  }
  world.files.set(path, { ...file, cells });
}

function merge(job: Job, step: Step, sight: Sight): void {
  const verdict = reconcile(sight.subject);
  if (verdict.type !== "changed") throw new Error(`${step.path} is not changed on both sides`);
  const file = currentFile(job, step, sight);
  const merged = writeInto(job, file, sight, [...verdict.in, ...verdict.both] as PartName[]);
  send(job, step, sight, merged, [...verdict.out, ...verdict.both] as PartName[]);
}

function pull(job: Job, step: Step, sight: Sight): void {
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
  const line = baseOf(world, after, entry);
  if (subject.base !== undefined) job.lines.delete(subject.base.path);
  const pending = stillToPush(world, step, sight, after);
  job.lines.set(step.path, withPending(line, pending));
  const agreed = PARTS.filter((part) => !Object.hasOwn(pending, part));
  agree(world, after, entry, agreed);
}

function newFile(path: string, entry: ModelEntry): ModelFile {
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
function writeInto(job: Job, file: ModelFile, sight: Sight, parts: readonly PartName[]): ModelFile {
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

function rewritten(world: World, file: ModelFile, entry: ModelEntry, parts: readonly PartName[]): ModelFile {
  world.files.set(file.path, file);
  agreeing(world, file, entry, parts);
  return file;
}

/** The merge is text; whose values it is made of is told by what they say. */
function mergedCell(part: PartName, value: unknown, ours: Cell, theirs: Cell): Cell {
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
function stillToPush(
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

function withPending(line: Base, pending: Readonly<Record<string, string | undefined>>): Base {
  const parts: Record<string, string> = { ...line.local.parts };
  for (const [part, hash] of Object.entries(pending)) {
    if (hash === undefined) delete parts[part];
    else parts[part] = hash;
  }
  const differs = Object.keys(pending).some((part) => parts[part] !== line.local.parts[part]);
  return differs ? { ...line, blob: "", local: { ...line.local, parts } } : line;
}

function removeEntry({ world, tick, run, lines }: Job, { subject }: Sight): void {
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

function removeFile(job: Job, step: Step, sight: Sight): void {
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

function adopt({ world, lines, tick }: Job, step: Step, { subject, file, entry }: Sight): void {
  if (file === undefined || entry === undefined) throw new Error(`${step.path} was to be adopted unread`);
  tick();
  keep(world, entry.id, "site", entry.cells, false);
  keep(world, entry.id, "file", file.cells, false);
  agree(world, file, entry);
  if (subject.base !== undefined) lines.delete(subject.base.path);
  lines.set(step.path, baseOf(world, file, entry));
}

function baseOf(world: World, file: ModelFile, entry: ModelEntry): Base {
  const { tool } = world;
  return {
    path: file.path,
    locale: "",
    id: entry.id,
    kind: "post",
    scope: "",
    slug: entrySlug(entry),
    state: entry.cells.status.values[0]?.text === "published" ? "published" : "draft",
    revision: entry.revision,
    racy: false,
    blob: blobOf(file),
    local: filePrint(file, tool),
    remote: entryPrint(entry, tool),
    media: {},
  };
}

function record(
  job: Job,
  step: Step,
  { subject }: Sight,
  file: ModelFile,
  entry: ModelEntry,
  intent: Intent,
): void {
  const { world, lines } = job;
  const { base, remote } = subject;
  let line = baseOf(world, file, entry);
  let left: readonly string[] = [];
  if (base !== undefined && remote !== undefined && !("gone" in remote)) {
    const verdict = reconcile(subject);
    const incoming = verdict.type === "changed" ? verdict.in : [];
    const pending = incoming.filter((part) => !step.changed.includes(part));
    const still = pending.filter((part) => line.remote.parts[part] === remote.fingerprint?.parts[part]);
    left = still;
    const old = still.flatMap((part) =>
      base.remote.parts[part] === undefined ? [] : [[part, base.remote.parts[part]]],
    );
    const rest = Object.entries(line.remote.parts).filter(([part]) => !still.includes(part));
    if (still.length > 0) {
      line = {
        ...line,
        state: still.includes("status") ? base.state : line.state,
        revision: "",
        remote: { ...line.remote, parts: Object.fromEntries([...rest, ...old]) },
      };
    }
  }
  keep(world, entry.id, "file", file.cells, false);
  keep(world, entry.id, "site", entry.cells, true);
  intent.outcome = "done";
  intent.line = line;
  const agreed = PARTS.filter((part) => !left.includes(part));
  agree(world, file, entry, agreed);
  const now = world.entries.get(entry.id);
  if (now !== undefined) world.entries.set(now.id, { ...now, epoch: world.db.epoch });
  if (step.previous !== undefined) lines.delete(step.previous);
  lines.set(line.path, line);
}

function keep(world: World, id: string, side: "site" | "file", cells: Cells, sent: boolean): void {
  const texts = textsIn(cells);
  const newest = world.db.kept.findLast((version) => version.id === id && version.side === side);
  if (newest !== undefined && JSON.stringify(newest.texts) === JSON.stringify(texts)) return;
  world.db.kept.push({ id, side, sent, texts });
}

function intend(
  world: World,
  run: number,
  op: Intent["op"],
  path: string,
  key: string,
  sent: Readonly<Record<string, string>> = {},
): Intent {
  const intent: Intent = { run, op, path, key, sent, outcome: "open", line: undefined };
  world.db.intents.push(intent);
  return intent;
}
