// Sends what waits: to each service one after the other, and never twice where the provider would take it twice.
import { asFault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import type { Point, Provider } from "../../services/provider.ts";
import { findProvider } from "../../services/registry.ts";
import { actionFor } from "../../services/send.ts";
import type { Occurrence, Opened, Outcome } from "../../services/service.ts";
import {
  claimDelivery,
  type Delivery,
  type DeliveryEnd,
  isAnyWaiting,
  postponeDeliveries,
  pruneOccurrences,
  SPEAKING_TRIES,
  settleDelivery,
} from "../../store/occurrences.ts";
import { listServices, type ServiceRecord } from "../../store/services.ts";
import type { Context } from "../context.ts";
import { opened, type Values, valuesFor } from "./connected.ts";
import { unpacked } from "./queue.ts";

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** With the pauses between them these are three days; then it is a dead letter. */
const TRIES = 16;
const KEEP_MS = 30 * 24 * 3_600_000;

export interface Delivered {
  readonly sent: number;
  /** Is tried again by itself. */
  readonly later: number;
  /** Waits for a person: it may have arrived. */
  readonly parked: number;
  readonly dead: number;
}

/** Sends what is due, services side by side. `until`: nothing is begun afterwards, in ms since 1970. Never throws. */
export async function deliverDue(context: Context, until = Number.POSITIVE_INFINITY): Promise<Delivered> {
  const ends: DeliveryEnd["state"][] = [];
  try {
    const store = context.store();
    if (isAnyWaiting(store)) {
      await Promise.all(listServices(store).map((service) => deliverTo(context, service, until, ends)));
    }
    pruneOccurrences(store, context.clock.now() - KEEP_MS);
  } catch (thrown) {
    context.ui.note(printable(`services: ${asFault(thrown).message}`));
  }
  const count = (state: DeliveryEnd["state"]) => ends.filter((end) => end === state).length;
  return { sent: count("sent"), later: count("waiting"), parked: count("parked"), dead: count("dead") };
}

async function deliverTo(
  context: Context,
  record: ServiceRecord,
  until: number,
  ends: DeliveryEnd["state"][],
): Promise<void> {
  const { clock, signal } = context;
  const store = context.store();
  let line: Line | undefined;
  let doubted = false;
  try {
    for (;;) {
      if (signal.aborted || clock.now() >= until) return;
      const delivery = claimDelivery(store, clock, record.name);
      if (delivery === undefined) return;
      const end = await endOf(context, delivery, async () => {
        line ??= await lineTo(context, record);
        return line;
      });
      settleDelivery(store, clock, delivery, end);
      ends.push(end.state);
      tell(context, delivery, end);
      if (end.state !== "waiting") {
        doubted = false;
        continue;
      }
      // It may be this one that is not taken, and not the service that is away: the next one tells.
      if (!doubted && delivery.attempts >= SPEAKING_TRIES) {
        doubted = true;
        continue;
      }
      // Who does not take one is not asked again at once.
      postponeDeliveries(store, record.name, end.notBeforeMs);
      return;
    }
  } finally {
    await line?.service.close();
  }
}

interface Line {
  readonly provider: Provider;
  readonly values: Values;
  readonly service: Opened;
}

async function lineTo(context: Context, record: ServiceRecord): Promise<Line> {
  const provider = await findProvider(record.provider);
  const values = await valuesFor(context, provider, record);
  return { provider, values, service: await opened(context, record, provider, values) };
}

async function endOf(context: Context, delivery: Delivery, open: () => Promise<Line>): Promise<DeliveryEnd> {
  const { occurrence: id, point, atMs, tried } = delivery;
  let line: Line;
  let fields: Occurrence["fields"] | undefined;
  try {
    fields = await unpacked(context, id);
    if (fields === undefined) return { state: "dead", detail: "its text is gone" };
    line = await open();
  } catch (thrown) {
    // Nothing has left: what was known of earlier tries still is.
    return settled(context, delivery, { state: "retry", why: asFault(thrown).message }, tried);
  }
  const { provider, values, service } = line;
  const isKnown = actionFor(provider, point, values)?.idempotency.kind !== "none";
  try {
    const outcome = await service.send({ id, point: point as Point, atMs, fields, tried });
    // Where nothing tells one from another, a try that may be repeated has done nothing.
    return settled(context, delivery, outcome, isKnown);
  } catch (thrown) {
    const why = asFault(thrown).message;
    if (isKnown) return settled(context, delivery, { state: "retry", why }, true);
    return { state: "parked", detail: `it may have arrived: ${why}` };
  }
}

function settled(context: Context, delivery: Delivery, outcome: Outcome, tried: boolean): DeliveryEnd {
  switch (outcome.state) {
    case "sent":
      return { state: "sent", detail: outcome.detail };
    case "parked":
      return { state: "parked", detail: outcome.why };
    case "refused":
      return { state: "dead", detail: outcome.why };
    case "retry": {
      const now = context.clock.now();
      if (delivery.attempts + 1 >= TRIES) return { state: "dead", detail: `given up: ${outcome.why}` };
      const pause = Math.min(FIRST_PAUSE_MS * 4 ** delivery.attempts, LONGEST_PAUSE_MS);
      const notBeforeMs = now + Math.max(pause, outcome.waitMs ?? 0);
      return { state: "waiting", detail: outcome.why, notBeforeMs, tried };
    }
  }
}

function tell({ ui }: Context, { seq, point, service }: Delivery, end: DeliveryEnd): void {
  const { state, detail } = end;
  ui.record({ type: "delivery", delivery: seq, service, point, state, detail: detail ?? null });
  if (state === "sent") return;
  const words = {
    waiting: "is tried again later",
    parked: "is parked: it may have arrived",
    dead: "is given up",
  };
  ui.note(printable(`services: ${point} for ${service} ${words[state]}: ${detail ?? ""}`));
}
