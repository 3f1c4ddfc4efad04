import { stringify } from "yaml";
import { saidBy } from "../engine/resolve-dispute.ts";
import type { Json } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import type { Sides } from "../sync/merge.ts";
import type { Part } from "../sync/model.ts";
import { type DiffManner, renderDiff } from "./diff.ts";
import { painter } from "./style.ts";

/** A value as a person reads and edits it: text as it is, the rest as YAML; "" for what is absent. */
export function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : stringify(value, { lineWidth: 0 }).trimEnd();
}

/** What each side made of the base, or, where that is not known, how they differ. */
export interface Versions {
  readonly base: { readonly value: Json | undefined } | undefined;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
}

/**
 * Both sides of a conflict, word by word: `[-old-]` and `{+new+}` against the base. Without a base the site's version is
 * the old one.
 */
export function versionLines({ base, ours, theirs }: Versions, manner: DiffManner): string[] {
  const paint = painter(manner.colour);
  const [mine, other] = [valueText(ours), valueText(theirs)];
  if (base === undefined) {
    return [paint("dim", "on the site → in the file"), ...changeLines(other, mine, manner)];
  }
  const before = valueText(base.value);
  const side = (name: string, text: string) => [
    paint("dim", name),
    ...(text === before ? [paint("dim", "  (as before)")] : changeLines(before, text, manner)),
  ];
  return [...side("here", mine), ...side("there", other)];
}

/** Line numbers of a passage mean nothing outside it. */
function changeLines(before: string, after: string, manner: DiffManner): string[] {
  const lines = renderDiff(before.trimEnd(), after.trimEnd(), manner).filter((line) => !isRange(line));
  return lines.length === 0 ? ["  (white space alone)"] : lines.map((line) => `  ${line}`);
}

function isRange(line: string): boolean {
  return line.includes("@@ -");
}

/** Both sides of every part in conflict, each below its name. */
export function sidesLines(sides: Sides, parts: readonly Part[], manner: DiffManner): string[] {
  const paint = painter(manner.colour);
  return parts.flatMap((part) => {
    const base = sides.base === undefined ? undefined : { value: saidBy(sides.base, part) };
    const versions = { base, ours: saidBy(sides.ours, part), theirs: saidBy(sides.theirs, part) };
    return [paint("bold", printable(part)), ...versionLines(versions, manner).map((line) => `  ${line}`)];
  });
}
