import { isLive } from "../content/document.ts";
import type { Json } from "../lib/json.ts";
import {
  type ConflictRecord,
  conflictHistory,
  openConflict,
  openConflicts,
  settleConflict,
} from "../store/conflicts.ts";
import type { Store } from "../store/db.ts";
import type { Sides } from "../sync/merge.ts";
import { isGone, type Part, type Subject } from "../sync/model.ts";
import type { AtSite, RunParts } from "./at-site.ts";
import { settledConflict, type Tell } from "./decisions.ts";
import type { Prepared } from "./prepare.ts";

/** How a conflict ended: by part, what was taken. `elsewhere`: a later run found both sides in step again. */
export type Settlement = Readonly<Record<Part, Settled>>;
export type Settled = "ours" | "theirs" | "merge" | "union" | "newest" | "edited" | "elsewhere";

/**
 * Records the conflicts of a plan with what base, file and site say, and closes the open ones of documents that are in
 * conflict no more.
 */
export async function keepConflicts(
  parts: RunParts,
  at: AtSite & { readonly store: Store },
  prepared: Prepared,
  run: string,
): Promise<void> {
  const { site, root, store, tell } = at;
  const now = new Date(parts.clock.now()).toISOString();
  const found = new Set<number>();
  for (const step of prepared.plan.steps) {
    if (step.action !== "conflict") continue;
    const { path, locale, kind, id = "", reason, changed } = step;
    const owner = { site: site.account.site, rootId: root.id, target: site.target.name };
    const sealed = await sealSides(parts, owner, prepared.itemOf(step)?.merging?.sides);
    const where = { path, locale, id, kind, reason, parts: changed };
    found.add(
      openConflict(store, {
        ...owner,
        ...where,
        run,
        foundAt: now,
        ...(sealed === undefined ? {} : { sealed }),
      }),
    );
  }
  const looked = new Map(
    prepared.gathered.items.map(({ subject }) => [subject.local?.path ?? subject.base?.path, subject]),
  );
  for (const conflict of openConflicts(store, site.account.site, root.id)) {
    const subject = looked.get(conflict.path);
    if (found.has(conflict.seq) || subject === undefined || stillOffLine(prepared, conflict, subject))
      continue;
    const settlement = { how: elsewhere(conflict.parts), run };
    store.transaction(() => {
      settleConflict(store, conflict.seq, now, settlement);
      tell(settledConflict(store, conflict, settlement, now));
    });
  }
}

/** That an entry was taken off line is a conflict of `publish` alone: other commands say nothing of it. */
function stillOffLine(
  { plan }: Prepared,
  { parts }: Pick<ConflictRecord, "parts">,
  { remote, local, base }: Subject,
): boolean {
  if (plan.command === "publish" || parts.join() !== "status") return false;
  if (remote === undefined || isGone(remote) || local === undefined || base === undefined) return false;
  return !isLive(remote.state) && isLive(base.state);
}

function elsewhere(parts: readonly Part[]): Settlement {
  return Object.fromEntries(parts.map((part) => [part, "elsewhere"]));
}

type Owner = Pick<ConflictRecord, "site" | "rootId">;

/** Bound to the site and the root: elsewhere it does not open. */
function contextOf({ site, rootId }: Owner): string {
  return `conflict\0${site}\0${rootId}`;
}

async function sealSides(
  { sealing }: RunParts,
  owner: Owner,
  sides: Sides | undefined,
): Promise<Uint8Array | undefined> {
  if (sides === undefined) return undefined;
  return sealing.seal(contextOf(owner), Buffer.from(JSON.stringify(sides), "utf8"));
}

/** What base, file and site said when a conflict was found; undefined where it was not kept. */
export async function openSides(
  { sealing }: { readonly sealing: Pick<RunParts["sealing"], "open"> },
  { sealed, ...owner }: Owner & Pick<ConflictRecord, "sealed">,
): Promise<Sides | undefined> {
  if (sealed === undefined) return undefined;
  const plain = await sealing.open(contextOf(owner), sealed);
  return JSON.parse(Buffer.from(plain).toString("utf8")) as Sides;
}

/** Closes the open conflict of a document with how it was settled and by whom. */
export function recordSettlement(
  { store, tell }: { readonly store: Store; readonly tell: Tell },
  at: { readonly site: string; readonly rootId: string; readonly path: string; readonly at: string },
  settlement: { readonly how: Settlement; readonly by: Json; readonly run: string },
): void {
  store.transaction(() => {
    for (const conflict of conflictHistory(store, at)) {
      if (conflict.settledAt !== undefined) continue;
      settleConflict(store, conflict.seq, at.at, { ...settlement });
      tell(settledConflict(store, conflict, { ...settlement }, at.at));
    }
  });
}
