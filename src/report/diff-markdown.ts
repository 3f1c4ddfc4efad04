import { structuredPatch } from "diff";
import { printable } from "../lib/redact.ts";
import type { Plan, Step } from "../sync/plan.ts";
import { headline } from "./headline.ts";
import { counted, lossText } from "./losses.ts";

/** What a document says before and after, and on which side that is. */
export interface Texts {
  readonly before: string;
  readonly after: string;
  readonly direction: string;
}

/** Where a step has a text to show, that; else why it has none. */
export type Shown = Texts | { readonly left: string };

/** GitHub takes comments of 65,536 characters. */
const MOST_CHARACTERS = 60_000;
const MOST_ROWS = 100;
const PATCH_LIMIT_MS = 1000;

/**
 * A plan as a comment on a pull or merge request: a table of its steps, and the texts that change, folded up. Short enough
 * for one comment: texts that would be too long, and steps beyond the first 100, are counted. `failed`: as for `headline`.
 */
export function markdownDiff(plan: Plan, failed: number, shown: ReadonlyMap<Step, Shown>): readonly string[] {
  const lines = [`### ${inline(plan.target)}: ${headline(plan, failed)}`, ""];
  if (plan.steps.length > 0) lines.push("| step | document | what |", "| --- | --- | --- |");
  lines.push(...plan.steps.slice(0, MOST_ROWS).map((step) => row(step, shown.get(step))));
  const more = plan.steps.length - MOST_ROWS;
  if (more > 0) lines.push("", `… and ${more} more steps.`);
  lines.push(...asides(plan.steps));
  let left = MOST_CHARACTERS - lengthOf(lines);
  let omitted = 0;
  for (const step of plan.steps) {
    const texts = shown.get(step);
    if (texts === undefined || "left" in texts || texts.before === texts.after) continue;
    const block = folded(step, texts);
    if (lengthOf(block) > left) omitted += 1;
    else {
      lines.push(...block);
      left -= lengthOf(block);
    }
  }
  if (omitted > 0) lines.push("", `The texts of ${omitted} more are too long for this comment.`);
  return lines;
}

/** A plan looks both ways, and who merges a request sends only. */
function asides(steps: readonly Step[]): readonly string[] {
  const count = (action: Step["action"]): number => steps.filter((step) => step.action === action).length;
  const told = (number: number, what: string): readonly string[] =>
    number === 0 ? [] : ["", `${counted(number)} ${number === 1 ? "was" : "were"} ${what}`];
  return [
    ...told(count("pull"), "changed on the site alone: `push` sends none of these, `pull` brings them."),
    ...told(count("merge"), "changed on both sides: `push` leaves them alone, `sync` merges them."),
  ];
}

function row(step: Step, shown: Shown | undefined): string {
  const what = [
    ...step.changed,
    ...(step.from === step.to || step.to === undefined
      ? []
      : [[step.from, step.to].filter(Boolean).join(" → ")]),
    ...(step.reason === "" ? [] : [step.reason]),
    ...(step.losses ?? []).map((loss) => `not kept: ${lossText(loss)}`),
    ...(shown !== undefined && "left" in shown ? [shown.left] : []),
  ];
  return `| ${step.action} | ${code(step.path)} | ${what.map(inline).join("; ")} |`;
}

function folded(step: Step, { before, after, direction }: Texts): readonly string[] {
  const patch = structuredPatch("", "", before, after, "", "", { context: 1, timeout: PATCH_LIMIT_MS });
  const all = (mark: string, text: string) => text.split("\n").map((line) => mark + line);
  const hunks = patch?.hunks.map(({ lines }) => lines) ?? [[...all("-", before), ...all("+", after)]];
  const text = hunks.map((hunk) => hunk.map(printable).join("\n")).join("\n @@\n");
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const summary = `<details><summary>${code(step.path)}: ${direction}</summary>`;
  return ["", summary, "", `${fence}diff`, text, fence, "", "</details>"];
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** What Markdown, or the page it is shown on, would take for more than text. */
function inline(text: string): string {
  return printable(text)
    .replaceAll(/[\r\n\t]+/g, " ")
    .replaceAll(/[&<>|`*_~[\]()\\#@$]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Names of people and of other requests are not called from code. */
function code(text: string): string {
  return `<code>${inline(text)}</code>`;
}
