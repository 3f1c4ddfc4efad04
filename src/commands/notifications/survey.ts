// What can be found out at any time: runs that were cut off, circuits that are open, sign-ins that end.
import { circuitOf } from "../../http/breaker.ts";
import { CUT_OFF, EXPIRED, type Facts } from "../../report/notification.ts";
import { circuitsKept } from "../../store/circuits.ts";
import { type ConnectionRecord, listConnections } from "../../store/connections.ts";
import { isRunning, thisProcess } from "../../store/processes.ts";
import { isOwned, listQueue } from "../../store/queue.ts";
import { openRuns } from "../../store/runs.ts";
import { oauthOf, signInEnds } from "../connections-tokens.ts";
import { connectCommand } from "../tokens.ts";
import { complain, type Told, tell, tellOver } from "./rules.ts";

const DAY_MS = 24 * 3_600_000;

/** A sign-in that ends is told of once when so many days are left, and once when none is. The most urgent first. */
const STAGES = [0, 3, 14] as const;

/** Older ones are no news, and their notifications may be forgotten. */
const CUT_OFF_MS = 7 * DAY_MS;

/** Nobody has asked the site since then: what was wrong with it is no news. */
const STALE_MS = DAY_MS;

/** Runs whose process is gone, before another command takes care of them. */
export function surveyRuns(context: Told): void {
  const store = context.store();
  const now = context.clock.now();
  const here = thisProcess();
  const since = new Date(now - CUT_OFF_MS).toISOString();
  const begun = openRuns(store, since).filter(
    ({ host, pid }) => host === here.host && !isRunning({ pid, startTime: "" }),
  );
  const taken = listQueue(store).filter(
    (queued) => queued.state === "running" && queued.queuedAt >= since && !isOwned(queued, now),
  );
  const runs = [
    ...begun.map(({ id, command, target }) => ({ id, command, target })),
    ...taken.map(({ run, command, target }) => ({ id: run, command, target })),
  ];
  for (const { id, command, target } of runs) {
    const help = `ainstein-cms runs resume ${id.slice(0, 8)}`;
    const facts: Facts = { help, run: id, command, code: CUT_OFF };
    tell(context, { kind: "run-failed", connection: target, incident: id, facts });
  }
}

/** Connections that are left alone because their sites failed. */
export function surveyCircuits(context: Told): void {
  for (const [connection, kept] of circuitsKept(context.store())) {
    const circuit = circuitOf(kept);
    if (circuit.state === "closed") continue;
    const { cause, since, until } = circuit;
    if (until < context.clock.now() - STALE_MS) continue;
    const facts: Facts = {
      help: `ainstein-cms doctor ${connection}`,
      code: cause.code,
      until: new Date(until).toISOString(),
    };
    const content = { message: cause.message };
    tell(context, { kind: "circuit-open", connection, incident: `${since}`, facts, content });
  }
}

/** Sign-ins that are about to end. `only`: of these connections. Asks nobody for a key. */
export async function surveyTokens(context: Told, only?: ReadonlySet<string>): Promise<void> {
  for (const record of listConnections(context.store())) {
    if (only?.has(record.name) === false || oauthOf(record) === undefined) continue;
    try {
      const ends = await signInEnds(context, record);
      if (ends !== undefined) tellEnd(context, record, ends);
    } catch (thrown) {
      // Of the others it is known all the same.
      complain(context, thrown);
    }
  }
}

function tellEnd(context: Told, { name, platform }: ConnectionRecord, ends: number): void {
  const left = (ends - context.clock.now()) / DAY_MS;
  const stage = STAGES.find((days) => left <= days);
  for (const days of STAGES) if (left > days) tellOver(context, "token-expiring", name, `${days}`);
  if (stage === undefined) return;
  const endsAt = new Date(ends).toISOString();
  const days = Math.max(0, Math.floor(left));
  const facts: Facts = {
    help: connectCommand(platform, name),
    ...(stage === 0 ? { code: EXPIRED, endsAt } : { endsAt, days }),
  };
  tell(context, { kind: "token-expiring", connection: name, incident: `${stage}`, facts });
}
