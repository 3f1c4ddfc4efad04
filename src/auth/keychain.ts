import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isObject } from "../lib/json.ts";

/** `missing`: the keychain is open and has no such entry. `locked`: it may have one. `unavailable`: nobody can tell. */
export type KeychainFound =
  | { readonly state: "found"; readonly value: string }
  | { readonly state: "missing" }
  | KeychainTrouble;

export interface KeychainTrouble {
  readonly state: "locked" | "unavailable";
  /** What the system said, for people. */
  readonly detail: string;
}

export type KeychainDone = { readonly state: "ok"; readonly detail: string } | KeychainTrouble;

export interface KeychainCall {
  /** Give up soon even where a person is there to answer a dialog. */
  readonly quiet?: boolean;
}

/** The operating system's keychain, entries of service `ainstein-cms`. Never throws, never blocks for longer than its deadline. */
export interface Keychain {
  get(account: string, call?: KeychainCall): Promise<KeychainFound>;
  set(account: string, value: string, call?: KeychainCall): Promise<KeychainDone>;
  /** Deleting what is not there is fine. */
  delete(account: string, call?: KeychainCall): Promise<KeychainDone>;
}

/** What the child is sent, once. */
export type KeychainRequest =
  | { readonly op: "get" | "delete"; readonly account: string }
  | { readonly op: "set"; readonly account: string; readonly value: string };

/** What the child sends: `ready` when it is about to ask the keychain, then the answer. */
export type KeychainReply = KeychainFound | KeychainDone | { readonly state: "ready" };

export interface KeychainParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Somebody is at the terminal and may be asked to unlock the keychain. */
  readonly attended: boolean;
  /** The built keychain-child.js; found beside the running bundle when left out. */
  readonly childPath?: string;
}

const STARTUP_MS = 10_000;
const UNATTENDED_MS = 2_000;
const ATTENDED_MS = 120_000;

/** What a child needs to reach D-Bus or the keychain, and no secret of ours. */
const PASSED_ON =
  /^(DBUS_SESSION_BUS_ADDRESS|XDG_\w+|HOME|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|PATH|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|GNOME_KEYRING_CONTROL|LD_LIBRARY_PATH|__CF_USER_TEXT_ENCODING|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE|USERNAME|TEMP|TMP)$/i;

function reducedEnv(env: KeychainParts["env"]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && PASSED_ON.test(name)) kept[name] = value;
  }
  return kept;
}

function unavailable(detail: string): KeychainTrouble {
  return { state: "unavailable", detail };
}

function parseReply(message: unknown): KeychainReply {
  if (!isObject(message)) return unavailable("it gave no answer");
  const { state, detail, value } = message;
  if (state === "found" && typeof value === "string") return { state, value };
  if (state === "missing" || state === "ready") return { state };
  if ((state === "ok" || state === "locked" || state === "unavailable") && typeof detail === "string") {
    return { state, detail };
  }
  return unavailable("it gave no answer");
}

/** Sends one request to the child and ends it, whatever happens. */
function converse(
  child: ChildProcess,
  request: KeychainRequest,
  limitMs: number,
): Promise<Exclude<KeychainReply, { readonly state: "ready" }>> {
  return new Promise((resolve) => {
    let answer: Exclude<KeychainReply, { readonly state: "ready" }> | undefined;
    const end = (given: Exclude<KeychainReply, { readonly state: "ready" }>): void => {
      answer ??= given;
      child.kill("SIGKILL");
    };
    const limit = (ms: number, detail: string): NodeJS.Timeout =>
      setTimeout(() => end(unavailable(detail)), ms);
    let timer = limit(STARTUP_MS, `it did not start within ${STARTUP_MS / 1000} s`);
    child.on("message", (message) => {
      const reply = parseReply(message);
      clearTimeout(timer);
      if (reply.state !== "ready") return end(reply);
      const waited = `no answer within ${limitMs / 1000} s: its service hangs, or a dialog to unlock it waits for somebody`;
      timer = limit(limitMs, waited);
    });
    const finish = (detail: string): void => {
      clearTimeout(timer);
      resolve(answer ?? unavailable(detail));
    };
    child.once("error", (error) => {
      if (child.pid === undefined) finish(error.message);
    });
    child.once("exit", (code, signal) => finish(`its process ended with ${signal ?? `code ${code}`}`));
    // A child that is gone before it could read is told by `exit`.
    child.send(request, () => {});
  });
}

const BUNDLED_CHILD = new URL("../auth/keychain-child.js", import.meta.url);

export function createKeychain(parts: KeychainParts): Keychain {
  const childPath = parts.childPath ?? fileURLToPath(BUNDLED_CHILD);
  const env = reducedEnv(parts.env);
  const ask = (request: KeychainRequest, call: KeychainCall = {}) => {
    const limitMs = parts.attended && call.quiet !== true ? ATTENDED_MS : UNATTENDED_MS;
    const child = fork(childPath, [], { env, execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
    return converse(child, request, limitMs);
  };
  const change = async (request: KeychainRequest, call?: KeychainCall): Promise<KeychainDone> => {
    const reply = await ask(request, call);
    return reply.state === "found" || reply.state === "missing" ? unavailable("it gave no answer") : reply;
  };
  return {
    get: async (account, call) => {
      const reply = await ask({ op: "get", account }, call);
      return reply.state === "ok" ? unavailable("it gave no answer") : reply;
    },
    set: (account, value, call) => change({ op: "set", account, value }, call),
    delete: (account, call) => change({ op: "delete", account }, call),
  };
}
