// Files written whole or not at all, and faults that name them.

import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Fault } from "../../lib/fault.ts";

/** Undefined when there is no such file. */
export function readText(path: string): string | undefined {
  return orAbsent(path, () => readFileSync(path, "utf8"));
}

/** Names in a directory, in order; none when it is not there. */
export function namesIn(directory: string): readonly string[] {
  return orAbsent(directory, () => readdirSync(directory).sort()) ?? [];
}

/** On disk, in full and under its name, when this returns. Makes the directories above it. */
export function writeDurably(path: string, data: string | Buffer): void {
  attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    replace(path, data, true);
    syncDirectory(dirname(path));
  });
}

/** Whole or not at all, but perhaps not yet on disk: for what can be made again. */
export function writeDerived(path: string, data: string): void {
  attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    replace(path, data, false);
  });
}

/** A short write, as a disk that is nearly full makes them, leaves the old file as it is. */
function replace(path: string, data: string | Buffer, durable: boolean): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, data, { flag: "wx", mode: 0o644, flush: durable });
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
}

export function moveDurably(from: string, to: string): void {
  attempt(from, () => {
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
    syncDirectory(dirname(to));
    syncDirectory(dirname(from));
  });
}

export function removeFile(path: string): void {
  attempt(path, () => rmSync(path, { force: true }));
}

/** Makes a rename last over a power cut; Windows neither needs nor allows it. */
function syncDirectory(directory: string): void {
  let handle: number;
  try {
    handle = openSync(directory, "r");
  } catch (thrown) {
    if (["EPERM", "EISDIR", "EACCES"].includes(errorCode(thrown))) return;
    throw thrown;
  }
  try {
    fsyncSync(handle);
  } catch (thrown) {
    if (!["EPERM", "EINVAL"].includes(errorCode(thrown))) throw thrown;
  } finally {
    closeSync(handle);
  }
}

function orAbsent<T>(path: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(thrown))) return undefined;
    throw fileFault(path, thrown);
  }
}

export function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw fileFault(path, thrown);
  }
}

export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}

function fileFault(path: string, thrown: unknown): Fault {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const hints: Readonly<Record<string, string>> = {
    ENOSPC: "The disk is full: free some space, then run the command again.",
    EDQUOT: "Your quota on this disk is used up: free some space, then run the command again.",
    EROFS: "The file system is read-only.",
    EACCES: "The user who runs this needs the right to read and write there.",
    EPERM: "The user who runs this needs the right to read and write there.",
  };
  const hint = hints[errorCode(thrown)];
  return new Fault("unavailable", `${path}: ${reason}`, {
    code: "local.file",
    cause: thrown,
    ...(hint === undefined ? {} : { hint }),
  });
}
