/** Pieces from and up to that new pieces take the place of. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly texts: readonly string[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

interface Item {
  readonly kind: "kept" | "replaced" | "inserted" | "removed";
  readonly text: string;
  /** What lies before it in the text; "" for an inserted piece. */
  readonly gap: string;
}

/**
 * A text with some of its pieces changed; every other byte, the gaps between unchanged pieces among them, stays.
 * Gaps next to inserted and removed pieces (with `widen`, to replaced ones too) hold at least `separator`; what is
 * not white space in a gap always stays. Edits come in order.
 */
export function splice(
  text: string,
  pieces: readonly Range[],
  edits: readonly Edit[],
  separator: string,
  widen: boolean,
): string {
  const tail = text.slice(pieces.at(-1)?.end ?? 0);
  let result = "";
  let gaps: string[] = [];
  let previous: Item["kind"] | undefined;
  let disturbed = false;
  for (const item of itemsOf(text, pieces, edits)) {
    gaps.push(item.gap);
    if (item.kind === "removed") {
      disturbed = true;
      continue;
    }
    const touches = (kind: Item["kind"] | undefined): boolean =>
      kind === "inserted" || (widen && kind === "replaced");
    disturbed ||= touches(item.kind) || touches(previous);
    if (previous === undefined) result += leading(gaps, separator);
    else result += disturbed ? joined(gaps, separator) : gaps.join("");
    result += item.text;
    gaps = [];
    previous = item.kind;
    disturbed = false;
  }
  return result + gaps.filter(isFilled).join("") + tail;
}

function* itemsOf(text: string, pieces: readonly Range[], edits: readonly Edit[]): Generator<Item> {
  const queue = [...edits];
  for (let i = 0; i <= pieces.length; i++) {
    const edit = queue[0]?.from === i ? queue.shift() : undefined;
    const to = edit?.to ?? i;
    for (; i < to; i++) {
      const replacement = edit?.texts[i - edit.from];
      const gap = gapBefore(text, pieces, i);
      if (replacement === undefined) yield { kind: "removed", text: "", gap };
      else yield { kind: "replaced", text: replacement, gap };
    }
    for (const inserted of edit?.texts.slice(edit.to - edit.from) ?? []) {
      yield { kind: "inserted", text: inserted, gap: "" };
    }
    const piece = pieces[i];
    if (piece === undefined) return;
    yield { kind: "kept", text: text.slice(piece.start, piece.end), gap: gapBefore(text, pieces, i) };
  }
}

function gapBefore(text: string, pieces: readonly Range[], i: number): string {
  return text.slice(pieces[i - 1]?.end ?? 0, pieces[i]?.start);
}

function isFilled(gap: string): boolean {
  return gap.trim() !== "";
}

/** Before the first piece: what was there, without the gaps of pieces that were removed. */
function leading(gaps: readonly string[], separator: string): string {
  const [first = "", ...rest] = gaps;
  const filled = rest.filter(isFilled);
  return isFilled(first) || filled.length > 0 ? joined([first, ...filled], separator) : first;
}

function joined(gaps: readonly string[], separator: string): string {
  const filled = gaps.filter(isFilled);
  const kept =
    filled.length > 0 ? filled.join("") : gaps.reduce((a, b) => (lineEnds(b) > lineEnds(a) ? b : a), "");
  if (filled.length === 0) return lineEnds(kept) >= lineEnds(separator) ? kept : separator;
  const before = kept.startsWith(separator) ? "" : separator;
  return `${before}${kept}${kept.endsWith(separator) ? "" : separator}`;
}

function lineEnds(text: string): number {
  return text.split("\n").length - 1;
}
