import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { type StillHeld, whileHolding } from "../store/locks.ts";
import { thisProcess } from "../store/processes.ts";
import type { Base } from "../sync/model.ts";
import { type Tell, tellNobody } from "./decisions.ts";
import type { Emit } from "./events.ts";
import { onlyWhileHeld } from "./held.ts";
import { nothingToRecover, type Recovery, recover } from "./recover.ts";
import { linesFor, type Root, reloadLock, writeLockfile } from "./root.ts";
import { knownOfSite, type OpenTarget, openSite, rowKey, type Site } from "./site.ts";
import type { Sealing } from "./texts.ts";
import type { UndoFile } from "./undo-file.ts";

/** What a run is given besides the plan's own facts. */
export interface RunParts {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Undefined for commands that only look. */
  readonly store: (() => Store) | undefined;
  /** What this installation has kept so far; undefined where it has kept nothing. */
  readonly memory: () => Store | undefined;
  readonly sealing: Sealing;
  /** Where files that a run removes are kept. */
  readonly trashRoot: string;
  /** Where to collect what undoing the run elsewhere takes, and the key that seals it; undefined for nowhere. */
  readonly undoFile: UndoFile | undefined;
  /** Who runs this, for the record: user, host, CI job, commit. */
  readonly actor: () => Promise<JsonObject>;
  /** The signed record of a target. Nobody is asked for its key. */
  readonly record: (target: string) => Promise<Tell>;
}

/** A site opened for one run. */
export interface AtSite {
  readonly site: Site;
  readonly root: Root;
  /** Present while this run holds the site's lock. */
  readonly store: Store | undefined;
  readonly recovery: Recovery;
  readonly stillHeld: StillHeld;
  /** What is decided and done goes into the signed record. */
  readonly tell: Tell;
}

/**
 * Opens the site and, for a run that writes, takes its lock and finds out what earlier runs left open. The lock is
 * released when `work` is done, however it ends.
 */
export async function atSite<T>(
  parts: RunParts,
  target: OpenTarget,
  given: Root,
  run: { readonly id: string; readonly commandLine: string; readonly write: boolean },
  work: (at: AtSite) => Promise<T>,
): Promise<T> {
  let stillHeld: StillHeld = () => {};
  const connector = onlyWhileHeld(target.connector, () => stillHeld());
  const site = await openSite({ ...target, connector }, knownOfSite(target.name, given));
  refuseOtherSite(given, site);
  const store = run.write ? parts.store?.() : undefined;
  if (store === undefined) {
    return work({ site, root: given, store, recovery: nothingToRecover, stillHeld, tell: tellNobody });
  }
  const tell = await parts.record(target.name);
  const holder = { ...thisProcess(), run: run.id, command: run.commandLine };
  return whileHolding(store, site.account.site, holder, parts.clock, async (held) => {
    stillHeld = held;
    const now = () => new Date(parts.clock.now()).toISOString();
    const recovery = await recover({ store, tell, now }, site, given);
    const stale = await reloadLock(given);
    stillHeld();
    if (recovery.lines.length > 0) {
      await writeLockfile(stale, site, provenOver(linesFor(stale, target.name), recovery.lines));
    }
    recovery.close();
    return work({ site, root: await reloadLock(stale), store, recovery, stillHeld, tell });
  });
}

/** One line for each entry and each path that receipts tell of, the newest; the others as they are. */
function provenOver(lines: readonly Base[], proven: readonly Base[]): readonly Base[] {
  const entries = new Map(proven.map((line) => [rowKey(line), line]));
  const paths = new Map([...entries.values()].map((line) => [line.path, line]));
  return [...lines.filter((line) => !entries.has(rowKey(line)) && !paths.has(line.path)), ...paths.values()];
}

/** A lockfile speaks of one site; what it says of another would overwrite strangers. */
function refuseOtherSite(root: Root, site: Site): void {
  const header = root.lock.headers.find((line) => line.target === site.target.name);
  if (header === undefined || header.site === site.account.site) return;
  throw new Fault(
    "usage",
    `the lockfile binds "${site.target.name}" to ${header.site}, but this connection is ${site.account.site}`,
    {
      code: "other-site",
      place: { file: root.lockPath },
      hint: `nothing was sent. Use the connection of that site, or another --target name for this one; if the site itself has moved, \`ainstein-cms connections set-url ${site.target.name} <address>\``,
    },
  );
}
