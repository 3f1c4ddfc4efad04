// A made API on trial: installed, started with a database of its own, and asked everything that a stranger might.
import type { ProbeResult } from "../answer.ts";
import { applicationUrl } from "../database/application.ts";
import { connect } from "../database/connection.ts";
import { npmCi } from "../database/npm.ts";
import type { Scratch, ScratchDatabase } from "../database/server.ts";
import type { TaskOf } from "../schema.ts";
import { accessProbes } from "./access.ts";
import { deliveryProbes } from "./delivery.ts";
import { descriptionProbes } from "./described.ts";
import { expectationsOf } from "./expect.ts";
import { fuzzProbes } from "./fuzz.ts";
import { graphqlProbes } from "./graphql.ts";
import { inputProbes } from "./input.ts";
import { limitProbes } from "./limits.ts";
import { outageProbes } from "./outage.ts";
import { inTurn, type Probe, type Seen, seen, tried } from "./probe.ts";
import { configurationProbes, endProbes, healthProbes } from "./running.ts";
import { type Env, freshSettings, runNode, type Service } from "./service.ts";
import { startEventSink, startMailSink } from "./sinks.ts";
import { tableModel, tableProbes } from "./tables.ts";
import { environment, startTrial, type Trial } from "./trial.ts";

/** Probes that belong together, for those who want some of them alone. */
export const GROUPS = [
  "install",
  "configuration",
  "health",
  "input",
  "access",
  "limits",
  "delivery",
  "tables",
  "description",
  "outage",
] as const;
export type Group = (typeof GROUPS)[number];

export interface ProveApi {
  /** Of the made service: where its package.json is. */
  readonly dir: string;
  /** What it is held against. */
  readonly task: TaskOf<"setup_api">;
  readonly scratch: Scratch;
  readonly env: Env;
  readonly signal: AbortSignal;
  /** A line about what is going on. */
  readonly tell: (what: string) => void;
  /** Just these; all where absent. Without `install` what it needs is there already. */
  readonly only?: readonly Group[];
}

/** Every probe with what was expected and seen. What it starts ends with it. Throws only where the signal aborts it. */
export async function proveApi(asked: ProveApi): Promise<readonly ProbeResult[]> {
  const { dir, task, scratch, env, tell } = asked;
  const installed: ProbeResult[] = [];
  const wants = chosen(asked);
  if (wants("install")) {
    tell("installing what the API needs");
    installed.push(await tried(installProbe(asked)));
    if (installed.some(({ result }) => result !== "passed")) return installed;
  }
  const own = await scratch.createDatabase("api_trial");
  const [mail, settings, database] = [await startMailSink(), freshSettings(own.url), await connect(own.url)];
  const events = await startEventSink(settings.eventsSecret);
  let number = 0;
  const trial: Trial = {
    dir,
    wanted: expectationsOf(task),
    settings,
    env,
    mail,
    events,
    database,
    server: serverOf(scratch),
    observed: [],
    next: () => {
      number += 1;
      return number;
    },
  };
  try {
    return [...installed, ...(await withMigrations(trial, asked, own))];
  } finally {
    await Promise.all([mail.close(), events.close(), database.close()]);
  }
}

function serverOf({ stopServer, startServer }: Scratch): Trial["server"] {
  if (stopServer === undefined || startServer === undefined) return undefined;
  return { stop: stopServer, start: startServer };
}

function installProbe({ dir, env, signal }: ProveApi): Probe {
  return {
    name: "npm ci --engine-strict",
    about: "install",
    expected: "exit code 0",
    look: async () => {
      const { code, output } = await npmCi(dir, env, signal);
      return seen(code === 0, `exit code ${code ?? "none"}${code === 0 ? "" : `: ${output}`}`);
    },
  };
}

/** Until its tables are there, everything is the owner's; from then on the service has the rights of an application. */
async function withMigrations(
  trial: Trial,
  asked: ProveApi,
  own: ScratchDatabase,
): Promise<readonly ProbeResult[]> {
  const wants = chosen(asked);
  const { tell } = asked;
  tell("trying wrong settings");
  const refused = wants("configuration") ? await inTurn(configurationProbes(trial), asked.signal) : [];
  const migrated = await tried({
    name: "node migrate.js up",
    about: "install",
    expected: "exit code 0",
    look: () => migrate(trial),
  });
  if (migrated.result !== "passed") return [...refused, migrated];
  const databaseUrl = await applicationUrl(asked.scratch, own);
  const serving: Trial = { ...trial, settings: { ...trial.settings, databaseUrl } };
  tell("starting it");
  const service = await startTrial(serving);
  if (!("url" in service)) return [...refused, migrated, notStarted(service.output)];
  try {
    return [...refused, migrated, ...(await asking(serving, service, asked))];
  } finally {
    service.signal("KILL");
    await service.ended;
  }
}

function chosen({ only, signal }: ProveApi): (group: Group) => boolean {
  return (group) => {
    signal.throwIfAborted();
    return only === undefined || only.includes(group);
  };
}

async function migrate(trial: Trial): Promise<Seen> {
  const { code, output } = await runNode(trial.dir, ["migrate.js", "up"], environment(trial));
  return seen(code === 0, `exit code ${code ?? "none"}: ${output.trim().slice(-200)}`);
}

function notStarted(output: string): ProbeResult {
  const expected = "it says where it listens";
  return {
    name: "node server.js",
    about: "health",
    expected,
    seen: output.trim().slice(-400),
    result: "failed",
  };
}

async function asking(trial: Trial, service: Service, asked: ProveApi): Promise<readonly ProbeResult[]> {
  const wants = chosen(asked);
  const { url: base } = service;
  const model = tableModel(asked.task);
  const results: ProbeResult[] = [];
  type Probes = readonly Probe[] | Promise<readonly Probe[]>;
  const stage = async (group: Group, what: string, probes: () => Probes): Promise<void> => {
    if (!wants(group)) return;
    asked.tell(what);
    results.push(...(await inTurn(await probes(), asked.signal)));
  };
  await stage("health", "health, headers and origins", () => healthProbes(trial, base));
  await stage("input", "right and wrong input", () => inputProbes(trial, base));
  await stage("access", "keys, tokens and passwords", () => accessProbes(trial, base));
  await stage("tables", "rows of tables", () => [
    ...tableProbes(trial, base, model),
    ...graphqlProbes(trial, base, model),
  ]);
  await stage("delivery", "mails, events and webhooks", () => deliveryProbes(trial, base));
  await stage("limits", "more requests than the limit", () => limitProbes(trial));
  await stage("description", "bodies by chance", () => fuzzProbes(trial, base));
  await stage("description", "answers and their description", () => descriptionProbes(trial, base));
  await stage("outage", "the database goes away", () => outageProbes(trial, base));
  await stage("outage", "the end", () => endProbes(trial, service));
  return results;
}
