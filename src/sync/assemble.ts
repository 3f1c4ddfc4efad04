import { isLive, type State } from "../content/document.ts";
import { unlikeParts } from "./detect.ts";
import { isGone, type Part, type Relinked, type Remote, type Subject } from "./model.ts";
import { ACTIONS, type Action, type Step } from "./plan.ts";
import { type ConflictReason, reconcile, type Verdict } from "./reconcile.ts";

/** What the command is allowed and meant to do. Push, pull and publish are filters on one comparison. */
export interface Policy {
  /** Write local changes to the site. */
  readonly out: boolean;
  /** Write remote changes to the files. */
  readonly in: boolean;
  /** Set what is sent live, and leave alone what may not go live. */
  readonly live: boolean;
  /** Carry out removals on the side that still has the document. */
  readonly remove: boolean;
  /** Kinds whose entries no trash of the site keeps. */
  readonly final?: ReadonlySet<string>;
  /** Send again what the site did not keep as it was sent. */
  readonly lossy?: boolean;
  /** New documents without `status` become this. */
  readonly newState: State;
}

const REASONS: Readonly<Record<ConflictReason, string>> = {
  "both-changed": "changed here and on the site",
  "no-base": "differs from the entry of the same slug, and nothing tells which is newer",
  "edited-here-removed-there": "edited here, removed on the site",
  "removed-here-edited-there": "removed here, edited on the site",
  "reverted-remotely":
    "saved on the site from a screen opened before the last push: it takes back what was sent then",
  "pending-changes": "the site holds somebody's unpublished changes",
};

export interface Assembled {
  readonly steps: readonly Step[];
  /** Documents that need none. */
  readonly unchanged: number;
}

/** One step per document that needs one, in the order they are carried out. */
export function assemble(subjects: readonly Subject[], policy: Policy): Assembled {
  const steps: Step[] = [];
  let unchanged = 0;
  for (const subject of subjects) {
    const step = stepFor(subject, reconcile(subject), policy);
    if (step === undefined) unchanged += 1;
    else steps.push(step);
  }
  return { steps: steps.sort(byOrder), unchanged };
}

function stepFor(subject: Subject, verdict: Verdict, policy: Policy): Step | undefined {
  if (subject.kept !== undefined) return skip(subject, subject.kept);
  switch (verdict.type) {
    case "unchanged":
      return settled(subject, policy) ?? renamed(subject);
    case "agreed":
      return (
        settled(subject, policy) ??
        step(
          subject,
          "adopt",
          subject.base === undefined ? "the site already holds it" : "same edit on both sides",
        )
      );
    case "new-local":
      return policy.out
        ? created(subject, policy)
        : skip(subject, `not on the site yet${undecided(subject)}`);
    case "new-remote":
      return policy.in
        ? step(subject, "pull", "new on the site", subject.remote && !isGone(subject.remote) ? ["body"] : [])
        : undefined;
    case "changed":
      return changed(subject, verdict, policy);
    case "conflict":
      return step(subject, "conflict", REASONS[verdict.reason], verdict.parts);
    case "restore":
      return policy.out ? restored(subject, verdict.parts) : skip(subject, "kept here; `push` puts it back");
    case "deleted-local":
      return policy.out && policy.remove
        ? step(subject, "delete", `its file is gone${undecided(subject)}${forGood(subject, policy)}`)
        : skip(subject, `its file is gone${undecided(subject)}; --delete removes the entry too`);
    case "deleted-remote":
      return deletedRemotely(subject, verdict.how, policy);
    case "deleted-both":
      return step(subject, "relink", "gone on both sides");
  }
}

/** A document with nothing to send may still have to go live. */
function settled(subject: Subject, policy: Policy): Step | undefined {
  return policy.live ? goLive(subject, []) : undefined;
}

function goLive(subject: Subject, out: readonly Part[]): Step | undefined {
  const { base, local, remote } = subject;
  if (local === undefined || remote === undefined || isGone(remote)) return undefined;
  const kept = keepsState(local.state, remote);
  if (kept !== undefined) return skip(subject, kept);
  const withheld = withholding(subject);
  if (withheld !== undefined) return skip(subject, withheld);
  if (isLive(remote.state)) return undefined;
  if (base !== undefined && isLive(base.state)) {
    return step(subject, "conflict", "taken off line on the site", ["status"]);
  }
  if (base === undefined && !subject.interrupted.includes("status")) {
    const reason = `on the site as ${remote.state}, and nothing tells whether it was taken off line; \`link\` takes it over`;
    return step(subject, "conflict", reason, ["status"]);
  }
  const parts = [...new Set([...out, "status"])].sort();
  return step(subject, "publish", reasonOf(subject, out), parts, "published");
}

function keepsState(state: State | undefined, remote: Remote | undefined): string | undefined {
  if (remote?.protected === true) return "password-protected: `push` sends it";
  return state === undefined || isLive(state) ? undefined : `status: ${state}; \`push\` sends it`;
}

function created(subject: Subject, policy: Policy): Step {
  const { local } = subject;
  const withheld = withholding(subject);
  if (withheld !== undefined) return skip(subject, withheld);
  const kept = policy.live ? keepsState(local?.state, undefined) : undefined;
  if (kept !== undefined) return skip(subject, kept);
  const parts = Object.keys(local?.fingerprint.parts ?? {}).sort();
  return step(
    subject,
    "create",
    `not on the site yet${undecided(subject)}`,
    parts,
    local?.state ?? policy.newState,
  );
}

function restored(subject: Subject, edited: readonly Part[]): Step {
  const withheld = withholding(subject);
  if (withheld !== undefined) return skip(subject, withheld);
  const parts = [...new Set([...edited, "status"])].sort();
  const to = subject.local?.state ?? subject.base?.state;
  return step(subject, "restore", "in the trash of the site, and kept here", parts, to);
}

/** Why a file that may have been moved and edited was taken for a new one. */
function undecided({ alike = [] }: Subject): string {
  if (alike.length === 0) return "";
  const shown = alike.length > 3 ? `${alike.slice(0, 3).join(", ")}, …` : alike.join(" and ");
  return ` (like ${shown}: nothing tells which was moved, \`link\` does)`;
}

function forGood({ base }: Subject, { final }: Policy): string {
  return final?.has(base?.kind ?? "") === true ? "; the site keeps no trash: the entry goes for good" : "";
}

type Changed = Extract<Verdict, { type: "changed" }>;

function changed(subject: Subject, verdict: Changed, policy: Policy): Step | undefined {
  const { local, remote } = subject;
  const unlike = policy.lossy === true ? [] : openParts(subject, verdict);
  const out = [...verdict.out.filter((part) => !unlike.includes(part)), ...verdict.both].sort();
  const incoming = [...verdict.in, ...verdict.both].sort();
  if (!policy.in && verdict.both.length > 0) {
    const reason = "changed here and on the site, in different places; `sync` merges them";
    return step(subject, "conflict", reason, verdict.both);
  }
  const withheld = withholding(subject);
  const sends = policy.out && out.length > 0 && withheld === undefined;
  if (
    sends &&
    remote !== undefined &&
    !isGone(remote) &&
    remote.bodyOwner !== undefined &&
    out.includes("body")
  ) {
    const reason = `its body belongs to ${remote.bodyOwner} and is edited there only`;
    return step(subject, "conflict", reason, ["body"]);
  }
  if (policy.in && incoming.length > 0) {
    if (!sends) return step(subject, "pull", incomingReason(verdict), incoming);
    const parts = [...new Set([...out, ...incoming])].sort();
    const merge = step(subject, "merge", incomingReason(verdict), parts, targetState(subject, out));
    return verdict.in.length === 0 ? merge : { ...merge, incoming: verdict.in };
  }
  if (sends) {
    const live = policy.live ? goLive(subject, out) : undefined;
    return (
      live ?? step(subject, stateAction(subject, out), reasonOf(subject, out), out, targetState(subject, out))
    );
  }
  if (policy.out && out.length > 0) return skip(subject, withheld ?? "", out);
  if (out.length + incoming.length === 0) {
    return (policy.out ? settled(subject, policy) : undefined) ?? skip(subject, notKept(unlike), unlike);
  }
  const rest = out.length === 0 ? incoming : out;
  const here = onlyRelinked(subject, out).length === 0 ? "changed here" : reasonOf(subject, out);
  const reason = out.length === 0 ? "changed on the site; `pull` brings it" : `${here}; \`push\` sends it`;
  return (
    (policy.out && local !== undefined ? settled(subject, policy) : undefined) ?? skip(subject, reason, rest)
  );
}

/** Parts to send that the site did not keep the last time, while the file says the same still. */
function openParts({ base, local }: Subject, { out }: Changed): readonly Part[] {
  if (base === undefined || local === undefined) return [];
  return unlikeParts(base, local).filter((part) => base.notKept?.[part] === "open" && out.includes(part));
}

function notKept(parts: readonly Part[]): string {
  return `the site did not keep ${parts.join(", ")} as sent: edit the file, or \`push --allow-lossy\` leaves it so`;
}

function incomingReason({ out, in: incoming, both }: Changed): string {
  if (both.length > 0) return `changed on both sides, in different places: ${both.join(", ")}`;
  return out.length > 0
    ? `changed on the site: ${incoming.join(", ")}; here: ${out.join(", ")}`
    : `changed on the site: ${incoming.join(", ")}`;
}

/** Why a change of the file is not sent, whatever the command. */
export function withholding({ local, held }: Subject): string | undefined {
  if (local?.protectedBy !== undefined) return local.protectedBy;
  return held ? "held since its change was undone; edit the file, or `push --release`" : undefined;
}

function stateAction(subject: Subject, out: readonly Part[]): Action {
  const from = subject.remote === undefined || isGone(subject.remote) ? undefined : subject.remote.state;
  const to = targetState(subject, out);
  if (!out.includes("status") || isLive(from) === isLive(to)) return "update";
  return isLive(to) ? "publish" : "unpublish";
}

function targetState(subject: Subject, out: readonly Part[]): State | undefined {
  const now = subject.remote === undefined || isGone(subject.remote) ? undefined : subject.remote.state;
  return out.includes("status") ? (subject.local?.state ?? now) : now;
}

function reasonOf(subject: Subject, out: readonly Part[]): string {
  if (out.length === 0) return "not live yet";
  const links = onlyRelinked(subject, out);
  if (links.length === 0) return `changed here: ${out.join(", ")}`;
  const others = out.filter((part) => part !== "body");
  return [...(others.length === 0 ? [] : [`changed here: ${others.join(", ")}`]), linkReason(links)].join(
    "; ",
  );
}

/** Where the text says what it said, and its links lead elsewhere: those. */
function onlyRelinked({ base, local }: Subject, out: readonly Part[]): readonly Relinked[] {
  const same = out.includes("body") && base !== undefined && base.blob === local?.blob;
  return same ? (local?.relinked ?? []) : [];
}

function linkReason(links: readonly Relinked[]): string {
  const [first] = links;
  const others = links.length > 1 ? ` and ${links.length - 1} more` : "";
  return links.every(({ filled }) => filled)
    ? `fills in the link to ${first?.path}${others}`
    : `the link to ${first?.path}${others} leads elsewhere now`;
}

function renamed(subject: Subject): Step | undefined {
  const { base, local } = subject;
  if (base === undefined || local === undefined || base.path === local.path) return undefined;
  return step(subject, "rename", "moved; only the lockfile changes");
}

function deletedRemotely(subject: Subject, how: "missing" | "trashed", policy: Policy): Step {
  if (policy.in && policy.remove) return step(subject, "delete", `${how} on the site`);
  return skip(subject, `${how} on the site; restore it there, or \`pull --delete\` removes the file`);
}

function skip(subject: Subject, reason: string, parts: readonly Part[] = []): Step {
  return step(subject, "skip", reason, parts);
}

export function step(
  subject: Subject,
  action: Action,
  reason: string,
  changedParts: readonly Part[] = [],
  to?: State,
): Step {
  const { base, local } = subject;
  const remote = subject.remote === undefined || isGone(subject.remote) ? undefined : subject.remote;
  const path = local?.path ?? base?.path ?? subject.newPath ?? "";
  const links = action === "update" ? onlyRelinked(subject, changedParts).map((link) => link.path) : [];
  const previous =
    base !== undefined && local !== undefined && base.path !== local.path ? base.path : undefined;
  return {
    action,
    path,
    locale: local?.locale ?? base?.locale ?? remote?.locale ?? "",
    id: remote?.id ?? base?.id,
    kind: local?.kind ?? remote?.kind ?? base?.kind ?? "",
    scope: local?.scope ?? remote?.scope ?? base?.scope ?? "",
    slug: base?.slug ?? remote?.slug ?? local?.slug ?? "",
    title: local?.title || remote?.title || "",
    url: remote?.url,
    reason,
    changed: changedParts,
    from: remote?.state,
    to: to ?? (action === "pull" ? undefined : remote?.state),
    ...(local?.date === undefined || !changedParts.includes("date") ? {} : { date: local.date }),
    ...(previous === undefined ? {} : { previous }),
    ...(links.length === 0 ? {} : { links }),
    expects: {
      base: base === undefined ? "" : `${base.blob}:${base.revision}`,
      local: local?.blob ?? "",
      remote:
        subject.remote === undefined
          ? ""
          : isGone(subject.remote)
            ? subject.remote.gone
            : subject.remote.revision,
    },
  };
}

/** Parents before children among creates, children before parents among removals. */
function byOrder(a: Step, b: Step): number {
  const rank = ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action);
  if (rank !== 0) return rank;
  const depth = scopeDepth(a) - scopeDepth(b);
  if (depth !== 0) return a.action === "delete" ? -depth : depth;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function scopeDepth(step: Step): number {
  return step.scope === "" ? 0 : step.scope.split("/").length;
}
