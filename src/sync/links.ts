import type { State } from "../content/document.ts";
import { type Assembled, step, withholding } from "./assemble.ts";
import { inOrder } from "./link-order.ts";
import { isGone, type Subject } from "./model.ts";
import type { Action, Step } from "./plan.ts";

/** What comes before all writes: it changes lines of the lockfile only. */
const BOOKKEEPING: ReadonlySet<Action> = new Set(["rename", "adopt"]);
const SENDS: ReadonlySet<Action> = new Set(["restore", "update", "merge", "publish", "unpublish"]);

/**
 * The steps in an order in which documents come after those they link to, so that links are sent with the addresses that
 * this run gives. Where no order does, in circles, and for documents that have no step of their own, a step of a second
 * pass sends the body again once the addresses are known. `abreast`: documents that the platform takes at one time, in
 * batches side by side, where it has batches: these are not held up by long chains of links, whose ends the second pass
 * joins.
 */
export function followingLinks(
  plan: Assembled,
  subjects: readonly Subject[],
  out: boolean,
  abreast?: number,
): Assembled {
  const moving = new Set(plan.steps.flatMap((planned) => (getsAddress(planned) ? planned.path : [])));
  if (!out || moving.size === 0) return plan;
  const byPath = new Map(subjects.map((subject) => [pathOf(subject), subject]));
  const linked = (path: string) =>
    (byPath.get(path)?.local?.links ?? []).filter((target) => moving.has(target));
  const news = plan.steps.filter(({ action }) => action === "create");
  const made = new Set(news.map(({ path }) => path));
  /** What a new document can only link to once it is there: itself, and what gets another address after it. */
  const afterwards = (path: string) => linked(path).filter((target) => target === path || !made.has(target));
  const { creates, early } = inOrder(news, linked, (path) => afterwards(path).length > 0, abreast);
  const waits = ({ action, path }: Step): boolean =>
    SENDS.has(action) && !moving.has(path) && linked(path).length > 0;
  const late = plan.steps.flatMap((planned): readonly Step[] => {
    const subject = byPath.get(planned.path);
    return waits(planned) && subject !== undefined ? [withBody(planned, subject, linked(planned.path))] : [];
  });
  const again = plan.steps.flatMap((planned): readonly Step[] => {
    const { path } = planned;
    const targets = made.has(path)
      ? [...(early.get(path) ?? []), ...afterwards(path)]
      : SENDS.has(planned.action) && (moving.has(path) || planned.action === "merge")
        ? linked(path).filter((target) => target === path || !made.has(target) || !sendsBody(planned))
        : [];
    return fillStep(byPath.get(path), targets, planned);
  });
  const stepped = new Map(plan.steps.map((planned) => [planned.path, planned]));
  const untouched = subjects.flatMap((subject) => {
    const { action } = stepped.get(pathOf(subject)) ?? {};
    const asItIs = action === undefined || BOOKKEEPING.has(action);
    return asItIs && canSend(subject) ? fillStep(subject, linked(pathOf(subject)), undefined) : [];
  });
  const rest = plan.steps.filter((planned) => planned.action !== "create" && !waits(planned));
  const from = (wanted: (action: Action) => boolean) => rest.filter(({ action }) => wanted(action));
  return {
    steps: [
      ...from((action) => BOOKKEEPING.has(action)),
      ...creates,
      ...from((action) => SENDS.has(action)),
      ...late,
      ...[...again, ...untouched].sort((a, b) => (a.path < b.path ? -1 : 1)),
      ...from((action) => !BOOKKEEPING.has(action) && !SENDS.has(action)),
    ],
    unchanged: plan.unchanged - untouched.filter(({ path }) => !stepped.has(path)).length,
  };
}

function pathOf({ local, base, newPath }: Subject): string {
  return local?.path ?? base?.path ?? newPath ?? "";
}

/** Whether visitors find the entry at another address once the step is carried out, as far as a plan can tell. */
export function getsAddress({ action, changed, incoming = [], from, to, url = "" }: Step): boolean {
  if (action === "create") return true;
  if (!SENDS.has(action) || action === "restore" || !isSeen(to)) return false;
  // Entries that nobody sees yet have addresses that show nothing of slug and date.
  if (url.includes("?")) return !isSeen(from);
  return ["slug", "parent"].some((part) => changed.includes(part) && !incoming.includes(part));
}

function isSeen(state: State | undefined): boolean {
  return state === "published" || state === "private";
}

function sendsBody({ action, changed }: Step): boolean {
  return action === "create" || action === "restore" || changed.includes("body");
}

/** The step with the body among what it sends, for the links in it; a merge has that in its own hands. */
function withBody(planned: Step, subject: Subject, links: readonly string[]): Step {
  if (sendsBody(planned) || planned.action === "merge" || !canSend(subject)) return planned;
  return { ...planned, changed: [...planned.changed, "body"].sort(), links };
}

function canSend(subject: Subject): boolean {
  const { remote, local, kept } = subject;
  if (local === undefined || remote === undefined || isGone(remote)) return false;
  const owned = remote.bodyOwner !== undefined || remote.pendingChanges;
  return kept === undefined && !owned && withholding(subject) === undefined;
}

function fillStep(
  subject: Subject | undefined,
  targets: readonly string[],
  first: Step | undefined,
): readonly Step[] {
  if (subject === undefined || targets.length === 0) return [];
  const links = [...new Set(targets)].sort();
  const state = first?.to ?? first?.from;
  const again = step(subject, "update", fillReason(links, first), ["body"], state);
  return [{ ...again, links, pass: 2, ...(state === undefined ? {} : { from: state }) }];
}

function fillReason(links: readonly string[], first: Step | undefined): string {
  const others = links.length > 1 ? ` and ${links.length - 1} more` : "";
  return first?.action === "create"
    ? `fills in the link to ${links[0]}${others}`
    : `follows the link to ${links[0]}${others}`;
}
