// A connection's parts put together: what every command that talks to a site starts from.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { environmentNames, variableFor } from "../auth/environment.ts";
import { openSession, type Secrets } from "../auth/session.ts";
import type { AuthMethod, Codec, Connector, Manifest } from "../connectors/contract.ts";
import { createHttp } from "../http/client.ts";
import { createDownload, type Download } from "../http/download.ts";
import type { Http } from "../http/http.ts";
import { createProbe, type Probe } from "../http/probe.ts";
import { proxyFor } from "../http/proxy.ts";
import { createRecording } from "../http/record.ts";
import { createUpload, type Upload } from "../http/upload.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { getConnection } from "../store/connections.ts";
import { DATABASE } from "../store/db.ts";
import { auditing } from "./audit.ts";
import { breaking } from "./circuits.ts";
import type { Context } from "./context.ts";
import { ledgerOf, ofSetting, PACE_SETTINGS, rateOf, readTuning } from "./pacing.ts";
import { type Route, readCa, type Spec, tracer } from "./route.ts";
import { connectCommand, openTokens } from "./tokens.ts";

export interface Opened {
  readonly http: Http;
  readonly connector: Connector;
  readonly codec: Codec;
  /** Those of the connection, the others at their fallback. */
  readonly settings: Readonly<Record<string, string>>;
  /** Server time of the last answer minus ours, in ms, once an answer has told it. */
  readonly skewMs: () => number | undefined;
  /** What its answers so far announced to be gone one day, each once. Untrusted. */
  readonly announced: () => readonly string[];
}

/** Headers by which vendors announce that something will be gone: RFC 9745, RFC 8594, and Shopify's own. */
const ANNOUNCING = ["deprecation", "sunset", "x-shopify-api-deprecated-reason"];

/** What an answer's headers announce, in words. */
export function announcedBy(headers: Readonly<Record<string, string>>): readonly string[] {
  return ANNOUNCING.flatMap((header) => {
    const value = headers[header];
    return value === undefined ? [] : [`the site announces ${header}: ${value}`];
  });
}

/**
 * Throws `usage` for an auth method or setting the platform does not have. With `always` the site is asked even while
 * the connection's circuit is open.
 */
export async function openConnection(
  context: Context,
  manifest: Manifest,
  spec: Spec,
  secrets: Secrets,
  { always = false }: { readonly always?: boolean } = {},
): Promise<Opened> {
  const { clock } = context;
  const settings = fullSettings(manifest, spec.settings);
  const url = fullAddress(context, spec.url);
  const isSite = /^https?:/.test(url);
  const plain = isSite
    ? breaking(context, spec, siteHttp(context, manifest, spec, secrets), always)
    : noHttp(spec.url);
  let skew: number | undefined;
  const announced = new Set<string>();
  const http: Http = {
    requests: plain.requests,
    ...(isSite ? { upload: openUpload(context, spec), download: openDownload(context, spec, plain) } : {}),
    async send(call) {
      const reply = await plain.send(call);
      if (reply.serverTime !== undefined) skew = reply.serverTime - clock.now();
      for (const words of announcedBy(reply.headers)) announced.add(words);
      return reply;
    },
  };
  const { codec, open } = await manifest.load();
  const again = signInAgain(context, manifest, spec);
  return {
    http,
    codec,
    settings,
    connector: open({ url, settings, http, clock, signal: context.signal, again }),
    skewMs: () => skew,
    announced: () => [...announced],
  };
}

/** What is not stored yet has to be told its address again. */
function signInAgain(context: Context, { id }: Manifest, { name, url }: Spec): string {
  if (!environmentNames(context.env).includes(name)) {
    const isStored =
      existsSync(resolve(context.home, DATABASE)) && getConnection(context.store(), name) !== undefined;
    return `connect again: ${connectCommand(id, name, isStored ? undefined : url)}`;
  }
  return `put the new credential into ${variableFor(name)}`;
}

function siteHttp(context: Context, manifest: Manifest, spec: Spec, secrets: Secrets): Http {
  const method = findMethod(manifest, spec.auth);
  const tokens = method.type === "oauth" ? openTokens(context, method, spec, secrets) : undefined;
  const session = openSession(spec.name, method, spec.username, secrets, tokens, context.clock);
  return createHttp({
    baseUrl: spec.url,
    authorize: session.authorize,
    refused: session.refused,
    headers: secrets.headers ?? {},
    proxy: proxyFor(spec.url, spec.proxy, context.env),
    caPem: readCa(context, spec.caFile),
    pace: rateOf(manifest.pace, { ...readTuning(spec.settings, ofSetting), ...context.tuning }),
    tells: manifest.pace.tells ?? {},
    ledger: ledgerOf(context, spec),
    observe: (traffic) => context.emit({ type: "traffic", target: spec.name, traffic }),
    clock: context.clock,
    random: Math.random,
    signal: context.signal,
    trace: tracer(context),
    recorder: auditing(context, spec.name),
    secrets: session.secrets,
    version: context.version,
  });
}

/** A place on this machine is kept as an absolute path; the address of a site as it is, without final slash. */
export function fullAddress(context: Context, address: string): string {
  return /^https?:/.test(address) ? address.replace(/\/+$/, "") : resolve(context.cwd, address);
}

/** For a platform that lives on this machine. */
function noHttp(url: string): Http {
  return {
    requests: () => 0,
    send: () => Promise.reject(new Fault("defect", `${url} is no site that can be asked over the network.`)),
  };
}

/**
 * Looks at addresses as a visitor would, on the same route as the connection, of whose name record is kept. `sends` is
 * called before each request.
 */
export function openProbe(
  context: Context,
  route: Route & { readonly name: string | undefined },
  sends?: () => void,
): Probe {
  const { name, headers = {} } = route;
  return createProbe({
    recording: name === undefined ? undefined : recordingOf(context, name, Object.values(headers)),
    proxy: (address) => proxyFor(address, route.proxy, context.env),
    caPem: readCa(context, route.caFile),
    headers,
    trace: tracer(context),
    version: context.version,
    sends,
  });
}

/** `secrets`: values that must not be recorded. */
function recordingOf(
  context: Context,
  name: string,
  secrets: readonly string[] = [],
): ReturnType<typeof createRecording> {
  return createRecording({
    recorder: auditing(context, name),
    clock: context.clock,
    secrets: () => secrets,
  });
}

/** Fetches files that entries show, on the same route as the connection. */
export function openDownload(
  context: Context,
  spec: Pick<Spec, "name" | "url" | "proxy" | "caFile">,
  http: Http,
): Download {
  return createDownload({
    recording: recordingOf(context, spec.name),
    http,
    origin: new URL(spec.url).origin,
    proxy: (address) => proxyFor(address, spec.proxy, context.env),
    caPem: readCa(context, spec.caFile),
    trace: tracer(context),
    version: context.version,
  });
}

/** Sends files to stores that the site names, on the same route as the connection. */
function openUpload(context: Context, spec: Pick<Spec, "name" | "proxy" | "caFile">): Upload {
  return createUpload({
    recorder: auditing(context, spec.name),
    proxy: (address) => proxyFor(address, spec.proxy, context.env),
    caPem: readCa(context, spec.caFile),
    trace: tracer(context),
    version: context.version,
    clock: context.clock,
  });
}

export function findMethod(manifest: Pick<Manifest, "title" | "auth">, id: string): AuthMethod {
  const found = manifest.auth.find((method) => method.id === id);
  if (found !== undefined) return found;
  throw new Fault(
    "usage",
    `${manifest.title} has no way of signing in called ${JSON.stringify(printable(id))}.`,
    {
      code: "unknown-auth",
      hint: `There is: ${manifest.auth.map((method) => method.id).join(", ")}.`,
    },
  );
}

/** All settings of the platform: the given ones checked, those of every platform too; the others at their fallback. */
export function fullSettings(
  manifest: Manifest,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const known = [...manifest.settings, ...PACE_SETTINGS];
  for (const [name, value] of Object.entries(given)) {
    const setting = known.find((candidate) => candidate.name === name);
    if (setting === undefined) {
      throw new Fault("usage", `${manifest.title} has no setting "${printable(name)}".`, {
        code: "unknown-setting",
        hint: `There is: ${known.map((setting) => setting.name).join(", ")}.`,
      });
    }
    if (setting.values !== undefined && !setting.values.includes(value)) {
      throw new Fault("usage", `The setting ${name} cannot be "${printable(value)}".`, {
        code: "bad-setting",
        hint: `It is one of: ${setting.values.join(", ")}.`,
      });
    }
  }
  readTuning(given, ofSetting);
  return { ...Object.fromEntries(manifest.settings.map(({ name, fallback }) => [name, fallback])), ...given };
}
