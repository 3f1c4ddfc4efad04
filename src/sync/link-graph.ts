import type { Step } from "./plan.ts";

/** Documents to create, by their number: what each one waits for. No circle is made of pages above others alone. */
export interface Graph {
  /** What it links to, without itself and the page above it. These links can be cut: filled in by a second send. */
  readonly links: readonly (readonly number[])[];
  /** The page above it, of the same run. */
  readonly above: readonly (number | undefined)[];
  /** The other way round: those that link to it or are below it. */
  readonly waiting: readonly (readonly number[])[];
}

/** `linked`: the paths that a document links to, each once; those that no step creates do not count. */
export function graphOf(steps: readonly Step[], linked: (path: string) => readonly string[]): Graph {
  const byPath = new Map(steps.map(({ path }, n) => [path, n]));
  const pages = new Map(steps.map((step, n) => [pageKey(step, step.scope, step.slug), n]));
  const above = steps.map((step) => {
    const at = step.scope.lastIndexOf("/");
    if (step.scope === "") return undefined;
    return pages.get(pageKey(step, at < 0 ? "" : step.scope.slice(0, at), step.scope.slice(at + 1)));
  });
  const links = steps.map(({ path }, n) =>
    linked(path).flatMap((target) => {
      const found = byPath.get(target);
      return found === undefined || found === n || found === above[n] ? [] : [found];
    }),
  );
  const waiting = steps.map((): number[] => []);
  for (const n of steps.keys()) {
    for (const target of awaitedBy({ links, above }, new Set(), n)) waiting[target]?.push(n);
  }
  return { links, above, waiting };
}

function pageKey({ kind, locale }: Step, scope: string, slug: string): string {
  return `${kind}\0${scope}\0${slug}\0${locale}`;
}

/** What a document waits for; `cut`: those that do not wait for their links. */
export function awaitedBy(
  { links, above }: Pick<Graph, "links" | "above">,
  cut: ReadonlySet<number>,
  n: number,
): readonly number[] {
  const page = above[n];
  const own = cut.has(n) ? [] : (links[n] ?? []);
  return page === undefined ? own : [...own, page];
}

/** Whether a document of `waiting[target]` waits for it, once links are cut. */
export function waitsFor({ above }: Graph, cut: ReadonlySet<number>, n: number, target: number): boolean {
  return !cut.has(n) || above[n] === target;
}

/**
 * All documents, each behind what it waits for, level by level, those of `given` first in theirs. Where only circles are
 * left, the next of `spare` that is in the way is cut too. Returns what was cut in all. Throws nothing and leaves out
 * what is in circles that `spare` does not break.
 */
export function lineUp(
  graph: Graph,
  given: ReadonlySet<number>,
  spare: readonly number[] = [],
): { readonly order: readonly number[]; readonly cut: ReadonlySet<number> } {
  const cut = new Set(given);
  const open = graph.links.map((_, n) => awaitedBy(graph, cut, n).length);
  const free = [...open.keys()].filter((n) => open[n] === 0);
  const order = [...free.filter((n) => cut.has(n)), ...free.filter((n) => !cut.has(n))];
  let next = 0;
  for (let tried = 0; ; tried += 1) {
    for (; next < order.length; next += 1) {
      const target = order[next] ?? 0;
      for (const n of graph.waiting[target] ?? []) {
        if (!waitsFor(graph, cut, n, target)) continue;
        open[n] = (open[n] ?? 0) - 1;
        if (open[n] === 0) order.push(n);
      }
    }
    const n = spare[tried];
    if (n === undefined) return { order, cut };
    if (open[n] === 0) continue;
    cut.add(n);
    const page = graph.above[n];
    open[n] = page === undefined ? 0 : Math.min(1, open[page] ?? 0);
    if (open[n] === 0) order.push(n);
  }
}

/** By document: how many others wait for each other, one by one, before it is sent. `order`: a line-up of all. */
export function levels(graph: Graph, cut: ReadonlySet<number>, order: readonly number[]): readonly number[] {
  const found = graph.links.map(() => 0);
  for (const n of order) {
    for (const target of awaitedBy(graph, cut, n)) {
      found[n] = Math.max(found[n] ?? 0, (found[target] ?? 0) + 1);
    }
  }
  return found;
}

/** The same the other way: how many wait for each other, one by one, behind it. */
export function heights(graph: Graph, cut: ReadonlySet<number>, order: readonly number[]): readonly number[] {
  const found = graph.links.map(() => 0);
  for (const n of order.toReversed()) {
    for (const target of awaitedBy(graph, cut, n)) {
      found[target] = Math.max(found[target] ?? 0, (found[n] ?? 0) + 1);
    }
  }
  return found;
}
