// Programs of this machine: found, run to their end, or kept for as long as we live.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

export type Env = Readonly<Record<string, string | undefined>>;

/** Servers live in sbin, and Debian keeps PostgreSQL's apart; neither is on an ordinary user's PATH. */
const BESIDE_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin", "/usr/local/bin"];
const POSTGRESQL = "/usr/lib/postgresql";

/** Where programs are looked for, the newest PostgreSQL before the PATH's own wrappers. */
export async function programDirs(env: Env): Promise<readonly string[]> {
  const versions = await readdir(POSTGRESQL).catch(() => []);
  const newest = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(POSTGRESQL, version, "bin"));
  const own = (env.PATH ?? "").split(delimiter).filter((dir) => dir !== "");
  return [...new Set([...newest, ...own, ...BESIDE_PATH])];
}

/** Absolute path of the first of these programs that is there. */
export async function findProgram(
  names: readonly string[],
  dirs: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    for (const dir of dirs) {
      const file = join(dir, name);
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return file;
    }
  }
  return undefined;
}

export interface Ran {
  /** Undefined where it could not be started or was ended by a signal. */
  readonly code: number | undefined;
  readonly output: string;
}

const OUTPUT_AT_MOST = 4 * 1024 * 1024;

interface Run {
  readonly env: Env;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs to the end and says how it went; the last of what it wrote to either output is kept. Never rejects. */
export function runProgram(words: readonly string[], { signal, ...place }: Run): Promise<Ran> {
  const [program = "", ...args] = words;
  const child = spawn(program, args, {
    ...placed(place),
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  return endOf(child);
}

/** When its standard input closes, because we close it or because we are gone by whatever signal, so does the program. */
const TETHER = `exec 3<&0
"$@" 3<&- </dev/null & pid=$!
( read -r word <&3; kill -KILL $pid ) 2>/dev/null >/dev/null & watcher=$!
wait $pid; code=$?
kill $watcher 2>/dev/null
exit $code`;

/** As `runProgram`, for what would otherwise go on changing files when we are killed. */
export function runTethered(words: readonly string[], { signal, ...place }: Run): Promise<Ran> {
  const child = spawn("sh", ["-c", TETHER, "tether", ...words], {
    ...placed(place),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a Ctrl-C at the terminal is ours to answer
  });
  child.stdin.on("error", () => undefined);
  const cut = (): void => void child.stdin.end();
  if (signal?.aborted === true) cut();
  signal?.addEventListener("abort", cut, { once: true });
  return endOf(child).finally(() => signal?.removeEventListener("abort", cut));
}

function placed({ env, cwd }: Pick<Run, "env" | "cwd">) {
  return { env: { ...env }, ...(cwd === undefined ? {} : { cwd }) };
}

function endOf(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ran> {
  return new Promise((resolve) => {
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-OUTPUT_AT_MOST);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve({ code: undefined, output: output + error.message }));
    // With a signal's number and 128 where one ended it.
    child.once("close", (code) => resolve({ code: code === null || code > 128 ? undefined : code, output }));
  });
}

/** A port of 127.0.0.1 that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/**
 * `$1` is a directory, `$2` the signal that ends the server well, the rest its command. Told `start` and `stop` by
 * lines. When its standard input closes, because we close it or because we are gone by whatever signal, the server is
 * ended at once and the directory removed.
 */
const KEEPER = `
dir=$1 gentle=$2 pid=
shift 2
trap : TERM INT HUP
end() { if [ -n "$pid" ]; then kill -"$1" "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; pid=; fi; }
while read -r word; do
  case $word in
    start) "$@" >>"$dir/server.log" 2>&1 </dev/null & pid=$! ;;
    stop) end "$gentle" ;;
  esac
  echo "$word"
done
end QUIT
# A program that prepares the directory may still write into it.
tries=0
until rm -rf "$dir" 2>/dev/null || [ $((tries += 1)) -ge 20 ]; do sleep 1; done
`;

export interface Keeper {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends the server and removes its directory. */
  close(): Promise<void>;
}

/** Keeps the server that `command` starts, once it is told to. */
export function keep(dir: string, gentle: "INT" | "TERM", command: readonly string[], env: Env): Keeper {
  const shell = spawn("sh", ["-c", KEEPER, "keeper", dir, gentle, ...command], {
    detached: true, // a Ctrl-C at the terminal is ours to answer
    env: { ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let heard: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    shell.once("close", () => {
      heard();
      resolve();
    });
  });
  shell.on("error", () => heard());
  shell.stdin.on("error", () => heard());
  shell.stdout.on("data", () => heard());
  const tell = (word: string) =>
    new Promise<void>((resolve) => {
      heard = resolve;
      shell.stdin.write(`${word}\n`);
    });
  return {
    start: () => tell("start"),
    stop: () => tell("stop"),
    async close() {
      shell.stdin.end();
      await ended;
    },
  };
}
