import type { Base, Part } from "../../src/sync/model.ts";

/** What the model's documents consist of. Titles, states and slugs are one value, tags a set, bodies a row of blocks. */
export const PARTS = ["title", "body", "tags", "status", "slug"] as const;
export type PartName = (typeof PARTS)[number];

/** A value as somebody once wrote it. Written again it is another one, even where it says the same. */
export interface Value {
  readonly text: string;
  readonly n: number;
}

/** One part on one side, with every value that whoever wrote it last had before their eyes. */
export interface Cell {
  readonly values: readonly Value[];
  readonly knows: ReadonlySet<number>;
  /** The file does not manage this part. */
  readonly absent: boolean;
}

export type Cells = Readonly<Record<PartName, Cell>>;
export type Texts = Readonly<Partial<Record<PartName, readonly string[]>>>;

export interface ModelFile {
  readonly path: string;
  readonly cells: Cells;
  /** Which document this is, as a person would say. */
  readonly doc: number;
}

export interface ModelEntry {
  readonly id: string;
  readonly key: string;
  readonly revision: string;
  readonly cells: Cells;
  readonly trashed: boolean;
  readonly doc: number;
  /** Before this tool wrote it last, what it held; and how often this tool wrote it. */
  readonly before: Cells | undefined;
  readonly toolWrites: number;
  /** The kept texts that know of that last write. */
  readonly epoch: number;
}

export interface Intent {
  readonly run: number;
  readonly op: "create" | "update" | "delete" | "file";
  readonly path: string;
  readonly key: string;
  readonly sent: Readonly<Record<Part, string>>;
  outcome: "open" | "done" | "failed" | "absent";
  line: Base | undefined;
}

export interface Kept {
  readonly id: string;
  readonly side: "site" | "file";
  readonly sent: boolean;
  readonly texts: Texts;
}

/** What one installation remembers. */
export interface Database {
  epoch: number;
  intents: Intent[];
  /** Runs that came to their end. */
  ended: Set<number>;
  runs: number[];
  kept: Kept[];
}

/** An edit screen somebody opened. */
export interface Screen {
  readonly id: string;
  readonly cells: Cells;
  readonly toolWrites: number;
}

export interface World {
  files: Map<string, ModelFile>;
  entries: Map<string, ModelEntry>;
  lock: readonly Base[];
  /** Copies of the lockfile as it was after each run. */
  lockHistory: (readonly Base[])[];
  db: Database;
  screens: Screen[];
  /** Algorithm version of fingerprints. */
  tool: number;
  /** All texts a part ever had. */
  history: Map<PartName, Set<string>>;
  /** Texts that were ever on the site: an editor goes back to those only. */
  onSite: Set<string>;
  /** Documents whose base may be older than what was agreed: what is replaced there needs to have been kept. */
  amnesia: Set<number>;
  /** When a person deleted a side of a document, what that person knew. */
  tombs: Map<string, ReadonlySet<number>>;
  /** What both sides said when the tool last brought them together, by document and part. */
  agreed: Map<string, ReadonlySet<string>>;
  /** Writes that the site and the directory saw in this run. */
  seen: Seen[];
  next: number;
}

/** A write as the side it went to saw it. */
export interface Seen {
  readonly side: "site" | "file";
  readonly op: "create" | "update" | "delete" | "file";
  readonly path: string;
  readonly parts: readonly PartName[];
}

export function emptyWorld(): World {
  return {
    files: new Map(),
    entries: new Map(),
    lock: [],
    lockHistory: [],
    db: emptyDatabase(0),
    screens: [],
    tool: 1,
    history: new Map(PARTS.map((part) => [part, new Set()])),
    onSite: new Set(),
    amnesia: new Set(),
    tombs: new Map(),
    agreed: new Map(),
    seen: [],
    next: 1,
  };
}

export function emptyDatabase(epoch: number): Database {
  return { epoch, intents: [], ended: new Set(), runs: [], kept: [] };
}

export function write(world: World, part: PartName, text: string): Value {
  world.history.get(part)?.add(text);
  return { text, n: world.next++ };
}

export function cell(values: readonly Value[], knows: Iterable<number> = [], absent = false): Cell {
  return { values, knows: new Set([...knows, ...values.map((value) => value.n)]), absent };
}

/** The cell as a person leaves it who looked at it: what it said before is known. */
export function edited(old: Cell, values: readonly Value[], absent = false): Cell {
  return cell(values, [...old.knows, ...old.values.map((value) => value.n)], absent);
}

export function textsOf(given: Cell): readonly string[] {
  return given.values.map((value) => value.text);
}

export function sameTexts(a: Cell, b: Cell, part: PartName): boolean {
  const order = (item: Cell) => (part === "tags" ? [...textsOf(item)].sort() : textsOf(item));
  return JSON.stringify(order(a)) === JSON.stringify(order(b));
}

export function known(...cells: readonly Cell[]): Set<number> {
  return new Set(cells.flatMap((item) => [...item.knows, ...item.values.map((value) => value.n)]));
}

export function slugOf(file: ModelFile): string {
  const { slug } = file.cells;
  return slug.absent ? nameOf(file.path) : (slug.values[0]?.text ?? "");
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.md$/, "");
}

export function entrySlug(entry: ModelEntry): string {
  return entry.cells.slug.values[0]?.text ?? "";
}

/** To be called wherever the tool has written: what both sides say now is what an edit is measured by. */
export function agreeing(
  world: World,
  file: ModelFile,
  entry: ModelEntry,
  parts: readonly PartName[] = PARTS,
): void {
  for (const part of parts) {
    const [own, other] = [file.cells[part], entry.cells[part]];
    if (own.absent || sameTexts(own, other, part)) {
      world.agreed.set(`${file.doc} ${part}`, new Set(textsOf(other)));
    }
  }
}

/** Everything but what cannot be compared: for a look at two worlds. */
export function snapshot(world: World): string {
  const cells = (given: Cells) =>
    PARTS.map((part) => [part, given[part].absent ? null : textsOf(given[part])]);
  return JSON.stringify({
    files: [...world.files.values()].map((file) => [file.path, cells(file.cells)]).sort(),
    entries: [...world.entries.values()]
      .map((entry) => [entry.id, entry.trashed, entry.revision, cells(entry.cells)])
      .sort(),
    lock: world.lock,
  });
}
