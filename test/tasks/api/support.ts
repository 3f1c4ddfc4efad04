// Made services on this machine: written, installed, started, called and ended.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { apiFiles } from "../../../src/tasks/api/files.ts";
import { apiModel } from "../../../src/tasks/api/model.ts";
import type { ApiModel } from "../../../src/tasks/api/types.ts";
import { setupApi, type TaskOf } from "../../../src/tasks/schema.ts";

export const run = promisify(execFile);

/** A task as a file would have it, defaults filled in. */
export function task(specifications: object): TaskOf<"setup_api"> {
  return setupApi.parse({ task_id: "t", task_type: "setup_api", specifications });
}

/** The model of a task that lacks nothing. */
export function modelOf(specifications: object): ApiModel {
  const model = apiModel(task(specifications));
  if ("needs" in model) throw new Error(JSON.stringify(model.needs));
  return model;
}

/** Writes the files; the directory of the service. */
export async function written(model: ApiModel): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "made-api-"));
  for (const { path, text, executable } of apiFiles(model)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (executable === true) await chmod(file, 0o755);
  }
  return join(root, "apis", model.name);
}

/** `npm ci`, once for each lock file: later ones get links to what the first has brought. */
export async function install(dir: string): Promise<void> {
  const lock = await readFile(join(dir, "package-lock.json"));
  // The service's own name is no matter of its packages.
  const key = createHash("sha256")
    .update(JSON.stringify(JSON.parse(lock.toString()).packages))
    .digest("hex");
  const kept = join(tmpdir(), `made-api-modules-${key.slice(0, 16)}`);
  const there = await access(kept).then(
    () => true,
    () => false,
  );
  if (!there) {
    const fresh = await mkdtemp(join(tmpdir(), "made-api-install-"));
    for (const name of ["package.json", "package-lock.json"]) await cp(join(dir, name), join(fresh, name));
    await run("npm", ["ci", "--engine-strict", "--prefer-offline", "--no-audit", "--no-fund"], {
      cwd: fresh,
    });
    await rename(join(fresh, "node_modules"), kept).catch(() => undefined);
    await rm(fresh, { recursive: true, force: true });
  }
  await run("cp", ["-al", kept, join(dir, "node_modules")]);
}

export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends the signal; the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The service, listening. Throws what it says where it ends instead. */
export async function start(dir: string, env: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(process.execPath, ["server.js"], {
    cwd: dir,
    env: { PATH: process.env.PATH, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => {
    words += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { msg, url: found } = JSON.parse(line);
      if (msg === "listening") resolve(found);
    });
    ended.then((code) => reject(new Error(`exit ${code}: ${words}`)));
  });
  return {
    url,
    child,
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** As JSON.parse has it; a text where it is no JSON. */
  readonly body: ReturnType<typeof JSON.parse>;
}

/** One call; a text is sent as it is, anything else as JSON. */
export async function call(
  url: string,
  words: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const [method = "GET", path = "/"] = words.split(" ");
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}
