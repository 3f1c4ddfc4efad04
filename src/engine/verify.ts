import type { Entry } from "../connectors/contract.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { changedParts } from "../sync/detect.ts";
import type { Fingerprint } from "../sync/model.ts";
import type { Applying, Written } from "./applying.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import { readEntries } from "./site.ts";
import { onSiteTwice } from "./twice.ts";

type Found = Entry | "missing" | "trashed" | undefined;

/** Of the documents this run wrote, by path. */
export interface Verification {
  /** Written entries that the site, asked again, holds as it answered the write, and removed ones that it does not. */
  readonly verified: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, Fault>;
}

/**
 * Reads back every entry this run wrote. It waits until the last write is older than the platform's race window, so
 * that the revisions it stores can be trusted by the next run.
 */
export async function verify(applying: Applying, lastWrite: number): Promise<Verification> {
  const { site, clock, written, lines } = applying;
  const verified = new Set<string>();
  const faults = new Map<string, Fault>();
  if (written.size === 0) return { verified, faults };
  const kept = [...written.values()].some(({ seen }) => seen !== undefined);
  const window = kept ? site.target.connector.traits.raceWindowMs : 0;
  const target = site.target.name;
  applying.emit({ type: "phase", target, phase: "verify", detail: `${written.size}` });
  const wait = window === 0 ? 0 : lastWrite + window - clock.now();
  // Timers may fire a little early.
  if (wait > 0 && !applying.signal.aborted) await clock.sleep(wait + 20);
  const settled = window === 0 || clock.now() - lastWrite >= window;
  const rows = [...written.values()].map((item) => item.line);
  try {
    const found = await readEntries(site, rows, (done) =>
      applying.emit({ type: "progress", target, phase: "verify", done, total: rows.length }),
    );
    const doubled = await twinsOf(applying, found);
    for (const item of written.values()) {
      const entry = found.get(item.line.id);
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
  } catch (thrown) {
    const cause = asFault(thrown);
    for (const item of written.values()) {
      faults.set(
        item.line.path,
        new Fault(cause.kind, `written, but it could not be read back: ${cause.message}`, {
          code: "not-verified",
          cause: thrown,
          hint: "run the same command again: it sends nothing twice",
        }),
      );
    }
  }
  return { verified, faults };
}

/** Other entries, none of them another document of this root, that say the same as what this run created. */
async function twinsOf(
  { site, written, lines }: Applying,
  found: ReadonlyMap<string, Entry | "missing" | "trashed">,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { twins } = site.target.connector;
  const created = [...written.values()].flatMap(({ step, line }) => {
    const entry = found.get(line.id);
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
