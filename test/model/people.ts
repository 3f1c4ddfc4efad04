import {
  type Cell,
  type Cells,
  cell,
  edited,
  emptyDatabase,
  entrySlug,
  known,
  type ModelEntry,
  type ModelFile,
  nameOf,
  PARTS,
  type PartName,
  sameTexts,
  slugOf,
  type Value,
  type World,
  write,
} from "./world.ts";

export type Side = "file" | "site";

/** What somebody does, as data. `pick` and `at` choose among what there is, whatever there is. */
export type Deed =
  | { readonly type: "create"; readonly side: Side }
  | {
      readonly type: "edit";
      readonly side: Side;
      readonly pick: number;
      readonly part: PartName;
      readonly at: number;
      readonly how: How;
    }
  | { readonly type: "remove"; readonly side: Side; readonly pick: number; readonly forGood: boolean }
  | { readonly type: "move"; readonly pick: number; readonly at: number }
  | { readonly type: "open-screen"; readonly pick: number }
  | {
      readonly type: "save-screen";
      readonly pick: number;
      readonly part: "title" | "body" | "tags";
      readonly at: number;
    }
  | { readonly type: "settle"; readonly pick: number; readonly towards: Side }
  | { readonly type: "lose-database" | "lose-lockfile" | "upgrade" }
  | { readonly type: "old-lockfile"; readonly at: number; readonly union: boolean };

export type How = "change" | "add" | "drop" | "revert";

const DIRS = ["", "a/", "b/"];

export function doDeed(world: World, deed: Deed): unknown {
  switch (deed.type) {
    case "create":
      return create(world, deed.side);
    case "edit":
      return edit(world, deed);
    case "remove":
      return remove(world, deed.side, deed.pick, deed.forGood);
    case "move":
      return move(world, deed.pick, deed.at);
    case "open-screen": {
      const entry = nth(liveEntries(world), deed.pick);
      if (entry === undefined) return;
      world.screens = [
        ...world.screens.slice(-2),
        { id: entry.id, cells: entry.cells, toolWrites: entry.toolWrites },
      ];
      return world.screens;
    }
    case "save-screen":
      return saveScreen(world, deed.pick, deed.part, deed.at);
    case "settle":
      return settle(world, deed.pick, deed.towards);
    case "lose-database":
      return loseDatabase(world);
    case "lose-lockfile":
      // An older copy that comes back after files got other entries speaks of strangers.
      world.lockHistory = [];
      return takeLockfile(world, []);
    case "old-lockfile": {
      const old = nth(world.lockHistory, deed.at);
      if (old === undefined) return undefined;
      const lines = deed.union ? [...world.lock, ...old] : old;
      const unique = new Map(lines.map((line) => [JSON.stringify(line), line]));
      return takeLockfile(
        world,
        [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line),
      );
    }
    case "upgrade":
      world.tool += 1;
      return world.tool;
  }
}

function nth<T>(items: readonly T[], at: number): T | undefined {
  return items.length === 0 ? undefined : items[at % items.length];
}

export function liveEntries(world: World): readonly ModelEntry[] {
  return [...world.entries.values()].filter((entry) => !entry.trashed);
}

function create(world: World, side: Side): void {
  if (world.files.size + world.entries.size >= 8) return;
  const n = world.next++;
  const one = (part: PartName, text: string) => cell([write(world, part, text)]);
  const body = cell([1, 2, 3].map((block) => write(world, "body", `p${n} ${block}`)));
  const doc = n;
  if (side === "file") {
    const path = `d${n}.md`;
    const absent = cell([], [], true);
    const cells = { title: one("title", `t${n}`), body, tags: absent, status: absent, slug: absent };
    world.files.set(path, { path, cells, doc });
    return;
  }
  const cells: Cells = {
    title: one("title", `t${n}`),
    body,
    tags: cell([]),
    status: one("status", "draft"),
    slug: one("slug", `d${n}`),
  };
  const entry = {
    id: `e${n}`,
    key: `editor ${n}`,
    revision: `r${world.next++}`,
    trashed: false,
    before: undefined,
  };
  world.entries.set(entry.id, { ...entry, cells, doc, toolWrites: 0, epoch: -1 });
}

function edit(world: World, deed: Extract<Deed, { type: "edit" }>): void {
  const { side, pick, part, at, how } = deed;
  if (side === "file") {
    const file = nth([...world.files.values()], pick);
    if (file === undefined) return;
    const next = editedCell(world, file.cells[part], part, at, how, true);
    if (next !== undefined) world.files.set(file.path, { ...file, cells: { ...file.cells, [part]: next } });
    return;
  }
  const entry = nth(liveEntries(world), pick);
  if (entry === undefined) return;
  const next = editedCell(world, entry.cells[part], part, at, how, false);
  const slug = part === "slug" ? next?.values[0]?.text : undefined;
  if (next === undefined || liveEntries(world).some((other) => other !== entry && entrySlug(other) === slug))
    return;
  saved(world, entry, { ...entry.cells, [part]: next });
}

function saved(world: World, entry: ModelEntry, cells: Cells): void {
  world.entries.set(entry.id, { ...entry, cells, revision: `r${world.next++}` });
}

function editedCell(
  world: World,
  old: Cell,
  part: PartName,
  at: number,
  how: How,
  isFile: boolean,
): Cell | undefined {
  const { values } = old;
  const fresh = (): Value => write(world, part, freshText(world, part));
  if (part === "body" || part === "tags") {
    const spot = values.length === 0 ? 0 : at % values.length;
    const without = values.filter((_, index) => index !== spot);
    if (how === "add" || values.length === 0)
      return edited(old, [...values.slice(0, spot), fresh(), ...values.slice(spot)]);
    if (how === "change") return edited(old, values.with(spot, fresh()));
    if (how === "revert") {
      const text = olderText(world, part, at, values, isFile);
      return text === undefined ? undefined : edited(old, values.with(spot, write(world, part, text)));
    }
    if (part === "body" && without.length === 0) return undefined;
    return part === "tags" && isFile && at % 2 === 0 ? edited(old, [], true) : edited(old, without);
  }
  if (part === "status") {
    if (how === "drop") return isFile && !old.absent ? edited(old, [], true) : undefined;
    const state = values[0]?.text === "published" ? "draft" : "published";
    return edited(old, [write(world, "status", state)]);
  }
  if (how === "drop") return undefined;
  const text = how === "revert" ? olderText(world, part, at, values, isFile) : freshText(world, part);
  return text === undefined ? undefined : edited(old, [write(world, part, text)]);
}

function freshText(world: World, part: PartName): string {
  return `${part[0]}${world.next++}`;
}

/** Something the part said before. */
function olderText(
  world: World,
  part: PartName,
  at: number,
  now: readonly Value[],
  isFile: boolean,
): string | undefined {
  for (const entry of world.entries.values()) {
    for (const { text } of entry.cells[part].values) world.onSite.add(text);
  }
  const others = [...(world.history.get(part) ?? [])].filter(
    (text) => (isFile || world.onSite.has(text)) && !now.some((value) => value.text === text),
  );
  return nth(others, others.length - 1 - (at % Math.max(1, others.length)));
}

function remove(world: World, side: Side, pick: number, forGood: boolean): void {
  const given = side === "file" ? nth([...world.files.values()], pick) : nth(liveEntries(world), pick);
  if (given === undefined) return;
  world.tombs.set(`${side} ${given.doc}`, known(...PARTS.map((part) => given.cells[part])));
  if ("path" in given) world.files.delete(given.path);
  else if (forGood) world.entries.delete(given.id);
  else world.entries.set(given.id, { ...given, trashed: true });
}

function move(world: World, pick: number, at: number): void {
  const file = nth([...world.files.values()], pick);
  if (file === undefined) return;
  const path = `${DIRS[at % DIRS.length]}${nameOf(file.path)}.md`;
  if (world.files.has(path)) return;
  world.files.delete(file.path);
  world.files.set(path, { ...file, path });
}

/**
 * The screen is saved as it was when it was opened, with one change. Whoever saves did not see what came after; that
 * can be noticed only where exactly our last write came after, and by what they did not change themselves.
 */
function saveScreen(world: World, pick: number, part: "title" | "body" | "tags", at: number): void {
  const screen = nth(world.screens, pick);
  const now = screen && world.entries.get(screen.id);
  if (screen === undefined || now === undefined || now.trashed) return;
  const changed = editedCell(world, screen.cells[part], part, at, "change", false);
  if (changed === undefined) return;
  const noticed =
    now.toolWrites === screen.toolWrites + 1 &&
    now.epoch === world.db.epoch &&
    now.before !== undefined &&
    PARTS.every((name) => now.before !== undefined && sameTexts(now.before[name], screen.cells[name], name));
  const cells = Object.fromEntries(
    PARTS.map((name) => {
      const held = now.cells[name];
      const shown = name === part ? changed : screen.cells[name];
      if (name !== part && sameTexts(held, shown, name)) return [name, held];
      const again = shown.values.map((value) => (name === part ? value : write(world, name, value.text)));
      const blind = noticed && (name !== part || isElsewhere(screen.cells.body, held, name, at));
      return [name, cell(again, blind ? known(shown) : known(shown, held))];
    }),
  ) as Record<PartName, Cell>;
  const slug = cells.slug.values[0]?.text;
  if (liveEntries(world).some((other) => other.id !== now.id && entrySlug(other) === slug)) return;
  saved(world, now, cells);
}

/** Whether the block that the editor changed is not one of those that were changed behind the screen. */
function isElsewhere(shown: Cell, held: Cell, part: PartName, at: number): boolean {
  const block = shown.values[at % Math.max(1, shown.values.length)];
  return (
    part === "body" &&
    held.values.length === shown.values.length &&
    held.values.some((value) => value.n === block?.n)
  );
}

/** Somebody looks at both sides and makes them say the same. */
function settle(world: World, pick: number, towards: Side): void {
  const file = nth([...world.files.values()], pick);
  const entry = liveEntries(world).find((candidate) => candidate.doc === file?.doc);
  if (file === undefined || entry === undefined) return;
  const [ours, theirs]: [Record<PartName, Cell>, Record<PartName, Cell>] = [
    { ...file.cells },
    { ...entry.cells },
  ];
  for (const part of PARTS) {
    const [own, other] = [ours[part], theirs[part]];
    if (own.absent || (part === "slug" && towards === "site")) continue;
    const source = towards === "file" ? other : own;
    const again = source.values.map((value) => write(world, part, value.text));
    const knows = [...known(own, other), ...again.map((value) => value.n)];
    ours[part] = cell(towards === "file" ? again : own.values, knows);
    theirs[part] = cell(towards === "site" ? again : other.values, knows);
  }
  world.files.set(file.path, { ...file, cells: ours });
  saved(world, entry, theirs);
}

function loseDatabase(world: World): void {
  const { db } = world;
  // What a run that was cut off did is known from nowhere else.
  const dead = db.intents.filter((intent) => !db.ended.has(intent.run) || intent.outcome === "open");
  const paths = new Set(dead.map((intent) => intent.path));
  const ids = new Set(dead.map((intent) => intent.key));
  for (const file of world.files.values()) if (paths.has(file.path)) world.amnesia.add(file.doc);
  for (const entry of world.entries.values()) if (ids.has(entry.id)) world.amnesia.add(entry.doc);
  world.db = emptyDatabase(db.epoch + 1);
}

/** Documents whose line is now another one than the last run wrote may have a base that is too old. */
function takeLockfile(world: World, lines: World["lock"]): void {
  if (lines.some((line) => speaksOfAnother(world, line))) return;
  for (const entry of world.entries.values()) {
    const own = (lock: World["lock"]) => lock.filter((line) => line.id === entry.id);
    const last = world.lockHistory.findLast((lock) => own(lock).length > 0) ?? [];
    const before = [...own(world.lock), ...own(last)];
    const now = own(lines);
    const told = before.every((line) => now.includes(line));
    const current = now.length === 1 || before.some((line) => line.revision === entry.revision);
    if (now.length > 0 && !(told && current)) world.amnesia.add(entry.doc);
  }
  world.lock = lines;
}

/** A line from before the file got another entry, or the entry another file: no lockfile can tell that it was replaced. */
function speaksOfAnother(world: World, { path, id }: World["lock"][number]): boolean {
  const files = [...world.files.values()];
  const named = files.find((file) => nameOf(file.path) === nameOf(path));
  const told = world.entries.get(id);
  const itsFile = told === undefined ? undefined : files.find((file) => file.doc === told.doc);
  if (itsFile !== undefined && nameOf(itsFile.path) !== nameOf(path)) return true;
  return [told?.doc, named?.doc].some((doc) => {
    const own = doc === undefined ? undefined : liveEntries(world).find((entry) => entry.doc === doc);
    return own !== undefined && own.id !== id;
  });
}

/** A file that nothing ties to its entry any more is a document of its own, as far as anybody can tell. */
export function sever(
  world: World,
  lines: World["lock"],
  created: ReadonlyMap<string, string>,
  blobOf: (file: ModelFile) => string,
): void {
  for (const file of [...world.files.values()]) {
    const entry = liveEntries(world).find((candidate) => candidate.doc === file.doc);
    if (entry === undefined || created.get(file.path) === entry.id) continue;
    const own = lines.filter((line) => line.id === entry.id);
    const tied =
      own.length === 0
        ? entrySlug(entry) === slugOf(file)
        : own.every(
            ({ path, blob, slug }) => path === file.path || blob === blobOf(file) || slug === slugOf(file),
          );
    if (tied) continue;
    world.tombs.set(`file ${file.doc}`, known(...PARTS.map((part) => file.cells[part])));
    world.files.set(file.path, { ...file, doc: world.next++ });
  }
}
