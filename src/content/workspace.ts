import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { z } from "zod";
import { Fault, type Place } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import { isRoot } from "./config.ts";
import { decodeText, placeOf } from "./text.ts";
import { isInside } from "./tree.ts";
import { workspaceSchema } from "./workspace-schema.ts";
import { type Origin, parseYaml, type Yaml, yamlFields } from "./yaml-front.ts";

export const WORKSPACE_FILE = "ainstein.workspace.yaml";

/** A root of a workspace. */
export interface WorkspaceRoot {
  /** Relative to the workspace, with `/`; `.` for its own directory. */
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
}

/**
 * The roots that the nearest workspace upwards of `start` lists, each once, in the order of the list. Throws `usage`
 * where there is no workspace, where it cannot be read, and for a root that is not there or lies outside of it.
 */
export async function workspaceRoots(start: string): Promise<readonly WorkspaceRoot[]> {
  const dir = await findWorkspace(start);
  const { patterns, placeAt } = await readWorkspace(dir);
  const real = await realpath(dir);
  const roots = new Map<string, WorkspaceRoot>();
  for (const [index, pattern] of patterns.entries()) {
    const names = await namesOf(dir, pattern);
    if (names.length === 0) throw noRoot(pattern, placeAt(index));
    for (const name of names) {
      const there = await realpath(join(dir, name));
      if (!isInside(real, there)) throw outside(name, placeAt(index));
      if (!roots.has(there)) roots.set(there, { name, dir: join(dir, name) });
    }
  }
  return [...roots.values()];
}

async function findWorkspace(start: string): Promise<string> {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const found = await stat(join(directory, WORKSPACE_FILE)).catch(() => undefined);
    if (found?.isFile() === true) return directory;
    if (dirname(directory) !== directory) continue;
    throw new Fault("usage", `there is no ${WORKSPACE_FILE} in ${start} or above it`, {
      code: "no-workspace",
      hint: `make one that lists the roots, e.g. \`roots: ["clients/*"]\`. Nothing was sent`,
    });
  }
}

interface Workspace {
  readonly patterns: readonly string[];
  /** Where the n-th of them stands. */
  readonly placeAt: (index: number) => Place;
}

async function readWorkspace(dir: string): Promise<Workspace> {
  try {
    const { lf } = decodeText(await readFile(join(dir, WORKSPACE_FILE)), WORKSPACE_FILE);
    const origin: Origin = { path: WORKSPACE_FILE, lf, offset: 0 };
    const document = parseYaml(lf, origin);
    const place = (path: readonly PropertyKey[]) => placeOf(WORKSPACE_FILE, lf, offsetAt(document, path));
    const checked = workspaceSchema.safeParse(yamlFields(document, origin));
    if (!checked.success) throw issueFault(checked.error, place);
    return { patterns: checked.data.roots, placeAt: (index) => place(["roots", index]) };
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.kind === "usage") throw thrown;
    const fault = thrown instanceof Fault ? thrown : undefined;
    throw new Fault("usage", fault?.message ?? `${WORKSPACE_FILE} cannot be read: ${String(thrown)}`, {
      code: "workspace",
      place: fault?.place ?? { file: WORKSPACE_FILE },
      cause: thrown,
      ...(fault?.hint === undefined ? {} : { hint: fault.hint }),
    });
  }
}

/** Of the node itself, else of the nearest one around it. */
function offsetAt(document: Yaml, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
    if (node?.range?.[0] !== undefined) return node.range[0];
  }
  return 0;
}

function issueFault(error: z.ZodError, place: (path: readonly PropertyKey[]) => Place): Fault {
  const [issue] = error.issues;
  const key = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const near = key === undefined ? undefined : nearestName(key, Object.keys(workspaceSchema.shape));
  const where = issue?.path.map(String).join(".") ?? "";
  const message =
    key === undefined
      ? `${where === "" ? "" : `\`${where}\`: `}${issue?.message}`
      : `\`${key}\` is not known here`;
  return new Fault("usage", message, {
    code: "workspace",
    place: place(key === undefined ? (issue?.path ?? []) : [key]),
    ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
  });
}

/** Directories that a path or pattern stands for. Those of a pattern are roots, in order of their names. */
async function namesOf(dir: string, pattern: string): Promise<readonly string[]> {
  const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
  let names: readonly string[] = [""];
  for (const segment of segments) {
    const found = await Promise.all(names.map((name) => below(dir, name, segment)));
    names = found.flat();
  }
  const plain = !pattern.includes("*");
  const isWanted = async (name: string) => {
    const found = await stat(join(dir, name)).catch(() => undefined);
    return found?.isDirectory() === true && (plain || (await isRoot(join(dir, name))));
  };
  const wanted = await Promise.all(names.map(isWanted));
  return names.filter((_, index) => wanted[index]).map((name) => (name === "" ? "." : name));
}

async function below(dir: string, parent: string, segment: string): Promise<readonly string[]> {
  const path = (name: string) => (parent === "" ? name : `${parent}/${name}`);
  if (!segment.includes("*")) return [path(segment)];
  const parts = segment.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const fits = new RegExp(`^${parts.join(".*")}$`);
  const names = await readdir(join(dir, parent)).catch(() => []);
  return names
    .filter((name) => fits.test(name) && !name.startsWith("."))
    .sort()
    .map(path);
}

function noRoot(pattern: string, place: Place): Fault {
  const message = pattern.includes("*")
    ? `no directory that ${pattern} stands for has an ainstein.yaml or ainstein.lock`
    : `there is no directory ${pattern}`;
  return new Fault("usage", message, {
    code: "no-such-root",
    place,
    hint: "check the spelling; paths are relative to the workspace's file. Nothing was sent",
  });
}

function outside(name: string, place: Place): Fault {
  return new Fault("usage", `${name} leads out of the workspace`, {
    code: "outside-workspace",
    place,
    hint: "put a copy in its place, or the workspace's file further up. Nothing was sent",
  });
}
