// Whether a connection's site can be reached: what is looked at before anybody signs in.
import {
  addressesOf,
  certificateFault,
  knock,
  openTunnel,
  proxyFault,
  type Shown,
  shakeHands,
} from "../../http/handshake.ts";
import type { Probed } from "../../http/probe.ts";
import { parseRetryAfter } from "../../http/retry.ts";
import { asFault, Fault } from "../../lib/fault.ts";
import { redactUrl } from "../../lib/redact.ts";
import type { Finding } from "../../report/findings.ts";
import { leftAlone } from "../circuits.ts";
import { fullSettings } from "../connection.ts";
import { broken, type Check, note, trouble, well } from "./checks.ts";
import { standsInFront } from "./in-front.ts";
import { claims, locks } from "./leftovers.ts";
import type { Patient } from "./patient.ts";

const CONNECT_MS = 10_000;
const SOON_MS = 14 * 86_400_000;

export const REACH_CHECKS: readonly Check<Patient>[] = [
  { id: "connection", look: asGiven },
  { id: "keychain", after: ["connection"], look: secrets },
  { id: "locks", after: ["connection", "keychain"], look: unlessWell(locks) },
  { id: "queue", after: ["connection", "keychain"], look: unlessWell(claims) },
  { id: "pause", after: ["connection"], look: pause },
  { id: "name", after: ["connection"], look: name },
  { id: "certificate", after: ["name"], look: certificate },
  { id: "answer", after: ["certificate", "keychain"], look: answer },
  { id: "clock", after: ["answer"], look: clock },
];

/** On the way to a site nobody misses the news that this machine is in order. */
function unlessWell(look: (patient: Patient) => readonly Finding[]): Check<Patient>["look"] {
  return (patient) => look(patient).filter(({ state }) => state !== "ok");
}

/** All that can be wrong with it without asking anybody. */
function asGiven({ name, platform, settings, fromEnvironment, caPem }: Patient): readonly Finding[] {
  fullSettings(platform.manifest, settings);
  caPem();
  const from = fromEnvironment ? "from the environment" : "stored";
  return [well("connection", `${name} is a connection to ${platform.manifest.title}, ${from}`)];
}

async function secrets({ name, fromEnvironment, known }: Patient): Promise<readonly Finding[]> {
  if (fromEnvironment) return [];
  await known();
  return [well("keychain", `the secrets of ${name} can be read`)];
}

/** It is asked all the same, and an answer ends the pause. */
function pause({ context, name, address }: Patient): readonly Finding[] {
  const circuit = leftAlone(context, { name, url: address });
  if (circuit === undefined) return [];
  return [
    trouble("pause", "warning", {
      code: "circuit-open",
      seen: `It is left alone since ${circuit.since}, and tried again at ${circuit.until}: ${circuit.message}`,
      means: "It is asked now all the same; an answer ends the pause.",
      cure: "Once it answers: ainstein-cms runs resume goes on with what waited.",
    }),
  ];
}

async function name({ url, proxy }: Patient): Promise<readonly Finding[]> {
  const site = await url();
  if (site === undefined) return [];
  const through = proxy(site);
  const { host, found } = await lookUp(through === undefined ? site : new URL(through));
  const first = found.slice(0, 3).join(", ");
  if (through === undefined) return [well("name", host === first ? host : `${host} is ${first}`)];
  return [note("name", `${site.host} is reached through the proxy ${redactUrl(through)} (${first})`)];
}

async function lookUp(url: URL): Promise<{ readonly host: string; readonly found: readonly string[] }> {
  return { host: url.hostname.replace(/^\[|\]$/g, ""), found: await addressesOf(url) };
}

async function certificate(patient: Patient): Promise<readonly Finding[]> {
  const site = await patient.url();
  if (site === undefined) return [];
  const through = patient.proxy(site);
  const proxy = through === undefined ? undefined : new URL(through);
  if (proxy !== undefined) {
    const gone = await absent(proxy);
    if (gone !== undefined) return [gone];
  }
  if (site.protocol === "http:") {
    if (proxy === undefined) await knock(site, CONNECT_MS);
    return [note("certificate", `${site.host} is asked over http: nothing that is sent is encrypted`)];
  }
  const tunnel = proxy === undefined ? undefined : await openTunnel(proxy, site, CONNECT_MS);
  const shaken = await shakeHands(site, patient.caPem(), CONNECT_MS, tunnel);
  const now = patient.context.clock.now();
  const fault = certificateFault(shaken, site, now);
  if (fault !== undefined) throw fault;
  return [lastingFinding(shaken.certificate, site.host, now)];
}

async function absent(proxy: URL): Promise<Finding | undefined> {
  try {
    await knock(proxy, CONNECT_MS);
    return undefined;
  } catch (thrown) {
    const { message, code } = asFault(thrown);
    const cure =
      "Correct the proxy: `ainstein-cms connections show` names the connection's own, else it is HTTPS_PROXY or HTTP_PROXY. NO_PROXY names hosts that need none.";
    const fault = new Fault("unavailable", message, { code, hint: cure });
    return broken("certificate", fault, "It is the proxy that all requests of this connection go through.");
  }
}

/** Of a certificate that is taken. `now` in ms since 1970. */
export function lastingFinding({ until, issuer }: Shown, host: string, now: number): Finding {
  const day = new Date(until).toISOString().slice(0, 10);
  if (until - now > SOON_MS) return well("certificate", `issued by ${issuer}, holds until ${day}`);
  return trouble("certificate", "warning", {
    code: "certificate-expiring",
    seen: `The certificate of ${host} holds until ${day} only.`,
    means: "From then on nothing can be asked of the site.",
    cure: "Have it renewed where the site is hosted.",
  });
}

/** One request without credentials. What it shows may be a page of the platform's: only what stands in front is told. */
async function answer({ context, url, proxy, seen, account }: Patient): Promise<readonly Finding[]> {
  const site = await url();
  if (site === undefined) return [];
  const shown = await seen();
  const { status, headers, page } = shown;
  const through = proxy(site);
  if (status === 407 && through !== undefined) throw proxyFault(new URL(through), site.host, status);
  const now = context.clock.now();
  const guard = page?.challenge === undefined ? standsInFront(shown, now) : undefined;
  if (page?.challenge !== undefined || (guard !== undefined && status < 500)) {
    const letIn = await account().then(
      () => true,
      () => false,
    );
    if (letIn)
      return [note("answer", `visitors of ${site.host} meet a guard; whoever signs in is let through`)];
  }
  if (guard !== undefined) throw guard;
  if (page?.challenge !== undefined || (status >= 500 && page !== undefined)) shown.json();
  if (status === 429) throw tooFast(shown, now);
  const words = `${site.host} answers (${status})`;
  // Some platforms answer nothing sensible at the root of their interface: signing in tells.
  if (status >= 500) return [note("answer", `${words} to a visitor`)];
  const server = headers.server === undefined ? "" : `, by ${headers.server}`;
  const elsewhere = shown.url.origin === site.origin ? "" : `; visitors are sent on to ${shown.url.origin}`;
  return [well("answer", `${words}${server}${elsewhere}`)];
}

function tooFast({ url, headers }: Probed, now: number): Fault {
  const askedMs = parseRetryAfter(headers["retry-after"], now);
  const until = askedMs === undefined ? "" : `, and none for ${Math.ceil(askedMs / 1000)} s`;
  return new Fault("rate-limited", `${url.host} wants fewer requests${until} (429).`, {
    httpStatus: 429,
    hint: "Wait that long. If nothing of yours asked it, other programs share this machine's address, or a firewall counts wrongly.",
  });
}

const WORTH_TELLING_MS = 60_000;
const MOST_SKEW_MS = 5 * 60_000;

async function clock({ context, url, seen }: Patient): Promise<readonly Finding[]> {
  if ((await url()) === undefined) return [];
  const { headers } = await seen();
  const ageMs = Number(headers.age ?? 0) * 1000;
  const skewMs = Date.parse(headers.date ?? "") + (Number.isFinite(ageMs) ? ageMs : 0) - context.clock.now();
  if (Number.isNaN(skewMs)) return [note("clock", "the site does not say what time it is there")];
  return [skewFinding(skewMs)];
}

/** `skewMs`: the site's time minus ours. */
export function skewFinding(skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds * 1000 < WORTH_TELLING_MS)
    return well("clock", `the site's and this machine's differ by ${seconds} s`);
  return trouble("clock", seconds * 1000 < MOST_SKEW_MS ? "warning" : "broken", {
    code: "clock-skew",
    seen: `The site's clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} this machine's.`,
    means: "Publishing dates are compared with them, and signed tokens hold for minutes only.",
    cure: "Set both by NTP. `ainstein-cms doctor` without a name says whether this machine's is the wrong one, as far as it can know.",
  });
}
