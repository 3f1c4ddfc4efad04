// The report of a command, from what it told while it ran. Its JSON form is public: change it only with `v`.
import type { DocumentResult, Event, ResultStatus, Summary } from "../engine/events.ts";
import { isSupport } from "../engine/support-step.ts";
import { recordTimeline, type Timeline, type TimelineRecorder } from "../engine/timeline.ts";
import type { ExitCode } from "../lib/exit.ts";
import { type Fault, formatPlace } from "../lib/fault.ts";
import { redact } from "../lib/redact.ts";
import type { Step } from "../sync/plan.ts";
import { laneName, type Told } from "./board.ts";
import { totalOf } from "./summary.ts";

/** `planned`: the command only looked. */
export type ReportStatus = ResultStatus | "planned";

/** The order in which people want to see them. */
export const STATUSES = ["failed", "conflict", "not-attempted", "skipped", "planned", "ok"] as const;

export interface DocumentReport {
  readonly path: string;
  readonly title: string | null;
  readonly id: string | null;
  readonly action: string;
  readonly status: ReportStatus;
  readonly url: string | null;
  /** Why it is done, or was not. */
  readonly reason: string | null;
  /** These five of a failure. */
  readonly code: string | null;
  readonly message: string | null;
  readonly hint: string | null;
  readonly httpStatus: number | null;
  /** `file:line:column` */
  readonly place: string | null;
}

export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly place: string | null;
}

export interface NoticeReport {
  readonly level: "info" | "warning";
  readonly message: string;
  readonly hint: string | null;
  readonly place: string | null;
}

/** One target, of one root. */
export interface TargetReport {
  readonly target: string;
  /** As the workspace names it, where the command was about several. */
  readonly root: string | null;
  /** Identity of the site, once it is known. */
  readonly site: string | null;
  /** Id of the recorded run; null where nothing was carried out. */
  readonly run: string | null;
  /** Null where the target came to no end of its own. */
  readonly summary: Summary | null;
  /** What ended it. */
  readonly error: ErrorReport | null;
  readonly notices: readonly NoticeReport[];
  /** In the order of the plan. Documents that are in step are counted in the summary only. */
  readonly documents: readonly DocumentReport[];
  readonly timeline: Timeline | null;
}

export interface RunReport {
  readonly v: 1;
  readonly type: "report";
  readonly command: string;
  readonly version: string;
  /** ISO 8601, UTC; the end is null for a run that is under way or was cut off. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Null where it is not known. */
  readonly exit: number | null;
  /** All targets together. */
  readonly summary: Summary | null;
  /** What ended the command. */
  readonly error: ErrorReport | null;
  readonly notices: readonly NoticeReport[];
  readonly targets: readonly TargetReport[];
}

export interface ReportCollector {
  readonly note: (event: Told) => void;
  /** Time lines of the runs so far, by run id. */
  readonly timelines: () => ReadonlyMap<string, Timeline>;
  readonly end: (exit: ExitCode, fault: Fault | undefined) => RunReport;
}

interface Section {
  readonly target: string;
  readonly root: string | undefined;
  readonly timeline: TimelineRecorder;
  readonly planned: Map<string, Step>;
  readonly results: Map<string, DocumentResult>;
  readonly notices: NoticeReport[];
  site: string | undefined;
  run: string | undefined;
  summary: Summary | undefined;
  fault: Fault | undefined;
  /** ms since 1970; others of the command may go on. */
  endedAt: number | undefined;
}

interface About {
  readonly command: string;
  readonly version: string;
  /** The command changes nothing. */
  readonly looks: boolean;
  /** ms since 1970 */
  readonly now: () => number;
}

/** Takes in the events of one command. */
export function collectReport({ command, version, looks, now }: About): ReportCollector {
  const startedAt = now();
  const sections: Section[] = [];
  const notices: NoticeReport[] = [];

  const sectionFor = (target: string, root: string | undefined, begins: boolean): Section => {
    const name = laneName(target, root);
    const known = sections.findLast((one) => laneName(one.target, one.root) === name);
    const ended = known?.summary !== undefined || known?.fault !== undefined;
    if (known !== undefined && !(begins && ended)) return known;
    const section: Section = {
      target,
      root,
      timeline: recordTimeline(now()),
      planned: new Map(),
      results: new Map(),
      notices: [],
      site: undefined,
      run: undefined,
      summary: undefined,
      fault: undefined,
      endedAt: undefined,
    };
    sections.push(section);
    return section;
  };

  const note = (event: Told): void => {
    const target = event.type === "summary" ? event.summary.target : (event.target ?? null);
    if (target === null) {
      if (event.type === "notice") notices.push(noticeReport(event));
      return;
    }
    const begins = event.type === "phase" || event.type === "plan" || event.type === "run";
    const section = sectionFor(target, event.root, begins);
    section.timeline.note(event, now());
    take(section, event);
    if (event.type === "summary" || event.type === "fault") section.endedAt = now();
  };

  return {
    note,
    timelines: () => {
      const at = now();
      const recorded = sections.flatMap(({ run, timeline, endedAt = at }) =>
        run === undefined ? [] : [[run, timeline.read(endedAt)] as const],
      );
      return new Map(recorded);
    },
    end: (exit, fault) => {
      const endedAt = now();
      const summaries = sections.flatMap(({ summary }) => summary ?? []);
      const [first, ...rest] = summaries;
      return {
        v: 1,
        type: "report",
        command,
        version,
        startedAt: new Date(startedAt).toISOString(),
        endedAt: new Date(endedAt).toISOString(),
        exit,
        summary: first === undefined ? null : totalOf(first, rest, (endedAt - startedAt) / 1000),
        error: fault === undefined ? null : errorReport(fault),
        notices,
        targets: sections.map((section) => targetReport(section, looks, endedAt)),
      };
    },
  };
}

function take(section: Section, event: Event): void {
  switch (event.type) {
    case "plan":
      section.site = event.plan.site;
      for (const step of event.plan.steps) if (!isSupport(step)) section.planned.set(keyOf(step), step);
      break;
    case "run":
      section.run = event.run;
      break;
    case "result":
      section.results.set(keyOf(event.result), event.result);
      break;
    case "notice":
      section.notices.push(noticeReport(event));
      break;
    case "fault":
      section.fault = event.fault;
      break;
    case "summary":
      section.summary = event.summary;
  }
}

function keyOf({ action, path }: Pick<Step, "action" | "path">): string {
  return `${action} ${path}`;
}

function targetReport(section: Section, looks: boolean, at: number): TargetReport {
  const { target, root = null, site = null, run = null, summary = null } = section;
  const { fault, notices, planned, results, timeline, endedAt = at } = section;
  const keys = new Set([...planned.keys(), ...results.keys()]);
  return {
    target,
    root,
    site,
    run,
    summary,
    error: fault === undefined ? null : errorReport(fault),
    notices,
    documents: [...keys].flatMap((key) => documentReport(planned.get(key), results.get(key), looks) ?? []),
    timeline: timeline.read(endedAt),
  };
}

function documentReport(
  step: Step | undefined,
  result: DocumentResult | undefined,
  looks: boolean,
): DocumentReport | undefined {
  const known = result ?? step;
  if (known === undefined) return undefined;
  const fault = result?.fault;
  const reason = result?.reason ?? step?.reason ?? "";
  return {
    path: known.path,
    title: step === undefined || step.title === "" ? null : step.title,
    id: result?.id ?? step?.id ?? null,
    action: known.action,
    status: result?.status ?? untold(step?.action, looks),
    url: result?.url ?? step?.url ?? null,
    reason: reason === "" ? null : reason,
    code: fault?.code ?? null,
    message: fault === undefined ? null : redact(fault.message, []),
    hint: fault?.hint ?? null,
    httpStatus: fault?.httpStatus ?? null,
    place: fault?.place === undefined ? null : formatPlace(fault.place),
  };
}

/** Of a step that no result was told of. */
function untold(action: Step["action"] | undefined, looks: boolean): ReportStatus {
  if (action === "conflict") return "conflict";
  if (action === "skip") return "skipped";
  return looks ? "planned" : "not-attempted";
}

export function errorReport({ code, message, hint, place }: Fault): ErrorReport {
  return {
    code,
    message: redact(message, []),
    hint: hint ?? null,
    place: place === undefined ? null : formatPlace(place),
  };
}

function noticeReport(event: Extract<Event, { type: "notice" }>): NoticeReport {
  const { level, message, hint = null, place = null } = event;
  return { level, message: redact(message, []), hint, place };
}
