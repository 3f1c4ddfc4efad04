import { timeText } from "../engine/history-ends.ts";
import { canonicalJson, isObject, type Json } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import type { ConflictRecord } from "../store/conflicts.ts";
import type { Side, Sides } from "../sync/merge.ts";
import { actorText } from "./history.ts";
import type { Line } from "./json.ts";
import type { Paint } from "./style.ts";

/** One conflict for people: when, where, why; then how it was settled and by whom. */
export function conflictLines(conflict: ConflictRecord, paint: Paint): string[] {
  const { foundAt, target, path, reason, parts } = conflict;
  const about = parts.length === 0 ? "" : ` (${printable(parts.join(", "))})`;
  const head = `${paint("yellow", timeText(Date.parse(foundAt)))}  ${paint("bold", printable(path))}  ${printable(target)}`;
  return [`${head}  ${printable(reason)}${about}`, `    ${settledText(conflict, paint)}`];
}

function settledText({ settledAt, settlement }: ConflictRecord, paint: Paint): string {
  if (settledAt === undefined) return paint("red", "open");
  const { how, by, run } = isObject(settlement) ? (settlement as Readonly<Record<string, Json>>) : {};
  const ways = isObject(how) ? Object.entries(how).map(([part, way]) => `${part}: ${wayText(way)}`) : [];
  const who = actorText(by);
  const where = typeof run === "string" ? ` (run ${run.slice(0, 8)})` : "";
  const text = `settled ${timeText(Date.parse(settledAt))}${who === "" ? "" : ` by ${who}`}${where}`;
  return paint("green", printable(ways.length === 0 ? text : `${text}: ${ways.join(", ")}`));
}

const WAYS: Readonly<Record<string, string>> = {
  ours: "the file's was kept",
  theirs: "the site's was taken",
  merge: "merged",
  union: "both were taken",
  newest: "the newer was taken",
  edited: "edited by hand",
  elsewhere: "both sides were found in step again",
};

function wayText(way: Json | undefined): string {
  return typeof way === "string" ? (WAYS[way] ?? way) : canonicalJson(way ?? null);
}

/** What base, file and site said of the parts in conflict. */
export function sideLines({ base, ours, theirs }: Sides, parts: readonly string[], paint: Paint): string[] {
  const shown: readonly (readonly [string, Side | undefined])[] = [
    ["base", base],
    ["file", ours],
    ["site", theirs],
  ];
  return shown.flatMap(([name, side]) => [
    paint("cyan", `    ${name}${side === undefined ? ": not known" : ""}`),
    ...(side === undefined ? [] : parts.flatMap((part) => partLines(part, side))),
  ]);
}

function partLines(part: string, { fields, body }: Side): string[] {
  if (part === "body")
    return body
      .trimEnd()
      .split("\n")
      .map((line) => `      ${printable(line)}`);
  const value = fields[part];
  const text = typeof value === "string" ? value : canonicalJson(value ?? null);
  return [`      ${printable(`${part}: ${text}`)}`];
}

/** The line of the public format. `base`, `file` and `site` are null where what they said is not known. */
export function conflictLine(conflict: ConflictRecord, sides: Sides | undefined): Line {
  const { target, path, locale, id, kind, reason, parts, run, foundAt, settledAt, settlement } = conflict;
  return {
    ...{ type: "conflict", target, path, locale, id: id || null, kind, reason, parts },
    ...{ run: run ?? null, foundAt, settledAt: settledAt ?? null, settlement: settlement ?? null },
    ...{ base: sides?.base ?? null, file: sides?.ours ?? null, site: sides?.theirs ?? null },
  };
}
