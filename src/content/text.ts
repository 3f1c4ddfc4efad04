import { diffArrays } from "diff";
import { Fault, type Place } from "../lib/fault.ts";

/** Text of a file with its line ends put aside, and enough of them kept to write untouched lines back byte for byte. */
export interface Text {
  readonly bom: boolean;
  /** As in the file, without the byte order mark. */
  readonly raw: string;
  /** `raw` with LF line ends. All offsets elsewhere count UTF-16 units in here. */
  readonly lf: string;
  /** Offsets in `lf` of the line ends that are CRLF in the file, ascending. */
  readonly crlf: readonly number[];
  /** What most lines of the file end with; new lines get it too. */
  readonly newline: "\n" | "\r\n";
}

/** Replace `lf.slice(start, end)` by `text` (LF line ends). */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Bytes of a text file. Throws `invalid` for what is not UTF-8 text, naming offset and line. */
export function decodeText(bytes: Uint8Array, path: string): Text {
  refuseUtf16(bytes, path);
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    throw new Fault("invalid", `${path} holds a NUL byte at offset ${nul}: this is not a text file`, {
      code: "binary",
      place: { file: path, line: lineAtByte(bytes, nul) },
      hint: "Remove the byte, or leave the file out with `ignore:` in ainstein.yaml.",
    });
  }
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const raw = decodeUtf8(bom ? bytes.subarray(3) : bytes, bom ? 3 : 0, path);
  if (raw.includes("\r") && !raw.includes("\n")) {
    throw new Fault("invalid", `${path} ends its lines with CR alone, as very old Macintosh programs did`, {
      code: "line-ends",
      place: { file: path, line: 1 },
      hint: "Convert it to LF line ends, e.g. with `dos2unix -c mac FILE`.",
    });
  }
  return toText(raw, bom);
}

/** Text as it would be after reading `raw` from a file. */
export function toText(raw: string, bom = false): Text {
  const crlf: number[] = [];
  let lines = 0;
  for (let at = raw.indexOf("\n"); at >= 0; at = raw.indexOf("\n", at + 1)) {
    lines += 1;
    if (raw.charCodeAt(at - 1) === 13) crlf.push(at - 1 - crlf.length);
  }
  const newline = crlf.length * 2 > lines ? "\r\n" : "\n";
  return { bom, raw, lf: crlf.length === 0 ? raw : raw.replaceAll("\r\n", "\n"), crlf, newline };
}

/** The file with these replacements, which must not overlap; every other byte stays. */
export function spliceText(text: Text, splices: readonly Splice[]): Uint8Array {
  const ordered = [...splices].sort((a, b) => a.start - b.start || a.end - b.end);
  const pieces: string[] = text.bom ? ["\uFEFF"] : [];
  let from = 0;
  for (const splice of ordered) {
    pieces.push(text.raw.slice(from, rawOffset(text, splice.start)));
    pieces.push(text.newline === "\n" ? splice.text : splice.text.replaceAll("\n", "\r\n"));
    from = rawOffset(text, splice.end);
  }
  pieces.push(text.raw.slice(from));
  return Buffer.from(pieces.join(""), "utf8");
}

/** The same replacements on plain LF text. */
export function spliceString(text: string, splices: readonly Splice[]): string {
  let result = text;
  for (const { start, end, text: piece } of [...splices].sort((a, b) => b.start - a.start || b.end - a.end)) {
    result = result.slice(0, start) + piece + result.slice(end);
  }
  return result;
}

/** Replacements that turn `before` into `after`, whole lines at a time; offsets are `offset` plus the place in `before`. */
export function lineSplices(before: string, after: string, offset: number): Splice[] {
  const lines = splitLines(before);
  const starts = [offset];
  for (const line of lines) starts.push((starts.at(-1) ?? offset) + line.length);
  return editsOf(lines, splitLines(after)).map((edit) => ({
    start: starts[edit.from] ?? offset,
    end: starts[edit.to] ?? offset,
    text: edit.lines.join(""),
  }));
}

/** Lines `from` to `to` (exclusive) become `lines`. */
export interface LineEdit {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** A short list of edits that turns one list of lines into another. Gives up on being short for very different texts. */
export function editsOf(before: readonly string[], after: readonly string[]): LineEdit[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: 4000 });
  if (changes === undefined) return [{ from: 0, to: before.length, lines: after }];
  const edits: LineEdit[] = [];
  let at = 0;
  for (const change of changes) {
    const last = edits.at(-1);
    if (change.removed) {
      edits.push({ from: at, to: at + change.value.length, lines: [] });
      at += change.value.length;
    } else if (!change.added) {
      at += change.value.length;
    } else if (last !== undefined && last.to === at && last.lines.length === 0) {
      edits[edits.length - 1] = { ...last, lines: change.value };
    } else {
      edits.push({ from: at, to: at, lines: change.value });
    }
  }
  return edits;
}

/** Lines with their line ends; the last one may have none. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Line and column, from 1, of an offset. Columns count characters as editors do, not UTF-16 units. */
export function placeOf(path: string, lf: string, offset: number): Place {
  const before = lf.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line += 1;
  return { file: path, line, column: [...before.slice(start)].length + 1 };
}

export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

/** Offset just behind the line end of the line that `offset` is in, or the end of the text. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at < 0 ? text.length : at + 1;
}

function rawOffset(text: Text, offset: number): number {
  let low = 0;
  let high = text.crlf.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((text.crlf[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return offset + low;
}

function refuseUtf16(bytes: Uint8Array, path: string): void {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (!little && !big) return;
  throw new Fault("invalid", `${path} is UTF-16 (${little ? "little" : "big"} endian), not UTF-8`, {
    code: "encoding",
    place: { file: path, line: 1 },
    hint: `Save it as UTF-8, e.g. \`iconv -f UTF-16 -t UTF-8 ${path}\`.`,
  });
}

function decodeUtf8(bytes: Uint8Array, offset: number, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const at = firstInvalidByte(bytes);
    const value = (bytes[at] ?? 0).toString(16).padStart(2, "0");
    throw new Fault("invalid", `${path} is not UTF-8: byte 0x${value} at offset ${at + offset}`, {
      code: "encoding",
      place: { file: path, line: lineAtByte(bytes, at) },
      hint: "Save it as UTF-8; `iconv -f WINDOWS-1252 -t UTF-8 FILE` converts the usual old encoding.",
    });
  }
}

function firstInvalidByte(bytes: Uint8Array): number {
  // The longest prefix that is whole characters ends where the bad sequence begins.
  let valid = 0;
  let invalid = bytes.length;
  while (valid < invalid) {
    const middle = (valid + invalid + 1) >> 1;
    if (decodes(bytes.subarray(0, middle), true)) valid = middle;
    else invalid = middle - 1;
  }
  while (valid > 0 && !decodes(bytes.subarray(0, valid), false)) valid -= 1;
  return valid;
}

function decodes(bytes: Uint8Array, unfinished: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: unfinished });
    return true;
  } catch {
    return false;
  }
}

function lineAtByte(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let index = 0; index < at; index += 1) if (bytes[index] === 10) line += 1;
  return line;
}
