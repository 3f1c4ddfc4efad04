import {
  type EnvironmentConnection,
  environmentNames,
  readEnvironmentConnection,
} from "../auth/environment.ts";
import type { Secrets } from "../auth/session.ts";
import type { Manifest } from "../connectors/contract.ts";
import { findPlatform } from "../connectors/registry.ts";
import { CONFIG_FILE } from "../content/config.ts";
import type { Root } from "../engine/root.ts";
import type { OpenTarget } from "../engine/site.ts";
import type { Download } from "../http/download.ts";
import type { Http } from "../http/http.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import {
  type ConnectionRecord,
  checkConnectionName,
  getConnection,
  listConnections,
} from "../store/connections.ts";
import { fullAddress, fullSettings, openConnection, openDownload, openProbe } from "./connection.ts";
import type { Context } from "./context.ts";
import { methodGiven, secretsGiven } from "./environment-secrets.ts";
import { storedSecrets } from "./secrets.ts";

/** One connection, ready to be asked. */
export interface Target extends OpenTarget {
  readonly record: ConnectionRecord;
  readonly manifest: Manifest;
  readonly http: Http;
  /** Server time of the last answer minus ours, in ms, once an answer has told it. */
  readonly skewMs: () => number | undefined;
  /** Absent for a platform that lives on this machine. */
  readonly download?: Download;
}

/** A connection as it is kept, with its secrets. */
export interface Known {
  readonly record: ConnectionRecord;
  readonly secrets: Secrets;
  /** It came whole from the environment: nothing about it is stored. */
  readonly fromEnvironment: boolean;
  /** Requests that it took to find the site's interface. */
  readonly asked: number;
}

/**
 * Makes no request to the site, except to find the interface of an environment connection that names only the site.
 * With a root, the settings in its `ainstein.yaml` win over those of the connection.
 */
export async function openTarget(
  context: Context,
  name: string,
  root?: Pick<Root, "config">,
): Promise<Target> {
  const { record, secrets, asked } = await findConnection(context, name);
  const { manifest } = findPlatform(record.platform);
  const settings = { ...record.settings, ...settingsIn(root, name, manifest) };
  const opened = await openConnection(context, manifest, { ...record, settings }, secrets);
  const { platform } = record;
  const { defaultKind } = manifest;
  const download = /^https?:/.test(record.url)
    ? { download: openDownload(context, record, opened.http) }
    : {};
  const requests = () => asked + opened.http.requests();
  return { name, platform, defaultKind, record, manifest, ...download, ...opened, requests };
}

/** What `ainstein.yaml` sets for this target. Throws `usage` with the place for what the platform does not know. */
function settingsIn(
  root: Pick<Root, "config"> | undefined,
  name: string,
  manifest: Manifest,
): Readonly<Record<string, string>> {
  const settings = root?.config.targets?.find((candidate) => candidate.name === name)?.settings ?? {};
  try {
    fullSettings(manifest, settings);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const { kind, message, code, hint } = thrown;
    const place = { file: CONFIG_FILE, field: `targets.${name}.settings` };
    throw new Fault(kind, message, { code, place, ...(hint === undefined ? {} : { hint }) });
  }
  return settings;
}

/** From the environment, else from the store. Throws `usage` with the nearest name and the list. */
export async function findConnection(context: Context, name: string): Promise<Known> {
  checkConnectionName(name);
  const given = readEnvironmentConnection(context.env, name, context.cwd);
  if (given !== undefined) return fromEnvironment(context, name, given);
  const record = storedRecord(context, name);
  return { record, secrets: await storedSecrets(context, record), fromEnvironment: false, asked: 0 };
}

/** Throws `usage` with the nearest name and the list. */
export function storedRecord(context: Context, name: string): ConnectionRecord {
  const record = getConnection(context.store(), name);
  if (record !== undefined) return record;
  const names = connectionNames(context);
  const near = nearestName(name, names);
  const list = names.length === 0 ? "Make one: ainstein-cms connect" : `There are: ${names.join(", ")}.`;
  throw new Fault("usage", `There is no connection ${JSON.stringify(name)}.`, {
    code: "connection.unknown",
    hint: near === undefined ? list : `Did you mean ${near}? ${list}`,
  });
}

/** Of both kinds, sorted, each once. */
export function connectionNames(context: Context): readonly string[] {
  const stored = listConnections(context.store()).map((record) => record.name);
  return [...new Set([...stored, ...environmentNames(context.env)])].sort();
}

async function fromEnvironment(context: Context, name: string, given: EnvironmentConnection): Promise<Known> {
  const { platform, headers, proxy, caFile, username } = given;
  const { manifest, setup } = findPlatform(platform);
  const method = methodGiven(manifest, name, given);
  const now = new Date(context.clock.now()).toISOString();
  let { url } = given;
  let asked = 0;
  if (setup !== undefined) {
    const { settled, discover } = await setup();
    const probe = openProbe(context, { name, proxy, caFile, headers }, () => {
      asked += 1;
    });
    if (!settled(url)) ({ url } = await discover(url, probe));
  }
  return {
    fromEnvironment: true,
    asked,
    secrets: secretsGiven(given),
    record: {
      name,
      platform,
      url: fullAddress(context, url),
      auth: method.id,
      ...(username === undefined ? {} : { username }),
      settings: given.settings ?? {},
      ...(proxy === undefined ? {} : { proxy }),
      ...(caFile === undefined ? {} : { caFile }),
      site: "",
      siteTitle: "",
      account: "",
      createdAt: now,
      checkedAt: now,
    },
  };
}
