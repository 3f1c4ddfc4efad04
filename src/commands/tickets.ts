// The queue as commands use it: what was asked for, and what becomes of it by how it ended.
import { randomUUID } from "node:crypto";
import type { Event } from "../engine/events.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import type { Fault } from "../lib/fault.ts";
import { isObject, type Json, sameJson } from "../lib/json.ts";
import {
  beginQueued,
  dequeue,
  enqueue,
  giveBack,
  listQueue,
  type NewQueued,
  type QueuedRun,
  renewLeases,
} from "../store/queue.ts";
import { getRun } from "../store/runs.ts";
import type { PlanScope } from "../sync/plan.ts";
import type { Args, Context } from "./context.ts";
import { countFlag, switchFlag } from "./flags.ts";
import { tellEndedBy } from "./notifications/ends.ts";

/** A run's place in the queue. */
export interface Ticket {
  /** Id that the run will have. */
  readonly run: string;
  begin(): void;
  /** `fault`: what ended it, where something did. Tells how the run was left, where it is to be gone on with. */
  end(exit: ExitCode, fault: Fault | undefined): Left | undefined;
}

/** How a run stays in the queue. */
export interface Left {
  readonly state: "queued" | "parked";
  /** It is not taken up by itself before, in ms since 1970. */
  readonly notBeforeMs?: number;
}

/** What is recorded of a command, so that another process can carry it out. */
export interface Order {
  readonly command: string;
  readonly options: Json;
}

/** Undefined for a command that only looks or tries a few documents: nobody needs to take that up. */
export function orderOf(command: string, args: Args, scope: PlanScope): Order | undefined {
  if (switchFlag(args, "dryRun") || countFlag(args, "canary") !== undefined) return undefined;
  const [allowLossy, release, checksum] = [
    switchFlag(args, "allowLossy"),
    switchFlag(args, "release"),
    switchFlag(args, "checksum"),
  ];
  const options = JSON.stringify({ scope, allowLossy, release, checksum });
  return { command, options: JSON.parse(options) as Json };
}

/** Puts one run for each of these into the queue. */
export function takeTickets(
  context: Context,
  order: Order,
  places: readonly { readonly root: string; readonly target: string }[],
): readonly Ticket[] {
  const { store: open, clock } = context;
  const store = open();
  const batch = randomUUID();
  const runs = places.map(({ root, target }) => ({ ...order, root, target, batch, run: randomUUID() }));
  enqueue(store, runs, clock, covers);
  return runs.map(({ run }) => ({
    run,
    begin: () => {
      if (runs.length > 1) beginQueued(store, run);
    },
    end: (exit, fault) => {
      const begun = getRun(store, run) !== undefined;
      // Who stops a single command before it has done anything expects nothing to be left of it.
      if (!isStopped(exit, fault) || runs.length > 1 || begun) return leave(context, run, exit, fault);
      dequeue(store, run);
      return undefined;
    },
  }));
}

/** Whether the newer one does all that the older one was to do. */
function covers(fresh: NewQueued, earlier: QueuedRun): boolean {
  const scope = scopeIn(fresh.options);
  const { paths, kinds, states, since, limit } = scope;
  const lists = [paths, kinds, states];
  const whole =
    lists.every((list) => Array.isArray(list) && list.length === 0) && (since ?? limit) === undefined;
  return whole || sameJson(scope, scopeIn(earlier.options));
}

function scopeIn(options: Json): { readonly [name: string]: Json } {
  return isObject(options) && isObject(options.scope) ? options.scope : {};
}

function isStopped(exit: ExitCode, fault: Fault | undefined): boolean {
  return exit === EXIT.interrupted || fault?.kind === "deadline";
}

/** A site is asked again after this, where nothing tells when. */
const AGAIN_AFTER_MS = 60_000;

/** Exits after which a run waits for its site, the credentials or another run, and is none the worse for it. */
const WAITS: ReadonlySet<ExitCode> = new Set([EXIT.unavailable, EXIT.locked, EXIT.auth]);

/**
 * A run that was interrupted, or whose time ran out, stays in the queue, one whose site cannot be worked on is parked, any other is taken off:
 * what failed in it is found by `runs retry`, and what it was refused for is for the operator to mend.
 */
export function leave(
  context: Context,
  run: string,
  exit: ExitCode,
  fault: Fault | undefined,
): Left | undefined {
  const isFailed = fault !== undefined && !ENDS_WELL.has(exit);
  const queued = !isFailed ? undefined : listQueue(context.store()).find((one) => one.run === run);
  const left = leaveAs(context, run, exit, fault);
  if (queued !== undefined && isFailed) tellLeft(context, queued, left, fault);
  return left;
}

const ENDS_WELL: ReadonlySet<ExitCode> = new Set([EXIT.done, EXIT.pending, EXIT.conflicts]);

/** Whoever is to know of runs that fail hears of it. */
function tellLeft(
  context: Context,
  { run, command, target: connection }: QueuedRun,
  left: Left | undefined,
  fault: Fault,
): void {
  const id = run.slice(0, 8);
  const isRecorded = getRun(context.store(), run) !== undefined;
  // What it was refused for is seen by who asks for the same without sending anything.
  const otherwise = fault.kind === "usage" ? `status --target ${connection}` : `doctor ${connection}`;
  const about = isRecorded ? `runs show ${id}` : left === undefined ? otherwise : `runs resume ${id}`;
  tellEndedBy(context, { connection, command, run, help: `ainstein-cms ${about}` }, fault);
}

function leaveAs(
  { store: open, clock }: Context,
  run: string,
  exit: ExitCode,
  fault: Fault | undefined,
): Left | undefined {
  const store = open();
  if (isStopped(exit, fault)) {
    const left = { state: "queued" } as const;
    giveBack(store, run, left);
    return left;
  }
  if (WAITS.has(exit)) {
    const wait = exit === EXIT.unavailable ? (fault?.retryAfterMs ?? AGAIN_AFTER_MS) : 0;
    const left = { state: "parked", notBeforeMs: clock.now() + wait } as const;
    giveBack(store, run, { ...left, cause: fault?.message });
    return left;
  }
  dequeue(store, run);
  return undefined;
}

/** How to go on with a run that has left something undone. */
export function howToGoOn(target: string, run: string, left: Left | undefined, now: number): Event {
  const id = run.slice(0, 8);
  const { state, notBeforeMs = 0 } = left ?? {};
  const waits =
    notBeforeMs > now ? ` until ${new Date(notBeforeMs).toISOString().slice(0, 19)}Z at least` : "";
  const message =
    state === "parked" ? `run ${id} is parked${waits}` : `run ${id} has left some of it to be done`;
  const hint = `to go on with it: ainstein-cms runs resume ${id}`;
  return { type: "notice", target, level: "warning", message, hint };
}

const RENEW_EVERY_MS = 60_000;

/** Keeps what this process has taken up its own while `work` lasts. */
export async function keepingLeases<T>(
  { store, clock }: Pick<Context, "store" | "clock">,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => {
    // The next one is in time, too; only processes of other hosts go by leases.
    try {
      renewLeases(store(), clock);
    } catch {}
  }, RENEW_EVERY_MS);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
