// What the servers of our own have in common: a private directory, an unprivileged account, a keeper.
import { chown, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Fault } from "../../lib/fault.ts";
import { connect } from "./connection.ts";
import { type Env, findProgram, keep, programDirs, runProgram } from "./programs.ts";
import type { OwnServer } from "./server.ts";

export interface Recipe {
  readonly title: string;
  /** Programs that must be there, each by any of its names. */
  readonly programs: readonly (readonly string[])[];
  /** The signal that ends it well. */
  readonly gentle: "INT" | "TERM";
  readonly adminUrl: (port: number, password: string) => string;
  /** Files to write beforehand, commands to carry out once, and the server's own. */
  prepare(parts: Parts): Promise<Prepared>;
}

export interface Parts {
  readonly dir: string;
  readonly port: number;
  readonly password: string;
  /** Absolute paths, in the order of `programs`. */
  readonly found: readonly string[];
}

export interface Prepared {
  readonly once: readonly string[];
  readonly server: readonly string[];
}

/** uid and gid of `nobody`, on every Linux. Servers refuse to run as root. */
const NOBODY = 65_534;
const READY_WITHIN_MS = 60_000;
const HOPELESS = /Address already in use|could not create any TCP|\[ERROR\] Aborting/;

/** A server made by the recipe, running. Undefined where its programs are not here. */
export async function ownServer(
  recipe: Recipe,
  password: string,
  port: number,
  env: Env,
  signal: AbortSignal | undefined,
): Promise<OwnServer | undefined> {
  const dirs = await programDirs(env);
  const found: string[] = [];
  for (const names of recipe.programs) {
    const program = await findProgram(names, dirs);
    if (program === undefined) return undefined;
    found.push(program);
  }
  const root = userInfo().uid === 0;
  const setpriv = root ? await findProgram(["setpriv"], dirs) : undefined;
  if (root && setpriv === undefined) return undefined;
  const as =
    setpriv === undefined ? [] : [setpriv, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const dir = await privateDir(as);
  const { once, server } = await recipe.prepare({ dir, port, password, found });
  const childEnv = { PATH: dirs.join(":"), HOME: dir, LC_ALL: "C", TZ: "UTC" };
  const keeper = keep(dir, recipe.gentle, [...as, ...server], childEnv);
  const adminUrl = recipe.adminUrl(port, password);
  const start = async () => {
    await keeper.start();
    await ready(recipe.title, adminUrl, join(dir, "server.log"), signal);
  };
  try {
    const done = await runProgram([...as, ...once], { env: childEnv, cwd: dir, signal });
    if (done.code !== 0) throw failed(recipe.title, "could not be prepared", done.output);
    await start();
  } catch (error) {
    await keeper.close();
    throw error;
  }
  return { adminUrl, start, stop: () => keeper.stop(), close: () => keeper.close() };
}

/** A directory that the server's account can reach: the one for temporary files may be closed to it. */
async function privateDir(as: readonly string[]): Promise<string> {
  const places = as.length === 0 ? [tmpdir()] : [tmpdir(), "/tmp", "/var/tmp"];
  for (const place of places) {
    const reachable =
      as.length === 0 || (await runProgram([...as, "test", "-x", place], { env: {} })).code === 0;
    if (!reachable) continue;
    const dir = await mkdtemp(join(place, "ainstein-db-"));
    if (as.length > 0) await chown(dir, NOBODY, NOBODY);
    return dir;
  }
  throw failed("A database server", "found no directory for its files", places.join(", "));
}

async function ready(
  title: string,
  url: string,
  log: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    signal?.throwIfAborted();
    const connected = await connect(url).catch(() => undefined);
    if (connected !== undefined) return connected.close();
    const said = await readFile(log, "utf8").catch(() => "");
    if (HOPELESS.test(said) || performance.now() > until) throw failed(title, "did not start", said);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

function failed(title: string, what: string, output: string): Fault {
  return new Fault("unavailable", `${title} ${what}: ${output.trim().split("\n").slice(-3).join(" ")}`, {
    code: "server_unavailable",
    scope: "item",
  });
}
