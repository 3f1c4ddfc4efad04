import type { Base } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { reconcile } from "../../src/sync/reconcile.ts";
import { blobOf, entryPrint, filePrint, type Sight, textsIn } from "./sight.ts";
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
  PARTS,
  type PartName,
  sameTexts,
  type World,
} from "./world.ts";

// What the effects of a run share.
export interface Job {
  readonly world: World;
  readonly run: number;
  readonly tick: () => void;
  readonly lines: Map<string, Base>;
}

/** What the engine reports of one document. */
export class Refused extends Error {}

/** Where file and site say the same, whoever looks at one has seen the other; a part the file leaves out counts. */
export function agree(
  world: World,
  planned: ModelFile,
  entry: ModelEntry,
  parts: readonly string[] = PARTS,
): void {
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

export function baseOf(world: World, file: ModelFile, entry: ModelEntry): Base {
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

export function record(
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

export function keep(world: World, id: string, side: "site" | "file", cells: Cells, sent: boolean): void {
  const texts = textsIn(cells);
  const newest = world.db.kept.findLast((version) => version.id === id && version.side === side);
  if (newest !== undefined && JSON.stringify(newest.texts) === JSON.stringify(texts)) return;
  world.db.kept.push({ id, side, sent, texts });
}

export function intend(
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

/** The file as it is now; refused when it is no longer what the plan saw. */
export function currentFile({ world }: Job, step: Step, { subject }: Sight): ModelFile {
  const file = world.files.get(subject.local?.path ?? step.path);
  if (file === undefined || blobOf(file) !== step.expects.local) throw new Refused();
  return file;
}
