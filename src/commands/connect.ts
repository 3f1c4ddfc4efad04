import { resolve } from "node:path";
import { environmentNames } from "../auth/environment.ts";
import type { Secrets } from "../auth/session.ts";
import { memoryKeep, vaultKeep } from "../auth/token-keep.ts";
import type { Account, AuthMethod, Manifest } from "../connectors/contract.ts";
import { findPlatform, manifests } from "../connectors/registry.ts";
import type { FoundSite, Setup } from "../connectors/setup.ts";
import { checkedProxy } from "../http/proxy.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import {
  type ConnectionRecord,
  checkConnectionName,
  getConnection,
  putConnection,
} from "../store/connections.ts";
import { connectedPage, failedPage } from "./connect-oauth.ts";
import { findMethod, fullAddress, fullSettings, openConnection, openProbe } from "./connection.ts";
import { freeName } from "./connection-name.ts";
import { describeConnection, lessRefused, siteWords, whoWords } from "./connection-view.ts";
import type { Args, Command, Context } from "./context.ts";
import { askCredentials, checkVault } from "./credentials.ts";
import { listFlag, switchFlag, textFlag } from "./flags.ts";
import type { Route, Spec } from "./route.ts";
import { type Given, readStdin, secretOnStdin } from "./secret-stdin.ts";
import { sealable, storedSecrets, WEBHOOK_SECRET } from "./secrets.ts";

/** Makes a connection, or renews the one of that name. Nothing is saved unless the site knows who we are. */
export const connect: Command = async (context, args) => {
  const wanted = await readWishes(context, args);
  const { manifest, setup, method, settings } = wanted;
  const { route, site, url } = await reach(context, args, wanted);
  warnUnencrypted(context, url, method);
  const name = wanted.name ?? freeName(context, manifest.id, url);
  const former = wanted.former ?? getConnection(context.store(), name);
  const { given } = wanted;
  const at = { ...route, url, settings };
  const formerClient = (await earlierSecrets(context, former, url))?.client;
  const question = { context, args, manifest, method, name, at, site, given, former, formerClient };
  const answers = await askCredentials(question);
  const { username, password, token, client, tokens, show } = answers;
  const { proxy, caFile, headers } = route;
  const draft = {
    name,
    platform: manifest.id,
    url,
    auth: method.id,
    ...(username === undefined ? {} : { username }),
    settings,
    ...(proxy === undefined ? {} : { proxy }),
    ...(caFile === undefined ? {} : { caFile }),
  };
  const secrets: Secrets = {
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(client === undefined ? {} : { client, tokens: memoryKeep(tokens) }),
    ...(headers === undefined ? {} : { headers }),
  };
  try {
    const account = await prove(context, manifest, draft, secrets, setup, site);
    refuseOtherSite(former, account, name);
    const record = recordOf(context, draft, account, former);
    await save(context, record, secrets);
    report(context, record, account, former !== undefined);
    await show?.(connectedPage(name, `${account.siteTitle} at ${account.siteUrl}`, account.name));
  } catch (thrown) {
    await show?.(failedPage(thrown));
    throw thrown;
  }
  return EXIT.done;
};

function recordOf(
  context: Context,
  draft: Spec & Pick<ConnectionRecord, "platform">,
  account: Account,
  former: ConnectionRecord | undefined,
): ConnectionRecord {
  const now = new Date(context.clock.now()).toISOString();
  return {
    ...draft,
    site: account.site,
    siteTitle: account.siteTitle,
    account: account.name,
    createdAt: former?.createdAt ?? now,
    checkedAt: now,
  };
}

/** All that is known before anything is asked of the site. */
interface Wishes {
  readonly manifest: Manifest;
  readonly setup: Setup | undefined;
  readonly name: string | undefined;
  /** The connection that is renewed, where a name was given. */
  readonly former: ConnectionRecord | undefined;
  readonly method: AuthMethod;
  readonly settings: Readonly<Record<string, string>>;
  readonly given: Given;
}

async function readWishes(context: Context, args: Args): Promise<Wishes> {
  const { manifest, setup } = findPlatform(await platformOf(context, args));
  const name = textFlag(args, "name");
  if (name !== undefined) checkConnectionName(name);
  const former = formerOf(context, name, manifest);
  const method = methodOf(args, manifest, former);
  const settings = { ...former?.settings, ...settingsOf(args, manifest) };
  if (method.type !== "none" || switchFlag(args, "headerStdin")) await checkVault(context);
  const given = await readStdin(context, args, method);
  return { manifest, setup: await setup?.(), name, former, method, settings, given };
}

/** What was said, else what the secret is for, else as before, else what the platform prefers. */
function methodOf(args: Args, manifest: Manifest, former: ConnectionRecord | undefined): AuthMethod {
  const said = textFlag(args, "auth");
  if (said !== undefined) return findMethod(manifest, said);
  const before = former === undefined ? undefined : findMethod(manifest, former.auth);
  const kind = secretOnStdin(args)?.type ?? (textFlag(args, "clientId") === undefined ? undefined : "oauth");
  if (before !== undefined && (kind === undefined || kind === before.type)) return before;
  return manifest.auth.find(({ type }) => type === kind) ?? before ?? manifest.auth[0];
}

interface Reached {
  readonly route: Route;
  readonly site: FoundSite | undefined;
  readonly url: string;
}

async function reach(context: Context, args: Args, wanted: Wishes): Promise<Reached> {
  const { manifest, setup, former, given } = wanted;
  const address = await addressOf(context, args, manifest, former);
  const route: Route = {
    proxy: proxyOf(args) ?? former?.proxy,
    caFile: pathOf(context, textFlag(args, "caFile")) ?? former?.caFile,
    headers: given.headers ?? (await earlierSecrets(context, former, address))?.headers,
  };
  const site = await setup?.discover(
    address,
    openProbe(context, { ...route, name: wanted.name ?? former?.name }),
  );
  for (const note of site?.notes ?? []) context.emit({ type: "notice", level: "info", message: note });
  return { route, site, url: site?.url ?? fullAddress(context, address) };
}

async function platformOf(context: Context, args: Args): Promise<string> {
  const [given] = args.positionals;
  if (given !== undefined) return given;
  const choices = manifests.map(({ id, title }) => ({ value: id, name: title }));
  return context.ui.select("Which platform?", choices, "the platform: ainstein-cms connect wordpress");
}

function formerOf(
  context: Context,
  name: string | undefined,
  manifest: Manifest,
): ConnectionRecord | undefined {
  const former = name === undefined ? undefined : getConnection(context.store(), name);
  if (former === undefined || former.platform === manifest.id) return former;
  throw new Fault("usage", `The connection "${former.name}" is one to ${former.platform}.`, {
    code: "connection.other-platform",
    hint: `Choose another name with --name, or first type: ainstein-cms connections remove ${former.name}`,
  });
}

function settingsOf(args: Args, manifest: Manifest): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const pair of listFlag(args, "set")) {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new Fault("usage", "--set needs a name and a value.", {
        code: "bad-setting",
        hint: "--set name=value",
      });
    }
    settings[pair.slice(0, at)] = pair.slice(at + 1);
  }
  fullSettings(manifest, settings);
  return settings;
}

/** Those of the connection that is renewed, unless another host is named now: they are secrets of the former one. */
async function earlierSecrets(
  context: Context,
  former: ConnectionRecord | undefined,
  address: string,
): Promise<Secrets | undefined> {
  if (former === undefined || !/^https?:/.test(former.url)) return undefined;
  const full = address.includes("://") ? address : `https://${address}`;
  if (!URL.canParse(full) || new URL(full).host !== new URL(former.url).host) return undefined;
  return storedSecrets(context, former);
}

/** Kept in the open, so it must hold no password. */
function proxyOf(args: Args): string | undefined {
  const given = textFlag(args, "proxy");
  if (given === undefined) return undefined;
  const proxy = checkedProxy(given);
  if (new URL(proxy).username === "" && new URL(proxy).password === "") return proxy;
  throw new Fault("usage", "The address of the proxy holds a user name or password.", {
    code: "bad-proxy",
    hint: "Secrets do not go on the command line: set HTTPS_PROXY (and HTTP_PROXY) to that address instead.",
  });
}

function pathOf(context: Context, file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(context.cwd, file);
}

async function addressOf(
  context: Context,
  args: Args,
  manifest: Manifest,
  former: ConnectionRecord | undefined,
): Promise<string> {
  const given = textFlag(args, "url") ?? former?.url;
  if (given !== undefined) return given;
  const { label, example } = manifest.address;
  return context.ui.input(`${label} (e.g. ${example})`, `--url ${example}`);
}

/** Loopback stays on this machine; elsewhere everybody on the way can read a password. */
function warnUnencrypted(context: Context, url: string, method: AuthMethod): void {
  if (method.type === "none" || !url.startsWith("http:")) return;
  const { hostname } = new URL(url);
  const what = method.type === "basic" ? "the password" : "the token";
  if (hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")) return;
  context.emit({
    type: "notice",
    level: "warning",
    message: `${hostname} is reached without encryption: ${what} can be read on the way.`,
    hint: "Use the site's https address.",
  });
}

async function prove(
  context: Context,
  manifest: Manifest,
  draft: Parameters<typeof openConnection>[2],
  secrets: Secrets,
  setup: Setup | undefined,
  site: FoundSite | undefined,
): Promise<Account> {
  const { http, connector } = await openConnection(context, manifest, draft, secrets, { always: true });
  const { username } = draft;
  const { password } = secrets;
  if (setup !== undefined && site !== undefined && username !== undefined && password !== undefined) {
    await setup.verify(http, site, { username, password });
  }
  const refused = site === undefined ? undefined : await setup?.takesWrites?.(http, site.url);
  return lessRefused(await connector.whoami(), refused);
}

function refuseOtherSite(former: ConnectionRecord | undefined, account: Account, name: string): void {
  if (former === undefined || former.site === account.site) return;
  throw new Fault(
    "usage",
    `"${name}" is a connection to ${former.site}; this is ${account.site}. Nothing was changed.`,
    {
      code: "connection.other-site",
      hint: `Choose another name with --name. If that site has moved here: ainstein-cms connections set-url ${name} <address>`,
    },
  );
}

/**
 * All or nothing: a record without its secrets would be half a connection. Never while another process renews the tokens
 * of the former sign-in, which it would then save over these.
 */
async function save(context: Context, record: ConnectionRecord, secrets: Secrets): Promise<void> {
  const [vault, store] = [context.vault(), context.store()];
  // One that cannot be opened is no loss: it is made anew.
  const webhook = await vault.get(record.name, WEBHOOK_SECRET).catch(() => undefined);
  const values = { ...(await sealable(secrets)), ...(webhook === undefined ? {} : { webhook }) };
  const keep = vaultKeep(record.name, vault, store, context.clock);
  const put = () => vault.replace({ [record.name]: values }, () => putConnection(store, record));
  await keep.alone(put, context.signal);
}

function report(context: Context, record: ConnectionRecord, account: Account, renewed: boolean): void {
  const { ui } = context;
  ui.record({ ...describeConnection(record, account), type: "connection", target: record.name, renewed });
  ui.out(`${renewed ? "Renewed" : "Connected"} ${record.name}: ${printable(siteWords(account))}`);
  ui.out(`  as ${printable(whoWords(account))}`);
  ui.out(`  may ${account.may.join(", ") || "nothing"}`);
  for (const message of account.notices) {
    context.emit({ type: "notice", target: record.name, level: "warning", message });
  }
  if (environmentNames(context.env).includes(record.name)) {
    const message = `The environment holds a connection "${record.name}" too, which wins over this one.`;
    context.emit({ type: "notice", target: record.name, level: "warning", message });
  }
  ui.out(`Next: ainstein-cms ${firstCommand(account)} --target ${record.name}`);
}

/** What this account may do with content. */
function firstCommand({ may }: Account): string {
  if (may.includes("publish")) return "publish ./posts";
  return may.includes("write") ? "push ./posts" : "pull";
}
