import type { DocumentResult, Emit, Event } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";
import { type Fault, formatPlace } from "../lib/fault.ts";
import { redact } from "../lib/redact.ts";
import type { Step } from "../sync/plan.ts";
import { createBoard, laneName, type TargetStanding } from "./board.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Ui } from "./ui.ts";

export type Line = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Characters that JSON allows bare but a terminal acts on: DEL, C1 controls, line separators, bidi controls. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line of the public format: version first, nothing in it that a terminal would act on. */
export function toJsonLine(line: Line): string {
  return JSON.stringify({ v: 1, ...line }).replace(
    UNSAFE,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The lines that an event stands for, one at a time: a plan may have many. Progress has its own, and some events are for people only. */
export function* linesOf(event: Event): Iterable<Line> {
  switch (event.type) {
    case "plan":
      for (const step of event.plan.steps) yield planLine(event.target, step);
      break;
    case "result":
      yield resultLine(event.target, event.result);
      break;
    case "notice": {
      const { target = null, level, message, hint = null, place = null } = event;
      yield { type: "notice", target, level, message: redact(message, []), hint, place };
      break;
    }
    case "fault":
      yield errorLine(event.fault, event.target);
      break;
    case "summary":
      yield { type: "summary", ...event.summary };
      break;
    default:
      break;
  }
}

function planLine(target: string, step: Step): Line {
  const { action, path, id = null, reason, changed, from = null, to = null, date, losses } = step;
  const line = { type: "plan", target, action, path, id, reason, changed, from, to };
  return {
    ...line,
    ...(date === undefined ? {} : { date }),
    ...(losses === undefined ? {} : { losses }),
  };
}

function resultLine(target: string, result: DocumentResult): Line {
  const { path, id = null, action, status, url = null, reason, fault, losses, notKept } = result;
  const kept = {
    ...(losses === undefined ? {} : { losses }),
    ...(notKept === undefined ? {} : { notKept }),
  };
  const line = { type: "result", target, path, id, action, status, url, ...kept };
  const why = reason === undefined ? {} : { reason };
  if (fault === undefined) return { ...line, ...why };
  const { code, hint = null, httpStatus = null } = fault;
  const place = fault.place === undefined ? null : formatPlace(fault.place);
  return { ...line, ...why, code, message: redact(fault.message, []), hint, httpStatus, place };
}

/** A fault that ends a target, or with target `null` the whole command. */
export function errorLine(fault: Fault, target: string | undefined): Line {
  return {
    type: "error",
    target: target ?? null,
    code: fault.code,
    message: redact(fault.message, []),
    hint: fault.hint ?? null,
    place: fault.place === undefined ? null : formatPlace(fault.place),
  };
}

/** Rates are per second; `null` stands for what is not known. */
export function progressLine(standing: TargetStanding): Line {
  const { target, root, phase, done, total, rate, requestRate, secondsLeft, traffic, waiting } = standing;
  const rounded = (value: number | undefined) => (value === undefined ? null : Math.round(value * 100) / 100);
  return {
    type: "progress",
    target,
    phase,
    done,
    total,
    rate: rounded(rate),
    secondsLeft: secondsLeft === undefined ? null : Math.ceil(secondsLeft),
    requests: traffic?.requests ?? null,
    requestRate: rounded(requestRate),
    retries: traffic?.retries ?? null,
    concurrency: traffic?.concurrency ?? null,
    used: rounded(traffic?.used),
    waiting: waiting?.why ?? null,
    waitingSeconds: waiting?.seconds ?? null,
    ...(root === undefined ? {} : { root }),
  };
}

const PROGRESS_EVERY_MS = 1000;

/** Progress of each target at most once a second and, while nothing moves, before ten seconds are silent. */
export function jsonReport(ui: Ui, clock: Clock): { readonly emit: Emit; readonly end: () => void } {
  const board = createBoard(clock);
  const shown = new Map<string, number>();
  const waited = new Set<string>();
  const tell = (name: string): void => {
    const standing = board.of(name);
    if (standing === undefined) return;
    ui.record(progressLine(standing));
    shown.set(`${name} ${standing.phase}`, clock.now());
    heartbeat.touch();
  };
  const heartbeat = startHeartbeat(clock, () => {
    for (const name of board.active()) tell(name);
  });
  const isDue = (name: string): boolean => {
    const last = shown.get(`${name} ${board.of(name)?.phase}`);
    return last === undefined || clock.now() - last >= PROGRESS_EVERY_MS;
  };
  const waitBegins = (name: string): boolean => {
    const waits = board.of(name)?.waiting !== undefined;
    const begins = waits && !waited.has(name);
    if (waits) waited.add(name);
    else waited.delete(name);
    return begins;
  };
  return {
    emit: (event) => {
      board.note(event);
      if (event.type === "progress" || event.type === "traffic") {
        const name = laneName(event.target, event.root);
        const wanted = event.type === "progress" || waitBegins(name);
        const ends = event.type === "progress" && event.done === event.total;
        if (wanted && (ends || isDue(name))) tell(name);
        return;
      }
      for (const line of linesOf(event)) {
        ui.record(event.root === undefined ? line : { ...line, root: event.root });
        heartbeat.touch();
      }
    },
    end: () => heartbeat.stop(),
  };
}
