import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
} from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { Fault } from "../lib/fault.ts";
import { storeFault } from "./failures.ts";

const OTHERS = 0o077;

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Closes a directory to other users; one that plainly serves other purposes as well is refused instead. */
function keepPrivate(home: string, file: string): void {
  const stats = statSync(home);
  if ((stats.mode & OTHERS) === 0) return;
  const names = readdirSync(home);
  if (names.length > 0 && !names.includes(file)) {
    throw new Fault("usage", `${home} can be read by other users and already holds other files.`, {
      code: "store.shared-home",
      hint: `Set AINSTEIN_HOME to a directory of its own, or, if this is one, type: chmod 700 ${home}`,
    });
  }
  chmodSync(home, 0o700);
}

/** Makes sure that `home` (0700) and the database in it (0600) exist for us alone. Returns the file's path. */
export function prepareHome(home: string, file: string): string {
  const path = join(home, file);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const windows = platform() === "win32";
    if (!windows) keepPrivate(home, file);
    closeSync(openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600));
    if (windows) return path;
    for (const each of [path, `${path}-wal`, `${path}-shm`]) {
      const stats = statOf(each);
      if (stats !== undefined && (stats.mode & OTHERS) !== 0) chmodSync(each, 0o600);
    }
    return path;
  } catch (thrown) {
    throw storeFault(thrown, path);
  }
}
