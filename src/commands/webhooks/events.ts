// What webhooks told: to be looked at, and gone through again.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { tableLines } from "../../report/table.ts";
import { getEvent, listEvents, type WebhookEvent } from "../../store/events.ts";
import type { Args, Context } from "../context.ts";
import { countFlag } from "../flags.ts";
import { noSecret } from "./keyed.ts";
import { connectionOf, knownConnection } from "./manage.ts";
import { DEFAULT_PORT, ruleFor } from "./serve.ts";
import { workOn } from "./work.ts";

const LISTED = 20;
const HEAD = ["event", "connection", "received", "topic", "entry", "times", "state"];

export async function events(context: Context, args: Args): Promise<ExitCode> {
  const [connection] = args.positionals;
  const found = listEvents(context.store(), countFlag(args, "limit") ?? LISTED, connection);
  for (const event of found) context.ui.record(recordOf(event));
  if (found.length === 0) context.ui.note("No webhook has told anything yet.");
  else for (const line of tableLines(HEAD, found.map(rowOf), context.ui)) context.ui.out(line);
  return EXIT.done;
}

function rowOf({ seq, connection, receivedAt, topic, entry, deliveries, state }: WebhookEvent) {
  return [
    ...[String(seq), connection, `${receivedAt.slice(0, 19)}Z`, topic],
    ...[entry ?? "", String(deliveries), state],
  ];
}

function recordOf({ connection, changedMs, notBeforeMs: _, ...event }: WebhookEvent) {
  const changedAt = changedMs === undefined ? null : new Date(changedMs).toISOString();
  return { type: "webhook-event", target: connection, changedAt, ...event };
}

export async function show(context: Context, args: Args): Promise<ExitCode> {
  const event = eventNamed(context, args, "show");
  const { ui } = context;
  ui.record(recordOf(event));
  const { changedAt, detail, ...rest } = { detail: "", ...recordOf(event) };
  const lines: readonly (readonly [string, unknown])[] = [
    ["event", rest.seq],
    ["connection", rest.target],
    ["topic", rest.topic],
    ["entry", rest.entry ?? ""],
    ["changed", changedAt ?? ""],
    ["received", rest.receivedAt],
    ["delivered", rest.deliveries === 1 ? "once" : `${rest.deliveries} times`],
    ["state", detail === "" ? rest.state : `${rest.state}: ${detail}`],
    ["key", rest.key],
  ];
  for (const [name, value] of lines) ui.out(`${name.padEnd(11)} ${printable(String(value))}`);
  return EXIT.done;
}

/** Does what the configuration says about an event, whatever was done about it before. */
export async function replay(context: Context, args: Args): Promise<ExitCode> {
  const event = eventNamed(context, args, "replay");
  const { connection, seq } = event;
  const {
    events: done,
    tests,
    outcome,
    detail,
  } = await workOn(context, connection, ruleFor(context, connection), seq);
  if (done.length === 0 && tests === 0) {
    throw new Fault("locked", `Something else is being done about ${connection} at this moment.`, {
      code: "webhooks.busy",
      hint: "Try again when it is done.",
    });
  }
  context.ui.record({
    type: "webhook-work",
    target: connection,
    events: [seq],
    outcome,
    detail: detail ?? null,
  });
  const what = tests === 0 ? outcome : "a test, which leads to nothing";
  context.ui.out(printable(`event ${seq}: ${what}${detail === undefined ? "" : `: ${detail}`}`));
  return outcome === "failed" || outcome === "later" ? EXIT.failed : EXIT.done;
}

function eventNamed(context: Context, args: Args, action: string): WebhookEvent {
  const [given = ""] = args.positionals;
  const event = /^\d{1,15}$/.test(given) ? getEvent(context.store(), Number(given)) : undefined;
  if (event !== undefined) return event;
  throw new Fault("usage", `There is no event ${JSON.stringify(printable(given))}.`, {
    code: "webhooks.unknown-event",
    hint: `ainstein-cms webhooks events lists their numbers; then: ainstein-cms webhooks ${action} <number>`,
  });
}

const PATIENCE_MS = 10_000;

/** Sends a delivery to the receiver as the platform would sign it. It is kept as a test, and leads to nothing. */
export async function test(context: Context, args: Args): Promise<ExitCode> {
  const name = connectionOf(args, "test");
  const keyed = await knownConnection(context, name);
  const { scheme, secret } = keyed;
  if (secret === undefined) throw noSecret(name, keyed);
  if (scheme.sample === undefined) {
    throw new Fault("unsupported", `Only the platform itself can sign webhooks of ${name}.`, {
      code: "webhooks.no-sample",
      hint: "Its page Webhooks has a button that sends a test.",
    });
  }
  const { url = `http://127.0.0.1:${DEFAULT_PORT}/webhooks/${name}` } = args.flags as {
    readonly url?: string;
  };
  const { headers, body } = scheme.sample(secret, context.clock.now());
  const status = await post(url, headers, body);
  const isTaken = status === 200;
  context.ui.record({ type: "webhook-test", target: name, url, status, taken: isTaken });
  context.ui.out(
    `${url} answered ${status}: ${isTaken ? "taken, and told to be genuine" : (MEANINGS[status] ?? "not taken")}`,
  );
  return isTaken ? EXIT.done : EXIT.failed;
}

const MEANINGS: Readonly<Record<number, string>> = {
  401: "refused; the receiver has another secret, another connection, or a clock that is off",
  404: "nothing takes webhooks there; the path is /webhooks/<connection>",
  429: "too many deliveries; try again in a moment",
  502: "the proxy does not reach the receiver",
  503: "the receiver could not store it; see what it prints",
};

async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch (cause) {
    throw new Fault("unavailable", `${url} cannot be reached.`, {
      code: "webhooks.no-receiver",
      hint: "Start it: ainstein-cms webhooks serve. Elsewhere: --url <address>",
      cause,
    });
  }
}
