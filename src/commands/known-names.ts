// Names of this installation, for a shell that completes them. Asking creates nothing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { environmentNames } from "../auth/environment.ts";
import { findRoot, loadConfig } from "../content/config.ts";
import { redactUrl } from "../lib/redact.ts";
import { listConnections } from "../store/connections.ts";
import { DATABASE, type Store } from "../store/db.ts";
import { listRuns } from "../store/runs.ts";
import type { Context } from "./context.ts";

export interface KnownName {
  readonly name: string;
  /** What it is; "" where that is not known. */
  readonly about: string;
}

/** More than fit on a screen help nobody. */
const RUNS_SHOWN = 30;

/** Connections, those of the environment included, sorted. */
export function knownConnections(context: Context): readonly KnownName[] {
  const stored = storeIfAny(context);
  const found = new Map(environmentNames(context.env).map((name) => [name, "from the environment"]));
  for (const { name, platform, url } of stored === undefined ? [] : listConnections(stored)) {
    if (!found.has(name)) found.set(name, `${platform} ${redactUrl(url)}`);
  }
  return [...found].map(([name, about]) => ({ name, about })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the root at hand may write to: its closed list, if it has one, with `all`; else every connection. */
export async function knownTargets(context: Context): Promise<readonly KnownName[]> {
  const { targets = [] } = await loadConfig(await findRoot(context.cwd));
  if (targets.length === 0) return knownConnections(context);
  const connections = new Map(knownConnections(context).map(({ name, about }) => [name, about]));
  const names = targets.map(({ name }) => ({ name, about: connections.get(name) ?? "not connected here" }));
  return [...names, { name: "all", about: "all targets of ainstein.yaml" }];
}

/** The latest runs, newest first, by the beginnings of their ids. */
export function knownRuns(context: Context): readonly KnownName[] {
  const store = storeIfAny(context);
  const runs = store === undefined ? [] : listRuns(store, RUNS_SHOWN);
  if (runs.length === 0) return [];
  const about = runs.map(({ id, command, target, startedAt }) => ({
    name: id.slice(0, 8),
    about: `${command} ${target} ${startedAt.slice(0, 16).replace("T", " ")}`,
  }));
  return [{ name: "last", about: "the latest run" }, ...about];
}

function storeIfAny(context: Context): Store | undefined {
  return existsSync(join(context.home, DATABASE)) ? context.store() : undefined;
}
