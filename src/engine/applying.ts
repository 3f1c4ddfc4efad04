import type { Listing } from "../connectors/contract.ts";
import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { stopFault } from "../lib/stop.ts";
import type { Store } from "../store/db.ts";
import type { NewIntent } from "../store/journal.ts";
import type { StillHeld } from "../store/locks.ts";
import type { NewVersion, Side, VersionEvent } from "../store/versions.ts";
import type { Base, Fingerprint } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import type { Emit } from "./events.ts";
import type { Item } from "./gather.ts";
import type { Root } from "./root.ts";
import { factsAimed, factsOf, type LoadedFile, loadFile, movedOn, scanFile, wholeFile } from "./scan.ts";
import type { Site } from "./site.ts";
import type { TextOwner } from "./texts.ts";
import type { Together } from "./together.ts";

/** What carrying out a plan needs, and what it collects. */
export interface Applying {
  readonly site: Site;
  readonly root: Root;
  readonly store: Store;
  readonly run: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Aborted at Ctrl-C: the step in flight is finished, nothing new is begun. */
  readonly signal: AbortSignal;
  readonly allowLossy: boolean;
  readonly stillHeld: StillHeld;
  /** Seals a text of one side, to be stored together with what happened to it. */
  readonly sealText: (
    owner: Pick<TextOwner, "path" | "id" | "kind" | "locale">,
    side: Side,
    event: VersionEvent,
    text: Uint8Array,
  ) => Promise<NewVersion>;
  /** Number of the kept text of an entry before a write of an earlier run that was cut off. */
  readonly cutOff: (id: string) => number | undefined;
  /** Where removed files go. */
  readonly trash: string;
  /** Lockfile lines by path, as they will be written. */
  readonly lines: Map<string, Base>;
  /** Files that are not sent as they are, by path: the git blob id of the version that is held. */
  readonly held: Map<string, string>;
  /** Documents written by this run, by path, for the read-back. */
  readonly written: Map<string, Written>;
  /** Steps that are sent side by side; one that is not in it goes alone. */
  readonly together: Map<Step, Together>;
  /** Does `work` in one transaction with what is asked for in the same tick; durable once it resolves. */
  readonly commit: <T>(work: () => T) => Promise<T>;
  writes: number;
}

export interface Written {
  readonly step: Step;
  readonly line: Base;
  /** What the site answered the write with; undefined where it was to take the entry away. */
  readonly seen: Fingerprint | undefined;
  /** When the site answered, in ms since 1970. */
  readonly at: number;
}

/** The file as it is now; refused when it is no longer what the plan saw. */
export async function currentFile(applying: Applying, step: Step, item: Item): Promise<LoadedFile> {
  const { root, site } = applying;
  const { file: known, subject } = item;
  const path = subject.local?.path ?? step.path;
  if (known?.path === path && known.blob === step.expects.local) {
    const { links = {} } = subject.base ?? {};
    return wholeFile(root, site, await factsAimed(root, site, factsOf(site, known), links, false));
  }
  await refuseMovedOn(applying, path, step.expects.local);
  const file = await loadFile(root, site, path, subject.base?.links);
  if (file === undefined) throw new Fault("defect", `${path} is no document of this root`);
  if (file.blob !== step.expects.local) throw movedOn(path);
  return file;
}

/** Throws `conflict` unless the file is the version of this blob; undefined for no file. */
export async function refuseMovedOn(
  { root }: Pick<Applying, "root">,
  path: string,
  blob: string | undefined,
): Promise<void> {
  if ((await scanFile(root, path))?.blob !== blob) throw movedOn(path);
}

/** Clocks of site and machine may differ by this much and a young revision still count as young. */
const CLOCK_SLACK_MS = 60_000;

/** Whether an entry was read so soon after its last change that a later one could carry the same revision. */
export function isRacy({ site, clock }: Pick<Applying, "site" | "clock">, entry: Listing): boolean {
  const window = site.target.connector.traits.raceWindowMs;
  if (window === 0) return false;
  return entry.modified === undefined || clock.now() - entry.modified < window + CLOCK_SLACK_MS;
}

/**
 * Waits until the other documents of the group are about to send as well, then does `work` in one transaction with
 * theirs: all go on in the same tick, once it is durable. Rejects with the fault of the run where that is to end.
 */
export function meet<T>({ together, store, signal }: Applying, step: Step, work: () => T): Promise<T> {
  const group = together.get(step);
  const unlessEnded = (): T => {
    if (signal.aborted) throw stopFault(signal, "stopped before it was sent");
    return work();
  };
  return group === undefined
    ? Promise.resolve().then(() => store.transaction(unlessEnded))
    : group.meet(unlessEnded);
}

export function forgetLine(applying: Applying, base: Base | undefined): void {
  if (base !== undefined) applying.lines.delete(base.path);
}

/** Throws once this run has lost the lock of its site. */
export function entryIntent(
  { run, site, root, stillHeld }: Applying,
  step: Step,
  op: NewIntent["op"],
  id: string | undefined,
  payload: Json,
): NewIntent {
  stillHeld();
  return {
    run,
    site: site.account.site,
    rootId: root.id,
    op,
    path: step.path,
    locale: step.locale,
    key: id ?? "",
    ...(id === undefined ? {} : { id }),
    payload,
  };
}
