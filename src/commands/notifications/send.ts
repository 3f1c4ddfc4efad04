// Sends what waits in the outbox. At least once: who is told may be told again with the same id.
import { secretsIn } from "../../auth/environment.ts";
import { postJson } from "../../http/post-json.ts";
import { proxyFor } from "../../http/proxy.ts";
import { asFault, isFault } from "../../lib/fault.ts";
import { chatBody, type Facts, type Message, messageOf } from "../../report/notification.ts";
import {
  claimNotifications,
  dropNotifications,
  type Notification,
  pruneNotifications,
  type Settlement,
  settleNotifications,
} from "../../store/notifications.ts";
import type { NotificationRule } from "../home-config.ts";
import { hasHomeConfig } from "../home-file.ts";
import { tracer } from "../route.ts";
import { runRuleCommand, type Trouble } from "../rule-command.ts";
import { complain, type Receiver, receiverName, receivers, type Told } from "./rules.ts";

/** Waits between tries; after the last of them it is given up. Together a day. */
const PAUSES_MS = [1, 5, 30, 120, 360, 930].map((minutes) => minutes * 60_000);
const COMMAND_MS = 30_000;
const KEEP_MS = 30 * 24 * 3_600_000;

export interface Sent {
  readonly sent: number;
  /** Waits, since its receiver could not be told just now. */
  readonly later: number;
  readonly givenUp: number;
}

/** Sends what is due, to each receiver one message after another. Never throws; what goes wrong is told on stderr. */
export async function sendDue(context: Told): Promise<Sent> {
  const ends: Settlement["state"][] = [];
  try {
    if (!hasHomeConfig(context)) return countOf(ends);
    const store = context.store();
    const known = receivers(context);
    const ids = known.map(({ id }) => id);
    dropNotifications(store, context.clock, ids);
    const due = claimNotifications(store, context.clock, ids);
    await Promise.all(
      known.map(async (receiver) => {
        const mine = due.filter(([first]) => first?.receiver === receiver.id);
        ends.push(...(await sendTo(context, receiver, mine)));
      }),
    );
    pruneNotifications(store, context.clock.now() - KEEP_MS);
  } catch (thrown) {
    complain(context, thrown);
  }
  return countOf(ends);
}

function countOf(ends: readonly Settlement["state"][]): Sent {
  const count = (state: Settlement["state"]) => ends.filter((end) => end === state).length;
  return { sent: count("sent"), later: count("waiting") + count("untried"), givenUp: count("given-up") };
}

type Due = readonly Notification[];

/** Who does not take one message is not sent the others now. */
async function sendTo(
  context: Told,
  receiver: Receiver,
  messages: readonly Due[],
): Promise<readonly Settlement["state"][]> {
  const ends: Settlement["state"][] = [];
  let isAway = false;
  for (const due of messages) {
    const end: Settlement =
      isAway || isStopped(context.signal) ? UNTRIED : await sendOne(context, receiver, due);
    isAway ||= end.state !== "sent";
    settleNotifications(context.store(), context.clock, due, end);
    ends.push(end.state);
  }
  return ends;
}

const UNTRIED: Settlement = { state: "untried" };

/** Who pressed Ctrl-C waits for nobody; a job whose time is over may be the last one of its home. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted && !isFault(signal.reason, "deadline");
}

async function sendOne(context: Told, { rules: [rule] }: Receiver, due: Due): Promise<Settlement> {
  const message = summed(due, secretsIn(context.env));
  const over = new AbortController();
  const trouble = await Promise.race([deliver(context, rule, message), stopped(context.signal, over.signal)]);
  over.abort();
  if (trouble === undefined) return { state: "sent" };
  if (trouble === STOPPED) return UNTRIED;
  const tries = Math.max(...due.map(({ attempts }) => attempts));
  const pause = PAUSES_MS[tries];
  const name = receiverName(rule);
  const about = `${message.event} of ${message.connection}`;
  if (pause === undefined) {
    complain(context, new Error(`${name} was not told of ${about}, and is not tried again: ${trouble}`));
    return { state: "given-up", error: trouble };
  }
  const error = `${name} could not be told of ${about}: ${trouble}. It is tried again by a later command`;
  complain(context, new Error(error));
  return { state: "waiting", error: trouble, notBeforeMs: context.clock.now() + pause };
}

const STOPPED = "was interrupted";

function stopped(signal: AbortSignal, over: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const end = (): void => {
      if (isStopped(signal)) resolve(STOPPED);
    };
    signal.addEventListener("abort", end, { signal: over });
  });
}

/** The newest of them, and how many came before it. */
function summed(due: Due, secrets: readonly string[]): Message {
  const [first, last] = [due[0], due.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a message is about something");
  const { id, kind, connection, atMs } = last;
  const facts = last.facts as unknown as Facts;
  const more = due.length === 1 ? {} : { more: { count: due.length - 1, sinceMs: first.atMs } };
  return messageOf({ id, kind, connection, atMs, facts, ...more }, secrets);
}

/** Tells one receiver. Completes `it failed: …`; undefined where it was told. */
export async function deliver(context: Told, rule: NotificationRule, message: Message): Promise<Trouble> {
  const { env, home, version } = context;
  const { webhook, command = [] } = rule;
  if (webhook === undefined) {
    const input = `${JSON.stringify(message)}\n`;
    // Not where the operator happens to be: a relative path must not find a program of a repository.
    const trouble = await runRuleCommand({ command, cwd: home, env, input, limitMs: COMMAND_MS });
    return trouble === undefined ? undefined : `the command ${trouble}`;
  }
  try {
    const proxy = (address: string) => proxyFor(address, undefined, env);
    await postJson(webhook, chatBody(message), { proxy, version, trace: tracer(context) });
    return undefined;
  } catch (thrown) {
    return asFault(thrown).message.replace(/\.$/, "");
  }
}
