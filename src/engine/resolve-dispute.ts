import { isLive } from "../content/document.ts";
import type { Json } from "../lib/json.ts";
import type { PartMerge, Side, Sides } from "../sync/merge.ts";
import { isGone, type Part } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { type ConflictReason, changesOf, reconcile, type Verdict } from "../sync/reconcile.ts";
import type { Item } from "./gather.ts";
import { type MergeParts, mergeOf } from "./merging.ts";
import { type LoadedFile, loadFile, wholeFile } from "./scan.ts";

/**
 * What a conflict is about. Besides what the planner tells: `merges`, changed on both sides in different places, which a
 * push leaves alone; `off-line`, taken off line on the site; `foreign-body`, edited here while it belongs to another tool.
 */
export type DisputeKind = ConflictReason | "merges" | "off-line" | "foreign-body";

/** A document in conflict, with everything that settling it needs. */
export interface Dispute {
  /** Its action is `conflict`. */
  readonly step: Step;
  readonly item: Item;
  readonly kind: DisputeKind;
  /** Undefined where one side has no document any more. */
  readonly sides: Sides | undefined;
  readonly file: LoadedFile | undefined;
  /** Parts that somebody has to decide. */
  readonly open: readonly Part[];
  /** One answer settles all of `open`: single parts cannot be told apart. */
  readonly whole: boolean;
  /** Of parts both sides changed, how they go together. */
  readonly merges: ReadonlyMap<Part, PartMerge>;
  /** Parts that only the site changed: they come in as with a pull. */
  readonly incoming: readonly Part[];
  /** Parts that only the file changed: they stay to be pushed. */
  readonly outgoing: readonly Part[];
}

/** What one side says of a part; undefined where it is absent. */
export function saidBy(side: Side, part: Part): Json | undefined {
  return part === "body" ? side.body : side.fields[part];
}

/** What asks to be settled besides the conflicts of a two-way plan: found by a push, or named by the operator. */
export type Wanted = (path: string) => boolean;

/** The dispute of a document; undefined where it is in none. Throws the faults of this one document. */
export async function disputeOf(
  given: MergeParts,
  item: Item,
  planned: Step | undefined,
  wanted: Wanted,
): Promise<Dispute | undefined> {
  const verdict = reconcile(item.subject);
  const kind = kindOf(item, verdict, planned, wanted);
  if (kind === undefined || planned === undefined) return undefined;
  const { local } = item.subject;
  const { root, site } = given;
  const own = local === undefined ? undefined : () => loadFile(root, site, local.path);
  const file = item.file === undefined ? await own?.() : await wholeFile(root, site, item.file);
  return withTexts(given, item, file, kind, verdict, planned);
}

function kindOf(
  { subject, entry }: Item,
  verdict: Verdict,
  planned: Step | undefined,
  wanted: Wanted,
): DisputeKind | undefined {
  if (verdict.type === "conflict") return verdict.reason;
  if (planned?.action === "conflict") return "foreign-body";
  const { base, local, remote } = subject;
  if (local === undefined || remote === undefined || isGone(remote) || entry === undefined) return undefined;
  if (!wanted(local.path)) return undefined;
  if (verdict.type === "changed" && verdict.both.length > 0) return "merges";
  const live = local.state === undefined || isLive(local.state);
  const wasLive = base === undefined || isLive(base.state);
  return live && wasLive && !isLive(remote.state) ? "off-line" : undefined;
}

const REASONS: Partial<Record<DisputeKind, string>> = {
  merges: "changed here and on the site, in different places",
  "off-line": "taken off line on the site",
};

async function withTexts(
  given: MergeParts,
  known: Item,
  file: LoadedFile | undefined,
  kind: DisputeKind,
  verdict: Verdict,
  planned: Step,
): Promise<Dispute> {
  const item = { ...known, file };
  const { entry, subject } = item;
  const split = splitParts(item, kind, verdict);
  const reason = REASONS[kind] ?? planned.reason;
  const step: Step = { ...planned, action: "conflict", reason, changed: split.open };
  const rest = { step, item, kind, file, whole: WHOLE.has(kind), ...split };
  if (file === undefined || entry === undefined) return { ...rest, sides: undefined };
  const { sides } = item.merging ?? (await mergeOf(given, file, entry, subject.base, split.open));
  return { ...rest, sides };
}

const WHOLE: ReadonlySet<DisputeKind> = new Set([
  "edited-here-removed-there",
  "removed-here-edited-there",
  "pending-changes",
]);

type Split = Pick<Dispute, "open" | "incoming" | "outgoing" | "merges">;

function splitParts(item: Item, kind: DisputeKind, verdict: Verdict): Split {
  const { base, local, remote, differing } = item.subject;
  if (local === undefined || remote === undefined || isGone(remote)) {
    return { open: openParts(item, kind, verdict, []), incoming: [], outgoing: [], merges: new Map() };
  }
  const { ours, theirs } =
    base === undefined ? { ours: [], theirs: [] } : changesOf(base, local, remote, item.subject);
  const open = openParts(item, kind, verdict, theirs);
  // What a stale screen is merged for includes parts that only the file changed: those are not in question.
  const merges = new Map(
    [...(item.merging?.parts ?? [])].filter(
      ([part]) => kind !== "reverted-remotely" || theirs.includes(part),
    ),
  );
  const asked = new Set([...open, ...merges.keys()]);
  return {
    open,
    merges,
    incoming: theirs.filter((part) => !asked.has(part) && !ours.includes(part)),
    outgoing: ours.filter((part) => !asked.has(part) && differing?.includes(part) !== false),
  };
}

function openParts(
  { merging }: Item,
  kind: DisputeKind,
  verdict: Verdict,
  theirs: readonly Part[],
): readonly Part[] {
  if (kind === "off-line") return ["status"];
  if (kind === "foreign-body") return ["body"];
  if (verdict.type === "changed") return verdict.both;
  if (verdict.type !== "conflict") return [];
  if (kind !== "reverted-remotely") return verdict.parts;
  // What the screen showed is the base: parts that were changed otherwise since may clash with our write, too.
  const clashing = theirs.filter((part) => merging?.parts.get(part)?.type === "conflict");
  return [...new Set([...verdict.parts, ...clashing])].sort();
}
