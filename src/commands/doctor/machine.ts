// What `doctor` looks at on this machine, whatever it is connected with.
import { accessSync, constants, existsSync, type Stats, statfsSync, statSync } from "node:fs";
import { platform } from "node:os";
import { dirname, resolve } from "node:path";
import { environmentNames, readEnvironmentConnection, variableFor } from "../../auth/environment.ts";
import { asFault, isFault } from "../../lib/fault.ts";
import type { Finding } from "../../report/findings.ts";
import { listConnections } from "../../store/connections.ts";
import { DATABASE } from "../../store/db.ts";
import { examineDatabase, type Integrity } from "../../store/integrity.ts";
import { nodeVersion } from "../../store/processes.ts";
import { latestStart } from "../../store/runs.ts";
import { hasSealedRows, secretOwners } from "../../store/secrets.ts";
import { leftAlone } from "../circuits.ts";
import type { Context } from "../context.ts";
import { broken, type Check, mended, note, trouble, well } from "./checks.ts";
import { homeSettings } from "./home-settings.ts";
import { claims, locks } from "./leftovers.ts";
import { record } from "./record.ts";
import { roots } from "./roots.ts";
import { services } from "./services.ts";
import { type Machine, storeOf } from "./subject.ts";

/** The oldest Node that this program runs on, as package.json says it. */
export const LEAST_NODE = "20.19";

const MEGABYTE = 1024 * 1024;

export const MACHINE_CHECKS: readonly Check<Machine>[] = [
  { id: "node", look: () => [nodeFinding(nodeVersion)] },
  { id: "home", look: ({ context }) => home(context) },
  { id: "disk", look: ({ context }) => disk(context.home) },
  { id: "database", after: ["home"], look: database },
  { id: "keychain", after: ["database"], look: keychain },
  { id: "clock", after: ["database"], look: clock },
  { id: "locks", after: ["database"], look: locks },
  { id: "queue", after: ["database"], look: claims },
  { id: "connections", after: ["database"], look: connections },
  { id: "services", after: ["database"], look: services },
  { id: "record", after: ["database"], look: record },
  { id: "settings", after: ["database"], look: homeSettings },
  { id: "roots", look: roots },
];

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE.split(".").map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return well("node", `Node ${version}`);
  }
  return trouble("node", "broken", {
    code: "node-old",
    seen: `Node ${version} runs this program, which needs ${LEAST_NODE} or newer.`,
    cure: "Install a newer Node: https://nodejs.org/en/download",
  });
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Opening the database closes a home that is open to others, as each command does; so it is looked at before. */
function home(context: Context): readonly Finding[] {
  const { home: dir } = context;
  const before = statOf(dir);
  if (before === undefined) {
    return [note("home", `${dir} is not there yet: the first connection makes it`)];
  }
  if (!before.isDirectory()) {
    return [
      trouble("home", "broken", {
        code: "home-not-a-directory",
        seen: `${dir} is not a directory.`,
        cure: "Set AINSTEIN_HOME to a directory of its own.",
      }),
    ];
  }
  try {
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const readOnly = (thrown as { code?: unknown }).code === "EROFS";
    return [
      trouble("home", "broken", {
        code: "home-not-writable",
        seen: `${dir} ${readOnly ? "is on a file system that is read-only" : "cannot be read and written by you"}.`,
        means: "No connection, run or history can be kept.",
        cure: `${readOnly ? "Mount it so that it can be written" : "Give yourself the right to write it"}, or set AINSTEIN_HOME to a directory of your own.`,
      }),
    ];
  }
  const open = [dir, ...["", "-wal", "-shm"].map((end) => resolve(dir, DATABASE) + end)].filter(isOpen);
  if (open.length === 0) return [well("home", `${dir}, for you alone`)];
  return [closed(context, open, before)];
}

function isOpen(path: string): boolean {
  return platform() !== "win32" && ((statOf(path)?.mode ?? 0) & 0o077) !== 0;
}

function closed(context: Context, open: readonly string[], before: Stats): Finding {
  const mode = (before.mode & 0o777).toString(8);
  const seen = `${open.join(", ")} could be read by other users of this machine`;
  // Without a database it may be somebody's directory for other things.
  if (storeOf(context) === undefined) {
    return trouble("home", "broken", {
      code: "home-open",
      seen: `${context.home} can be read by other users of this machine (mode ${mode}), and has no database of ours.`,
      cure: `Set AINSTEIN_HOME to a directory of its own, or, if this is one: chmod 700 ${context.home}`,
    });
  }
  if (open.some(isOpen)) {
    return trouble("home", "broken", {
      code: "home-open",
      seen: `${seen}, and still can.`,
      cure: `chmod -R go= ${context.home}`,
    });
  }
  return mended("home", "home-open", `${seen}; they are closed now, as each command does`);
}

export interface Space {
  readonly freeBytes: number;
  /** Undefined where the file system counts none. */
  readonly freeFiles: number | undefined;
}

const LEAST_FREE = 50 * MEGABYTE;
const LITTLE_FREE = 500 * MEGABYTE;

export function spaceFinding(dir: string, { freeBytes, freeFiles }: Space): Finding {
  const free = `${megabytes(freeBytes)} free on the disk of ${dir}`;
  const none = freeFiles === 0;
  if (!none && freeBytes >= LITTLE_FREE) return well("disk", free);
  return trouble("disk", none || freeBytes < LEAST_FREE ? "broken" : "warning", {
    code: "disk-full",
    seen: none ? `The disk of ${dir} takes no more files.` : `Only ${free}.`,
    means: "A run that cannot record what it is about to do does not do it.",
    cure: "Free some space. `ainstein-cms runs prune` drops old history.",
  });
}

function disk(dir: string): readonly Finding[] {
  let there = dir;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize, ffree, files } = statfsSync(there);
  return [spaceFinding(dir, { freeBytes: bavail * bsize, freeFiles: files === 0 ? undefined : ffree })];
}

function database({ context, fix }: Machine): readonly Finding[] {
  if (!existsSync(resolve(context.home, DATABASE))) {
    return [note("database", "there is none yet: nothing was connected here")];
  }
  const seen = examineDatabase(context.home);
  const finding = integrityFinding(seen);
  if (finding.state === "broken") return [finding];
  const store = context.store();
  if (!fix || finding.state !== "warning") return [finding];
  store.compact();
  const { bytes, logBytes } = examineDatabase(context.home);
  const now = `it takes ${megabytes(bytes + logBytes)} now, before ${megabytes(seen.bytes + seen.logBytes)}`;
  return [mended("database", "store.roomy", `${seen.file} was rewritten without what was deleted: ${now}`)];
}

/** Below it nobody misses the room. */
const MUCH_IDLE = 64 * MEGABYTE;

export function integrityFinding({ file, damage, bytes, idleBytes, logBytes }: Integrity): Finding {
  if (damage.length > 0) {
    return trouble("database", "broken", {
      code: "store.corrupt",
      seen: `${file} is damaged: ${damage.join("; ")}`,
      means: "What is recorded there may be wrong. Which file is which entry stands in ainstein.lock, too.",
      cure: "Move it away and restore a backup; without one, start anew with `ainstein-cms connect`.",
    });
  }
  const idle = idleBytes + logBytes;
  if (idle < MUCH_IDLE || idle < bytes / 4) return well("database", `${file} is sound (${megabytes(bytes)})`);
  return trouble("database", "warning", {
    code: "store.roomy",
    seen: `${file} is sound, and ${megabytes(idle)} of it and its log hold nothing that is needed.`,
    cure: "ainstein-cms doctor --fix rewrites it without them.",
    fixable: true,
  });
}

/** Reads every secret once; what cannot be read is told with its cure. */
async function keychain({ context }: Machine): Promise<readonly Finding[]> {
  const store = storeOf(context);
  if (store === undefined || !hasSealedRows(store)) {
    return [note("keychain", "nothing is sealed yet: its key is made with the first secret")];
  }
  const vault = context.vault();
  const { keyFrom, detail } = await vault.describe();
  const asked = keyFrom === "passphrase" && (context.env.AINSTEIN_PASSPHRASE ?? "") === "";
  if (asked && context.ui.interactive)
    return [note("keychain", `${detail} It is asked for when it is needed.`)];
  let read = 0;
  for (const owner of secretOwners(store)) read += Object.keys(await vault.all(owner)).length;
  if (read === 0) return [note("keychain", `${detail} No secret is kept that it could be tried on.`)];
  return [well("keychain", `${detail} ${read} ${read === 1 ? "secret" : "secrets"} can be read.`)];
}

/** Runs that began later than now were recorded by a clock that was ahead, or this one is behind. */
function clock({ context }: Machine): readonly Finding[] {
  const store = storeOf(context);
  const latest = store === undefined ? undefined : latestStart(store);
  return [clockFinding(context.clock.now(), latest)];
}

const SAME_TIME_MS = 5 * 60_000;

/** Times in ms since 1970. */
export function clockFinding(now: number, latest: number | undefined): Finding {
  const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  if (latest === undefined || latest <= now + SAME_TIME_MS)
    return well("clock", `it is ${instant(now)} here`);
  return trouble("clock", "broken", {
    code: "clock-back",
    seen: `It is ${instant(now)} here, and the latest run began at ${instant(latest)}, which is ahead.`,
    means:
      "Tokens are refused by a clock that is wrong, and certificates seem to have expired or not to hold yet.",
    cure: "Set this machine's clock by NTP.",
  });
}

/** Nothing is asked over the network; `doctor <connection>` does that. */
function connections({ context }: Machine): readonly Finding[] {
  const store = storeOf(context);
  const stored = store === undefined ? [] : listConnections(store);
  const given = environmentNames(context.env);
  const unreadable = given.flatMap((name) => {
    try {
      readEnvironmentConnection(context.env, name, context.cwd);
      return [];
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      return [broken("connections", asFault(thrown), `No command can use the connection ${name}.`)];
    }
  });
  const hidden = stored.filter(({ name }) => given.includes(name));
  const covers = hidden.map(({ name }) =>
    note("connections", `${variableFor(name)} is set: it is used in place of the stored connection ${name}`),
  );
  const resting = stored.flatMap((record) => {
    const circuit = leftAlone(context, record);
    if (circuit === undefined) return [];
    return [
      trouble("connections", "warning", {
        code: "circuit-open",
        seen: `${record.name} is left alone since ${circuit.since}: ${circuit.message}`,
        cure: `ainstein-cms doctor ${record.name}`,
      }),
    ];
  });
  const found = [...unreadable, ...resting, ...covers];
  const words = `${stored.length} stored, ${given.length} from the environment`;
  return found.some(({ state }) => state !== "note") ? found : [well("connections", words), ...found];
}

function megabytes(bytes: number): string {
  return bytes >= 1024 * MEGABYTE
    ? `${(bytes / 1024 / MEGABYTE).toFixed(1)} GB`
    : `${(bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0)} MB`;
}
