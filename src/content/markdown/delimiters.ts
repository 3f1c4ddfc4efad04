import { canonicalJson, type Json } from "../../lib/json.ts";

/** One `<!-- wp:name {…} -->`, `<!-- /wp:name -->` or `<!-- wp:name {…} /-->`, as WordPress marks its blocks. */
export interface Delimiter {
  readonly kind: "open" | "close" | "single";
  /** `list`, `vendor/name`; the name space `core/` is left out. */
  readonly name: string;
  /** JSON as written, "" when there is none. */
  readonly attrs: string;
  readonly start: number;
  readonly end: number;
}

const HEAD = /<!--[ \t\n]+(\/)?wp:([a-z][a-z0-9_-]*(?:\/[a-z][a-z0-9_-]*)?)[ \t\n]/y;

/** The delimiter that starts at an offset, with `end` the offset of the `-->` that follows. */
function delimiterAt(text: string, start: number, end: number): Delimiter | undefined {
  HEAD.lastIndex = start;
  const head = HEAD.exec(text);
  if (head === null || HEAD.lastIndex > end) return undefined;
  const [, slash, name] = head;
  let from = HEAD.lastIndex;
  let to = end;
  const single = slash === undefined && text[to - 1] === "/";
  if (single) to -= 1;
  while (from < to && isSpace(text, from)) from += 1;
  while (to > from && isSpace(text, to - 1)) to -= 1;
  if (from < to && (slash !== undefined || text[from] !== "{" || text[to - 1] !== "}")) return undefined;
  const plain = name?.startsWith("core/") === true ? name.slice("core/".length) : (name ?? "");
  return {
    kind: slash !== undefined ? "close" : single ? "single" : "open",
    name: plain,
    attrs: text.slice(from, Math.max(from, to)),
    start,
    end: end + 3,
  };
}

function isSpace(text: string, at: number): boolean {
  const char = text[at];
  return char === " " || char === "\n" || char === "\t";
}

/** Every delimiter from an offset on, in order. */
export function* delimiters(text: string, from = 0): Generator<Delimiter> {
  let end = -1;
  let at = text.indexOf("<!--", from);
  while (at !== -1) {
    if (end < at + 4) end = text.indexOf("-->", at + 4);
    if (end === -1) return;
    const found = delimiterAt(text, at, end);
    if (found !== undefined) yield found;
    at = text.indexOf("<!--", found === undefined ? at + 4 : found.end);
  }
}

export interface BlockRange {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The outermost blocks of a text. A delimiter without its partner is plain text: an opening one that nothing
 * closes, a closing one that nothing opened.
 */
export function outermostBlocks(text: string): BlockRange[] {
  const found: BlockRange[] = [];
  for (const block of matchedBlocks(delimiters(text))) {
    while ((found.at(-1)?.start ?? -1) > block.start) found.pop();
    found.push(block);
  }
  return found;
}

/** Pairs delimiters; a block comes when it ends, so inner ones before the one around them. */
function* matchedBlocks(source: Iterable<Delimiter>): Generator<BlockRange> {
  const open: Delimiter[] = [];
  const counts = new Map<string, number>();
  for (const delimiter of source) {
    const { name } = delimiter;
    if (delimiter.kind === "single") yield delimiter;
    else if (delimiter.kind === "open") {
      open.push(delimiter);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    } else if ((counts.get(name) ?? 0) > 0) {
      for (let top = open.pop(); top !== undefined; top = open.pop()) {
        counts.set(top.name, (counts.get(top.name) ?? 1) - 1);
        if (top.name !== name) continue;
        yield { name, start: top.start, end: delimiter.end };
        break;
      }
    }
  }
}

/** Finds where the block that opens at an offset ends. Remembers what it saw, so asking often stays linear. */
export type BlockFinder = (start: number) => number | undefined;

export function blockFinder(text: string): BlockFinder {
  const ends = new Map<number, number | undefined>();
  return (start) => {
    if (ends.has(start)) return ends.get(start);
    const upTo = scanFrom(text, start, ends);
    for (const delimiter of upTo) if (!ends.has(delimiter)) ends.set(delimiter, undefined);
    return ends.get(start);
  };
}

/** Notes the ends of all blocks inside the one that opens at `start`; gives the offsets of the openings seen. */
function scanFrom(text: string, start: number, ends: Map<number, number | undefined>): number[] {
  const seen: number[] = [];
  function* watched(): Generator<Delimiter> {
    for (const delimiter of delimiters(text, start)) {
      if (delimiter.kind !== "close") seen.push(delimiter.start);
      yield delimiter;
    }
  }
  for (const block of matchedBlocks(watched())) {
    if (block.start < start) break;
    ends.set(block.start, block.end);
    if (block.start === start) break;
  }
  return seen;
}

/**
 * The attributes in one canonical spelling, without the ignored ones and the classes that count for nothing; text that
 * is no JSON stands for itself.
 */
export function canonicalAttrs(
  attrs: string,
  ignored: readonly string[] = [],
  optionalClass: RegExp | undefined = undefined,
): string {
  if (attrs === "") return "";
  try {
    const { className, ...others } = JSON.parse(attrs) as Record<string, Json>;
    const values = Object.entries(others);
    const left = optionalClass === undefined ? className : withoutClasses(className, optionalClass);
    if (left !== undefined) values.push(["className", left]);
    const json = canonicalJson(Object.fromEntries(values.filter(([name]) => !ignored.includes(name))));
    return json === "{}" ? "" : json;
  } catch {
    return attrs;
  }
}

function withoutClasses(names: Json | undefined, optional: RegExp): Json | undefined {
  if (typeof names !== "string") return names;
  const left = names.split(/\s+/).filter((name) => name !== "" && !optional.test(name));
  return left.length === 0 ? undefined : left.join(" ");
}

/** Markup of one block the way WordPress serializes it. */
export function block(name: string, attrs: Readonly<Record<string, Json>>, inner: string): string {
  return `<!-- wp:${name}${attrsText(attrs)} -->\n${inner}\n<!-- /wp:${name} -->`;
}

/** `--`, `<`, `>`, `&` and `"` inside values are escaped, so that no value can end the comment. */
function attrsText(attrs: Readonly<Record<string, Json>>): string {
  if (Object.keys(attrs).length === 0) return "";
  const json = JSON.stringify(attrs)
    .replaceAll('\\"', "\\u0022")
    .replaceAll("--", "\\u002d\\u002d")
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026");
  return ` ${json}`;
}
