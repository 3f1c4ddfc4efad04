import { getsAddress } from "./links.ts";
import type { Step } from "./plan.ts";

/**
 * What each step waits for: those of its links that get their addresses before it, by another step of the same plan. The
 * second pass fills in the others.
 */
export function awaitedLinks(
  steps: readonly Step[],
  linksOf: (step: Step) => readonly string[],
): (step: Step) => readonly string[] {
  const moving = new Set(steps.flatMap((planned) => (getsAddress(planned) ? planned.path : [])));
  const filled = new Map(
    steps.flatMap(({ path, pass, links }) => (pass === 2 ? [[path, new Set(links)]] : [])),
  );
  return (planned) => {
    const later = planned.pass === 2 ? undefined : filled.get(planned.path);
    return linksOf(planned).filter((target) => moving.has(target) && later?.has(target) !== true);
  };
}

/**
 * What each step waits for, of those before it: the documents it links to, the page above it, another step about the same
 * document, and one that takes the same slug, which sites sort out badly when asked twice at once.
 */
export function waitsIn(
  group: readonly Step[],
  linkedIn: (step: Step) => readonly string[],
): ReadonlyMap<Step, readonly Step[]> {
  const byPath = new Map<string, Step>();
  const byPlace = new Map<string, Step>();
  const bySlug = new Map<string, Step>();
  const order = new Map<Step, readonly Step[]>();
  for (const step of group) {
    const { path, kind, scope, slug, action, changed } = step;
    const taken = action === "create" || action === "restore" || changed.includes("slug") ? slug : "";
    const before = [path, ...linkedIn(step)].map((other) => byPath.get(other));
    const above = byPlace.get(`${kind}/${scope}`);
    order.set(
      step,
      [...before, above, bySlug.get(taken)].flatMap((other) => other ?? []),
    );
    // Nothing waits for links that are filled in: they change no address.
    if (step.pass === 2) continue;
    byPath.set(path, step);
    byPlace.set(`${kind}/${scope === "" ? slug : `${scope}/${slug}`}`, step);
    if (taken !== "") bySlug.set(taken, step);
  }
  return order;
}
