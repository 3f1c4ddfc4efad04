// `runs resume`: takes up what was asked for and has not been done, of one run or of all that nobody is at work on.
import { EXIT, type ExitCode, exitOf, worstExit } from "../lib/exit.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { stopFault } from "../lib/stop.ts";
import type { Store } from "../store/db.ts";
import { giveBack, isOwned, listQueue, type QueuedRun, takeUp, takeUpNamed } from "../store/queue.ts";
import { getRun } from "../store/runs.ts";
import { createChorus, type Voice } from "./chorus.ts";
import type { Args, Command, Context } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { AT_ONCE, atMost } from "./jobs.ts";
import { again, first, UNDONE } from "./runs-again.ts";
import { runNamed, shortId } from "./runs-find.ts";
import { howToGoOn, keepingLeases, leave } from "./tickets.ts";

/** Without a run, or with `--all`, everything that may be taken up now. */
export const resume: Command = (context, args) => {
  const [name] = args.positionals;
  if (name === undefined) return keepingLeases(context, () => resumeAll(context, args));
  if (!switchFlag(args, "all")) return keepingLeases(context, () => resumeOne(context, args, name));
  throw new Fault("usage", "runs resume takes a run or --all, not both", { code: "run-and-all" });
};

async function resumeOne(context: Context, args: Args, name: string): Promise<ExitCode> {
  const store = context.store();
  const queued = name === "last" ? undefined : queuedNamed(store, name);
  const run = queued === undefined ? await runNamed(context, store, args, "resume") : undefined;
  const found = queued ?? listQueue(store).find((one) => one.run === run?.id);
  if (found === undefined) return run === undefined ? EXIT.done : again(context, args, run, UNDONE);
  takeUpNamed(store, context.clock, found.run);
  const { exit, thrown } = await carryOut(context, args, found);
  if (thrown !== undefined) throw thrown;
  return exit;
}

/** A run that was never begun is known to the queue alone. */
function queuedNamed(store: Store, prefix: string): QueuedRun | undefined {
  if (prefix.length < 4) return undefined;
  const found = listQueue(store).filter(
    ({ run }) => run.startsWith(prefix) && getRun(store, run) === undefined,
  );
  return found.length === 1 ? found[0] : undefined;
}

/** Another process that does so at the same time shares the work: each run is taken up by one of them. */
async function resumeAll(context: Context, args: Args): Promise<ExitCode> {
  const store = context.store();
  const tried = new Set<string>();
  const exits: ExitCode[] = [];
  const voice = createChorus(context);
  const next = (): QueuedRun | undefined => {
    if (context.signal.aborted) return undefined;
    const run = takeUp(store, context.clock, (queued) => !tried.has(queued.run));
    if (run !== undefined) tried.add(run.run);
    return run;
  };
  const worker = async (): Promise<void> => {
    for (let queued = next(); queued !== undefined; queued = next()) {
      exits.push(await aloud(voice(undefined), args, queued));
    }
  };
  await atMost(AT_ONCE, Array.from({ length: AT_ONCE }), worker);
  exits.push(...(await resumeTasks(context, args)));
  const now = context.clock.now();
  const isLeft = (queued: QueuedRun) =>
    !tried.has(queued.run) && !isOwned(queued, now) && (queued.notBeforeMs ?? 0) <= now;
  if (context.signal.aborted && listQueue(store).some(isLeft)) {
    exits.push(exitOf(stopFault(context.signal, "stopped").kind));
  }
  tellLeft(context, store, exits.length);
  return worstExit(exits);
}

/** Tasks are in no queue: their runs say what was cut off. */
async function resumeTasks(context: Context, args: Args): Promise<readonly ExitCode[]> {
  const { tasksToResume } = await import("./task/again.ts");
  const exits: ExitCode[] = [];
  const manner = { yes: switchFlag(args, "yes"), quiet: switchFlag(args, "quiet") };
  for (const carryOn of tasksToResume(context, manner)) {
    if (context.signal.aborted) break;
    try {
      exits.push(await carryOn(context));
    } catch (thrown) {
      const fault = asFault(thrown);
      context.emit({ type: "fault", fault });
      exits.push(exitOf(fault.kind));
    }
  }
  return exits;
}

async function aloud({ context, end }: Voice, args: Args, queued: QueuedRun): Promise<ExitCode> {
  const { exit, thrown } = await carryOut(context, args, queued);
  if (thrown !== undefined) context.emit({ type: "fault", target: queued.target, fault: asFault(thrown) });
  end();
  return exit;
}

/** Carries out a run that this process has taken up, and takes it off the queue or gives it back. */
async function carryOut(
  context: Context,
  args: Args,
  queued: QueuedRun,
): Promise<{ readonly exit: ExitCode; readonly thrown?: unknown }> {
  const store = context.store();
  let fault: Fault | undefined;
  const own: Context = {
    ...context,
    emit: (event) => {
      if (event.type === "fault") fault = event.fault;
      context.emit(event);
    },
  };
  try {
    context.emit({ type: "phase", target: queued.target, phase: "connect" });
    const record = getRun(store, queued.run);
    const exit = await (record === undefined ? first(own, args, queued) : again(own, args, record, UNDONE));
    settle(context, queued, exit, fault);
    return { exit };
  } catch (thrown) {
    fault = asFault(thrown);
    const exit = exitOf(fault.kind);
    settle(context, queued, exit, fault);
    return { exit, thrown };
  }
}

/** What a resumption is refused for, as a consent that is missing, leaves the run where it was. */
function settle(context: Context, queued: QueuedRun, exit: ExitCode, fault: Fault | undefined): void {
  if (exit !== EXIT.usage && exit !== EXIT.defect) {
    const left = leave(context, queued.run, exit, fault);
    const { target, run } = queued;
    if (left !== undefined) context.emit(howToGoOn(target, run, left, context.clock.now()));
    return;
  }
  const { cause, notBeforeMs, state } = queued;
  giveBack(context.store(), queued.run, {
    state: state === "parked" ? state : "queued",
    cause,
    notBeforeMs,
  });
}

/** What stays in the queue, and why. */
function tellLeft({ emit, clock }: Context, store: Store, done: number): void {
  const left = listQueue(store);
  const now = clock.now();
  const busy = left.filter((run) => isOwned(run, now)).length;
  const parked = left.filter((run) => !isOwned(run, now) && (run.notBeforeMs ?? 0) > now);
  const [soonest] = parked.map(({ notBeforeMs = 0 }) => notBeforeMs).sort((a, b) => a - b);
  if (done === 0) emit({ type: "notice", level: "info", message: "there is no run to take up now" });
  if (busy > 0) {
    const message = `${busy === 1 ? "1 run is" : `${busy} runs are`} under way in another process`;
    emit({ type: "notice", level: "info", message });
  }
  if (soonest === undefined) return;
  const ids = parked.map(({ run }) => shortId({ id: run })).join(", ");
  const when = new Date(soonest).toISOString();
  emit({
    type: "notice",
    level: "info",
    message: `waiting for a site: ${ids}; not before ${when}`,
    hint: "ainstein-cms runs list says why; `ainstein-cms runs resume <id>` does not wait",
  });
}
