// How the connections of an installation are doing, in figures.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { findPlatform } from "../connectors/registry.ts";
import { circuitOf } from "../http/breaker.ts";
import { createPacer } from "../http/pace.ts";
import { EXIT } from "../lib/exit.ts";
import { type Metric, metricLines, prometheusText, type Sample } from "../report/metrics.ts";
import { INSTALLATION, listChains } from "../store/audit.ts";
import { BOUNDS_MS, type Tally } from "../store/audit-tally.ts";
import { circuitsKept } from "../store/circuits.ts";
import { type ConnectionRecord, listConnections } from "../store/connections.ts";
import { DATABASE, type Store } from "../store/db.ts";
import { countDeliveries } from "../store/occurrences.ts";
import { listQueue } from "../store/queue.ts";
import { type Count, openConflictCounts, runCounts } from "../store/tallies.ts";
import { signInEnds } from "./connections-tokens.ts";
import type { Command, Context } from "./context.ts";
import { ledgerOf, ofSetting, rateOf, readTuning } from "./pacing.ts";

/** `metrics`: asks no site, and nobody for a key that cannot be had. */
export const metrics: Command = async (context) => {
  const { ui } = context;
  const found = await collectMetrics(context);
  for (const line of metricLines(found)) ui.record(line);
  const text = prometheusText(found).trimEnd();
  if (!ui.json && text !== "") ui.out(text);
  return EXIT.done;
};

/** Of an installation that has kept nothing there are none. Counters go on for as long as the installation is there. */
export async function collectMetrics(context: Context): Promise<readonly Metric[]> {
  if (!existsSync(resolve(context.home, DATABASE))) return [];
  const store = context.store();
  const records = listConnections(store);
  const expiries = await Promise.all(records.map((record) => expiryOf(context, record)));
  return [
    ...callMetrics(store),
    gauge(
      "ainstein_cms_quota_used_ratio",
      "Share of what the vendor allows that is in use, 0 to 1.",
      usedOf(context, records),
    ),
    gauge(
      "ainstein_cms_circuit_open",
      "1 where the site is left alone because it failed.",
      circuitsOf(store, records),
    ),
    gauge("ainstein_cms_queue_runs", "Runs that were asked for and have not ended well.", queueOf(store)),
    gauge("ainstein_cms_runs", "Runs on record by how they ended.", runCounts(store).map(asSample)),
    gauge(
      "ainstein_cms_conflicts_open",
      "Conflicts that are not settled.",
      openConflictCounts(store).map(asSample),
    ),
    gauge(
      "ainstein_cms_service_deliveries",
      "What is to be told to services, and was within a month, by state: parked and dead ones wait for a person.",
      countDeliveries(store).map(({ service, state, count }) => ({
        labels: { service, state },
        value: count,
      })),
    ),
    gauge(
      "ainstein_cms_token_expiry_days",
      "Days until a sign-in ends or a token that cannot renew itself does.",
      expiries.flat(),
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "gauge", samples };
}

function asSample({ labels, count }: Count): Sample {
  return { labels, value: count };
}

type OfTally = (tally: Tally) => readonly Sample[];

/** What was sent and answered. */
function callMetrics(store: Store): readonly Metric[] {
  const chains = listChains(store).filter(({ connection }) => connection !== INSTALLATION);
  const metric = (name: string, help: string, type: Metric["type"], of: OfTally): Metric => ({
    ...{ name, help, type },
    samples: chains.flatMap(({ connection, tally }) =>
      of(tally).map((sample) => ({ ...sample, labels: { connection, ...sample.labels } })),
    ),
  });
  return [
    metric(
      "ainstein_cms_requests_total",
      "Requests by what came of them: 2xx to 5xx, or fault where no answer came.",
      "counter",
      (tally) =>
        Object.entries(tally.outcomes)
          .sort()
          .map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    metric(
      "ainstein_cms_requests_again_total",
      "Requests that were sent again: repeated, redirected, or signed anew.",
      "counter",
      (tally) => [{ labels: {}, value: tally.again }],
    ),
    metric("ainstein_cms_request_bytes_total", "Bytes of bodies.", "counter", (tally) => [
      { labels: { direction: "out" }, value: tally.bytesOut },
      { labels: { direction: "in" }, value: tally.bytesIn },
    ]),
    metric(
      "ainstein_cms_request_seconds",
      "Time from sending to the whole answer.",
      "histogram",
      histogramOf,
    ),
  ];
}

function histogramOf({ times, ms }: Tally): readonly Sample[] {
  let count = 0;
  const buckets = times.map((number, index) => {
    count += number;
    const bound = BOUNDS_MS[index];
    const le = bound === undefined ? "+Inf" : String(bound / 1000);
    return { suffix: "_bucket", labels: { le }, value: count };
  });
  return [
    ...buckets,
    { suffix: "_sum", labels: {}, value: ms / 1000 },
    { suffix: "_count", labels: {}, value: count },
  ];
}

/** Of those whose platform or vendor states a limit. */
function usedOf(context: Context, records: readonly ConnectionRecord[]): readonly Sample[] {
  return records.flatMap((record) => {
    const { manifest } = findPlatform(record.platform);
    const rate = rateOf(manifest.pace, readTuning(record.settings, ofSetting));
    const { used } = createPacer(rate, context.clock, { ledger: ledgerOf(context, record) }).standing();
    return used === undefined ? [] : [{ labels: { connection: record.name }, value: used }];
  });
}

/** Those of connections from the environment, too, once they have failed. */
function circuitsOf(store: Store, records: readonly ConnectionRecord[]): readonly Sample[] {
  const kept = circuitsKept(store);
  const names = [...new Set([...records.map(({ name }) => name), ...kept.keys()])].sort();
  return names.map((name) => {
    const { state } = circuitOf(kept.get(name));
    return { labels: { connection: name }, value: state === "open" ? 1 : 0 };
  });
}

function queueOf(store: Store): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const { target, state } of listQueue(store)) {
    const key = JSON.stringify([target, state]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, value]) => {
    const [connection = "", state = ""] = JSON.parse(key) as readonly string[];
    return { labels: { connection, state }, value };
  });
}

const DAY_MS = 24 * 60 * 60 * 1000;

async function expiryOf(context: Context, record: ConnectionRecord): Promise<readonly Sample[]> {
  const ends = await signInEnds(context, record);
  if (ends === undefined) return [];
  return [{ labels: { connection: record.name }, value: (ends - context.clock.now()) / DAY_MS }];
}
