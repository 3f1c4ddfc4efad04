// One command over several roots and targets.
import type { Event, Summary } from "../engine/events.ts";
import { type ExitCode, exitOf } from "../lib/exit.ts";
import { asFault, type Fault } from "../lib/fault.ts";
import { stopFault } from "../lib/stop.ts";
import type { Plan } from "../sync/plan.ts";
import { createChorus } from "./chorus.ts";
import type { Context } from "./context.ts";
import { howToGoOn, keepingLeases, type Left, type Order, type Ticket, takeTickets } from "./tickets.ts";

/** What is to be done for one target of one root. */
export interface Job {
  readonly target: string;
  /** Absolute path of the root. */
  readonly dir: string;
  /** As the workspace names it; undefined where the command is about one root. */
  readonly root: string | undefined;
  readonly carryOut: (own: Own) => Promise<{ readonly exit: ExitCode }>;
}

/** What a job is carried out with. */
export interface Own {
  readonly context: Context;
  /** Id that its run has in the queue; undefined where it is not queued. */
  readonly run: string | undefined;
}

export interface Done {
  readonly job: Job;
  readonly exit: ExitCode;
  /** What ended it, where something did. */
  readonly fault: Fault | undefined;
  /** What it threw and was not told yet, since it is the only job of the command. */
  readonly thrown: unknown;
  readonly summary: Summary | undefined;
  readonly plan: Plan | undefined;
}

/** How several jobs are carried out. */
export interface Manner {
  /** `roots`: the targets of one root one after another, since files are written; `none`: one after another. */
  readonly together: "all" | "roots" | "none";
  /** Puts the runs into the queue as such; undefined for what nobody needs to take up. */
  readonly order?: Order | undefined;
  /** No headings: problems alone are told. */
  readonly quiet?: boolean;
  /** At the end of several targets a table tells what became of each. */
  readonly tabled?: true;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Jobs under way at one time: each keeps a plan in memory. */
export const AT_ONCE = 8;

/** Side by side as far as their manner allows, and fairly: each has a connection of its own. In the order of `jobs`. */
export async function runJobs(
  context: Context,
  jobs: readonly Job[],
  { together, order, quiet = false }: Manner,
): Promise<readonly Done[]> {
  const places = jobs.map(({ dir, target }) => ({ root: dir, target }));
  const tickets = order === undefined ? [] : takeTickets(context, order, places);
  const done = new Map<Job, Done>();
  const lanes = lanesOf(jobs, together);
  const voice = lanes.length > 1 ? createChorus(context) : alone(context);
  const carryOut = () =>
    atMost(AT_ONCE, lanes, async (lane) => {
      for (const job of lane) {
        const { context: own, end } = voice(job.root === undefined || quiet ? undefined : `${job.root}:`);
        done.set(job, await runJob(own, job, tickets[jobs.indexOf(job)], jobs.length > 1));
        end();
      }
    });
  await (tickets.length === 0 ? carryOut() : keepingLeases(context, carryOut));
  return jobs.flatMap((job) => done.get(job) ?? []);
}

function alone(context: Context): ReturnType<typeof createChorus> {
  return (heading) => {
    if (heading !== undefined) context.ui.out(heading);
    return { context, end: () => {} };
  };
}

/** Jobs of one lane are carried out one after another. */
function lanesOf(jobs: readonly Job[], together: Manner["together"]): readonly (readonly Job[])[] {
  if (together === "all") return jobs.map((job) => [job]);
  const lanes = new Map<string, Job[]>();
  for (const job of jobs) {
    const key = together === "none" ? "" : job.dir;
    lanes.set(key, [...(lanes.get(key) ?? []), job]);
  }
  return [...lanes.values()];
}

/** Works on all items, on so many at one time. */
export async function atMost<T>(
  count: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, worker));
}

/** Never throws: what ends a job is in what it gives back, and told. */
async function runJob(context: Context, job: Job, ticket: Ticket | undefined, tells: boolean): Promise<Done> {
  const heard: Mutable<Pick<Done, "fault" | "summary" | "plan">> = {
    fault: undefined,
    summary: undefined,
    plan: undefined,
  };
  let undone = false;
  const own = rooted(context, job, (event) => {
    if (event.type === "result" && event.result.status === "not-attempted") undone = true;
    if (event.type === "fault") heard.fault = event.fault;
    if (event.type === "summary") heard.summary = event.summary;
    if (event.type === "plan") heard.plan = event.plan;
  });
  let exit: ExitCode;
  let untold: unknown;
  try {
    if (context.signal.aborted) throw stopFault(context.signal, "stopped before it had its turn");
    ticket?.begin();
    own.emit({ type: "phase", target: job.target, phase: "connect" });
    ({ exit } = await job.carryOut({ context: own, run: ticket?.run }));
  } catch (thrown) {
    const fault = asFault(thrown);
    exit = exitOf(fault.kind);
    heard.fault = fault;
    if (tells || job.root !== undefined) own.emit({ type: "fault", target: job.target, fault });
    else untold = thrown;
  }
  const left = leaveQueue(own, job, () => ticket?.end(exit, heard.fault));
  if (ticket !== undefined && (undone || left !== undefined)) {
    own.emit(howToGoOn(job.target, ticket.run, left, context.clock.now()));
  }
  return { job, exit, ...heard, thrown: untold };
}

/** The run has ended, and how it did must not get lost, nor the others with it. */
function leaveQueue({ emit }: Context, { target }: Job, leave: () => Left | undefined): Left | undefined {
  try {
    return leave();
  } catch (thrown) {
    const message = `the queue still lists this run: ${asFault(thrown).message}`;
    const hint = "`ainstein-cms runs resume` takes it off: it finds what was done, and does nothing twice";
    emit({ type: "notice", target, level: "warning", message, hint });
    return undefined;
  }
}

/** Records name their root, and so does what moves; people see it in the heading of the rest. */
function rooted(context: Context, { root }: Job, listen: (event: Event) => void): Context {
  const { ui } = context;
  const emit = (event: Event): void => {
    listen(event);
    context.emit(root === undefined ? event : { ...event, root });
  };
  if (root === undefined || !ui.json) return { ...context, emit };
  return { ...context, emit, ui: { ...ui, record: (value) => ui.record({ ...value, root }) } };
}
