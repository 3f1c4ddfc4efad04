import { breakers, shortened } from "./link-cuts.ts";
import { graphOf, levels, lineUp } from "./link-graph.ts";
import type { Step } from "./plan.ts";

export interface Ordered {
  readonly creates: readonly Step[];
  /** By path of a document that does not wait for some that it links to, its links being filled in later: those. */
  readonly early: ReadonlyMap<string, readonly string[]>;
}

/** Below this many, a level more costs less than the second sends that it saves: one request, for a twelfth of the documents. */
const LEVELS = 4;

/**
 * The creates in an order in which documents come after the pages above them, and after those they link to. Links that no
 * order serves are left to a second send, of as few documents as can be found in linear time: in circles the most linked,
 * and, where documents travel together, those that would make the order too deep. Each level waits for all of the one
 * before, so there are as many as fill all batches that are under way at one time: those rounds are to be made anyway.
 * `linked`: what a document links to, of those that get an address; `again`: those that are sent twice in any case;
 * `abreast`: documents that travel at one time, undefined where each is sent alone.
 */
export function inOrder(
  steps: readonly Step[],
  linked: (path: string) => readonly string[],
  again: (path: string) => boolean,
  abreast: number | undefined,
): Ordered {
  const graph = graphOf(steps, linked);
  const twice = new Set(steps.flatMap(({ path }, n) => (again(path) ? [n] : [])));
  const whole = lineUp(graph, twice, breakers(graph, twice).toReversed());
  const most = abreast === undefined ? undefined : Math.max(LEVELS, Math.floor(steps.length / abreast));
  const { cut, order } = most === undefined ? whole : lineUp(graph, shortened(graph, whole.cut, most));
  const rank = most === undefined ? placesOf(order) : levels(graph, cut, order);
  const early = new Map<string, readonly string[]>();
  const pathOf = (n: number) => steps[n]?.path ?? "";
  for (const n of cut) {
    const later = (graph.links[n] ?? []).filter((target) => (rank[target] ?? 0) >= (rank[n] ?? 0));
    if (later.length > 0) early.set(pathOf(n), later.map(pathOf));
  }
  return { creates: order.flatMap((n) => steps[n] ?? []), early };
}

function placesOf(order: readonly number[]): readonly number[] {
  const places: number[] = [];
  for (const [place, n] of order.entries()) places[n] = place;
  return places;
}
