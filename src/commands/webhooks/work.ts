// What comes of events: our own writes' echoes are left out; the others are noted, or pulled into a root.
import { SAMPLE_ENTRY } from "../../connectors/webhooks.ts";
import type { Event, Summary } from "../../engine/events.ts";
import { EXIT, type ExitCode, exitOf } from "../../lib/exit.ts";
import { asFault } from "../../lib/fault.ts";
import type { Store } from "../../store/db.ts";
import { isWorkedOn, settleEvents, takeEvents, type WebhookEvent } from "../../store/events.ts";
import { isOwned, listQueue } from "../../store/queue.ts";
import type { Context } from "../context.ts";
import type { WebhookRule } from "../home-config.ts";
import { pull } from "../pull.ts";
import { runRuleCommand } from "../rule-command.ts";
import { siftEvents, WAITS } from "./echoes.ts";

/** What could not be done is tried again after as long as it has waited, within these. */
const LEAST_AGAIN_MS = 60_000;
const MOST_AGAIN_MS = 3_600_000;

export interface Worked {
  readonly events: readonly WebhookEvent[];
  /** Of our own writes. */
  readonly echoes: number;
  /** Samples that `webhooks test` sent. */
  readonly tests: number;
  readonly outcome: "nothing" | "noted" | "pulled" | "later" | "failed";
  readonly detail?: string;
}

/**
 * Does what `rule` says about all events of the connection that are due, once for all. Nothing while a run on it is under
 * way: whether an event is its echo is known at its end. `only`: just this event, echo or not.
 */
export async function workOn(
  context: Context,
  connection: string,
  rule: WebhookRule,
  only?: number,
): Promise<Worked> {
  const store = context.store();
  const nothing: Worked = { events: [], echoes: 0, tests: 0, outcome: "nothing" };
  if (isBusy(store, connection, context.clock.now())) return nothing;
  const taken = takeEvents(store, context.clock, connection, only);
  const samples = taken.filter(({ entry }) => SAMPLE_ENTRY.test(entry ?? ""));
  settleEvents(store, seqs(samples), "echo", { detail: "a test" });
  const real = taken.filter((event) => !samples.includes(event));
  const tests = samples.length;
  const {
    echoes,
    news: events,
    later,
  } = only === undefined
    ? await siftEvents(context, connection, rule, real)
    : { echoes: [], news: real, later: undefined };
  if (later !== undefined) {
    putOff(context, real, "new", later);
    return { events: real, echoes: 0, tests, outcome: "later", detail: later };
  }
  settleEvents(store, seqs(echoes), "echo", { detail: "our own write" });
  if (events.length === 0) return { ...nothing, echoes: echoes.length, tests };
  const { outcome, detail } = await act(context, connection, rule, events);
  return { events, echoes: echoes.length, tests, outcome, ...(detail === undefined ? {} : { detail }) };
}

async function act(
  context: Context,
  connection: string,
  rule: WebhookRule,
  events: readonly WebhookEvent[],
): Promise<Pick<Worked, "outcome" | "detail">> {
  const store = context.store();
  if (rule.do === "note" || rule.root === undefined) {
    await runCommand(context, connection, rule, events);
    settleEvents(store, seqs(events), "noted");
    return { outcome: "noted" };
  }
  const { exit, detail } = await pullInto(context, connection, rule.root);
  if (WAITS.has(exit)) {
    putOff(context, events, "new", detail);
    return { outcome: "later", detail };
  }
  if (exit !== EXIT.done && exit !== EXIT.conflicts) {
    putOff(context, events, "failed", detail);
    return { outcome: "failed", detail };
  }
  await runCommand(context, connection, rule, events);
  settleEvents(store, seqs(events), "pulled", { detail });
  return { outcome: "pulled", detail };
}

/** Each after as long as it has waited already: soon at first, and hourly what lasts. */
function putOff(
  { store, clock }: Context,
  events: readonly WebhookEvent[],
  state: "new" | "failed",
  detail: string,
): void {
  const now = clock.now();
  for (const { seq, receivedAt } of events) {
    const waited = now - Date.parse(receivedAt);
    const notBeforeMs = now + Math.min(MOST_AGAIN_MS, Math.max(LEAST_AGAIN_MS, waited));
    settleEvents(store(), [seq], state, { detail, notBeforeMs });
  }
}

function seqs(events: readonly WebhookEvent[]): readonly number[] {
  return events.map(({ seq }) => seq);
}

function isBusy(store: Store, connection: string, now: number): boolean {
  const queued = listQueue(store).some(
    (run) => run.target === connection && run.state === "running" && isOwned(run, now),
  );
  return queued || isWorkedOn(store, connection);
}

async function pullInto(
  context: Context,
  connection: string,
  root: string,
): Promise<{ readonly exit: ExitCode; readonly detail: string }> {
  let summary: Summary | undefined;
  const emit = (event: Event): void => {
    if (event.type === "summary" && event.summary.target === connection) summary = event.summary;
    context.emit(event);
  };
  const args = { positionals: [], flags: { target: [connection] } };
  try {
    const exit = await pull({ ...context, cwd: root, emit }, args);
    return { exit, detail: summary === undefined ? `exit ${exit}` : wordsOf(summary) };
  } catch (thrown) {
    const fault = asFault(thrown);
    return { exit: exitOf(fault.kind), detail: fault.message };
  }
}

function wordsOf({ run, pulled, merged, conflicts, failed }: Summary): string {
  const counts = Object.entries({ pulled, merged, conflicts, failed }).filter(([, count]) => count > 0);
  const words = counts.map(([name, count]) => `${count} ${name}`).join(", ");
  return `${words === "" ? "nothing to pull" : words}${run === "" ? "" : ` (run ${run.slice(0, 8)})`}`;
}

const COMMAND_MS = 10 * 60_000;

/**
 * Runs the rule's command, if it has one; what it is about is on its standard input, as one line of JSON. Before the
 * events are settled: where this process is killed in between, it is run again and not forgotten.
 */
async function runCommand(
  { env, emit }: Context,
  connection: string,
  { command, root }: WebhookRule,
  events: readonly WebhookEvent[],
): Promise<void> {
  if (command === undefined) return;
  const told = events.map(({ seq, topic, entry, receivedAt }) => ({ seq, topic, entry, receivedAt }));
  const input = `${JSON.stringify({ connection, events: told })}\n`;
  const trouble = await runRuleCommand({ command, cwd: root, env, input, limitMs: COMMAND_MS });
  if (trouble === undefined) return;
  const message = `the command ${command[0]} ${trouble}`;
  emit({ type: "notice", target: connection, level: "warning", message });
}
