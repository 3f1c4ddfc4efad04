import { isLive, type State } from "../content/document.ts";
import { changedParts } from "./detect.ts";
import { type Fingerprint, type Gone, isGone, type Part, type Remote } from "./model.ts";
import type { Action, Step } from "./plan.ts";

/** What a run did to an entry. */
export type Did = "created" | "updated" | "deleted" | "restored";

/** The file of a document that a run touched. */
export interface UndoFile {
  /** What the run did to it; `read`: it only sent it. */
  readonly did: "written" | "made" | "removed" | "read";
  /** Git blob id of what is there now; undefined where nothing is. */
  readonly blob: string | undefined;
  /** It is as the run left it, or as the run read it. */
  readonly asLeft: boolean;
  /** It says already what it said before. */
  readonly asBefore: boolean;
  /** What it said before is known. */
  readonly known: boolean;
}

/** One document of a run that is to be undone, and how things stand now. */
export interface UndoSubject {
  readonly path: string;
  readonly locale: string;
  readonly id: string | undefined;
  readonly kind: string;
  readonly scope: string;
  readonly slug: string;
  readonly title: string;
  /** Undefined where the run touched the file only. */
  readonly did: Did | undefined;
  /** Parts of the entry that the run changed. */
  readonly parts: readonly Part[];
  /** The entry before the run; undefined where its text is not at hand. */
  readonly before: Fingerprint | undefined;
  /** State of the entry before the run, where the text tells it. */
  readonly stateBefore: State | undefined;
  /** The entry as the run left it; undefined where it left none. */
  readonly after: Fingerprint | undefined;
  readonly now: Remote | Gone | undefined;
  /** Why the text of before is not at hand. */
  readonly unknown: string;
  /** The platform takes entries out of its trash. */
  readonly restores: boolean;
  readonly file: UndoFile | undefined;
  /** Why the entry may not be written. */
  readonly protectedBy: string | undefined;
  /** Why the run's step cannot be undone, whatever stands there now: undone already, cut off. */
  readonly settled: string | undefined;
  /** The lockfile does not know yet that the entry is as it was: an undo was cut off, or somebody else took it back. */
  readonly behind: boolean;
  /** Who changed the entry after the run, as far as it was this tool: `by run 1a2b3c4d (push)`. */
  readonly later: string | undefined;
}

/** What an undo does to the file. */
export type FileMove = "none" | "hold" | "write" | "trash";

export interface UndoStep {
  readonly subject: UndoSubject;
  readonly step: Step;
  /** What it does to the entry; `adopt`: nothing, only the lockfile follows. */
  readonly site: "none" | "adopt" | "update" | "remove" | "restore" | "create";
  readonly file: FileMove;
}

type SiteMove =
  | {
      readonly site: Exclude<UndoStep["site"], "none">;
      readonly reason: string;
      readonly parts: readonly Part[];
    }
  | { readonly site: "none"; readonly reason: string }
  | { readonly site: "conflict"; readonly reason: string; readonly parts: readonly Part[] };

/** One step per document of the run. `files`: their files go back too, instead of being held. */
export function planUndo(subjects: readonly UndoSubject[], files: boolean): readonly UndoStep[] {
  return subjects.map((subject) => undoOf(subject, files)).sort((a, b) => byOrder(a.step, b.step));
}

function undoOf(subject: UndoSubject, files: boolean): UndoStep {
  const move = siteMove(subject);
  if (move.site === "conflict") {
    return {
      subject,
      step: stepOf(subject, "conflict", move.reason, move.parts),
      site: "none",
      file: "none",
    };
  }
  if (move.site === "none") return fileOnly(subject, files, move.reason);
  const { file, note } = fileWith(subject, files, move.site);
  const reason = note === "" ? move.reason : `${move.reason}; ${note}`;
  return {
    subject,
    step: stepOf(subject, actionOf(subject, move), reason, move.parts),
    site: move.site,
    file,
  };
}

function siteMove(subject: UndoSubject): SiteMove {
  const { did, settled, protectedBy } = subject;
  if (did === undefined) return { site: "none", reason: "" };
  if (subject.behind && asBefore(subject)) {
    return {
      site: "adopt",
      reason: "as it was before the run already; only the lockfile changes",
      parts: subject.parts,
    };
  }
  if (settled !== undefined) return { site: "none", reason: settled };
  const move =
    did === "deleted" ? backAgain(subject) : did === "updated" ? partsBack(subject) : away(subject);
  const writes = move.site !== "none" && move.site !== "conflict";
  return writes && protectedBy !== undefined ? { site: "none", reason: protectedBy } : move;
}

function asBefore({ did, now, before, parts }: UndoSubject): boolean {
  if (did !== "updated") return did !== "deleted" && now !== undefined && isGone(now);
  if (now === undefined || isGone(now)) return false;
  return before !== undefined && parts.every((part) => now.fingerprint?.parts[part] === before.parts[part]);
}

/** What the run made goes, unless somebody has worked on it since. */
function away(subject: UndoSubject): SiteMove {
  const { now, after, did } = subject;
  if (now === undefined || isGone(now)) return { site: "none", reason: "gone from the site already" };
  const edited = editedSince(subject, changedParts(after ?? NOTHING, now.fingerprint ?? NOTHING));
  return edited ?? { site: "remove", reason: `the run ${did} it`, parts: [] };
}

function partsBack(subject: UndoSubject): SiteMove {
  const { now, before, after, parts, unknown } = subject;
  if (now === undefined || isGone(now)) {
    return { site: "conflict", reason: "removed from the site since", parts };
  }
  if (before === undefined) return { site: "none", reason: unknown };
  const held = now.fingerprint?.parts ?? {};
  const todo = parts.filter((part) => held[part] !== before.parts[part]);
  if (todo.length === 0) return { site: "none", reason: "as it was before the run already" };
  const edited = editedSince(
    subject,
    todo.filter((part) => held[part] !== after?.parts[part]),
  );
  if (edited !== undefined) return edited;
  if (now.pendingChanges) {
    return { site: "conflict", reason: "the site holds somebody's unpublished changes", parts: todo };
  }
  return { site: "update", reason: `back to what it was: ${todo.join(", ")}`, parts: todo };
}

function backAgain({ now, before, restores, unknown, id }: UndoSubject): SiteMove {
  if (now !== undefined && !isGone(now)) return { site: "none", reason: "on the site again already" };
  if (before === undefined) return { site: "none", reason: unknown };
  const parts = Object.keys(before.parts).sort();
  if (now?.gone === "trashed" && restores) {
    return { site: "restore", reason: "back from the trash", parts };
  }
  const reason = `entry ${id ?? ""} cannot be brought back: made anew, and its id may be another`;
  return { site: "create", reason, parts };
}

const NOTHING: Fingerprint = { v: 1, parts: {} };

function editedSince({ later }: UndoSubject, parts: readonly Part[]): SiteMove | undefined {
  if (parts.length === 0) return undefined;
  const who = later === undefined ? "" : ` ${later}`;
  return { site: "conflict", reason: `edited since${who}: ${parts.join(", ")}`, parts };
}

/** The file of a document whose entry goes back. Its change is not sent again: held, unless the file goes back too. */
function fileWith(
  { file }: UndoSubject,
  files: boolean,
  site: UndoStep["site"],
): { readonly file: FileMove; readonly note: string } {
  if (file === undefined) return { file: "none", note: "" };
  if (files && file.did === "made" && file.asLeft) return { file: "trash", note: "its file too" };
  const returns =
    site === "update" ||
    site === "adopt" ||
    site === "restore" ||
    site === "create" ||
    file.did === "written";
  if (files && returns && file.known && file.asLeft) return { file: "write", note: "its file too" };
  if (file.blob === undefined || file.asBefore) return { file: "hold", note: "" };
  const why = !files ? "" : file.asLeft ? ": what it said before is not known" : ": it was edited since";
  return { file: "hold", note: `its file is held${site === "remove" ? "" : why}` };
}

/** Where nothing is to be done on the site, `reason` says why. */
function fileOnly(subject: UndoSubject, files: boolean, reason: string): UndoStep {
  const { file } = subject;
  const skipped = (why: string): UndoStep => ({
    subject,
    step: stepOf(subject, "skip", why),
    site: "none",
    file: "none",
  });
  if (file === undefined || file.did === "read") return skipped(reason);
  const and = reason === "" ? "" : `${reason}; `;
  if (file.asBefore) return skipped(reason === "" ? "its file is as it was before the run already" : reason);
  if (!files) return skipped(`${and}its file stays as the run left it: --with-files takes that back`);
  if (!file.asLeft) {
    return {
      subject,
      step: stepOf(subject, "conflict", `${and}its file was edited since`),
      site: "none",
      file: "none",
    };
  }
  if (file.did === "made") {
    const step = stepOf(subject, "delete", `${and}the run made its file, which goes to the trash directory`);
    return { subject, step, site: "none", file: "trash" };
  }
  if (!file.known) return skipped(`${and}what its file said before is not known`);
  return {
    subject,
    step: stepOf(subject, "pull", `${and}its file gets back what it said`),
    site: "none",
    file: "write",
  };
}

type Writes = Extract<SiteMove, { readonly site: Exclude<UndoStep["site"], "none"> }>;

function actionOf(subject: UndoSubject, { site, parts }: Writes): Action {
  if (site === "remove") return "delete";
  if (site !== "update") return site;
  const { now, stateBefore } = subject;
  const from = now === undefined || isGone(now) ? undefined : now.state;
  if (!parts.includes("status") || isLive(from) === isLive(stateBefore)) return "update";
  return isLive(stateBefore) ? "publish" : "unpublish";
}

function stepOf(subject: UndoSubject, action: Action, reason: string, changed: readonly Part[] = []): Step {
  const { path, locale, id, kind, scope, slug, title, file, before, after, stateBefore } = subject;
  const remote = subject.now === undefined || isGone(subject.now) ? undefined : subject.now;
  const goesBack = action === "restore" || action === "create" || changed.includes("status");
  return {
    action,
    path,
    locale,
    id,
    kind,
    scope,
    slug,
    title: remote?.title ?? title,
    url: remote?.url,
    reason,
    changed,
    from: remote?.state,
    to: goesBack ? (stateBefore ?? remote?.state) : remote?.state,
    expects: {
      base: [before, after].map((side) => (side === undefined ? "" : "known")).join(":"),
      local: file?.blob ?? "",
      remote: subject.now === undefined ? "" : isGone(subject.now) ? subject.now.gone : subject.now.revision,
    },
  };
}

/** What goes away makes room for slugs that come back. */
const RANK: readonly Action[] = [
  "delete",
  "restore",
  "create",
  "update",
  "publish",
  "unpublish",
  "pull",
  "adopt",
  "conflict",
  "skip",
];

/** Parents come back before their children, and go after them. */
function byOrder(a: Step, b: Step): number {
  const rank = RANK.indexOf(a.action) - RANK.indexOf(b.action);
  if (rank !== 0) return rank;
  const depth = depthOf(a) - depthOf(b);
  if (depth !== 0) return a.action === "delete" ? -depth : depth;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function depthOf({ scope }: Step): number {
  return scope === "" ? 0 : scope.split("/").length;
}
