import type { DocumentResult, Emit, Summary } from "../engine/events.ts";
import type { NotKept } from "../engine/not-kept.ts";
import type { Clock } from "../lib/clock.ts";
import type { Fault } from "../lib/fault.ts";
import { printable, redact } from "../lib/redact.ts";
import type { Told } from "./board.ts";
import { renderDiff } from "./diff.ts";
import { faultLines, rootHead, startsWithName } from "./fault.ts";
import { counted, lossText } from "./losses.ts";
import { planLines } from "./plan.ts";
import { type Live, liveProgress, type Progress, plainProgress } from "./progress.ts";
import { painter } from "./style.ts";
import { nextLines, summaryLine } from "./summary.ts";
import type { Ui } from "./ui.ts";

export interface TextManner {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The command only looks: its plan says all, and a summary of what was done would mislead. */
  readonly looks: boolean;
  /** Name of the command. */
  readonly command: string;
  /** Paths the command was given, to be said again in a command to type next. */
  readonly paths: readonly string[];
  /** Absent where there is no terminal to rewrite a line on. */
  readonly live: Live | undefined;
}

/** Documents named that failed for the very same reason. */
const SAME_SHOWN = 3;

const SILENT: Progress = { note: () => {}, end: () => {} };

/**
 * Events for people: plans and summaries on stdout, problems and progress on stderr. With `quiet` only problems,
 * with `verbose` every document.
 */
export function textReport(
  ui: Ui,
  clock: Clock,
  manner: TextManner,
): { readonly emit: Emit; readonly end: () => void } {
  const paint = painter(ui.colour);
  const progress = progressFor(ui, clock, manner);
  const notAttempted = new Map<string, number>();
  const told = new Map<string, number>();
  const accepted = new Map<string, number>();
  /** Conflicts that a plan has named. */
  const listed = new Set<string>();
  const note = (lines: readonly string[]): void => {
    for (const line of lines) ui.note(line);
  };

  /** One cause can fail a thousand documents. */
  function tellFault(fault: Fault, path: string, notKept: readonly NotKept[], root?: string): void {
    // What each loses stands in the plan.
    const cause =
      fault.code === "lossy" ? "lossy: not sent without --allow-lossy" : `${fault.code}: ${fault.message}`;
    const times = (told.get(cause) ?? 0) + 1;
    told.set(cause, times);
    if (times > SAME_SHOWN && !manner.verbose) return;
    note(faultLines(fault, path, paint, root));
    tellNotKept(notKept);
  }

  /** What was sent against what the site made of it. */
  function tellNotKept(parts: readonly NotKept[]): void {
    for (const { field, sent, kept } of parts) {
      ui.note(`       ${printable(field)}: sent → kept`);
      const manner = { colour: ui.colour, columns: ui.columns };
      note(
        renderDiff(sent, kept, manner)
          .slice(1)
          .map((line) => `         ${line}`),
      );
    }
  }

  function tellRest(): void {
    for (const [loss, times] of accepted) {
      note([`${paint("yellow", "lossy:")} sent all the same, ${loss} (${counted(times)})`]);
    }
    accepted.clear();
    for (const [cause, times] of told) {
      if (times <= SAME_SHOWN || manner.verbose) continue;
      const rest = times - SAME_SHOWN;
      const documents = rest === 1 ? "document" : "documents";
      note([
        paint("dim", `… and ${rest} more ${documents}: ${printable(redact(cause, []))}`),
        paint("dim", "  (`ainstein-cms runs show last` lists them)"),
      ]);
    }
    told.clear();
  }

  function result(target: string, outcome: DocumentResult, root?: string): void {
    const { fault, status, path, action, reason, url, losses = [], notKept = [] } = outcome;
    if (status === "not-attempted") notAttempted.set(target, (notAttempted.get(target) ?? 0) + 1);
    const why = reason === undefined || reason === "" ? "" : `: ${printable(reason)}`;
    const known = status === "ok" ? new Set(losses.map(lossText)) : new Set<string>();
    if (status === "ok" && notKept.length > 0 && known.size === 0) {
      known.add(
        `the site keeps ${notKept.map(({ field }) => printable(field)).join(", ")} otherwise than sent`,
      );
    }
    for (const loss of known) accepted.set(loss, (accepted.get(loss) ?? 0) + 1);
    if (fault !== undefined) tellFault(fault, path, notKept, root);
    else if (status === "failed" || (status === "conflict" && !listed.has(nameOf(target, path, root)))) {
      ui.note(`${paint("red", `${status}:`)} ${rootHead(root)}${printable(path)}${why}`);
    } else if (manner.verbose && !manner.quiet) {
      const word = status === "ok" ? paint("green", action) : paint("dim", status);
      ui.out(`${word} ${printable(path)}${url === undefined ? why : ` → ${printable(url)}`}`);
    }
  }

  function summarise(summary: Summary): void {
    tellRest();
    const worthIt = !manner.quiet || summary.failed + summary.conflicts > 0;
    if (worthIt && !manner.looks) ui.out(summaryLine(summary, paint));
    if (summary.target !== null && manner.command !== "diff")
      note(nextLines(summary, notAttempted.get(summary.target) ?? 0, manner.paths));
  }

  function emit(event: Told): void {
    progress.note(event);
    switch (event.type) {
      case "plan":
        if (!manner.quiet) {
          for (const { action, path } of event.plan.steps)
            if (action === "conflict") listed.add(nameOf(event.target, path, event.root));
          for (const line of planLines(
            event.plan,
            paint,
            manner.verbose,
            ui.terminal ? ui.columns : Number.POSITIVE_INFINITY,
            event.failed,
          ))
            ui.out(line);
        }
        break;
      case "result":
        result(event.target, event.result, event.root);
        break;
      case "notice":
        if (!manner.quiet || event.level === "warning") note(noticeLines(event, paint));
        break;
      case "fault":
        note(faultLines(event.fault, event.target, paint, event.root));
        break;
      case "summary":
        summarise(event.summary);
    }
  }

  return { emit, end: () => progress.end() };
}

function nameOf(target: string, path: string, root: string | undefined): string {
  return [root, target, path].join("\0");
}

function progressFor(ui: Ui, clock: Clock, { quiet, live }: TextManner): Progress {
  if (quiet) return SILENT;
  return live === undefined ? plainProgress(ui, clock) : liveProgress(live, ui, clock);
}

function noticeLines(
  event: Extract<Told, { type: "notice" }>,
  paint: ReturnType<typeof painter>,
): readonly string[] {
  const say = (text: string): string => printable(redact(text, []));
  const place = event.place === undefined ? "" : `${printable(event.place)}: `;
  const label = event.level === "warning" ? `${paint("yellow", "warning:")} ` : "";
  const { target, root } = event;
  const unsaid = target !== undefined && !startsWithName(event.message, target);
  const about = unsaid ? `${printable(target)}: ` : "";
  const lines = [`${label}${rootHead(root)}${about}${place}${say(event.message)}`];
  if (event.hint !== undefined) lines.push(`${label === "" ? "" : "         "}${say(event.hint)}`);
  return lines;
}
