import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { EXIT } from "../lib/exit.ts";
import type { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { stopFault, unlessStopped } from "../lib/stop.ts";
import { type Consents, guard, type Objection } from "../sync/guard.ts";
import type { Base } from "../sync/model.ts";
import type { Plan, Step } from "../sync/plan.ts";
import { performer } from "./apply.ts";
import { isRacy } from "./applying.ts";
import { type AtSite, atSite, type RunParts } from "./at-site.ts";
import { carryOut, finish, type Outcome } from "./carry.ts";
import { keepConflicts } from "./conflicts.ts";
import { askAndTell } from "./decisions.ts";
import { type PlanOptions, type Prepared, prepare } from "./prepare.ts";
import { linesNow, type Root } from "./root.ts";
import { type OpenTarget, rowKey } from "./site.ts";

export interface RunOptions extends PlanOptions {
  /** Id that the run was given beforehand; undefined for a new one. */
  readonly id: string | undefined;
  /** As the operator typed it, for whoever finds the site locked. */
  readonly commandLine: string;
  readonly consents: Consents;
  /** `--yes` was given, for the record. */
  readonly yes: boolean;
  /** Carry the plan out; false only shows it. */
  readonly write: boolean;
  /** Carry out so many steps, read them back, and stop; undefined carries out all. */
  readonly canary: number | undefined;
  /** Asked when there is something to write; false gives up with nothing sent. */
  readonly agree: (plan: Plan, objections: readonly Objection[]) => Promise<boolean>;
}

/** One command on one target: compare, plan, and, if asked to, apply and read back. */
export async function run(
  parts: RunParts,
  target: OpenTarget,
  given: Root,
  options: RunOptions,
): Promise<Outcome> {
  const started = parts.clock.now();
  const id = options.id ?? randomUUID();
  const { commandLine, write } = options;
  return atSite(parts, target, given, { id, commandLine, write }, async (at) => {
    const prepared = await unlessStopped(prepare(parts, at, options), parts.signal, () =>
      stoppedEarly(parts),
    );
    const { store } = at;
    if (store === undefined) return finish(parts, prepared, id, started, options.command);
    await keepConflicts(parts, { ...at, store }, prepared, id);
    const lifted = await consented(parts, at, prepared, { ...options, id });
    if (lifted === undefined) {
      return { ...finish(parts, prepared, id, started, options.command), exit: EXIT.usage };
    }
    const { root } = at;
    return carryOut(parts, { ...at, store }, prepared, {
      ...options,
      id,
      started,
      lines: refreshed(root, prepared, parts.clock),
      perform: performer(prepared.itemOf),
      record: recordOf(options),
      undoes: undefined,
      allowed: { ...options.consents, yes: options.yes, allowLossy: options.allowLossy, lifted },
    });
  });
}

/** What it takes to run the same again. */
function recordOf({ scope, allowLossy, gather: { release, checksum } }: RunOptions): Json {
  return { scope: scope as unknown as Json, allowLossy, release, checksum };
}

const LOOKS_ONLY: ReadonlySet<string> = new Set(["skip", "conflict"]);

/** Steps that change the site or a file, as against lines of the lockfile alone. */
export function sends(step: Step): boolean {
  return !LOOKS_ONLY.has(step.action) && !["adopt", "rename", "relink"].includes(step.action);
}

function stoppedEarly({ signal }: RunParts): Fault {
  return stopFault(signal, "stopped before anything was sent");
}

/** The objections that somebody lifted by answering; undefined where the plan is not to be carried out. */
async function consented(
  parts: RunParts,
  { tell }: Pick<AtSite, "tell">,
  prepared: Prepared,
  options: RunOptions & { readonly id: string },
): Promise<readonly Objection[] | undefined> {
  if (parts.signal.aborted) throw stoppedEarly(parts);
  const { plan, gathered, isRefused } = prepared;
  const steps = plan.steps.filter((step) => !isRefused(step));
  if (!steps.some(sends)) return [];
  const objections = guard(steps, gathered.entries, gathered.live, options.consents);
  const about = { run: options.id, command: options.command, actor: parts.actor };
  const now = () => new Date(parts.clock.now()).toISOString();
  const ask = () => options.agree({ ...plan, steps }, objections);
  return (await askAndTell({ tell, now }, about, objections, ask)) ? objections : undefined;
}

/**
 * Lines as they will stand: of several for one entry or path the one that the comparison took, with the revisions of
 * entries that were read and found unchanged.
 */
function refreshed(root: Root, { site, gathered }: Prepared, clock: Clock): Map<string, Base> {
  const lines = linesNow(root, site);
  const byEntry = new Map<string, Base[]>();
  for (const line of lines.values()) byEntry.set(rowKey(line), [...(byEntry.get(rowKey(line)) ?? []), line]);
  for (const { subject, entry } of gathered.items) {
    const { base, remote } = subject;
    const own = base === undefined ? undefined : byEntry.get(rowKey(base));
    if (base === undefined || own === undefined) continue;
    for (const line of own) if (lines.get(line.path) === line) lines.delete(line.path);
    const read = entry !== undefined && remote !== undefined && !("gone" in remote) ? remote : undefined;
    const same = Object.entries(base.remote.parts).every(
      ([part, hash]) => read?.fingerprint?.parts[part] === hash,
    );
    const seen = same && entry ? { revision: entry.revision, racy: isRacy({ site, clock }, entry) } : {};
    lines.set(base.path, { ...base, ...seen });
  }
  return lines;
}
