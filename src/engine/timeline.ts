import type { Json } from "../lib/json.ts";
import type { Event } from "./events.ts";

/**
 * How a run went over time, in steps of equal length. Each list has one number for each step; a list that would hold
 * nothing but noughts is empty.
 */
export interface Timeline {
  readonly v: 1;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Length of a step in ms. */
  readonly everyMs: number;
  /** Steps, the last one begun included. */
  readonly length: number;
  /** Documents, uploads and terms carried out. */
  readonly done: readonly number[];
  readonly requests: readonly number[];
  /** Of the requests, those that were sent again. */
  readonly retries: readonly number[];
  /** Milliseconds in which requests were held up. */
  readonly waited: readonly number[];
  /** What held them up in that step, of several the longest or last one: a place in `causes`, or -1. */
  readonly why: readonly number[];
  /** Each with its whole time in ms. */
  readonly causes: readonly { readonly why: string; readonly ms: number }[];
}

export interface TimelineRecorder {
  /** An event about the target, and when it came, in ms since 1970. */
  readonly note: (event: Event, at: number) => void;
  readonly read: (at: number) => Timeline;
}

const MOST_STEPS = 600;
const FIRST_STEP_MS = 250;
const MOST_CAUSES = 20;
const OTHER = "other causes";

interface Step {
  done: number;
  requests: number;
  retries: number;
  waited: number;
  why: number;
}

interface Wait {
  readonly cause: number;
  from: number;
  readonly until: number;
}

/** Keeps a time line of a run, however long, in at most 600 steps: when they are full, each two become one. */
export function recordTimeline(startedAt: number): TimelineRecorder {
  let everyMs = FIRST_STEP_MS;
  let steps: Step[] = [];
  let written = 0;
  let requests = 0;
  let retries = 0;
  let wait: Wait | undefined;
  const causes: { why: string; ms: number }[] = [];

  const stepAt = (at: number): Step => {
    let index = Math.max(0, Math.floor((at - startedAt) / everyMs));
    while (index >= MOST_STEPS) {
      steps = halved(steps);
      everyMs *= 2;
      index = Math.floor((at - startedAt) / everyMs);
    }
    while (steps.length <= index) steps.push({ done: 0, requests: 0, retries: 0, waited: 0, why: -1 });
    return steps[index] as Step;
  };
  const causeOf = (why: string): number => {
    const known = causes.findIndex((cause) => cause.why === why);
    if (known >= 0) return known;
    if (causes.length < MOST_CAUSES) return causes.push({ why, ms: 0 }) - 1;
    const last = causes[MOST_CAUSES - 1];
    if (last !== undefined) last.why = OTHER;
    return MOST_CAUSES - 1;
  };
  /** Puts the time that went by while waiting into the steps that it fell in. */
  const passWait = (at: number): void => {
    if (wait === undefined) return;
    const end = Math.min(at, wait.until);
    while (wait.from < end) {
      const step = stepAt(wait.from);
      const edge = startedAt + (Math.floor((wait.from - startedAt) / everyMs) + 1) * everyMs;
      const ms = Math.min(end, edge) - wait.from;
      step.waited += ms;
      step.why = wait.cause;
      const cause = causes[wait.cause];
      if (cause !== undefined) cause.ms += ms;
      wait.from += ms;
    }
    if (at >= wait.until) wait = undefined;
  };

  return {
    note: (event, at) => {
      passWait(at);
      if (event.type === "phase" && event.phase === "write") written = 0;
      else if (event.type === "progress" && event.phase === "write") {
        stepAt(at).done += Math.max(0, event.done - written);
        written = event.done;
      } else if (event.type === "traffic") {
        const { traffic } = event;
        const step = stepAt(at);
        // A connection that was opened anew counts from nought.
        step.requests += traffic.requests - (traffic.requests < requests ? 0 : requests);
        step.retries += traffic.retries - (traffic.retries < retries ? 0 : retries);
        ({ requests, retries } = traffic);
        wait =
          traffic.waiting === undefined
            ? undefined
            : { cause: causeOf(traffic.waiting.why), from: at, until: traffic.waiting.until };
      }
    },
    read: (at) => {
      passWait(at);
      stepAt(at);
      const column = (key: Exclude<keyof Step, "why">): readonly number[] =>
        steps.some((step) => step[key] !== 0) ? steps.map((step) => Math.round(step[key])) : [];
      return {
        v: 1,
        startedAt,
        everyMs,
        length: steps.length,
        done: column("done"),
        requests: column("requests"),
        retries: column("retries"),
        waited: column("waited"),
        why: steps.some(({ why }) => why >= 0) ? steps.map(({ why }) => why) : [],
        causes: causes.map(({ why, ms }) => ({ why, ms: Math.round(ms) })),
      };
    },
  };
}

function halved(steps: readonly Step[]): Step[] {
  const half: Step[] = [];
  for (let index = 0; index < steps.length; index += 2) {
    const [a, b] = [steps[index], steps[index + 1]];
    if (a === undefined) continue;
    half.push({
      done: a.done + (b?.done ?? 0),
      requests: a.requests + (b?.requests ?? 0),
      retries: a.retries + (b?.retries ?? 0),
      waited: a.waited + (b?.waited ?? 0),
      why: b !== undefined && b.waited > a.waited ? b.why : a.why,
    });
  }
  return half;
}

export function timelineJson(timeline: Timeline): Json {
  return { ...timeline, causes: timeline.causes.map((cause) => ({ ...cause })) };
}
