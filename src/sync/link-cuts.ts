import { awaitedBy, type Graph, heights, levels, lineUp, waitsFor } from "./link-graph.ts";

/**
 * Documents without whose links there is no circle, the one with the most links to and from it first. What is in no circle
 * is peeled off from both ends before each choice. `given`: those whose links are cut already.
 */
export function breakers(graph: Graph, given: ReadonlySet<number>): readonly number[] {
  const { links, waiting } = graph;
  const cut = new Set(given);
  const out = links.map((_, n) => awaitedBy(graph, cut, n).length);
  const into = waiting.map((others, target) => others.filter((n) => waitsFor(graph, cut, n, target)).length);
  const gone = new Set<number>();
  const loose: number[] = [];
  /** By the number of links; a document is listed anew with each one that it loses. */
  const listed: number[][] = [];
  const place = (n: number): void => {
    const [to, from] = [out[n] ?? 0, into[n] ?? 0];
    if (to === 0 || from === 0) {
      loose.push(n);
      return;
    }
    listed[to + from] ??= [];
    listed[to + from]?.push(n);
  };
  const unlink = (n: number, target: number): void => {
    out[n] = (out[n] ?? 0) - 1;
    into[target] = (into[target] ?? 0) - 1;
    if (!gone.has(n)) place(n);
    if (!gone.has(target)) place(target);
  };
  const peel = (): void => {
    for (let n = loose.pop(); n !== undefined; n = loose.pop()) {
      if (gone.has(n)) continue;
      gone.add(n);
      for (const target of awaitedBy(graph, cut, n)) if (!gone.has(target)) unlink(n, target);
      for (const other of waiting[n] ?? []) {
        if (!gone.has(other) && waitsFor(graph, cut, other, n)) unlink(other, n);
      }
    }
  };
  const found: number[] = [];
  for (const n of links.keys()) place(n);
  peel();
  for (let count = listed.length - 1; count > 0; count -= 1) {
    for (const n of listed[count] ?? []) {
      if (gone.has(n) || cut.has(n) || (out[n] ?? 0) + (into[n] ?? 0) !== count) continue;
      const left = (links[n] ?? []).filter((target) => !gone.has(target));
      for (const target of left) unlink(n, target);
      cut.add(n);
      if (left.length > 0) found.push(n);
      peel();
    }
  }
  return found;
}

/** Cutting a level does not cut links that skip it: what these leave too deep is cut in the next pass. */
const PASSES = 10;

/**
 * As few documents more as can be found in linear time, so that without their links, and those of `given`, all are on
 * levels below `most`; pages below others stay behind them, however deep. `given` leaves no circle.
 */
export function shortened(graph: Graph, given: ReadonlySet<number>, most: number): ReadonlySet<number> {
  const cut = new Set(given);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const { order } = lineUp(graph, cut);
    const level = levels(graph, cut, order);
    const height = heights(graph, cut, order);
    const long = order.filter((n) => {
      const mayCut = !cut.has(n) && (graph.links[n] ?? []).length > 0;
      return mayCut && (level[n] ?? 0) + (height[n] ?? 0) >= most;
    });
    if (long.length === 0) return cut;
    const costs = Array.from({ length: level.reduce((high, one) => Math.max(high, one), 0) + 1 }, () => 0);
    for (const n of long) costs[level[n] ?? 0] = (costs[level[n] ?? 0] ?? 0) + 1;
    const chosen = cheapest(costs, most);
    const now = long.filter((n) => chosen.has(level[n] ?? 0));
    if (now.length === 0) break;
    for (const n of now) cut.add(n);
  }
  return oneByOne(graph, cut, most);
}

/**
 * Levels to cut, which begin anew at 0, so that none is left above `most` - 1, at the least cost; of equals the highest.
 * `costs`: by level; 0 is there already.
 */
function cheapest(costs: readonly number[], most: number): ReadonlySet<number> {
  const sum: number[] = [0];
  const before: number[] = [0];
  /** Levels among the `most` before this one, from the cheapest way there to the dearest: later and cheaper drives out. */
  const open: number[] = [0];
  let first = 0;
  const costTo = (level: number | undefined): number => sum[level ?? 0] ?? 0;
  const keep = (level: number): void => {
    while (open.length > first && costTo(open.at(-1)) >= costTo(level)) open.pop();
    open.push(level);
    while ((open[first] ?? level) <= level - most) first += 1;
  };
  for (let level = 1; level < costs.length; level += 1) {
    before[level] = open[first] ?? 0;
    sum[level] = costTo(open[first]) + (costs[level] ?? 0);
    keep(level);
  }
  const found = new Set<number>();
  for (let level = open[first] ?? 0; level > 0; level = before[level] ?? 0) found.add(level);
  return found;
}

/** Cuts whatever is still too deep, from below. */
function oneByOne(graph: Graph, given: ReadonlySet<number>, most: number): ReadonlySet<number> {
  const cut = new Set(given);
  const level = graph.links.map(() => 0);
  const behind = (targets: readonly number[]): number =>
    targets.reduce((high, target) => Math.max(high, (level[target] ?? 0) + 1), 0);
  for (const n of lineUp(graph, cut).order) {
    const page = graph.above[n];
    const below = behind(page === undefined ? [] : [page]);
    const all = behind(awaitedBy(graph, cut, n));
    if (all >= most && all > below) cut.add(n);
    level[n] = cut.has(n) ? below : all;
  }
  return cut;
}
