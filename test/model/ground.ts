import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Bench, bench, tempDir } from "../commands/bench.ts";
import { refuse } from "./laws.ts";

/** Real files, a real database and a site in a directory, with what people wrote there: every word is used once. */
export interface Ground {
  readonly operator: Bench;
  readonly site: string;
  next: number;
  /** By side and document: words that were ever there before somebody's eyes. */
  readonly held: Map<string, Set<string>>;
  /** Documents whose base may be too old to tell. */
  readonly amnesia: Set<string>;
  readonly locks: string[];
  screens: Screen[];
  /** Counts losses of the database. */
  epoch: number;
}

interface Screen {
  readonly file: string;
  readonly record: Record;
  /** What the site held before each run since. */
  readonly before: string[];
  readonly epoch: number;
}

interface Record {
  readonly id: string;
  readonly key?: string | null;
  readonly fields: Fields;
}

type Fields = { title: string; body: string; status: string; slug: string };

export type GroundSide = "file" | "site";

export interface Copy {
  readonly at: string;
  readonly doc: string;
  readonly words: ReadonlySet<string>;
  readonly text: string;
}

export function newGround(): Ground {
  const site = join(tempDir("site"), "site");
  const env = { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) };
  const operator = bench({ env });
  const state = { held: new Map(), amnesia: new Set<string>(), locks: [], screens: [], epoch: 0 };
  return { operator, site, next: 1, ...state };
}

const NAMES = /\bdoc\d+\b/;
const WORDS = /\bw\d+x\b/g;

export function filesOf({ operator }: Ground): readonly Copy[] {
  const names = readdirSync(operator.root, { recursive: true, encoding: "utf8" });
  const paths = names.filter((name) => name.endsWith(".md")).sort();
  return paths.map((at) => copyOf(at, operator.read(at)));
}

export function entriesOf({ site }: Ground): readonly Copy[] {
  const dir = join(site, "entries");
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => copyOf(join(dir, name), readFileSync(join(dir, name), "utf8")));
}

function copyOf(at: string, text: string): Copy {
  return { at, text, doc: NAMES.exec(text)?.[0] ?? at, words: new Set(text.match(WORDS) ?? []) };
}

/** What is there now was seen by whoever works there. */
export function look(ground: Ground): void {
  for (const side of ["file", "site"] as const) {
    for (const { doc, words } of side === "file" ? filesOf(ground) : entriesOf(ground)) {
      const key = `${side} ${doc}`;
      ground.held.set(key, new Set([...(ground.held.get(key) ?? []), ...words]));
    }
  }
}

/** Words that a run took from one side must have been on the other, where somebody took them out. */
export function nothingLost(ground: Ground, side: GroundSide, before: readonly Copy[]): void {
  const now = side === "file" ? filesOf(ground) : entriesOf(ground);
  const other = side === "file" ? "site" : "file";
  for (const { doc, words, at } of before) {
    if (ground.amnesia.has(doc)) continue;
    const left = new Set(now.filter((copy) => copy.doc === doc).flatMap((copy) => [...copy.words]));
    const seen = ground.held.get(`${other} ${doc}`);
    const lost = [...words].filter((word) => !left.has(word) && seen?.has(word) !== true);
    refuse(lost.length > 0, `${lost.join(", ")} of ${doc} was lost from ${at} without a conflict`);
  }
}

export function nothingTwice(ground: Ground): void {
  for (const copies of [filesOf(ground), entriesOf(ground)]) {
    const docs = copies.map(({ doc }) => doc);
    const double = docs.find((doc, index) => docs.indexOf(doc) !== index);
    refuse(double !== undefined, `${double} is there twice`);
  }
}

export type GroundDeed =
  | { readonly type: "create" | "remove"; readonly side: GroundSide; readonly pick: number }
  | {
      readonly type: "change" | "add" | "drop" | "status";
      readonly side: GroundSide;
      readonly pick: number;
      readonly at: number;
    }
  | { readonly type: "move" | "open-screen" | "save-screen"; readonly pick: number }
  | { readonly type: "lose-database" | "lose-lockfile" }
  | { readonly type: "old-lockfile"; readonly pick: number };

export function doGroundDeed(ground: Ground, deed: GroundDeed): void {
  DEEDS[deed.type](ground, deed as never);
  look(ground);
}

type Deeds = {
  readonly [T in GroundDeed["type"]]: (ground: Ground, deed: Extract<GroundDeed, { type: T }>) => void;
};

const DEEDS: Deeds = {
  create: (ground, { side }) => (side === "file" ? createFile(ground) : createEntry(ground)),
  remove: (ground, { side, pick }) => {
    const copy = nth(side === "file" ? filesOf(ground) : entriesOf(ground), pick);
    if (copy === undefined) return;
    const { root } = ground.operator;
    if (side === "file") rmSync(join(root, copy.at));
    else rmSync(copy.at);
  },
  change: (ground, { side, pick, at }) =>
    edit(ground, side, pick, (text, fresh, copy) => text.replace(nth([...copy.words], at) ?? "", fresh)),
  add: (ground, { side, pick }) =>
    edit(ground, side, pick, (text, fresh) =>
      side === "file"
        ? `${text}\nMore ${fresh}.\n`
        : text.replace(/<\/p>(?!.*<\/p>)/s, `</p>\\n<p>More ${fresh}.</p>`),
    ),
  drop: (ground, { side, pick }) =>
    edit(ground, side, pick, (text) =>
      side === "file" ? text.replace(/\nMore w\d+x\.\n/, "") : text.replace(/<p>More w\d+x\.<\/p>/, ""),
    ),
  status: (ground, { side, pick }) =>
    edit(ground, side, pick, (text) => {
      if (side === "site") return turned(text, '"status": "published"', '"status": "draft"');
      return text.includes("status:")
        ? turned(text, "status: published", "status: draft")
        : text.replace("---\n", "---\nstatus: published\n");
    }),
  move: (ground, { pick }) => {
    const copy = nth(filesOf(ground), pick);
    const { root } = ground.operator;
    if (copy === undefined) return;
    const to = copy.at.includes("/") ? copy.at.slice(copy.at.lastIndexOf("/") + 1) : `moved/${copy.at}`;
    if (existsSync(join(root, to))) return;
    mkdirSync(dirname(join(root, to)), { recursive: true });
    renameSync(join(root, copy.at), join(root, to));
  },
  "open-screen": (ground, { pick }) => {
    const copy = nth(entriesOf(ground), pick);
    if (copy === undefined) return;
    const record = JSON.parse(copy.text) as Record;
    ground.screens = [
      ...ground.screens.slice(-1),
      { file: copy.at, record, before: [], epoch: ground.epoch },
    ];
  },
  "save-screen": (ground, { pick }) => saveScreen(ground, pick),
  "lose-database": (ground) => {
    rmSync(ground.operator.home, { recursive: true, force: true });
    ground.epoch += 1;
    forget(ground);
  },
  "lose-lockfile": ({ operator }) => rmSync(join(operator.root, "ainstein.lock"), { force: true }),
  "old-lockfile": (ground, { pick }) => {
    const old = nth(ground.locks, pick);
    if (old === undefined || speaksOfGone(ground, old)) return;
    ground.operator.write("ainstein.lock", old);
    forget(ground);
  },
};

/** A line of an entry that is gone may stand for a file that has another one now. */
function speaksOfGone(ground: Ground, lock: string): boolean {
  const live = new Set(entriesOf(ground).map((copy) => (JSON.parse(copy.text) as Record).id));
  const ids = [...lock.matchAll(/"id":"([^"]*)","kind"/g)].map((match) => match[1] ?? "");
  return ids.some((id) => !live.has(id));
}

export function forget(ground: Ground): void {
  for (const { doc } of [...filesOf(ground), ...entriesOf(ground)]) ground.amnesia.add(doc);
}

function turned(text: string, one: string, other: string): string {
  return text.includes(one) ? text.replace(one, other) : text.replace(other, one);
}

function nth<T>(items: readonly T[], at: number): T | undefined {
  return items.length === 0 ? undefined : items[at % items.length];
}

function word(ground: Ground): string {
  return `w${ground.next++}x`;
}

function edit(
  ground: Ground,
  side: GroundSide,
  pick: number,
  work: (text: string, fresh: string, copy: Copy) => string,
): void {
  const copy = nth(side === "file" ? filesOf(ground) : entriesOf(ground), pick);
  if (copy === undefined) return;
  const text = work(copy.text, word(ground), copy);
  if (text === copy.text) return;
  if (side === "file") ground.operator.write(copy.at, text);
  else writeFileSync(copy.at, text);
}

function createFile(ground: Ground): void {
  if (filesOf(ground).length >= 3) return;
  const n = ground.next++;
  const [title, one, two] = [word(ground), word(ground), word(ground)];
  const text = `---\ntitle: "Title ${title}" # kept\n---\n\nThis is doc${n}.\n\nOne ${one}.\n\nTwo *${two}* here.\n`;
  ground.operator.write(`doc${n}.md`, text);
}

function createEntry(ground: Ground): void {
  if (!existsSync(join(ground.site, "site.json")) || entriesOf(ground).length >= 3) return;
  const n = ground.next++;
  const id = `hand${n}`;
  const body = `<p>This is doc${n}.</p>\n<p>One ${word(ground)}.</p>\n<p>Two ${word(ground)}.</p>`;
  const fields = { title: `Title ${word(ground)}`, slug: `doc${n}`, status: "published", body };
  mkdirSync(join(ground.site, "entries"), { recursive: true });
  writeFileSync(
    join(ground.site, "entries", `${id}.json`),
    JSON.stringify({ id, kind: "post", fields }, null, 2),
  );
}

/**
 * An editor saves the title from a screen opened before. Where just one run has written the entry since, its words were
 * not seen: a run that takes them from the file, too, loses them.
 */
function saveScreen(ground: Ground, pick: number): void {
  const screen = nth(ground.screens, pick);
  if (screen === undefined || !existsSync(screen.file)) return;
  const held = readFileSync(screen.file, "utf8");
  const now = JSON.parse(held) as Record;
  const shown = JSON.stringify(screen.record.fields);
  const { doc, words } = copyOf(screen.file, held);
  const title = `Title ${word(ground)}`;
  const ours = new Set(Object.keys(now.fields).filter((part) => changed(now, screen.record, part)));
  const noticed = screen.before.length === 1 && screen.before[0] === shown && screen.epoch === ground.epoch;
  if (noticed && !ours.has("title") && !ground.amnesia.has(doc)) {
    const old = new Set(shown.match(WORDS) ?? []);
    for (const fresh of words) if (!old.has(fresh)) ground.held.get(`site ${doc}`)?.delete(fresh);
  }
  const saved = { ...now, fields: { ...screen.record.fields, title } };
  writeFileSync(screen.file, JSON.stringify(saved, null, 2));
  ground.screens = ground.screens.filter((other) => other !== screen);
}

function changed(now: Record, then: Record, part: string): boolean {
  return (
    JSON.stringify(now.fields[part as keyof Fields]) !== JSON.stringify(then.fields[part as keyof Fields])
  );
}

/** To be called before each run: what the screens' entries hold. */
export function noteScreens(ground: Ground): void {
  for (const screen of ground.screens) {
    if (!existsSync(screen.file)) continue;
    const { fields } = JSON.parse(readFileSync(screen.file, "utf8")) as Record;
    screen.before.push(JSON.stringify(fields));
  }
}
