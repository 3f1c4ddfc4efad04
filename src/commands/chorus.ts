// Several targets at once on one terminal: each says what it has to say in one piece, and one question is open at a time.
import type { Emit, Event } from "../engine/events.ts";
import { createTurns } from "../lib/turns.ts";
import type { Ui } from "../report/ui.ts";
import type { Context } from "./context.ts";

/** The context of one target among several. */
export interface Voice {
  readonly context: Context;
  /** It has said all it had to say. */
  readonly end: () => void;
}

/** What has been said by one, and not yet heard. */
interface Part {
  readonly held: (() => void)[];
  ended: boolean;
}

/** What moves: it is shown as it comes, all targets together, but never over a question. */
const MOVES: ReadonlySet<Event["type"]> = new Set(["phase", "progress", "traffic"]);

/**
 * The first that speaks is heard at once; what the others say waits until it has ended, or until they ask something.
 * With `heading`, that line goes before what a target says. JSON lines name their target and are printed as they come.
 */
export function createChorus(context: Context): (heading: string | undefined) => Voice {
  const { ui } = context;
  const parts = new Set<Part>();
  const inTurn = createTurns();
  let floor: Part | undefined;
  let asking = false;

  const flush = (part: Part): void => {
    for (const line of part.held.splice(0)) line();
  };
  /** Gives the floor to the next once its owner has ended: to one that has ended, too, so that it is told soon. */
  const advance = (): void => {
    while (!asking) {
      if (floor !== undefined) {
        flush(floor);
        if (!floor.ended) return;
        parts.delete(floor);
      }
      const waiting = [...parts].filter(({ held, ended }) => ended || held.length > 0);
      floor = waiting.find(({ ended }) => ended) ?? waiting[0];
      if (floor === undefined) return;
    }
  };
  const say = (part: Part, line: () => void): void => {
    part.held.push(line);
    floor ??= part;
    if (floor === part && !asking) flush(part);
  };
  const ask = <T>(part: Part, question: () => Promise<T>): Promise<T> =>
    inTurn("", async () => {
      asking = true;
      flush(part);
      try {
        return await question();
      } finally {
        asking = false;
        advance();
      }
    });

  return (heading) => {
    if (ui.json) return { context, end: () => {} };
    const part: Part = { held: [], ended: false };
    parts.add(part);
    let headed = heading === undefined;
    const tell = (line: () => void): void => {
      if (!headed && heading !== undefined) say(part, () => ui.out(heading));
      headed = true;
      say(part, line);
    };
    const emit: Emit = (event) => {
      if (!MOVES.has(event.type)) tell(() => context.emit(event));
      else if (!asking) context.emit(event);
    };
    const end = (): void => {
      part.ended = true;
      advance();
    };
    return { context: { ...context, emit, ui: voiceOf(ui, tell, (question) => ask(part, question)) }, end };
  };
}

function voiceOf(
  ui: Ui,
  tell: (line: () => void) => void,
  ask: <T>(question: () => Promise<T>) => Promise<T>,
): Ui {
  return {
    ...ui,
    get columns() {
      return ui.columns;
    },
    out: (line) => tell(() => ui.out(line)),
    note: (line) => tell(() => ui.note(line)),
    record: (value) => ui.record(value),
    confirm: (question, instead) => ask(() => ui.confirm(question, instead)),
    input: (question, instead, fallback) => ask(() => ui.input(question, instead, fallback)),
    secret: (question, instead) => ask(() => ui.secret(question, instead)),
    select: (question, choices, instead) => ask(() => ui.select(question, choices, instead)),
  };
}
