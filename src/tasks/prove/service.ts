// The service on trial, as a process of its own that ends with us.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import type { Expectations } from "./expect.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** What a run of the service is given; made for this trial, and kept nowhere. */
export interface Settings {
  readonly databaseUrl: string;
  readonly apiKey: string;
  readonly jwtSecret: string;
  readonly webhookSecret: string;
  readonly eventsSecret: string;
  readonly extra?: Env;
}

export function freshSettings(databaseUrl: string): Settings {
  const secret = () => randomBytes(32).toString("hex");
  return {
    databaseUrl,
    apiKey: secret(),
    jwtSecret: secret(),
    webhookSecret: `whsec_${randomBytes(32).toString("base64")}`,
    eventsSecret: `whsec_${randomBytes(32).toString("base64")}`,
  };
}

/** Only what a program needs of ours: no secret of this one reaches a program that was just made. */
export function environmentOf(env: Env, wanted: Expectations, settings: Settings): Env {
  return {
    PATH: env.PATH,
    HOME: env.HOME,
    LANG: "C.UTF-8",
    NODE_ENV: "production",
    PORT: "0",
    LOG_LEVEL: "info",
    DATABASE_URL: settings.databaseUrl,
    ...(wanted.has("api_key") ? { API_KEYS: `prober:${settings.apiKey}` } : {}),
    ...(wanted.has("jwt_token") || wanted.has("login") ? { JWT_SECRET: settings.jwtSecret } : {}),
    ...(wanted.has("webhook") ? { WEBHOOK_SECRET: settings.webhookSecret } : {}),
    ...settings.extra,
  };
}

export interface Ended {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly output: string;
}

export interface Service {
  readonly url: string;
  signal(name: "TERM" | "KILL"): void;
  readonly ended: Promise<Ended>;
  /** So far; the last of it. */
  output(): string;
}

const START_MS = 60_000;
const OUTPUT_AT_MOST = 256 * 1024;

/** Told `term` and `kill` by lines. When our end of the pipe closes, however we end, so does the program. */
const TETHER = `exec 4<&0
"$@" <&4 3<&- 4<&- & pid=$!
( while read -r word; do kill -"$word" $pid; done <&3; kill -KILL $pid ) 2>/dev/null & watcher=$!
wait $pid; code=$?
kill $watcher 2>/dev/null
exit $code`;

/** Runs `node <words>` in the directory to its end; `input` is what it reads. */
export async function runNode(dir: string, words: readonly string[], env: Env, input = ""): Promise<Ended> {
  return begin(dir, words, env, input).ended;
}

/** Started once it says where it listens; the way it ended, where it did so before. */
export async function startService(dir: string, env: Env): Promise<Service | Ended> {
  const running = begin(dir, ["server.js"], env);
  const listening = new Promise<string>((resolve) => {
    running.onOutput((output) => {
      const url = /"url":"(http:\/\/[^"]+)"/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), START_MS).unref());
  const first = await Promise.race([listening, running.ended, late]);
  if (first === undefined) {
    running.signal("KILL");
    const { output } = await running.ended;
    return {
      code: undefined,
      output: `does not say where it listens within ${START_MS / 1000} s\n${output}`,
    };
  }
  if (typeof first !== "string") return first;
  return { url: first, signal: running.signal, ended: running.ended, output: running.output };
}

function begin(dir: string, words: readonly string[], env: Env, input = "") {
  const child = spawn("sh", ["-c", TETHER, "tether", "node", ...words], {
    cwd: dir,
    env: { ...env },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    // A Ctrl-C at the terminal is ours to answer.
    detached: true,
  });
  const control = child.stdio[3] as Writable;
  // It ended meanwhile.
  for (const end of [control, child.stdin]) end?.on("error", () => undefined);
  child.stdin?.end(input);
  let text = "";
  let listener: (output: string) => void = () => undefined;
  const hear = (chunk: Buffer): void => {
    text = (text + chunk.toString("utf8")).slice(-OUTPUT_AT_MOST);
    listener(text);
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", (error) => resolve({ code: undefined, output: error.message }));
    // With a signal's number and 128 where one ended it.
    child.once("close", (code) => {
      control.destroy();
      resolve({ code: code === null || code > 128 ? undefined : code, output: text });
    });
  });
  return {
    ended,
    output: () => text,
    onOutput: (heard: (output: string) => void) => {
      listener = heard;
      heard(text);
    },
    signal: (name: "TERM" | "KILL") => void control.write(`${name}\n`),
  };
}
