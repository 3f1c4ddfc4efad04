import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { type Ended, runProgram } from "./program.ts";

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

/** A machine with the built program, a content directory, and a site that writes down what it is asked. */
export interface Scene {
  readonly dir: string;
  readonly root: string;
  readonly fake: FakeWordPress;
  readonly env: Record<string, string>;
  write(path: string, text: string | Uint8Array): void;
  read(path: string): string;
  remove(path: string): void;
  run(args: readonly string[], more?: Manner): Promise<Ended>;
  /** Requests so far that write. */
  writes(): number;
  stop(): Promise<void>;
}

export interface Manner {
  readonly env?: Record<string, string>;
  readonly input?: string;
  /** Of a refusal after which this machine leaves the site alone for a while: the script runs on another one. */
  readonly leftAlone?: boolean;
}

export interface Expected {
  readonly code: number;
  /** The fault's code for scripts. */
  readonly fault: string;
  /** What the message says. */
  readonly says: string;
  /** The way out, where the message alone does not show it. */
  readonly cure: string | undefined;
}

export const connectionTo = (url: string, password = "admin pass", username = "admin"): string =>
  JSON.stringify({ platform: "wordpress", url, auth: "app-password", username, password });

export async function openScene(): Promise<Scene> {
  const dir = mkdtempSync(join(tmpdir(), "ainstein-refusal-"));
  const root = join(dir, "content");
  mkdirSync(root);
  const fake = await startFakeWordPress();
  const env: Record<string, string> = {
    HOME: dir,
    AINSTEIN_HOME: join(dir, "home"),
    AINSTEIN_KEY: Buffer.alloc(32, 7).toString("base64"),
    AINSTEIN_CONNECTION_WP: connectionTo(fake.api),
  };
  return {
    dir,
    root,
    fake,
    env,
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    run: (args, more) => runProgram(args, { cwd: root, ...more, env: { ...env, ...more?.env } }),
    writes: () => fake.requests.filter((request) => request.write).length,
    stop: async () => {
      await fake.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** JSON lines as a script reads them: each must parse and say its version. */
export function linesOf(out: string): readonly Line[] {
  const lines = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line & { readonly v: unknown });
  expect(lines.filter((line) => line.v !== 1 || typeof line.type !== "string")).toEqual([]);
  return lines;
}

/** Every file of the content directory with its bytes. */
export function contentOf({ root }: Scene): Readonly<Record<string, string>> {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path)).toString("base64")]));
}

/**
 * The command is refused, for people and for scripts alike, with cause and cure; nothing was sent that writes, and no
 * file is another one than before.
 */
export async function expectRefusal(
  scene: Scene,
  args: readonly string[],
  expected: Expected,
  more?: Manner,
): Promise<void> {
  const [before, writes] = [contentOf(scene), scene.writes()];
  const told = await scene.run(args, more);
  expect({ code: told.code, err: told.err }).toEqual({
    code: expected.code,
    err: expect.stringContaining(expected.says),
  });
  if (expected.cure !== undefined) expect(told.err).toContain(expected.cure);
  const elsewhere = more?.leftAlone === true ? { AINSTEIN_HOME: join(scene.dir, "elsewhere") } : {};
  const script = await scene.run([...args, "--json"], { ...more, env: { ...more?.env, ...elsewhere } });
  expect(script.code).toBe(expected.code);
  const fault = linesOf(script.out).find((line) => line.code === expected.fault);
  expect(fault?.hint ?? undefined).toEqual(
    expected.cure === undefined ? undefined : expect.stringContaining(expected.cure),
  );
  expect(JSON.stringify([fault?.message, fault?.place])).toContain(
    JSON.stringify(expected.says).slice(1, -1),
  );
  expect(script.err).toBe("");
  expect(scene.writes()).toBe(writes);
  expect(contentOf(scene)).toEqual(before);
}
