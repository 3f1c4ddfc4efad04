import { environmentNames, readEnvironmentConnection, variableFor } from "../auth/environment.ts";
import { memoryKeep, vaultKeep } from "../auth/token-keep.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { redactUrl } from "../lib/redact.ts";
import { nearestName } from "../lib/suggest.ts";
import { tableLines } from "../report/table.ts";
import { type ConnectionRecord, listConnections } from "../store/connections.ts";
import { type Connected, type LeftAlone, leftAlone, tellLeftAlone } from "./circuits.ts";
import { testConnections } from "./connection-test.ts";
import { describeConnection } from "./connection-view.ts";
import {
  refreshConnection,
  removeConnection,
  renameConnection,
  revokeConnection,
  setUrl,
} from "./connections-change.ts";
import { exportConnection } from "./connections-export.ts";
import { forget } from "./connections-forget.ts";
import { describeTokens } from "./connections-tokens.ts";
import type { Args, Command, Context } from "./context.ts";
import { nameOf } from "./flags.ts";
import { findConnection, storedRecord } from "./target.ts";

/** The first positional is the action; without one the connections are listed. */
export const connections: Command = async (context, args) => {
  const [action = "list", ...positionals] = args.positionals;
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run !== undefined) return run(context, { ...args, positionals });
  const near = nearestName(action, Object.keys(ACTIONS));
  throw new Fault("usage", `There is no action ${JSON.stringify(action)} for connections.`, {
    code: "unknown-action",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${Object.keys(ACTIONS).join(", ")}.`,
  });
};

const ACTIONS: Readonly<Record<string, Command>> = {
  list,
  show,
  test: testConnections,
  rename: renameConnection,
  "set-url": setUrl,
  export: exportConnection,
  refresh: refreshConnection,
  revoke: revokeConnection,
  remove: removeConnection,
  forget,
};

interface Row {
  readonly name: string;
  readonly platform: string;
  readonly url: string;
  readonly account: string;
  readonly checked: string;
  readonly from: "stored" | "environment";
}

async function list(context: Context): Promise<ExitCode> {
  const { ui } = context;
  const given = environmentNames(context.env);
  const stored = listConnections(context.store());
  const rows: Row[] = [
    ...stored.filter((record) => !given.includes(record.name)).map(rowOf),
    ...given.flatMap((name) => environmentRow(context, name)),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const row of rows) {
    ui.record({ type: "connection", target: row.name, ...row, ...circuitIn(context, row) });
  }
  if (rows.length === 0) ui.note("There is no connection yet. Make one: ainstein-cms connect");
  else {
    const cells = rows.map((row) => [row.name, row.platform, row.url, row.account, row.checked, row.from]);
    for (const line of tableLines(["NAME", "PLATFORM", "ADDRESS", "ACCOUNT", "CHECKED", "FROM"], cells, ui)) {
      ui.out(line);
    }
  }
  for (const row of rows) tellLeftAlone(context, row);
  return EXIT.done;
}

/** The open circuit of a connection, for its record. */
function circuitIn(context: Context, of: Connected): { readonly circuit?: LeftAlone } {
  const circuit = leftAlone(context, of);
  return circuit === undefined ? {} : { circuit };
}

function rowOf(record: ConnectionRecord): Row {
  const { name, platform, url, account, checkedAt } = record;
  return { name, platform, url, account, checked: checkedAt.slice(0, 10), from: "stored" };
}

/** One that cannot be read is told about and left out: the others are still worth seeing. */
function environmentRow(context: Context, name: string): Row[] {
  try {
    const given = readEnvironmentConnection(context.env, name, context.cwd);
    if (given === undefined) return [];
    const { platform, url, username = "" } = given;
    return [{ name, platform, url: redactUrl(url), account: username, checked: "", from: "environment" }];
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    context.emit({ type: "notice", target: name, level: "warning", message: thrown.message });
    return [];
  }
}

async function show(context: Context, args: Args): Promise<ExitCode> {
  const name = nameOf(args, "show");
  const isGiven = environmentNames(context.env).includes(name);
  const record = isGiven ? (await findConnection(context, name)).record : storedRecord(context, name);
  const keep = isGiven ? memoryKeep() : vaultKeep(name, context.vault(), context.store(), context.clock);
  const from = isGiven ? `environment (${variableFor(name)})` : "stored";
  const tokens = await describeTokens(record, keep);
  const told = { ...describeConnection(record), ...tokens, from, ...circuitIn(context, record) };
  const view = isGiven ? Object.fromEntries(Object.entries(told).filter(([key]) => !PAST.has(key))) : told;
  context.ui.record({ type: "connection", target: name, ...view });
  const lines = Object.entries(view).map(([key, value]) => [key, shown(value)]);
  for (const line of tableLines(["FIELD", "VALUE"], lines, context.ui)) context.ui.out(line);
  tellLeftAlone(context, record);
  return EXIT.done;
}

/** What nobody knows of a connection that nothing is stored of. */
const PAST = new Set(["site", "siteTitle", "account", "createdAt", "checkedAt", "signedIn"]);

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}
