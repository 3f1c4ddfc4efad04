// `services send`, `services events` and `services replay`.
import { randomUUID } from "node:crypto";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { nearestName } from "../../lib/suggest.ts";
import { tableLines } from "../../report/table.ts";
import { POINTS, type Point } from "../../services/provider.ts";
import { findProvider } from "../../services/registry.ts";
import { idleWords } from "../../services/send.ts";
import type { Occurrence } from "../../services/service.ts";
import {
  DELIVERY_STATES,
  type Delivery,
  type DeliveryState,
  getDelivery,
  listDeliveries,
  pausedUntil,
  replayDelivery,
} from "../../store/occurrences.ts";
import { listServiceEvents } from "../../store/service-events.ts";
import { findService, type ServiceRecord } from "../../store/services.ts";
import type { Args, Context } from "../context.ts";
import { countFlag, listFlag, switchFlag, textFlag } from "../flags.ts";
import { valuesFor } from "./connected.ts";
import { type Delivered, deliverDue } from "./deliver.ts";
import { enqueueFor } from "./queue.ts";

const LISTED = 50;
const TOLD_HEAD = ["EVENT", "CAME", "SERVICE", "WHAT", "TIMES"] as const;
const HEAD = ["DELIVERY", "WHEN", "WHAT", "SERVICE", "STATE", "TRIES", "DETAIL"] as const;

/** One occurrence, made by hand, to one service, now. */
export async function send(context: Context, args: Args): Promise<ExitCode> {
  const { ui, clock } = context;
  const [name, point] = args.positionals;
  if (name === undefined || point === undefined) {
    throw new Fault("usage", "Send what to which service?", {
      code: "services.no-name",
      hint: "ainstein-cms services send <service> <point> --field email=ada@example.com",
    });
  }
  const record = findService(context.store(), name);
  const known = pointOf(point);
  await refuseIdle(context, record, known);
  const agreed =
    switchFlag(args, "yes") ||
    (await ui.confirm(`Send ${known} to ${name} (${record.provider}) now?`, "--yes"));
  if (!agreed) return EXIT.usage;
  const happening = {
    id: randomUUID(),
    point: known,
    atMs: clock.now(),
    fields: fieldsOf(args),
    source: "hand",
  };
  await enqueueFor(context, happening, [{ name, notBeforeMs: 0 }]);
  const exit = sumUp(context, await deliverDue(context));
  const until = pausedUntil(context.store(), name);
  if (until <= clock.now()) return exit;
  ui.note(`${name} did not take what it was sent: it is tried again at ${new Date(until).toISOString()}`);
  return EXIT.failed;
}

/** Nothing is queued that could only become a dead letter. */
async function refuseIdle(context: Context, record: ServiceRecord, point: Point): Promise<void> {
  const provider = await findProvider(record.provider);
  const why = idleWords(provider, point, await valuesFor(context, provider, record));
  if (why === undefined) return;
  const points = [...new Set(provider.actions.flatMap((action) => action.points))];
  throw new Fault("usage", `${why}.`, {
    code: "services.idle",
    hint: points.length === 0 ? "It is sent nothing." : `It is sent: ${points.join(", ")}.`,
  });
}

function pointOf(text: string): Point {
  const point = POINTS.find((one) => one === text);
  if (point !== undefined) return point;
  const near = nearestName(text, POINTS);
  throw new Fault("usage", `There is no point ${JSON.stringify(text)}.`, {
    code: "services.unknown-point",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${POINTS.join(", ")}.`,
  });
}

function fieldsOf(args: Args): Occurrence["fields"] {
  return Object.fromEntries(
    listFlag(args, "field").map((text): [string, string | number] => {
      const at = text.indexOf("=");
      if (at <= 0) throw new Fault("usage", `--field ${text}: write it as name=value.`, { code: "bad-flag" });
      const [name, value] = [text.slice(0, at), text.slice(at + 1)];
      return [
        name,
        /^(?:amount_cents|failed)$/.test(name) && /^\d{1,12}$/.test(value) ? Number(value) : value,
      ];
    }),
  );
}

function sumUp({ ui }: Context, { sent, later, parked, dead }: Delivered): ExitCode {
  const parts = [
    ...(sent > 0 ? [`${sent} sent`] : []),
    ...(later > 0 ? [`${later} tried again later`] : []),
    ...(parked > 0 ? [`${parked} parked`] : []),
    ...(dead > 0 ? [`${dead} given up`] : []),
  ];
  ui.record({ type: "deliveries", sent, later, parked, dead });
  ui.out(parts.length === 0 ? "Nothing waits to be sent now" : parts.join(", "));
  return later + parked + dead === 0 ? EXIT.done : EXIT.failed;
}

/** What waits, what is parked, dead or sent. No personal data. */
export async function events(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const limit = countFlag(args, "limit") ?? LISTED;
  if (switchFlag(args, "in")) return told(context, args, limit);
  const deliveries = listDeliveries(context.store(), stateOf(args), limit);
  for (const one of deliveries) ui.record({ type: "delivery", ...viewOf(one) });
  if (deliveries.length === 0) ui.note("Nothing was queued for a service yet.");
  else for (const line of tableLines(HEAD, deliveries.map(rowOf), ui)) ui.out(line);
  return EXIT.done;
}

/** What providers told by their webhooks. */
function told({ ui, store }: Context, args: Args, limit: number): ExitCode {
  if (textFlag(args, "state") !== undefined) {
    throw new Fault("usage", "--state is about what is sent; what came in has none.", { code: "bad-flag" });
  }
  const events = listServiceEvents(store(), limit);
  for (const { seq, service, topic, key, at, receivedAt, deliveries } of events) {
    const happened = at === undefined ? null : new Date(at).toISOString();
    ui.record({
      type: "service-event",
      event: seq,
      service,
      topic,
      key,
      at: happened,
      receivedAt,
      deliveries,
    });
  }
  if (events.length === 0) ui.note("No provider told anything yet.");
  const rows = events.map(({ seq, receivedAt, service, topic, deliveries }) =>
    [`${seq}`, receivedAt.slice(0, 16).replace("T", " "), service, topic, `${deliveries}`].map(printable),
  );
  if (rows.length > 0) for (const line of tableLines(TOLD_HEAD, rows, ui)) ui.out(line);
  return EXIT.done;
}

function stateOf(args: Args): DeliveryState | undefined {
  const text = textFlag(args, "state");
  const state = DELIVERY_STATES.find((one) => one === text);
  if (text === undefined || state !== undefined) return state;
  throw new Fault("usage", `--state ${text}: there are ${DELIVERY_STATES.join(", ")}.`, { code: "bad-flag" });
}

function viewOf({ seq, occurrence, point, source, atMs, service, state, attempts, detail }: Delivery) {
  const at = new Date(atMs).toISOString();
  return { delivery: seq, occurrence, point, source, at, service, state, attempts, detail: detail ?? null };
}

function rowOf({ seq, atMs, point, service, state, attempts, detail }: Delivery): readonly string[] {
  const when = new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
  return [`${seq}`, when, point, service, state, `${attempts}`, detail ?? ""].map(printable);
}

/** Named ones, parked or dead; or all dead letters. */
export async function replay(context: Context, args: Args): Promise<ExitCode> {
  const store = context.store();
  const all = switchFlag(args, "allDead");
  if (all === args.positionals.length > 0) {
    throw new Fault("usage", "Replay which: name deliveries, or say --all-dead.", {
      code: "services.no-delivery",
      hint: "ainstein-cms services events --state dead",
    });
  }
  const wanted = all
    ? listDeliveries(store, "dead", -1)
    : args.positionals.map((text) => named(context, text));
  if (wanted.length === 0) context.ui.note("Nothing was given up: there is nothing to send again");
  for (const delivery of wanted) {
    if (replayDelivery(store, delivery)) continue;
    context.ui.note(`${delivery.seq}: its text is gone, it cannot be sent again`);
  }
  return sumUp(context, await deliverDue(context));
}

function named(context: Context, text: string): Delivery {
  const found = /^\d{1,15}$/.test(text) ? getDelivery(context.store(), Number(text)) : undefined;
  if (found !== undefined && (found.state === "parked" || found.state === "dead")) return found;
  const why = found === undefined ? "there is no such delivery" : `it is ${found.state}`;
  throw new Fault("usage", `${text} cannot be replayed: ${why}.`, {
    code: "services.not-replayable",
    hint: "ainstein-cms services events --state parked; ainstein-cms services events --state dead",
  });
}
