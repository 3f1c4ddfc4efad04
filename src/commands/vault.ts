import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { chmod, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { vaultKeep } from "../auth/token-keep.ts";
import { type Installation, openFile, type Packed, sealFile } from "../auth/vault-file.ts";
import { MIN_PASSPHRASE } from "../auth/vault-key.ts";
import { findPlatform } from "../connectors/registry.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { findProvider } from "../services/registry.ts";
import { checkConnectionName, getConnection, listConnections, putConnection } from "../store/connections.ts";
import { countDeliveries } from "../store/occurrences.ts";
import { getService, listServices, putService } from "../store/services.ts";
import { isSource, listSources, putSource } from "../store/sources.ts";
import { findMethod } from "./connection.ts";
import type { Args, Command, Context } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { vaultName } from "./services/connected.ts";
import { sourceVault } from "./services/incoming.ts";

/** The first positional is the action. */
export const vault: Command = async (context, args) => {
  const [action, file] = args.positionals;
  if (file !== undefined && action === "export") return exportVault(context, args, file);
  if (file !== undefined && action === "import") return importVault(context, args, file);
  throw new Fault("usage", "What is to be done with the vault, and which file?", {
    code: "missing-argument",
    hint: "ainstein-cms vault export <file>, or ainstein-cms vault import <file>",
  });
};

const MAX_FILE_BYTES = 64 * 1024 * 1024;

async function exportVault(context: Context, args: Args, file: string): Promise<ExitCode> {
  const path = resolve(context.cwd, file);
  if (existsSync(path)) {
    throw new Fault("usage", `${path} exists already, and was left as it is.`, {
      code: "file-exists",
      place: { file: path },
      hint: "Choose another name, or remove that file first.",
    });
  }
  const store = context.store();
  const installation = {
    connections: await packed(context, listConnections(store), (name) => name),
    services: await packed(context, listServices(store), vaultName),
    sources: await packed(context, listSources(store), sourceVault),
  };
  const passphrase = await passphraseOf(context, args, "new");
  await writeWhole(path, await sealFile(passphrase, installation));
  const { connections, ...others } = namesIn(installation);
  context.ui.record({ type: "vault", target: null, exported: connections, ...others, file: path });
  context.ui.out(`Wrote ${path}: ${counted(installation)} with all secrets, sealed under the passphrase.`);
  tellOfRotation(context, installation.connections);
  tellOfQueue(context);
  return EXIT.done;
}

async function packed<Of extends { readonly name: string }>(
  context: Context,
  records: readonly Of[],
  owner: (name: string) => string,
): Promise<readonly Packed<Of>[]> {
  const all: Packed<Of>[] = [];
  for (const record of records) all.push({ record, secrets: await context.vault().all(owner(record.name)) });
  return all;
}

/** Nothing may be sent from two machines. */
function tellOfQueue(context: Context): void {
  const waiting = countDeliveries(context.store()).filter(({ state }) => state === "waiting");
  const count = waiting.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return;
  context.emit({
    type: "notice",
    level: "warning",
    message: `${count === 1 ? "One event waits" : `${count} events wait`} here to be sent to services, and ${count === 1 ? "does" : "do"} not travel.`,
    hint: "They are sent from here by the next command or `webhooks serve`: ainstein-cms services events --state waiting",
  });
}

/** What is renewed here makes the copy of it void, and the other way round. */
function tellOfRotation(context: Context, connections: Installation["connections"]): void {
  const rotating = connections.filter(({ record, secrets }) => {
    if (secrets.tokens === undefined) return false;
    const method = findMethod(findPlatform(record.platform).manifest, record.auth);
    return method.type === "oauth" && method.grant === "code" && method.provider.rotates;
  });
  if (rotating.length === 0) return;
  const names = rotating.map(({ record }) => record.name).join(", ");
  context.emit({
    type: "notice",
    level: "warning",
    message: `The tokens of ${names} change when they are renewed: from now on use them in one place only.`,
    hint: "Whichever installation renews them first keeps them; at the other, sign in anew: ainstein-cms connect",
  });
}

async function importVault(context: Context, args: Args, file: string): Promise<ExitCode> {
  const path = resolve(context.cwd, file);
  const content = await readSmall(path);
  const installation = await openFile(await passphraseOf(context, args, "open"), content, path);
  for (const { record } of installation.connections) {
    checkConnectionName(record.name);
    findMethod(findPlatform(record.platform).manifest, record.auth);
  }
  for (const { record } of installation.services) await findProvider(record.provider);
  if (!switchFlag(args, "replace")) refuseTaken(context, installation, file);
  const { connections, ...others } = namesIn(installation);
  await whileNobodyRenews(context, connections, () => putAll(context, installation));
  context.ui.record({ type: "vault", target: null, imported: connections, ...others, file: path });
  const names = [...connections, ...others.services, ...others.sources];
  context.ui.out(`Read in ${counted(installation)}${names.length === 0 ? "" : `: ${names.join(", ")}`}.`);
  for (const { record } of installation.connections) {
    if (record.caFile === undefined || existsSync(record.caFile)) continue;
    const message = `${record.name} trusts the certificates in ${record.caFile}, which is not on this machine.`;
    context.emit({ type: "notice", target: record.name, level: "warning", message });
  }
  context.ui.note("See whether they work from here: ainstein-cms connections test");
  if (others.services.length > 0) context.ui.note("And the services: ainstein-cms services test <name>");
  return EXIT.done;
}

function putAll(context: Context, { connections, services, sources }: Installation): Promise<void> {
  const store = context.store();
  const secrets = [
    ...connections.map((one) => [one.record.name, one.secrets]),
    ...services.map((one) => [vaultName(one.record.name), one.secrets]),
    ...sources.map((one) => [sourceVault(one.record.name), one.secrets]),
  ];
  return context.vault().replace(Object.fromEntries(secrets), () => {
    for (const { record } of connections) putConnection(store, record);
    for (const { record } of services) putService(store, record);
    for (const { record } of sources) putSource(store, record);
  });
}

/** Whoever renewed tokens meanwhile would save them over those that come in. */
function whileNobodyRenews(
  context: Context,
  names: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const [first, ...others] = names.toSorted();
  if (first === undefined) return work();
  const keep = vaultKeep(first, context.vault(), context.store(), context.clock);
  return keep.alone(() => whileNobodyRenews(context, others, work), context.signal);
}

function refuseTaken(context: Context, installation: Installation, file: string): void {
  const store = context.store();
  const { connections, services, sources } = namesIn(installation);
  const taken = {
    connection: connections.filter((name) => getConnection(store, name)),
    service: services.filter((name) => getService(store, name)),
    source: sources.filter((name) => isSource(store, name)),
  };
  const [first] = Object.entries(taken).filter(([_, names]) => names.length > 0);
  if (first === undefined) return;
  throw new Fault("usage", `There is a ${first[0]} of that name already: ${first[1].join(", ")}.`, {
    code: "connection.name-taken",
    hint: `Nothing was changed. Rename yours, or put those of the file in their place: ainstein-cms vault import ${file} --replace`,
  });
}

/** From standard input, the environment, or a prompt; asked for twice where it is chosen now. */
async function passphraseOf(context: Context, args: Args, purpose: "new" | "open"): Promise<string> {
  const { ui, env } = context;
  const instead = "--passphrase-stdin, or set AINSTEIN_PASSPHRASE";
  const passphrase = switchFlag(args, "passphraseStdin")
    ? ((await ui.stdin()).replace(/^\ufeff/, "").split(/\r?\n/)[0] ?? "")
    : env.AINSTEIN_PASSPHRASE || (await typed(context, purpose, instead));
  if (purpose === "open" || passphrase.length >= MIN_PASSPHRASE) return passphrase;
  throw new Fault(
    "usage",
    `The passphrase needs at least ${MIN_PASSPHRASE} characters. Nothing was written.`,
    {
      code: "short-passphrase",
      hint: "Choose a longer one: several words are easy to remember.",
    },
  );
}

async function typed({ ui }: Context, purpose: "new" | "open", instead: string): Promise<string> {
  if (purpose === "open") return ui.secret("Passphrase of the file", instead);
  const chosen = await ui.secret("Choose a passphrase for the file", instead);
  if ((await ui.secret("The same passphrase again", instead)) === chosen) return chosen;
  throw new Fault("usage", "The two passphrases differ. Nothing was written.", {
    code: "passphrases-differ",
    hint: "Run the command again.",
  });
}

async function readSmall(path: string): Promise<string> {
  try {
    if (statSync(path).size <= MAX_FILE_BYTES) return await readFile(path, "utf8");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Fault("usage", `${path} cannot be read (${code}).`, {
      code: "unreadable",
      place: { file: path },
    });
  }
  throw new Fault("usage", `${path} is too large to be a vault file.`, {
    code: "vault.file-damaged",
    place: { file: path },
  });
}

/**
 * All of it or nothing, and for this user's eyes only from the first byte: into a file that nobody else can have made or
 * linked to another, in a directory that may be everybody's.
 */
async function writeWhole(path: string, content: string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    const handle = await open(part, "wx", 0o600);
    try {
      await chmod(part, 0o600);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (thrown) {
    await rm(part, { force: true });
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown";
    throw new Fault("usage", `${path} cannot be written (${code}).`, {
      code: "unwritable",
      place: { file: path },
      hint: "Choose a directory that exists, is yours and has room.",
    });
  }
}

function namesIn({ connections, services, sources }: Installation) {
  const names = (all: readonly Packed<{ readonly name: string }>[]) => all.map(({ record }) => record.name);
  return { connections: names(connections), services: names(services), sources: names(sources) };
}

/** `2 connections and 1 service`; of what there is none of, connections alone are told. */
function counted({ connections, services, sources }: Installation): string {
  const part = (all: readonly unknown[], what: string) =>
    `${all.length} ${what}${all.length === 1 ? "" : "s"}`;
  const others = [
    services.length > 0 && part(services, "service"),
    sources.length > 0 && part(sources, "source"),
  ];
  return [part(connections, "connection"), ...others].filter((text) => text !== false).join(" and ");
}
