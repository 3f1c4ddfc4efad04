// Calls that are made in one tick and sent together, each with its own answer or its own fault.
import { Fault, isFault } from "../lib/fault.ts";

export interface Joining<In, Out> {
  /** Only calls of one group travel together; absent: all. */
  readonly group?: (item: In) => string;
  /** Items per request at most; asked before each. */
  readonly most: () => number;
  /** `of` tells what an item weighs; one request carries `most` in all, or a single item that is heavier. */
  readonly weight?: { readonly of: (item: In) => number; readonly most: () => number };
  /** Sends one item or several: one result for each, in their order. What it throws is the fault of each. */
  readonly send: (items: readonly In[]) => Promise<readonly PromiseSettledResult<Out>[]>;
}

interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (value: Out) => void;
  readonly reject: (reason: unknown) => void;
}

/** Requests of one group follow one another; those of different groups go side by side. */
export function joined<In, Out>(joining: Joining<In, Out>): (item: In) => Promise<Out> {
  const groups = new Map<string, Waiting<In, Out>[]>();
  const flush = () => {
    const all = [...groups.values()];
    groups.clear();
    for (const waiting of all) void deliver(joining, waiting);
  };
  return (item) =>
    new Promise((resolve, reject) => {
      if (groups.size === 0) setImmediate(flush);
      const group = joining.group?.(item) ?? "";
      const waiting = groups.get(group) ?? [];
      groups.set(group, waiting);
      waiting.push({ item, resolve, reject });
    });
}

/** `joined` for each owner by itself, e.g. for each site. */
export function joinedFor<Owner extends object, In, Out>(
  joining: (owner: Owner) => Joining<In, Out>,
): (owner: Owner, item: In) => Promise<Out> {
  const known = new WeakMap<Owner, (item: In) => Promise<Out>>();
  return (owner, item) => {
    const join = known.get(owner) ?? joined(joining(owner));
    known.set(owner, join);
    return join(item);
  };
}

/** What stops the connection stops what has not been sent, too. */
async function deliver<In, Out>(
  joining: Joining<In, Out>,
  waiting: readonly Waiting<In, Out>[],
): Promise<void> {
  let rest = waiting;
  while (rest.length > 0) {
    const part = rest.slice(0, fitting(joining, rest));
    rest = rest.slice(part.length);
    const results = await settled(joining, part);
    let stopped: unknown;
    for (const [index, { resolve, reject }] of part.entries()) {
      const result = results[index] ?? failed(new Fault("defect", "a joined call got no result"));
      if (result.status === "fulfilled") resolve(result.value);
      else {
        reject(result.reason);
        if (!isFault(result.reason) || result.reason.scope !== "item") stopped ??= result.reason;
      }
    }
    if (stopped === undefined) continue;
    for (const { reject } of rest) reject(stopped);
    return;
  }
}

async function settled<In, Out>(
  joining: Joining<In, Out>,
  part: readonly Waiting<In, Out>[],
): Promise<readonly PromiseSettledResult<Out>[]> {
  try {
    return await joining.send(part.map(({ item }) => item));
  } catch (thrown) {
    return part.map(() => failed(thrown));
  }
}

const failed = (reason: unknown): PromiseRejectedResult => ({ status: "rejected", reason });

/** How many of these, from the first on, one request carries. */
function fitting<In, Out>({ most, weight }: Joining<In, Out>, waiting: readonly Waiting<In, Out>[]): number {
  const limit = Math.max(1, most());
  let left = weight?.most() ?? 0;
  let count = 0;
  for (const { item } of waiting.slice(0, limit)) {
    left -= weight?.of(item) ?? 0;
    if (left < 0 && count > 0) break;
    count += 1;
  }
  return count;
}
