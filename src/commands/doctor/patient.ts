// A connection as `doctor` looks at it: each part is got on its first use, and once.
import { readEnvironmentConnection } from "../../auth/environment.ts";
import type { Account } from "../../connectors/contract.ts";
import { findPlatform, type Platform } from "../../connectors/registry.ts";
import type { Probed } from "../../http/probe.ts";
import { proxyFor } from "../../http/proxy.ts";
import { isFault } from "../../lib/fault.ts";
import { once } from "../../lib/once.ts";
import { type Opened, openConnection, openProbe } from "../connection.ts";
import { readCa } from "../route.ts";
import { findConnection, type Known, storedRecord } from "../target.ts";
import type { Machine } from "./subject.ts";

export interface Patient extends Machine {
  readonly name: string;
  readonly fromEnvironment: boolean;
  readonly platform: Platform;
  /** As it was given or stored. */
  readonly address: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Where the site is, as far as that is known without asking; undefined for a platform that lives on this machine. */
  readonly url: () => Promise<URL | undefined>;
  /** The proxy that requests go through; throws `usage` for one that is none. */
  readonly proxy: (url: URL) => string | undefined;
  /** PEM text of certificates that are trusted besides the usual ones; throws `usage` for a file that holds none. */
  readonly caPem: () => string | undefined;
  readonly known: () => Promise<Known>;
  readonly opened: () => Promise<Opened>;
  /** Whom the site takes us for. */
  readonly account: () => Promise<Account>;
  /** The address as a visitor sees it, without credentials. */
  readonly seen: () => Promise<Probed>;
  /** Looks for the platform's interface from the site's front page on. Throws what stands there instead. */
  readonly lookFrom: () => Promise<void>;
}

/** Asks nothing of the site. Throws `usage` for a connection that there is not, or that cannot be read. */
export function openPatient(machine: Machine, name: string): Patient {
  const { context } = machine;
  const given = readEnvironmentConnection(context.env, name, context.cwd);
  const spec = given ?? storedRecord(context, name);
  const { platform: id, url: address, settings = {}, proxy, caFile } = spec;
  const platform = findPlatform(id);
  const known = once(() => findConnection(context, name));
  const opened = once(async () => {
    const { record, secrets } = await known();
    return openConnection(context, platform.manifest, record, secrets, { always: true });
  });
  const url = once(async () => {
    if (platform.setup === undefined) return undefined;
    if (/^https?:/.test(address)) return new URL(address);
    // A name alone is made an address by the platform, which for some has to ask whether it is one of https.
    const found = await known().catch(keepDefect);
    return new URL(found?.record.url ?? `https://${address.trim()}`);
  });
  const probe = once(async () => {
    const headers = given === undefined ? (await known()).secrets.headers : given.headers;
    return openProbe(context, { name, proxy, caFile, headers });
  });
  const here = async (): Promise<URL> => (await url()) ?? new URL(address);
  return {
    ...machine,
    name,
    fromEnvironment: given !== undefined,
    platform,
    address,
    settings,
    url,
    proxy: ({ href }) => proxyFor(href, proxy, context.env),
    caPem: () => readCa(context, caFile),
    known,
    opened,
    account: once(async () => (await opened()).connector.whoami()),
    seen: once(async () => (await probe())((await here()).href)),
    lookFrom: async () => {
      await (await platform.setup?.())?.discover((await here()).origin, await probe());
    },
  };
}

/** Undefined for a fault: of a site that is not found another check says why. */
export function keepDefect(thrown: unknown): undefined {
  if (!isFault(thrown) || thrown.kind === "interrupted" || thrown.kind === "defect") throw thrown;
}
