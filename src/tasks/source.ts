// Where tasks come from: files, and directories of them.
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { Fault } from "../lib/fault.ts";
import { MAX_BYTES, type ReadFile, readTaskFile } from "./read.ts";

/** All tasks of these files and directories, in their order, each file once; paths are named as seen from `cwd`. */
export async function readTasks(paths: readonly string[], cwd: string): Promise<ReadFile> {
  const found = await Promise.all(paths.map((path) => filesAt(resolve(cwd, path), cwd)));
  const faults = found.flatMap((one) => one.faults);
  const files = new Map(found.flatMap((one) => one.files).map((file) => [file.real, file.path]));
  const read = await Promise.all([...files.values()].map((path) => readOne(path, cwd)));
  return {
    tasks: read.flatMap(({ tasks }) => tasks),
    faults: [...faults, ...read.flatMap(({ faults: own }) => own)],
  };
}

interface Found {
  readonly files: readonly { readonly path: string; readonly real: string }[];
  readonly faults: readonly Fault[];
}

async function filesAt(path: string, cwd: string): Promise<Found> {
  const shown = shownAs(path, cwd);
  try {
    const there = await stat(path);
    if (!there.isDirectory()) return { files: [{ path, real: await realpath(path) }], faults: [] };
    const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort();
    if (names.length === 0) {
      return { files: [], faults: [unreadable(shown, "holds no file of tasks, *.yaml or *.yml")] };
    }
    const files = names.map(async (name) => ({
      path: join(path, name),
      real: await realpath(join(path, name)),
    }));
    return { files: await Promise.all(files), faults: [] };
  } catch (thrown) {
    return { files: [], faults: [unreadable(shown, reasonOf(thrown), thrown)] };
  }
}

async function readOne(path: string, cwd: string): Promise<ReadFile> {
  const shown = shownAs(path, cwd);
  try {
    const there = await stat(path);
    if (!there.isFile()) return { tasks: [], faults: [unreadable(shown, "is no file")] };
    // One byte more than may be read, so that what is too large is refused as such and not taken in.
    if (there.size > MAX_BYTES) return readTaskFile(new Uint8Array(MAX_BYTES + 1), shown);
    return readTaskFile(await readFile(path), shown);
  } catch (thrown) {
    return { tasks: [], faults: [unreadable(shown, reasonOf(thrown), thrown)] };
  }
}

function shownAs(path: string, cwd: string): string {
  return (relative(cwd, path) || ".").split(sep).join("/");
}

function reasonOf(thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  const words: Readonly<Record<string, string>> = {
    ENOENT: "is not there",
    ENOTDIR: "is not there",
    EACCES: "may not be read",
    EPERM: "may not be read",
    ELOOP: "is a link that leads in a circle",
  };
  return words[code] ?? `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}

function unreadable(file: string, said: string, cause?: unknown): Fault {
  return new Fault("usage", said, {
    code: "task.no-file",
    place: { file },
    hint: "Name a file of tasks, or a directory that holds some: ainstein-cms task run tasks/",
    ...(cause === undefined ? {} : { cause }),
  });
}
