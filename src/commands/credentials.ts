import { openLoopback } from "../auth/loopback.ts";
import type { LastPage } from "../auth/loopback-page.ts";
import type { OAuthClient, TokenSet } from "../auth/provider.ts";
import type { AuthMethod, Manifest } from "../connectors/contract.ts";
import type { Credentials, FoundSite, HandOff } from "../connectors/setup.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import type { ConnectionRecord } from "../store/connections.ts";
import { openBrowser } from "./browser.ts";
import { canWatch, signIn, unattended } from "./connect-oauth.ts";
import type { Args, Context } from "./context.ts";
import { listScopes } from "./environment-secrets.ts";
import { countFlag, switchFlag, textFlag } from "./flags.ts";
import type { Route } from "./route.ts";
import { connectCommand, type OAuthMethod, oauthParts } from "./tokens.ts";

const APP_NAME = "ainstein-cms";
const TIMEOUT_S = 300;

/** Cannot be the name of a connection. */
const TRIAL = "(trial)";

/** Throws, before anybody types a password, when there will be no key to keep it with. */
export async function checkVault(context: Context): Promise<void> {
  const vault = context.vault();
  await vault.put(TRIAL, "trial", "");
  vault.forget(TRIAL);
}

export interface Question {
  readonly context: Context;
  readonly args: Args;
  readonly manifest: Pick<Manifest, "id" | "auth">;
  readonly method: AuthMethod;
  readonly name: string;
  readonly at: Route & { readonly url: string; readonly settings?: Readonly<Record<string, string>> };
  readonly site: FoundSite | undefined;
  /** What standard input held. */
  readonly given: { readonly secret: string | undefined };
  readonly former: ConnectionRecord | undefined;
  /** The app that the connection signed in as before, at the same site. */
  readonly formerClient: OAuthClient | undefined;
}

/** What of it there is depends on the method. */
export interface Answers extends Partial<Credentials> {
  readonly token?: string;
  readonly client?: OAuthClient;
  readonly tokens?: TokenSet;
  /** The browser waits to be shown how it went; called once, whatever happens. */
  readonly show?: (page: LastPage) => Promise<void>;
}

/** From the command line and standard input, else from the site's own page in the browser, else typed. */
export async function askCredentials(question: Question): Promise<Answers> {
  const { method, given } = question;
  switch (method.type) {
    case "none":
      return {};
    case "basic":
      return askPassword(question, method);
    case "token":
      return { token: given.secret ?? (await typedSecret(question, method.label, "--token-stdin")) };
    case "oauth":
      return askClient(question, method);
  }
}

/** A secret that is made on a page of the vendor's and brought over by a person. */
async function typedSecret(
  { context }: Question,
  label: string,
  flag: "--token-stdin" | "--client-secret-stdin",
  mayLack = false,
): Promise<string> {
  const secret = (await context.ui.secret(label, flag)).trim();
  if (secret !== "" || mayLack) return secret;
  throw new Fault("usage", `The ${label} is empty.`, { code: "no-secret", hint: `Pass it with ${flag}.` });
}

/** Signs in as the app that is named, or as the one that the connection had before. */
async function askClient(question: Question, method: OAuthMethod): Promise<Answers> {
  const { context, args, manifest, at, name } = question;
  const renew = connectCommand(manifest.id, name, question.former === undefined ? at.url : undefined);
  const client = await clientOf(question, method, renew);
  const given = textFlag(args, "scopes");
  const scopes = given === undefined ? undefined : listScopes(given);
  const parts = oauthParts(context, method, client, { ...at, name }, renew);
  return signIn({ context, args, method, methods: manifest.auth, parts, scopes });
}

async function clientOf(
  question: Question,
  { provider, grant }: OAuthMethod,
  renew: string,
): Promise<OAuthClient> {
  const { context, args, given, formerClient, manifest } = question;
  const wanted = textFlag(args, "clientId") ?? formerClient?.id;
  if (wanted === undefined && grant === "code" && !canWatch(context, args)) {
    throw unattended(manifest.auth, renew, "<id>");
  }
  const id = (wanted ?? (await context.ui.input("Client ID of the app", "--client-id <id>"))).trim();
  const known = given.secret ?? (id === formerClient?.id ? formerClient.secret : undefined);
  const isPublic = provider.client === "public";
  const mayLack = isPublic || (provider.pkce && grant === "code");
  const isAsked = known === undefined && !isPublic && !(mayLack && !context.ui.interactive);
  const label = `Client secret of the app${mayLack ? " (empty if it has none)" : ""}`;
  const secret = isAsked ? await typedSecret(question, label, "--client-secret-stdin", mayLack) : known;
  return secret === undefined || secret === "" ? { id } : { id, secret };
}

async function askPassword(
  question: Question,
  method: Extract<AuthMethod, { type: "basic" }>,
): Promise<Answers> {
  const { context, args, site, given, former } = question;
  const username = textFlag(args, "username");
  if (given.secret !== undefined) {
    const whom =
      username ?? former?.username ?? (await context.ui.input(method.username, "--username <name>"));
    return { username: whom, password: given.secret };
  }
  if (site?.obstacle !== undefined) {
    throw new Fault("auth", site.obstacle.message, { code: site.obstacle.code, hint: site.obstacle.hint });
  }
  if (!context.ui.interactive) {
    throw new Fault("usage", "Nobody can be asked for the password.", {
      code: "no-terminal",
      hint: "Pass --username <name> --password-stdin, and the password on standard input.",
    });
  }
  const handOff = method.handOff === true && username === undefined ? site?.handOff : undefined;
  if (handOff?.returns === true) return throughBrowser(context, args, handOff);
  return typed(context, args, method, handOff ?? site?.handOff, username);
}

/** The site's page makes the password and sends the browser back with it. */
async function throughBrowser(context: Context, args: Args, handOff: HandOff): Promise<Credentials> {
  const timeoutMs = (countFlag(args, "timeout") ?? TIMEOUT_S) * 1000;
  const loopback = await openLoopback({ port: countFlag(args, "port"), timeoutMs, signal: context.signal });
  try {
    const page = handOff.page(appName(context), loopback.returnTo);
    context.ui.note("Approve the connection in the browser. If no window opens, go to:");
    context.ui.note(`  ${printable(page)}`);
    if (!switchFlag(args, "noBrowser")) await openBrowser(page, context.env);
    return handOff.read(await loopback.received);
  } finally {
    loopback.close();
  }
}

/** For sites that do not send the browser back: the page shows the password, and a person brings it over. */
async function typed(
  context: Context,
  args: Args,
  method: Extract<AuthMethod, { type: "basic" }>,
  handOff: HandOff | undefined,
  username: string | undefined,
): Promise<Credentials> {
  if (handOff !== undefined) {
    const page = handOff.page(appName(context), undefined);
    context.ui.note("Make a password for this program on the site, then paste it here:");
    context.ui.note(`  ${printable(page)}`);
    if (!switchFlag(args, "noBrowser")) await openBrowser(page, context.env);
  }
  const whom = username ?? (await context.ui.input(method.username, "--username <name>"));
  const password = await context.ui.secret(method.password, "--password-stdin");
  return { username: whom.trim(), password: password.trim() };
}

/** Sites list passwords by this name and take each only once per user, so it carries the time. */
function appName(context: Context): string {
  const time = new Date(context.clock.now()).toISOString().slice(0, 19).replace("T", " ");
  return `${APP_NAME} ${time} UTC`;
}
