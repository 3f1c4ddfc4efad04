// Footnotes, which stand where the author likes in a document and in a section at the end of a stored body.
import { canonical } from "./canonical.ts";
import type { Segment } from "./dialect.ts";
import { parseMarkdown } from "./parser.ts";

const SECTION =
  /^(?:<!-- wp:html -->\n)?<section class="footnotes">\n<ol class="footnotes-list">\n([\s\S]*)\n<\/ol>\n<\/section>(?:\n<!-- \/wp:html -->)?$/;
const ITEM_START = /(?:^|<\/li>\n)<li id="fn(\d{1,9})" class="footnote-item">/;
const BACK_LINK = /\s?<a href="#fnref\d{1,9}(?::\d{1,9})?" class="footnote-backref">\u21a9\ufe0e<\/a>/g;

/** The HTML of each note by its number, without the links back; undefined for what is no section of notes as ours. */
export function notesIn(segment: Segment | undefined): ReadonlyMap<string, string> | undefined {
  const inner = SECTION.exec(segment?.raw ?? "")?.[1];
  if (inner === undefined || !inner.endsWith("</li>")) return undefined;
  const [before, ...pieces] = inner.slice(0, -"</li>".length).split(ITEM_START);
  if (before !== "") return undefined;
  const notes = new Map<string, string>();
  for (let i = 0; i < pieces.length; i += 2) {
    notes.set(pieces[i] ?? "", (pieces[i + 1] ?? "").replace(BACK_LINK, "").trim());
  }
  return notes;
}

/** A definition with the note's text in Markdown, its further lines indented. */
export function definition(label: string, text: string): string {
  return `[^${label}]: ${text.replace(/\n(?=[^\n])/g, "\n    ")}`;
}

/** The line on which each footnote's definition begins and the one behind it, by number; inline notes have none. */
function placesOf(markdown: string): ReadonlyMap<string, Place> {
  const lines = markdown.split("\n");
  const places = new Map<string, Place>();
  let open: { number: string; label: string } | undefined;
  for (const { type, meta, map } of parseMarkdown(markdown).tokens) {
    if (type === "footnote_open") open = { number: String(Number(meta?.id) + 1), label: String(meta?.label) };
    else if (type === "footnote_close") open = undefined;
    if (open === undefined || map === null || map === undefined) continue;
    const known = places.get(open.number);
    const from = known?.from ?? startOf(lines, map[0], open.label);
    if (from >= 0) places.set(open.number, { from, to: Math.max(known?.to ?? 0, map[1]), label: open.label });
  }
  return places;
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** The text of a note may begin below its label. */
function startOf(lines: readonly string[], first: number, label: string): number {
  for (let at = first; at >= Math.max(0, first - 1); at--) {
    if (lines[at]?.startsWith(`[^${label}]:`) === true) return at;
  }
  return -1;
}

/** A document with those definitions written anew whose notes a stored body has other words for. */
export function withNotes(
  local: string,
  encoded: Segment | undefined,
  stored: Segment | undefined,
  write: (html: string) => string | undefined,
): string {
  const [ours, theirs] = [notesIn(encoded), notesIn(stored)];
  if (ours === undefined || theirs === undefined || ours.size !== theirs.size) return local;
  const lines = local.split("\n");
  const changed = [...placesOf(local)].filter(
    ([number]) => canonical(ours.get(number) ?? "", "space") !== canonical(theirs.get(number) ?? "", "space"),
  );
  for (const [number, { from, to, label }] of changed.sort(([, a], [, b]) => b.from - a.from)) {
    const text = write(theirs.get(number) ?? "");
    if (text !== undefined) lines.splice(from, lastText(lines, from, to) - from, definition(label, text));
  }
  return lines.join("\n");
}

/** Up to where the lines of a definition are, without the blank ones behind it. */
function lastText(lines: readonly string[], from: number, to: number): number {
  let end = to;
  while (end > from + 1 && lines[end - 1]?.trim() === "") end -= 1;
  return end;
}
