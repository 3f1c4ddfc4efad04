import type { Event } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";
import { printable } from "../lib/redact.ts";
import { duration } from "./duration.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Ui } from "./ui.ts";
import { clip, displayWidth } from "./width.ts";

/** One line of a terminal that is rewritten in place. */
export interface Live {
  show(text: string): void;
  hide(): void;
}

export interface Progress {
  phase(event: Extract<Event, { type: "phase" }>): void;
  progress(event: Extract<Event, { type: "progress" }>): void;
  end(): void;
}

/** Where a run stands, all its targets together. */
export interface Standing {
  readonly label: string;
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Documents per second; undefined while there is nothing to tell it from. */
  readonly rate: number | undefined;
  readonly waiting: string | undefined;
}

const PHASES: Readonly<Record<string, string>> = {
  connect: "connecting",
  scan: "reading files",
  list: "listing entries",
  read: "reading entries",
  write: "writing",
  verify: "reading back",
};

/** What fits into `columns`, in this order: count, bar, share, rate and time left, target. */
export function progressText(standing: Standing, columns: number, withBar: boolean): string {
  const { done, total } = standing;
  const count = total > 0 ? ` ${done}/${total}` : done > 0 ? ` ${done}` : "";
  const head = `${PHASES[standing.phase] ?? printable(standing.phase)}${count}`;
  let text = head;
  for (const part of detailsOf(standing)) {
    const longer = `${text} · ${part}`;
    if (displayWidth(longer) <= columns) text = longer;
  }
  const room = Math.min(WIDEST_BAR, columns - displayWidth(text) - 1);
  if (!withBar || total === 0 || room < NARROWEST_BAR) return clip(text, columns);
  return `${head} ${bar(done / total, room)}${text.slice(head.length)}`;
}

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;

function detailsOf({ done, total, rate, label, waiting }: Standing): string[] {
  const details: string[] = [];
  if (waiting !== undefined) details.push(printable(waiting));
  if (total > 0) details.push(`${Math.min(100, Math.floor((done / total) * 100))}%`);
  if (rate !== undefined) {
    details.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`);
    if (total > done) details.push(`${duration(Math.ceil((total - done) / rate))} left`);
  }
  return [...details, printable(label)];
}

function bar(share: number, columns: number): string {
  const full = Math.min(columns, Math.round(share * columns));
  return "█".repeat(full) + "░".repeat(columns - full);
}

const WINDOW_MS = 30_000;

/** Adds up what every target reports, and tells the rate of the last half minute. */
export function standings(clock: Clock): {
  readonly note: (target: string, phase: string, done: number, total: number, waiting?: string) => void;
  readonly now: () => Standing | undefined;
} {
  const targets = new Map<string, Omit<Standing, "label" | "rate">>();
  let latest = "";
  let samples: { readonly at: number; readonly done: number }[] = [];
  let sampled = "";
  const sum = (key: "done" | "total"): number => {
    let all = 0;
    for (const standing of targets.values()) all += standing[key];
    return all;
  };
  return {
    note: (target, phase, done, total, waiting) => {
      targets.set(target, { phase, done, total, waiting });
      latest = target;
      const at = clock.now();
      if (sampled !== phase) samples = [];
      sampled = phase;
      samples.push({ at, done: sum("done") });
      while (at - (samples[0]?.at ?? at) > WINDOW_MS) samples.shift();
    },
    now: () => {
      const last = targets.get(latest);
      if (last === undefined) return undefined;
      const first = samples[0];
      const elapsed = first === undefined ? 0 : (clock.now() - first.at) / 1000;
      const moved = first === undefined ? 0 : sum("done") - first.done;
      const rate = elapsed >= 0.5 && moved > 0 ? moved / elapsed : undefined;
      const label = targets.size === 1 ? latest : `${targets.size} targets`;
      return { ...last, label, done: sum("done"), total: sum("total"), rate };
    },
  };
}

/** On a terminal: one line that moves. */
export function liveProgress(live: Live, ui: Ui, clock: Clock): Progress {
  const board = standings(clock);
  /** The spinner and a space stand before the text; the last column stays free, or some terminals wrap. */
  const show = (): void => {
    const standing = board.now();
    if (standing !== undefined) live.show(progressText(standing, ui.columns - 3, true));
  };
  return {
    phase: ({ target, phase, detail }) => {
      board.note(target, phase, 0, 0, detail);
      show();
    },
    progress: ({ target, phase, done, total, waiting }) => {
      board.note(target, phase, done, total, waiting);
      show();
    },
    end: () => live.hide(),
  };
}

const PLAIN_EVERY_MS = 2000;

/** In a pipe: a line now and then, and a sign of life every ten seconds. Short runs print nothing. */
export function plainProgress(ui: Ui, clock: Clock): Progress {
  const board = standings(clock);
  let printed = clock.now();
  const print = (silentMs: number): void => {
    const standing = board.now();
    if (standing === undefined) return;
    const silence = silentMs < 1000 ? "" : ` · nothing new for ${duration(silentMs / 1000)}`;
    ui.note(progressText(standing, 100, false) + silence);
    printed = clock.now();
  };
  const heartbeat = startHeartbeat(clock, print);
  const moved = (): void => {
    if (clock.now() - printed < PLAIN_EVERY_MS) return;
    heartbeat.touch();
    print(0);
  };
  return {
    phase: ({ target, phase, detail }) => {
      board.note(target, phase, 0, 0, detail);
      moved();
    },
    progress: ({ target, phase, done, total, waiting }) => {
      board.note(target, phase, done, total, waiting);
      moved();
    },
    end: () => heartbeat.stop(),
  };
}
