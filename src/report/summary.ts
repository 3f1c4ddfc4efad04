import type { Summary } from "../engine/events.ts";
import { printable } from "../lib/redact.ts";
import { duration } from "./duration.ts";
import type { Colour, Paint } from "./style.ts";

/** Counts in the order and the words in which people are told. */
export const SUMMARY_WORDS = [
  ["created", "created", "green"],
  ["updated", "updated", "yellow"],
  ["published", "published", "green"],
  ["renamed", "moved", "dim"],
  ["deleted", "deleted", "red"],
  ["pulled", "pulled", "cyan"],
  ["merged", "merged", "cyan"],
  ["adopted", "adopted", "dim"],
  ["unchanged", "unchanged", "dim"],
  ["skipped", "skipped", "dim"],
  ["conflicts", "in conflict", "red"],
  ["failed", "failed", "red"],
] as const satisfies readonly (readonly [keyof Summary, string, Colour])[];

/** `200 created, 3 updated, 1 in conflict`, without colours. */
export function countsText(summary: Summary): string {
  return told(summary)
    .map(([key, word]) => `${summary[key]} ${word}`)
    .join(", ");
}

function told(summary: Summary): readonly (typeof SUMMARY_WORDS)[number][] {
  return SUMMARY_WORDS.filter(([key]) => summary[key] > 0 || key === "unchanged");
}

/** `wp: 200 created · 3 updated · 0 unchanged · 1 in conflict · 12.3 s · 210 requests`. */
export function summaryLine(summary: Summary, paint: Paint): string {
  const parts = told(summary).map(([key, word, colour]) =>
    paint(summary[key] > 0 ? colour : "dim", `${summary[key]} ${word}`),
  );
  const name = summary.target === null ? "together" : printable(summary.target);
  const effort = `${duration(summary.seconds)} · ${summary.requests} ${summary.requests === 1 ? "request" : "requests"}`;
  return `${paint("bold", `${name}:`)} ${parts.join(" · ")} · ${effort}`;
}

/** Said of conflicts that `resolve` does not settle, or not by being typed again. */
const INSTEAD_OF_RESOLVE: Readonly<Record<string, string>> = {
  resolve: "What is left is settled at a terminal, or by --strategy ours, theirs, merge or newest.",
  undo: "What was edited since stays as it is. If a later run did it, undo that one first; else edit it by hand.",
};

function conflictLines(command: string, say: (command: string) => string): readonly string[] {
  const instead = INSTEAD_OF_RESOLVE[command];
  if (instead !== undefined) return [instead];
  const both = [`Both sides of a conflict: ${say("diff")}`, `To settle it: ${say("resolve")}`];
  if (command !== "apply") return both;
  return ["What moved on since the plan was made stays as it is: make the plan again for it.", ...both];
}

/** What to type next, where something is left. `paths` are those the command was given. */
export function nextLines(summary: Summary, notAttempted: number, paths: readonly string[]): string[] {
  const scope = [...paths.map(quoted), ...(summary.target === null ? [] : [`--target ${summary.target}`])];
  const say = (command: string) => ["ainstein-cms", command, ...scope].join(" ");
  const lines: string[] = [];
  if (summary.conflicts > 0) lines.push(...conflictLines(summary.command, say));
  if (notAttempted > 0) {
    lines.push(`${notAttempted} not attempted. The same command goes on where this run stopped.`);
  } else if (summary.failed > 0) {
    lines.push("When the causes above are mended, run the same command again.");
  }
  return lines;
}

/** As a POSIX shell takes it for one word. */
export function quoted(path: string): string {
  const text = printable(path);
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

type Count = Exclude<keyof Summary, "target" | "command" | "run" | "seconds">;
const SUMMED: readonly Count[] = [...SUMMARY_WORDS.map(([key]) => key), "writes", "requests", "verified"];

/** All targets of one command together. `seconds` is wall-clock time, since targets run side by side. */
export function totalOf(first: Summary, rest: readonly Summary[], seconds: number): Summary {
  const total = { ...first, target: null, seconds };
  for (const summary of rest) for (const key of SUMMED) total[key] += summary[key];
  return total;
}
