// Calls that are made in one tick and sent together, each with its own answer or its own fault.
import { Fault, isFault } from "../lib/fault.ts";

export interface Joining<In, Out> {
  /** Only calls of one group travel together; absent: all. */
  readonly group?: (item: In) => string;
  /** Items per request at most; asked before each. */
  readonly most: () => number;
  /** Requests of one tick and group at one time; absent: one after the other. */
  readonly abreast?: number;
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

/** Those of different groups go side by side. */
export function joined<In, Out>(joining: Joining<In, Out>): (item: In) => Promise<Out> {
  const groups = new Map<string, Waiting<In, Out>[]>();
  const flush = () => {
    const all = [...groups.values()];
    groups.clear();
    for (const waiting of all) {
      const items = waiting.map(({ item }) => item);
      void sendAll(joining, items, (index, outcome) => {
        if (outcome.status === "fulfilled") waiting[index]?.resolve(outcome.value);
        else waiting[index]?.reject(outcome.reason);
      });
    }
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

/**
 * Sends these in as many requests as it takes, and tells what became of each, by its index. What stops the connection
 * stops what has not been sent, too. Never rejects.
 */
export async function sendAll<In, Out>(
  joining: Omit<Joining<In, Out>, "group">,
  items: readonly In[],
  tell: (index: number, outcome: PromiseSettledResult<Out>) => void,
): Promise<void> {
  let start = 0;
  let stopped: PromiseRejectedResult | undefined;
  const sender = async () => {
    while (start < items.length && stopped === undefined) {
      const first = start;
      const part = items.slice(first, first + fitting(joining, items.slice(first)));
      start += part.length;
      const outcomes = await settled(joining.send, part);
      for (const index of part.keys()) {
        const outcome = outcomes[index] ?? failed(new Fault("defect", "a joined call got no result"));
        tell(first + index, outcome);
        if (outcome.status === "rejected" && stopsConnection(outcome.reason)) stopped ??= outcome;
      }
    }
  };
  await Promise.all(Array.from({ length: joining.abreast ?? 1 }, sender));
  for (let index = start; stopped !== undefined && index < items.length; index += 1) tell(index, stopped);
}

const stopsConnection = (reason: unknown) => !isFault(reason) || reason.scope !== "item";

async function settled<In, Out>(
  send: Joining<In, Out>["send"],
  part: readonly In[],
): Promise<readonly PromiseSettledResult<Out>[]> {
  try {
    return await send(part);
  } catch (thrown) {
    return part.map(() => failed(thrown));
  }
}

export const failed = (reason: unknown): PromiseRejectedResult => ({ status: "rejected", reason });

/** How many of these, from the first on, one request carries. */
function fitting<In>(
  { most, weight }: Pick<Joining<In, unknown>, "most" | "weight">,
  items: readonly In[],
): number {
  let left = weight?.most() ?? 0;
  let count = 0;
  for (const item of items.slice(0, Math.max(1, most()))) {
    left -= weight?.of(item) ?? 0;
    if (left < 0 && count > 0) break;
    count += 1;
  }
  return count;
}
