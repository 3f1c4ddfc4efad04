import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { type Clock, systemClock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { openDatabase } from "./driver.ts";
import { errorCode, isBusy } from "./failures.ts";

/**
 * Takes a lock of the operating system's own, by way of an empty SQLite file: when its owner is killed it is free,
 * whatever the owner left. Returns what releases it; undefined while somebody else, in this process or another, has it.
 * Throws the driver's errors for a file that cannot be made.
 */
export function tryExclusive(path: string): (() => void) | undefined {
  let database: Database.Database | undefined;
  try {
    database = openDatabase(path, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
  } catch (thrown) {
    database?.close();
    if (isBusy(thrown)) return undefined;
    throw thrown;
  }
  const held = database;
  return () => {
    held.exec("ROLLBACK");
    held.close();
  };
}

/** About half a minute at the longest wait below. */
const ATTEMPTS = 1000;
const LONGEST_WAIT_MS = 32;

/**
 * Runs `work`, which must be short, while no other process of this user does so under the same name, whichever
 * installation it belongs to. Throws `locked` when the name stays taken.
 */
export async function exclusively<T>(
  name: string,
  work: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const path = lockPath(name);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const release = tryExclusive(path);
    if (release === undefined) {
      await clock.sleep(Math.min(2 ** attempt, LONGEST_WAIT_MS));
      continue;
    }
    try {
      return await work();
    } finally {
      release();
    }
  }
  throw new Fault("locked", `another process keeps ${name} busy`, {
    code: "file-locked",
    hint: "Wait for it to end, then run the same command again: what was done is found, nothing is done twice.",
  });
}

/** Somebody may be looking, which takes no time. */
const LOOKS = 10;

/**
 * Does `work`, however long it takes, while no other process of this user does so under the same name, whichever
 * installation it belongs to. Throws `locked` where one does.
 */
export async function holdingAlone<T>(name: string, work: () => Promise<T>, clock: Clock): Promise<T> {
  const path = lockPath(name);
  let release = tryExclusive(path);
  for (let look = 0; release === undefined && look < LOOKS; look++) {
    await clock.sleep(LONGEST_WAIT_MS);
    release = tryExclusive(path);
  }
  if (release === undefined) {
    throw new Fault("locked", `Another process is at work on ${name}.`, {
      code: "run.locked",
      hint: "It belongs to another installation, one with another --home. Wait until it is done.",
    });
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/** Is anybody at work under this name now? */
export function isHeldAlone(name: string): boolean {
  const release = tryExclusive(lockPath(name));
  release?.();
  return release === undefined;
}

function lockPath(name: string): string {
  return join(lockDirectory(), `${sha256Hex(name).slice(0, 32)}.lock`);
}

/** For this user alone: in a directory of somebody else's, the file could be theirs, too. */
function lockDirectory(): string {
  const uid = ownUid();
  const directory = join(tmpdir(), `ainstein-cms-${uid}`);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (thrown) {
    if (errorCode(thrown) !== "EEXIST") throw lockFault(directory, thrown);
  }
  const found = lstatSync(directory);
  if (found.isDirectory() && (uid < 0 || found.uid === uid)) return directory;
  throw lockFault(directory, undefined);
}

/** -1 where the system has no such numbers, or, as in some containers, no name for ours. */
function ownUid(): number {
  try {
    return userInfo().uid;
  } catch {
    return -1;
  }
}

function lockFault(directory: string, cause: unknown): Fault {
  return new Fault(
    "invalid",
    `${directory}, where locks lie, is no directory of this user that can be written`,
    {
      code: "lock-directory",
      hint: "Set TMPDIR to a directory of your own.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
