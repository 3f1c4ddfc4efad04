// `webhooks serve`: a receiver, what is done about what it takes, and a sweep now and then.
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { asFault, Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { createTurns } from "../../lib/turns.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../../report/metrics.ts";
import { connectionsDue, pruneEvents } from "../../store/events.ts";
import { pruneServiceEvents } from "../../store/service-events.ts";
import type { Args, Context } from "../context.ts";
import { countFlag, portFlag, textFlag } from "../flags.ts";
import { HOME_CONFIG, type HomeConfig, loadHomeConfig, type WebhookRule } from "../home-config.ts";
import { collectMetrics } from "../metrics.ts";
import { keepTelling } from "../notifications/serving.ts";
import { createEventTaker, createServiceTaker, serviceSecretsReadable } from "../services/incoming.ts";
import { keepDelivering } from "../services/serving.ts";
import { connectionNames } from "../target.ts";
import { keyedConnection, secretsReadable } from "./keyed.ts";
import { troubleNow } from "./ready.ts";
import { createReceiver, openServer } from "./receiver.ts";
import { sweep } from "./sweep.ts";
import { type Worked, workOn } from "./work.ts";

export const DEFAULT_PORT = 8787;

const LOOPBACK = "127.0.0.1";
/** How often is looked at what is to be done. */
const TICK_MS = 500;
const LEAST_SWEEP_MS = 60_000;
/** A platform repeats a delivery for two days at most; replays after this do what a sweep would. */
const KEEP_MS = 30 * 24 * 3_600_000;
const PRUNE_MS = 3_600_000;

const NOTED: WebhookRule = { do: "note" };

/** Runs until it is interrupted. What is under way then is finished. */
export async function serve(context: Context, args: Args): Promise<ExitCode> {
  const { ui, clock } = context;
  const config = loadHomeConfig(context);
  const host = textFlag(args, "host") ?? LOOPBACK;
  const sweepMs = sweepOf(args);
  // With a vault that does not open, or a connection that is not understood, deliveries would be turned away one by one.
  for (const name of connectionNames(context)) await keyedConnection(context, name);
  const tell = teller(context);
  const receiver = createReceiver({
    store: context.store,
    clock,
    tell,
    keyed: (name) => keyedConnection(context, name),
    others: { events: createEventTaker(context, tell), services: createServiceTaker(context, tell) },
    ready: async () => {
      await secretsReadable(context);
      await serviceSecretsReadable(context);
    },
  });
  const adminPort = portFlag(args, "adminPort");
  const worked: Pulse = { at: clock.now() };
  const admin = adminPort === undefined ? undefined : createAdmin(context, worked);
  try {
    const url = await listen(receiver, host, portFlag(args, "port") ?? DEFAULT_PORT);
    const adminUrl = admin === undefined ? null : await listen(admin, LOOPBACK, adminPort ?? 0);
    ui.record({ type: "webhooks", url, admin: adminUrl });
    ui.out(`Webhooks are taken at ${url}/webhooks/<connection>`);
    ui.out(`Of services at ${url}/services/<name>, events of your own at ${url}/events/<source>`);
    if (adminUrl !== null) ui.out(`For this machine alone: ${adminUrl}/healthz, /readyz and /metrics`);
    if (!isLoopback(host)) warnOpen(context, host);
    if (sweepMs !== undefined) tellUncompared(context, config);
    await Promise.all([
      work(context, config, sweepMs, worked),
      keepTelling(context),
      keepDelivering(context),
    ]);
  } finally {
    await Promise.all([receiver.close(), admin?.close()]);
  }
  return EXIT.done;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function warnOpen({ emit }: Context, host: string): void {
  const message = `${host} can be reached by other machines, and this server speaks no TLS`;
  const hint = "Leave --host out, and put a proxy before it: docs/webhooks.md shows nginx and Caddy.";
  emit({ type: "notice", level: "warning", message, hint });
}

/** A sweep compares roots: without one it would find nothing and say nothing. */
function tellUncompared({ emit, home }: Context, { webhooks }: HomeConfig): void {
  if (Object.values(webhooks).some(({ root }) => root !== undefined)) return;
  const message = "--sweep compares nothing: no connection has a `root` yet";
  const hint = `Give it one under \`webhooks\` in ${join(home, HOME_CONFIG)}; docs/webhooks.md shows how.`;
  emit({ type: "notice", level: "warning", message, hint });
}

function sweepOf(args: Args): number | undefined {
  const given = countFlag(args, "sweep");
  if (given === undefined || given >= LEAST_SWEEP_MS) return given;
  throw new Fault("usage", "--sweep asks sites for everything they have: every minute at most.", {
    code: "bad-flag",
    hint: "--sweep 15m is usual.",
  });
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "";
    throw new Fault("usage", `Nothing can listen on port ${port} of ${host} (${code}).`, {
      code: "port-taken",
      hint: "Choose another one with --port, or end what uses it.",
      cause: thrown,
    });
  }
}

/** When events were last gone through, in ms since 1970. */
interface Pulse {
  at: number;
}

/** For this machine's own monitoring: whether it can do its work, and in which figures. */
function createAdmin(context: Context, worked: Pulse): FastifyInstance {
  const server = openServer();
  server.get("/healthz", async (_, reply) => reply.type("text/plain").send("ok\n"));
  server.get("/readyz", async (_, reply) => {
    const trouble = await troubleNow(context, worked.at);
    if (trouble === undefined) return reply.type("text/plain").send("ready\n");
    return reply.code(503).type("text/plain").send(`not ready: ${trouble}\n`);
  });
  server.get("/metrics", async (_, reply) =>
    reply.type(PROMETHEUS_TYPE).send(prometheusText(await collectMetrics(context))),
  );
  return server;
}

/** Strangers must not fill the log: the same about the same connection is told once a minute. */
function teller({ emit, clock }: Context): (connection: string, what: string) => void {
  const told = new Map<string, number>();
  return (connection, what) => {
    const now = clock.now();
    const known = printable(connection).slice(0, 64);
    const key = `${known} ${what}`;
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    if (told.size > 1_000) told.clear();
    told.set(key, now);
    emit({ type: "notice", level: "warning", message: `${known}: ${what}` });
  };
}

/** Until it is interrupted. Connections side by side, the errands of each one after another, each errand once at a time. */
async function work(
  context: Context,
  config: HomeConfig,
  sweepMs: number | undefined,
  worked: Pulse,
): Promise<void> {
  const { clock, signal } = context;
  const turns = createTurns();
  const errands = new Map<string, Promise<void>>();
  let swept = clock.now();
  let pruned = Number.NEGATIVE_INFINITY;
  const tick = (): void => {
    const now = clock.now();
    for (const connection of connectionsDue(context.store(), clock)) begin(attend, connection);
    if (sweepMs !== undefined && now - swept >= sweepMs) {
      swept = now;
      for (const connection of Object.keys(config.webhooks)) begin(look, connection);
    }
    if (now - pruned >= PRUNE_MS) {
      const before = new Date(now - KEEP_MS).toISOString();
      pruneEvents(context.store(), before);
      pruneServiceEvents(context.store(), before);
      pruned = now;
    }
  };
  const trouble = teller(context);
  while (!signal.aborted) {
    try {
      tick();
      worked.at = clock.now();
    } catch (thrown) {
      // A database that is busy, or a disk that is full, for a moment: deliveries are answered with 503 meanwhile.
      trouble("webhooks", `nothing can be done about events now: ${asFault(thrown).message}`);
    }
    await pause(TICK_MS, signal);
  }
  await Promise.all(errands.values());

  function begin(errand: Errand, connection: string): void {
    const name = `${errand.name} ${connection}`;
    if (errands.has(name)) return;
    const done = turns(connection, () => errand(context, config, connection));
    errands.set(
      name,
      done.finally(() => errands.delete(name)),
    );
  }
}

type Errand = typeof attend;

async function attend(context: Context, config: HomeConfig, connection: string): Promise<void> {
  try {
    const worked = await workOn(context, connection, ruleOf(config, connection));
    const { events, echoes, tests, outcome, detail } = worked;
    if (events.length + echoes + tests === 0) return;
    const told = { events: events.map(({ seq }) => seq), echoes, tests, outcome, detail: detail ?? null };
    context.ui.record({ type: "webhook-work", target: connection, ...told });
    const came = outcome === "nothing" ? [] : [outcome];
    const why = detail === undefined ? "" : `: ${detail}`;
    context.ui.out(printable(`${connection}: ${[countOf(worked), ...came].join(", ")}${why}`));
  } catch (thrown) {
    context.emit({ type: "fault", target: connection, fault: asFault(thrown) });
  }
}

function countOf({ events, echoes, tests }: Worked): string {
  const counts = [
    [events.length, "event", "events"],
    [echoes, "of our own writes", "of our own writes"],
    [tests, "test", "tests"],
  ] as const;
  const some = counts.filter(([count]) => count > 0);
  return some.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(" and ");
}

function ruleOf({ webhooks }: HomeConfig, connection: string): WebhookRule {
  return Object.hasOwn(webhooks, connection) ? (webhooks[connection] ?? NOTED) : NOTED;
}

async function look(context: Context, config: HomeConfig, connection: string): Promise<void> {
  try {
    const { trouble } = await sweep(context, connection, ruleOf(config, connection));
    if (trouble === undefined) return;
    const message = printable(`the sweep could not look at ${connection}: ${trouble}`);
    context.emit({ type: "notice", target: connection, level: "warning", message });
  } catch (thrown) {
    context.emit({ type: "fault", target: connection, fault: asFault(thrown) });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** The rule of a connection as the installation has it now. */
export function ruleFor(context: Context, connection: string): WebhookRule {
  return ruleOf(loadHomeConfig(context), connection);
}
