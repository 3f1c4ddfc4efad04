import type { Event } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";
import { printable } from "../lib/redact.ts";
import { createBoard, laneName, type Standing, type Told } from "./board.ts";
import { duration } from "./duration.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Ui } from "./ui.ts";
import { clip, displayWidth } from "./width.ts";

/** One line of a terminal that is rewritten in place. */
export interface Live {
  show(text: string): void;
  /** Another text, where one is shown. */
  refresh(text: string): void;
  hide(): void;
  /** Hides it, and what is shown next too until what this returns is called: the terminal is somebody else's. */
  hold(): () => void;
}

export interface Progress {
  /** Takes in what concerns progress, and leaves the rest. */
  note(event: Told): void;
  end(): void;
}

const PHASES: Readonly<Record<string, string>> = {
  connect: "connecting",
  scan: "reading files",
  list: "listing entries",
  read: "reading entries",
  write: "writing",
  verify: "reading back",
};

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;

/** One line of at most `columns`: the count always, of the rest what fits, the most urgent first. */
export function progressText(standing: Standing, columns: number, withBar: boolean): string {
  const { done, total } = standing;
  const count = total > 0 ? ` ${done}/${total}` : done > 0 ? ` ${done}` : "";
  const head = `${PHASES[standing.phase] ?? printable(standing.phase)}${count}`;
  const details = detailsOf(standing);
  const chosen: (string | undefined)[] = details.map(() => undefined);
  const lineOf = (parts: readonly (string | undefined)[]): string =>
    [head, ...parts.filter((part) => part !== undefined)].join(" · ");
  for (const index of [...details.keys()].sort((a, b) => urgencyOf(details, a) - urgencyOf(details, b))) {
    const fitting = details[index]?.wordings.find(
      (wording) => displayWidth(lineOf(chosen.with(index, wording))) <= columns,
    );
    if (fitting !== undefined) chosen[index] = fitting;
  }
  const text = lineOf(chosen);
  const room = Math.min(WIDEST_BAR, columns - displayWidth(text) - 1);
  if (!withBar || total === 0 || room < NARROWEST_BAR) return clip(text, columns);
  return `${head} ${bar(done / total, room)}${text.slice(head.length)}`;
}

/** One thing to tell, in the order they stand in the line. */
interface Detail {
  /** What is told first where there is little room: the smallest. */
  readonly urgency: number;
  /** From the longest to the shortest. */
  readonly wordings: readonly string[];
}

function urgencyOf(details: readonly Detail[], index: number): number {
  return details[index]?.urgency ?? 0;
}

function detailsOf(standing: Standing): readonly Detail[] {
  const { done, total, rate, requestRate, secondsLeft, used, retries, waiting, label } = standing;
  const details: Detail[] = [];
  const add = (urgency: number, ...wordings: string[]): void => void details.push({ urgency, wordings });
  if (waiting !== undefined) {
    const who = waiting.who === undefined ? "waiting" : `${printable(waiting.who)} waits`;
    const time = duration(waiting.seconds);
    add(0, `${who} ${time}: ${printable(waiting.why)}`, `${who} ${time}`, `waiting ${time}`);
  }
  if (total > 0) add(1, `${Math.min(100, Math.floor((done / total) * 100))}%`);
  if (rate !== undefined) add(2, `${perSecond(rate)}/s`);
  if (secondsLeft !== undefined) add(3, `${duration(Math.ceil(secondsLeft))} left`);
  if (requestRate !== undefined) add(5, `${perSecond(requestRate)} requests/s`);
  if (used !== undefined) add(6, `${Math.round(used * 100)}% of the limit`);
  if (retries > 0) add(7, retries === 1 ? "1 retry" : `${retries} retries`);
  add(4, ...shorterLabels(printable(label)));
  return details;
}

function shorterLabels(label: string): readonly string[] {
  const comma = label.indexOf(",");
  return comma < 0 ? [label] : [label, label.slice(0, comma)];
}

function perSecond(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

function bar(share: number, columns: number): string {
  const full = Math.min(columns, Math.round(share * columns));
  return "█".repeat(full) + "░".repeat(columns - full);
}

const LIVE_EVERY_MS = 1000;

/** On a terminal: one line that moves. */
export function liveProgress(live: Live, ui: Ui, clock: Clock): Progress {
  const board = createBoard(clock);
  /** The spinner and a space stand before the text; the last column stays free, or some terminals wrap. */
  const text = (): string | undefined => {
    const standing = board.together();
    return standing === undefined ? undefined : progressText(standing, ui.columns - 3, true);
  };
  // What is waited for counts down while nothing else happens.
  const timer = setInterval(() => live.refresh(text() ?? ""), LIVE_EVERY_MS);
  timer.unref();
  return {
    note: (event) => {
      board.note(event);
      if (!MOVING.has(event.type)) return;
      const now = text();
      if (now === undefined) live.hide();
      else live.show(now);
    },
    end: () => {
      clearInterval(timer);
      live.hide();
    },
  };
}

const MOVING: ReadonlySet<Event["type"]> = new Set(["phase", "progress", "traffic", "summary", "ended"]);

const FIRST_AFTER_MS = 2000;
const PLAIN_EVERY_MS = 1000;
/** A log of hours is not to be read line by line: the longer it goes, the fewer lines. */
const SLOWING = 30;

/**
 * In a pipe: a line now and then, never two a second, and a sign of life before ten seconds are silent. Short runs print
 * nothing.
 */
export function plainProgress(ui: Ui, clock: Clock): Progress {
  const board = createBoard(clock);
  const began = clock.now();
  let printed = began + FIRST_AFTER_MS - PLAIN_EVERY_MS;
  let moved = began;
  let waited = false;
  const print = (): void => {
    const standing = board.together();
    if (standing === undefined) return;
    const silent = Math.round((clock.now() - moved) / 1000);
    const told = silent < 2 || standing.waiting !== undefined;
    ui.note(progressText(standing, 120, false) + (told ? "" : ` · nothing new for ${duration(silent)}`));
    printed = clock.now();
    heartbeat.touch();
  };
  const heartbeat = startHeartbeat(clock, print);
  const everyMs = (): number => Math.max(PLAIN_EVERY_MS, (clock.now() - began) / SLOWING);
  return {
    note: (event) => {
      board.note(event);
      if (event.type === "traffic") {
        const waits = board.of(laneName(event.target, event.root))?.waiting !== undefined;
        const begins = waits && !waited;
        waited = waits;
        if (begins && clock.now() - printed >= PLAIN_EVERY_MS) print();
      } else if (event.type === "phase" || event.type === "progress") {
        moved = clock.now();
        if (moved - printed >= everyMs()) print();
      }
    },
    end: () => heartbeat.stop(),
  };
}
