import {
  type Cell,
  known,
  type ModelEntry,
  type ModelFile,
  PARTS,
  type PartName,
  type World,
} from "./world.ts";

/** Thrown where the tool breaks one of its promises. */
export class Broken extends Error {}

export function refuse(condition: boolean, law: string): void {
  if (condition) throw new Broken(law);
}

/**
 * What the tool replaces on one side must be in what it writes, or whoever wrote the other side must have had it
 * before their eyes. Where that cannot be known any more it must have been kept.
 */
export function mayReplace(
  world: World,
  doc: number,
  id: string,
  part: PartName,
  old: Cell,
  next: Cell,
  author: Cell,
): void {
  const eyes = known(author);
  const texts = new Set(next.values.map((value) => value.text));
  // By content: what says what was agreed is no edit, whoever wrote it again.
  const agreed = world.agreed.get(`${doc} ${part}`);
  for (const { text, n } of old.values) {
    if (texts.has(text) || eyes.has(n) || agreed?.has(text) === true) continue;
    const kept = world.db.kept.some((version) => version.id === id && version.texts[part]?.includes(text));
    if (kept && world.amnesia.has(doc)) continue;
    throw new Broken(`${part} "${text}" of document ${doc} was lost without a conflict`);
  }
}

/** Removing a side is fine where whoever removed the other one had seen all of it. */
export function mayRemove(world: World, doc: number, cells: ModelFile["cells"], side: "file" | "site"): void {
  if (world.amnesia.has(doc)) return;
  const eyes = world.tombs.get(`${side === "file" ? "site" : "file"} ${doc}`);
  for (const part of PARTS) {
    for (const { text, n } of cells[part].values) {
      if (world.agreed.get(`${doc} ${part}`)?.has(text) === true) continue;
      refuse(eyes?.has(n) !== true, `${part} "${text}" of document ${doc} was removed unseen`);
    }
  }
}

export function nothingTwice(world: World): void {
  const live = [...world.entries.values()].filter((entry) => !entry.trashed);
  for (const [name, items] of [
    ["entries", live],
    ["files", [...world.files.values()]],
  ] as const) {
    const docs = (items as readonly (ModelEntry | ModelFile)[]).map((item) => item.doc);
    const double = docs.find((doc, index) => docs.indexOf(doc) !== index);
    refuse(double !== undefined, `document ${double} has two ${name}`);
  }
}

/**
 * After a run the lockfile has one line for each path and one for each entry; of an entry whose file could not be used, all
 * lines are left to be chosen from.
 */
export function linesOnce(world: World, problems: ReadonlySet<string>): void {
  const left = new Set(world.lock.filter((line) => problems.has(line.path)).map((line) => line.id));
  for (const key of ["path", "id"] as const) {
    const all = world.lock.filter((line) => key === "path" || !left.has(line.id)).map((line) => line[key]);
    refuse(new Set(all).size !== all.length, `the lockfile has two lines of one ${key}`);
  }
}
