import { Fault } from "../lib/fault.ts";
import { type Json, type JsonObject, sameJson } from "../lib/json.ts";
import { keyPath } from "./groups.ts";
import { jsonFields, jsonKeyOffset, patchJson } from "./json-file.ts";
import { refuseMarks, warnReplacement } from "./marks.ts";
import { decodeText, lineEnd, lineSplices, placeOf, type Splice, spliceText, type Text } from "./text.ts";
import { patchToml, tomlFields, tomlKeyLine } from "./toml-front.ts";
import { type Origin, parseYaml, yamlFields, yamlKeyOffset } from "./yaml-front.ts";
import { patchYaml } from "./yaml-patch.ts";
import { PLAIN_STYLE, pairText } from "./yaml-render.ts";

/** A file of the operator's, parsed without loss. */
export interface Source {
  readonly path: string;
  readonly format: "yaml" | "toml" | "json" | "none";
  /** As the file names them. Dates, and numbers not in their plain form (`007`, `1.10`), are strings as written. */
  readonly fields: JsonObject;
  /** LF, without BOM, after the front matter; of a JSON document its `body`. */
  readonly body: string;
  /** Line of the file, from 1, that the body begins on. */
  readonly bodyLine: number;
  /** What is odd but usable. */
  readonly warnings: readonly Fault[];
  readonly text: Text;
  /** Offsets in `text.lf` of what stands between the fences. */
  readonly front: { readonly start: number; readonly end: number };
  /** Offset in `text.lf` of the body. */
  readonly bodyStart: number;
}

export interface SourceChange {
  readonly set?: JsonObject;
  readonly remove?: readonly string[];
  /** The whole new body. */
  readonly body?: string;
}

/** Throws `invalid` with the place in the file when it cannot be read for certain. */
export function parseSource(bytes: Uint8Array, path: string): Source {
  const text = decodeText(bytes, path);
  refuseMarks(text.lf, path);
  const warnings = warnReplacement(text.lf, path);
  return /\.json$/i.test(path) ? parseJsonSource(text, path, warnings) : parseMarkdown(text, path, warnings);
}

/** The file's bytes with the change; every line that the change does not concern stays byte for byte. */
export function patchSource(source: Source, change: SourceChange): Uint8Array {
  const set = change.set ?? {};
  const remove = (change.remove ?? []).filter((key) => !Object.hasOwn(set, key));
  const body = change.body?.replaceAll("\r\n", "\n");
  if (source.format === "json") return patchJsonSource(source, set, remove, body);
  const splices: Splice[] = frontSplices(source, set, remove);
  if (body !== undefined && body !== source.body) {
    splices.push(...lineSplices(source.body, body, source.bodyStart));
  }
  return spliceText(source.text, splices);
}

/** A new file. `fields` are written in their order. */
export function createSource(fields: JsonObject, body: string, format: "yaml" | "json"): Uint8Array {
  if (format === "json") return Buffer.from(`${JSON.stringify({ ...fields, body }, null, 2)}\n`, "utf8");
  const front = Object.entries(fields)
    .map(([key, value]) => pairText(key, value, PLAIN_STYLE, false))
    .join("");
  const gap = body === "" ? "" : "\n";
  return Buffer.from(`---\n${front}---\n${gap}${body}`, "utf8");
}

/** Line of the file, from 1, where a field stands; of a member of a map, named `map.member`, too. */
export function lineOf(source: Source, field: string): number | undefined {
  const [top, member] = keyPath(source.fields, field);
  const { lf } = source.text;
  const front = lf.slice(source.front.start, source.front.end);
  const origin: Origin = { path: source.path, lf, offset: source.front.start };
  if (source.format === "json") {
    const offset = jsonKeyOffset(lf, top, source.path, member);
    return offset === undefined ? undefined : placeOf(source.path, lf, offset).line;
  }
  if (source.format === "toml") {
    const line = tomlKeyLine(front, top, origin, member);
    return line === undefined ? undefined : line + 1;
  }
  if (source.format === "none") return undefined;
  const offset = yamlKeyOffset(parseYaml(front, origin), top, member);
  return offset === undefined ? undefined : placeOf(source.path, lf, origin.offset + offset).line;
}

// --- Markdown ---------------------------------------------------------------------------------------------------

function parseMarkdown(text: Text, path: string, warnings: readonly Fault[]): Source {
  const { lf } = text;
  const opening = /^(---|\+\+\+)[ \t]*(?:\n|$)/.exec(lf);
  if (opening === null) {
    refuseLateFront(lf, path);
    const front = { start: 0, end: 0 };
    return { path, format: "none", fields: {}, body: lf, bodyLine: 1, warnings, text, front, bodyStart: 0 };
  }
  const yaml = opening[1] === "---";
  const start = opening[0].length;
  const closing = closingFence(lf, start, yaml);
  if (closing === undefined) {
    throw new Fault("invalid", `The front matter that \`${opening[1]}\` opens on line 1 is never closed`, {
      code: "front-matter",
      place: { file: path, line: 1, column: 1 },
      hint: `Add a line \`${opening[1]}\` below the fields; a rule at the top of a page can be written \`***\`.`,
    });
  }
  const front = { start, end: closing };
  const bodyStart = lineEnd(lf, closing);
  const inner = lf.slice(start, closing);
  const origin: Origin = { path, lf, offset: start };
  const fields = yaml ? yamlFields(parseYaml(inner, origin), origin) : tomlFields(inner, origin);
  const body = lf.slice(bodyStart);
  const bodyLine = placeOf(path, lf, bodyStart).line ?? 1;
  return { path, format: yaml ? "yaml" : "toml", fields, body, bodyLine, warnings, text, front, bodyStart };
}

/** Offset of the line that closes the front matter. A `---` inside the body is further down and never asked for. */
function closingFence(lf: string, start: number, yaml: boolean): number | undefined {
  const fence = yaml ? /^(?:---|\.\.\.)[ \t]*$/gm : /^\+\+\+[ \t]*$/gm;
  fence.lastIndex = start;
  return fence.exec(lf)?.index;
}

function refuseLateFront(lf: string, path: string): void {
  const late = /^\s+(---|\+\+\+)[ \t]*\n\s*[\w-]+\s*[:=]/.exec(lf);
  if (late === null) return;
  const offset = late[0].indexOf(late[1] ?? "");
  throw new Fault("invalid", "Front matter must begin on the first line of the file", {
    code: "front-matter",
    place: placeOf(path, lf, offset),
    hint: "Remove the empty lines and spaces above it.",
  });
}

function frontSplices(source: Source, set: JsonObject, remove: readonly string[]): Splice[] {
  const { lf } = source.text;
  const { start, end } = source.front;
  const origin: Origin = { path: source.path, lf, offset: start };
  const before = lf.slice(start, end);
  if (source.format === "none") {
    if (Object.keys(set).length === 0) return [];
    return [{ start: 0, end: 0, text: `---\n${patchYaml("", set, [], origin)}---\n` }];
  }
  const after =
    source.format === "toml"
      ? patchToml(before, set, remove, origin)
      : patchYaml(before, set, remove, origin);
  return after === before ? [] : lineSplices(before, after, start);
}

// --- JSON -------------------------------------------------------------------------------------------------------

function parseJsonSource(text: Text, path: string, warnings: readonly Fault[]): Source {
  const { body = "", ...fields } = jsonFields(text.lf, path);
  const offset = jsonKeyOffset(text.lf, "body", path) ?? 0;
  const place = placeOf(path, text.lf, offset);
  if (typeof body !== "string") {
    throw new Fault("invalid", "`body` must be a string of Markdown", {
      code: "json",
      place: { ...place, field: "body" },
    });
  }
  return {
    path,
    format: "json",
    fields,
    body: body.replaceAll("\r\n", "\n"),
    bodyLine: place.line ?? 1,
    warnings,
    text,
    front: { start: 0, end: text.lf.length },
    bodyStart: offset,
  };
}

function patchJsonSource(
  source: Source,
  set: JsonObject,
  remove: readonly string[],
  body: string | undefined,
) {
  const changes: Record<string, Json> = { ...set };
  if (body !== undefined && body !== source.body) changes.body = body;
  const { lf } = source.text;
  const changed = Object.entries(changes).filter(
    ([key, value]) => key === "body" || !sameJson(source.fields[key] ?? null, value),
  );
  const missing = changed.length === 0 && !remove.some((key) => Object.hasOwn(source.fields, key));
  if (missing) return spliceText(source.text, []);
  const after = patchJson(lf, Object.fromEntries(changed), remove, source.path);
  return spliceText(source.text, lineSplices(lf, after, 0));
}
