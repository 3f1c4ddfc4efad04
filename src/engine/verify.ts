import type { Entry } from "../connectors/contract.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { changedParts } from "../sync/detect.ts";
import type { Fingerprint } from "../sync/model.ts";
import type { Applying, Written } from "./applying.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import { inGroups } from "./schedule.ts";
import { readEntries, rowKey } from "./site.ts";
import { onSiteTwice } from "./twice.ts";

type Found = Entry | "missing" | "trashed" | undefined;

/** Of the documents this run wrote, by path. */
export interface Verification {
  /** Written entries that the site, asked again, holds as it answered the write, and removed ones that it does not. */
  readonly verified: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, Fault>;
}

/** Parts of the whole that are read back at one time. */
const ABREAST = 2;

/**
 * Reads back every entry this run wrote, first those that were written first. Each is waited with until its write is older
 * than the platform's race window, so that the revisions that are stored can be trusted by the next run.
 */
export async function verify(applying: Applying): Promise<Verification> {
  const { site, written } = applying;
  const verification = { verified: new Set<string>(), faults: new Map<string, Fault>() };
  if (written.size === 0) return verification;
  const target = site.target.name;
  const total = written.size;
  applying.emit({ type: "phase", target, phase: "verify", detail: `${total}` });
  let done = 0;
  await inGroups(
    [...written.values()].sort((a, b) => a.at - b.at),
    { most: Math.max(1, site.target.connector.traits.readBatch), width: ABREAST, after: () => [] },
    async (items) => {
      await verifySome(applying, items, verification).catch((thrown: unknown) => {
        for (const item of items) verification.faults.set(item.line.path, notVerified(thrown));
      });
      done += items.length;
      applying.emit({ type: "progress", target, phase: "verify", done, total });
    },
  );
  return verification;
}

async function verifySome(
  applying: Applying,
  items: readonly Written[],
  { verified, faults }: { readonly verified: Set<string>; readonly faults: Map<string, Fault> },
): Promise<void> {
  const { site, lines } = applying;
  const settled = await settle(applying, items);
  const found = await readEntries(
    site,
    items.map((item) => item.line),
  );
  const doubled = await twinsOf(applying, items, found);
  for (const item of items) {
    const entry = found.get(rowKey(item.line));
    const fault =
      item.seen === undefined ? stillThere(item, entry) : differs(item, item.seen, entry, doubled);
    if (fault !== undefined) faults.set(item.line.path, fault);
    else verified.add(item.line.path);
    const line = item.seen === undefined ? item.line : lines.get(item.line.path);
    if (typeof entry !== "object" || line === undefined) continue;
    // The base of an entry that stayed is what it was: its removal is still to be done.
    if (item.seen === undefined) lines.set(line.path, line);
    else if (fault === undefined) {
      // A line without revision waits for a pull, of the state, too.
      const now = line.revision === "" ? {} : { revision: entry.revision, state: entry.state };
      lines.set(line.path, { ...line, ...now, racy: !settled });
    }
  }
}

/** Waits until the race window of these writes is over; false where that was cut short. */
async function settle({ site, clock, signal }: Applying, items: readonly Written[]): Promise<boolean> {
  const { raceWindowMs } = site.target.connector.traits;
  if (raceWindowMs === 0 || items.every(({ seen }) => seen === undefined)) return true;
  const over = Math.max(...items.map(({ at }) => at)) + raceWindowMs;
  // Timers may fire a little early.
  const wait = over - clock.now() + 20;
  if (wait > 0 && !signal.aborted) await clock.sleep(wait);
  return clock.now() >= over;
}

function notVerified(thrown: unknown): Fault {
  const cause = asFault(thrown);
  return new Fault(cause.kind, `written, but it could not be read back: ${cause.message}`, {
    code: "not-verified",
    cause: thrown,
    hint: "run the same command again: it sends nothing twice",
  });
}

/** Other entries, none of them another document of this root, that say the same as what this run created. */
async function twinsOf(
  { site, lines }: Applying,
  items: readonly Written[],
  found: ReadonlyMap<string, Entry | "missing" | "trashed">,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { twins } = site.target.connector;
  const created = items.flatMap(({ step, line }) => {
    const entry = found.get(rowKey(line));
    return step.action === "create" && typeof entry === "object" ? entry : [];
  });
  if (twins === undefined || created.length === 0) return new Map();
  const managed = new Set([...lines.values()].map((line) => line.id));
  const strangers = [...(await twins(created))].map(
    ([id, others]) => [id, others.filter((other) => !managed.has(other))] as const,
  );
  return new Map(strangers.filter(([, others]) => others.length > 0));
}

function twice({ step, line }: Written, others: readonly string[] | undefined): Fault | undefined {
  return others === undefined ? undefined : onSiteTwice(step.path, [line.id, ...others]);
}

function stillThere({ line, step }: Written, entry: Found): Fault | undefined {
  if (typeof entry !== "object") return undefined;
  return new Fault("conflict", `${step.path} was removed, and the site still has entry ${line.id}`, {
    code: "not-removed",
    hint: "somebody or some plug-in brought it back; run the same command again, or restore the file",
  });
}

function differs(
  item: Written,
  seen: Fingerprint,
  entry: Found,
  doubled: ReadonlyMap<string, readonly string[]>,
): Fault | undefined {
  if (typeof entry !== "object") return absent(item);
  return twice(item, doubled.get(entry.id)) ?? drift(seen, remoteFingerprint(entry).parts);
}

function drift(seen: Fingerprint, parts: Readonly<Record<string, string>>): Fault | undefined {
  const changed = changedParts(seen, { v: seen.v, parts });
  if (changed.length === 0) return undefined;
  return new Fault(
    "conflict",
    `the site answered the write with one thing and now holds another: ${changed.join(", ")}`,
    {
      code: "changed-after-write",
      hint: "somebody or some plug-in changed it meanwhile; `ainstein-cms diff` shows both sides",
    },
  );
}

function absent(item: Written): Fault {
  return new Fault("conflict", `${item.step.path} was written, and the site does not have it now`, {
    code: "lost-after-write",
    hint: "run the same command again",
  });
}
