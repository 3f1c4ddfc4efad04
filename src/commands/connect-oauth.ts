// Signing in by a person's consent in a browser, or by the app alone.
import { acceptCallback } from "../auth/callback.ts";
import { type CallbackListener, openCallback } from "../auth/loopback.ts";
import { type LastPage, SEE_TERMINAL } from "../auth/loopback-page.ts";
import {
  type AuthorizationRequest,
  authorizationRequest,
  clientCredentials,
  exchangeCode,
  type OAuthParts,
} from "../auth/oauth.ts";
import type { OAuthClient, TokenSet } from "../auth/provider.ts";
import type { AuthMethod } from "../connectors/contract.ts";
import { asFault, Fault, isFault } from "../lib/fault.ts";
import { printable, redactUrl } from "../lib/redact.ts";
import { openBrowser } from "./browser.ts";
import type { Args, Context } from "./context.ts";
import { countFlag, switchFlag } from "./flags.ts";

const TIMEOUT_S = 300;
const PASTES = 3;

export interface SignIn {
  readonly context: Context;
  readonly args: Args;
  readonly method: Extract<AuthMethod, { type: "oauth" }>;
  /** All ways of the platform: those that need no person are named where there is none. */
  readonly methods: readonly AuthMethod[];
  readonly parts: OAuthParts;
  /** What is asked for; the provider's own when left out. */
  readonly scopes?: readonly string[] | undefined;
}

export interface SignedIn {
  readonly tokens: TokenSet;
  readonly client: OAuthClient;
  /** Ends the browser's wait with how it went; to be called once, whatever happens. */
  readonly show: (page: LastPage) => Promise<void>;
}

/** Throws `usage` where a person is needed and there is none; `auth` with the cause and what to type. */
export async function signIn(request: SignIn): Promise<SignedIn> {
  const { args, method, parts, scopes } = request;
  const { client } = parts;
  if (method.grant === "client-credentials") {
    return { tokens: await clientCredentials(parts, scopes), client, show: async () => {} };
  }
  const { tokens, show } = switchFlag(args, "noBrowser") ? await byPaste(request) : await byBrowser(request);
  return { tokens, client, show };
}

type Consented = Pick<SignedIn, "tokens" | "show">;

/** The browser comes back to a listener of ours, on this machine. */
async function byBrowser(request: SignIn): Promise<Consented> {
  const { context, args, parts } = request;
  refuseUnattended(request, canWatch(context, args));
  const asked = await ask(request);
  const timeoutMs = (countFlag(args, "timeout") ?? TIMEOUT_S) * 1000;
  const listener = await listen(request, asked, timeoutMs);
  try {
    announce(request, asked, true);
    const isOpen = await openBrowser(asked.address, context.env);
    if (!isOpen || isRemote(context)) {
      context.ui.note("Is the browser on another machine? Press Ctrl-C, and add --no-browser.");
    }
    const code = acceptCallback(parts, asked, await listener.received);
    return { tokens: await exchangeCode(parts, asked, code), show: listener.finish };
  } catch (thrown) {
    await listener.finish(failedPage(thrown));
    throw isFault(thrown) && thrown.code === "browser-timeout" ? neverBack(thrown, asked) : thrown;
  }
}

/** The browser is elsewhere: it ends on an address that leads nowhere there, and a person brings that over. */
async function byPaste(request: SignIn): Promise<Consented> {
  const { context, parts } = request;
  refuseUnattended(request, context.ui.interactive);
  const asked = await ask(request);
  announce(request, asked, false);
  context.ui.note(
    `At the end it goes to ${asked.redirectUri}, and may say that it cannot be reached: that is all right.`,
  );
  const parameters = await pasted(context, asked);
  const code = acceptCallback(parts, asked, parameters);
  return { tokens: await exchangeCode(parts, asked, code), show: async () => {} };
}

function ask({ args, method, parts, scopes }: SignIn): Promise<AuthorizationRequest> {
  const { host, port, path } = method.provider.redirect;
  const redirectUri = `http://${host}:${countFlag(args, "port") ?? port}${path}`;
  return authorizationRequest(parts, scopes === undefined ? { redirectUri } : { redirectUri, scopes });
}

/** A port that is taken needs another address at the vendor too. */
async function listen(
  { context, method, parts }: SignIn,
  { redirectUri, state }: AuthorizationRequest,
  timeoutMs: number,
): Promise<CallbackListener> {
  const { host, path } = method.provider.redirect;
  const port = Number(new URL(redirectUri).port || 80);
  try {
    return await openCallback({ host, path, port, state, timeoutMs, signal: context.signal });
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== "port-taken") throw thrown;
    throw new Fault("usage", thrown.message, {
      code: "port-taken",
      hint: `Perhaps another sign-in still waits there. Else type: ${parts.renew ?? "the command again"} --port ${port + 1}, after adding http://${host}:${port + 1}${path} to the app's redirect addresses at the vendor; or use --no-browser, which needs no port.`,
    });
  }
}

/** Vendors that do not know the redirect address say so on a page of theirs, and send nobody back. */
function neverBack({ kind, code, message }: Fault, { redirectUri }: AuthorizationRequest): Fault {
  return new Fault(kind, message, {
    code,
    hint: `Did the site show an error? Then the client id may be another app's, or its page for the app does not list the redirect address ${redirectUri}. Is the browser on another machine? Then use --no-browser. For more time: --timeout.`,
  });
}

function announce(
  { context, parts }: SignIn,
  { address, redirectUri }: AuthorizationRequest,
  opens: boolean,
): void {
  const { ui } = context;
  const then = opens ? "If no window opens, go to:" : "The address to open, in any browser:";
  ui.note(`Sign in to ${new URL(parts.url).host} and allow the connection. ${then}`);
  ui.note(`  ${printable(address)}`);
  ui.note(`The app's settings must list this redirect address: ${redirectUri}`);
}

/** Somebody sees what is printed, although standard input may hold a secret. */
export function canWatch({ ui, env }: Context, args: Args): boolean {
  if (ui.interactive) return true;
  return ui.terminal && !ui.json && (env.CI ?? "") === "" && !switchFlag(args, "noInput");
}

function isRemote({ env }: Context): boolean {
  return env.SSH_CONNECTION !== undefined && env.DISPLAY === undefined && env.WAYLAND_DISPLAY === undefined;
}

function refuseUnattended({ methods, parts }: SignIn, isAttended: boolean): void {
  if (isAttended) return;
  throw unattended(methods, parts.renew ?? "ainstein-cms connect <platform>", parts.client.id);
}

/** Names what needs nobody. `renew` is the command that signs in. */
export function unattended(methods: readonly AuthMethod[], renew: string, clientId: string): Fault {
  const ways = methods.flatMap((method) => {
    if (method.type === "token") return [`${renew} --auth ${method.id} --token-stdin`];
    const isApp = method.type === "oauth" && method.grant === "client-credentials";
    return isApp ? [`${renew} --auth ${method.id} --client-id ${clientId} --client-secret-stdin`] : [];
  });
  return new Fault("usage", "Nobody is here to allow the connection in a browser.", {
    code: "no-terminal",
    hint:
      ways.length === 0
        ? "Run it at a terminal once; the connection is then kept."
        : `Run it at a terminal, or use what needs nobody: ${ways.join("  or  ")}`,
  });
}

/** Asks again where a text is no such address at all. */
async function pasted(context: Context, { redirectUri }: AuthorizationRequest): Promise<URLSearchParams> {
  for (let left = PASTES; ; left -= 1) {
    const text = await context.ui.input("Paste the whole address that the browser ended on", "--auth");
    try {
      return readPasted(text, redirectUri);
    } catch (thrown) {
      if (!isFault(thrown) || left <= 1) throw thrown;
      context.ui.note(`${thrown.message} ${thrown.hint ?? ""}`);
    }
  }
}

/** The query of a pasted redirect address, or a query alone. Throws `usage` for anything else. */
export function readPasted(text: string, redirectUri: string): URLSearchParams {
  // Terminals and chats wrap long lines and put quotes or brackets around addresses.
  const bare = text.replace(/\s+/g, "").replace(/^[<"'`([]+|[>"'`)\]]+$/g, "");
  const isAddress = /^[a-z][a-z0-9+.-]*:/i.test(bare);
  const [before = "", ...rest] = bare.split("?");
  const query = isAddress || rest.length > 0 ? rest.join("?") : before;
  const parameters = new URLSearchParams(query.replace(/#.*$/, ""));
  const isOurs = !isAddress || (URL.canParse(before) && new URL(before).href === new URL(redirectUri).href);
  if (isOurs && parameters.has("state")) return parameters;
  const what =
    isAddress && !isOurs ? `That address does not begin with ${redirectUri}.` : "That holds no answer.";
  throw new Fault("usage", what, {
    code: "not-the-redirect-address",
    hint: `It is the whole address in the browser's address bar at the end: ${redirectUri}?… with a code and a state in it.`,
  });
}

/** For the browser, once the connection is saved. */
export function connectedPage(name: string, site: string, account: string): LastPage {
  return {
    tone: "good",
    title: "Connected",
    text: [
      printable(`${name}: ${site}`),
      ...(account === "" ? [] : [printable(`Signed in as ${account}.`)]),
      "You can close this window and go back to the terminal.",
    ],
  };
}

/** For the browser, when nothing was connected. */
export function failedPage(thrown: unknown): LastPage {
  const { kind, code, message } = asFault(thrown);
  if (kind === "interrupted" || kind === "defect") return SEE_TERMINAL;
  const next = "The terminal says what to do next. You can close this window.";
  if (code === "declined") {
    return {
      tone: "plain",
      title: "Declined",
      text: ["The connection was declined, and nothing was changed.", next],
    };
  }
  return { tone: "bad", title: "Not connected", text: [redactUrl(printable(message)), next] };
}
