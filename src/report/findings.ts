// What `doctor` found, and how it is shown.
import { printable } from "../lib/redact.ts";
import { wrapped } from "./page.ts";
import { painter } from "./style.ts";
import type { Ui } from "./ui.ts";

export const FINDING_STATES = ["ok", "note", "skipped", "mended", "warning", "broken"] as const;

/**
 * `note`: worth knowing, nothing to do. `skipped`: could not be looked at. `mended`: was not in order, and is now.
 * `warning`: works, and wants a look. `broken`: keeps something from working.
 */
export type FindingState = (typeof FINDING_STATES)[number];

/** One thing that was looked at. Texts are untrusted. */
export interface Finding {
  /** Id of the check. */
  readonly check: string;
  readonly state: FindingState;
  /** Stable name for scripts; the check's id where all is well. */
  readonly code: string;
  /** What was seen, one sentence. */
  readonly seen: string;
  /** What that means for the work. */
  readonly means?: string;
  /** The way out. */
  readonly cure?: string;
  /** Page and heading of the documentation that has the longer story. */
  readonly link?: string;
  /** `doctor --fix` can do it. */
  readonly fixable?: true;
}

const LOOKS = {
  ok: "green",
  note: "cyan",
  skipped: "dim",
  mended: "green",
  warning: "yellow",
  broken: "red",
} as const;

const STATE_WIDTH = 9;
const CHECK_WIDTH = 13;

/** Below it there is no room for a column of texts beside the checks. */
const NARROW = 64;
const NARROW_INDENT = 4;

/**
 * The lines of one finding: what was seen, then, where there is something to do, what it means, the cure and the link.
 * On a terminal sentences are wrapped; cures and links stay whole, for who copies them.
 */
export function findingLines(
  finding: Finding,
  { colour, terminal, columns }: Pick<Ui, "colour" | "terminal" | "columns">,
): readonly string[] {
  const { state, check, seen, means, cure, link, fixable } = finding;
  const narrow = terminal && columns < NARROW;
  const indent = " ".repeat(narrow ? NARROW_INDENT : STATE_WIDTH + CHECK_WIDTH + 2);
  const sentence = (text: string): readonly string[] =>
    terminal ? wrapped(printable(text), columns - indent.length) : [printable(text)];
  const head = `  ${painter(colour)(LOOKS[state], state.padEnd(STATE_WIDTH))}${check.padEnd(CHECK_WIDTH)}`;
  const [first = "", ...rest] = narrow ? ["", ...sentence(seen)] : sentence(seen);
  const more = [
    ...rest,
    ...(means === undefined ? [] : sentence(means)),
    ...(cure === undefined ? [] : [`Cure: ${printable(cure)}`]),
    ...(fixable === true ? ["With --fix it is done for you."] : []),
    ...(link === undefined ? [] : [`See: ${printable(link)}`]),
  ];
  return [(head + first).trimEnd(), ...more.map((line) => indent + line)];
}

/** One line for all checks that could not be made. */
export function skippedLine(checks: readonly string[], { colour }: Pick<Ui, "colour">): string {
  const head = painter(colour)(LOOKS.skipped, "skipped".padEnd(STATE_WIDTH));
  return `  ${head}${checks.join(", ")}: they build on what is broken`;
}

/** Counts in words, worst first, as "1 broken, 2 warnings". */
export function verdictWords(findings: readonly Finding[]): string {
  const count = (state: FindingState): number => findings.filter((one) => one.state === state).length;
  const [broken, warnings, mended] = [count("broken"), count("warning"), count("mended")];
  const parts = [
    ...(broken === 0 ? [] : [`${broken} broken`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`]),
    ...(mended === 0 ? [] : [`${mended} mended`]),
  ];
  return parts.length === 0 ? "all well" : parts.join(", ");
}
