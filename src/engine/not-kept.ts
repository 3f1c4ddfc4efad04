import type { Codec } from "../connectors/contract.ts";
import { Fault } from "../lib/fault.ts";
import { canonicalJson, type Json, type JsonObject } from "../lib/json.ts";
import { excerpt } from "../lib/redact.ts";
import type { Base, Part } from "../sync/model.ts";

/** A part that the site keeps otherwise than it was sent: both versions around the first difference, on one line each. */
export interface NotKept {
  readonly field: Part;
  readonly sent: string;
  readonly kept: string;
}

/** What of the parts that were sent came back as something else, as far as the platform can tell them apart. */
export function notKept(
  { same }: Pick<Codec, "same">,
  sent: JsonObject,
  returned: JsonObject,
): readonly NotKept[] {
  return Object.entries(sent).flatMap(([field, value]) => {
    const kept = returned[field] ?? null;
    if (same(field, value, kept)) return [];
    return { field, ...aroundDifference(textOf(value), textOf(kept), (a, b) => same(field, a, b)) };
  });
}

export function notKeptFault(path: string, parts: readonly NotKept[]): Fault {
  const names = parts.map(({ field }) => field).join(", ");
  return new Fault("invalid", `written, but the site did not keep ${names} as sent`, {
    code: "not-kept",
    place: { file: path, field: parts[0]?.field ?? "" },
    hint: "the role may lack a right, the value may not exist on the site, or a plug-in changes it. Edit the file, or leave it so with --allow-lossy",
  });
}

/**
 * The line with what the site did not keep: of the parts that were sent now, and of those that were not and that the
 * file says as before. Were the file taken for what the site holds, the difference would be nobody's any more: the next
 * edit on the site would bring the site's version into the file, unasked. Were it taken for an edit, every run would send
 * it again. So both are remembered as they are, and what is `open` is told until somebody settles it.
 */
export function withNotKept(
  line: Base,
  before: Base | undefined,
  sent: readonly Part[],
  lost: Readonly<Record<Part, "open" | "agreed">> = {},
): Base {
  const earlier = Object.entries(before?.notKept ?? {}).filter(
    ([part]) => !sent.includes(part) && before?.local.parts[part] === line.local.parts[part],
  );
  const all = { ...Object.fromEntries(earlier), ...lost };
  const { notKept: _, ...rest } = line;
  return Object.keys(all).length === 0 ? rest : { ...rest, notKept: all };
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : value === null ? "" : canonicalJson(value);
}

const BEFORE = 60;
const SHOWN = 160;

/** Blocks at both ends that say the same are passed over, however they are written. */
function aroundDifference(sent: string, kept: string, same: (a: string, b: string) => boolean) {
  const [ours, theirs] = [blocksOf(sent), blocksOf(kept)];
  while (ours.length > 1 && theirs.length > 1 && same(ours[0] ?? "", theirs[0] ?? "")) {
    ours.shift();
    theirs.shift();
  }
  while (ours.length > 1 && theirs.length > 1 && same(ours.at(-1) ?? "", theirs.at(-1) ?? "")) {
    ours.pop();
    theirs.pop();
  }
  const [a, b] = [ours.join("\n\n"), theirs.join("\n\n")];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const from = at <= BEFORE ? 0 : wordStart(a, at - BEFORE);
  const shown = (text: string) =>
    (from === 0 ? "" : "…") + excerpt(text.slice(from, from + 4 * SHOWN), SHOWN);
  return { sent: shown(a), kept: shown(b) };
}

function wordStart(text: string, at: number): number {
  const space = text.indexOf(" ", at);
  return space < 0 || space > at + BEFORE ? at : space + 1;
}

function blocksOf(text: string): string[] {
  return text.split(/\n{2,}/);
}
