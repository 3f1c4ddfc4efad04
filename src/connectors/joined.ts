// Calls that are made in one tick and sent together, each with its own answer or its own fault.
import { asUnsent, Fault, isFault } from "../lib/fault.ts";

export interface Joining<In, Out> {
  /** Only calls of one group travel together; absent: all. */
  readonly group?: (item: In) => string;
  /** Items per request at most; asked before each. */
  readonly most: () => number;
  /**
   * Requests of one group at one time, in the order of their calls: what comes while they are under way waits, and may
   * travel with what waits already. Absent: those of one tick go one after the other, and those of others beside them.
   */
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
  const queues = new Map<string, Queue<In, Out>>();
  const flush = () => {
    const all = [...groups];
    groups.clear();
    for (const [group, calls] of all) {
      const queue = queues.get(group) ?? { waiting: [], senders: 0 };
      if (joining.abreast !== undefined) queues.set(group, queue);
      queue.waiting.push(...calls);
      const most = joining.abreast ?? 1;
      while (queue.senders < most && queue.waiting.length > 0) void sendWaiting(joining, queue);
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

/** Calls of one group that are still to be sent, and how many send them. */
interface Queue<In, Out> {
  readonly waiting: Waiting<In, Out>[];
  senders: number;
}

async function sendWaiting<In, Out>(joining: Joining<In, Out>, queue: Queue<In, Out>): Promise<void> {
  const { waiting } = queue;
  queue.senders += 1;
  while (waiting.length > 0) {
    const part = waiting.splice(
      0,
      fitting(joining, waiting, ({ item }) => item),
    );
    const outcomes = await outcomesOf(
      joining.send,
      part.map(({ item }) => item),
    );
    for (const [index, { resolve, reject }] of part.entries()) {
      const outcome = outcomes[index] ?? NO_RESULT;
      if (outcome.status === "fulfilled") resolve(outcome.value);
      else reject(outcome.reason);
    }
    const stopped = outcomes.find(stopsConnection);
    if (stopped === undefined) continue;
    for (const { reject } of waiting.splice(0)) reject(asUnsent(stopped.reason));
  }
  queue.senders -= 1;
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
 * Sends these in as many requests as it takes, one after the other, and tells what became of each, by its index. What
 * stops the connection stops what has not been sent, too. Never rejects.
 */
export async function sendAll<In, Out>(
  joining: Pick<Joining<In, Out>, "most" | "weight" | "send">,
  items: readonly In[],
  tell: (index: number, outcome: PromiseSettledResult<Out>) => void,
): Promise<void> {
  let start = 0;
  while (start < items.length) {
    const left = items.slice(start);
    const part = left.slice(
      0,
      fitting(joining, left, (item) => item),
    );
    const outcomes = await outcomesOf(joining.send, part);
    for (const index of part.keys()) tell(start + index, outcomes[index] ?? NO_RESULT);
    start += part.length;
    const stopped = outcomes.find(stopsConnection);
    if (stopped === undefined) continue;
    for (; start < items.length; start += 1) tell(start, stopped);
  }
}

export const failed = (reason: unknown): PromiseRejectedResult => ({ status: "rejected", reason });

const NO_RESULT = failed(new Fault("defect", "a joined call got no result"));

function stopsConnection(outcome: PromiseSettledResult<unknown>): outcome is PromiseRejectedResult {
  return outcome.status === "rejected" && (!isFault(outcome.reason) || outcome.reason.scope !== "item");
}

/** One for each of the part; what `send` throws is the fault of each. */
async function outcomesOf<In, Out>(
  send: Joining<In, Out>["send"],
  part: readonly In[],
): Promise<readonly PromiseSettledResult<Out>[]> {
  try {
    return await send(part);
  } catch (thrown) {
    return part.map(() => failed(thrown));
  }
}

/** How many of these, from the first on, one request carries. */
function fitting<Of, In>(
  { most, weight }: Pick<Joining<In, unknown>, "most" | "weight">,
  all: readonly Of[],
  itemOf: (one: Of) => In,
): number {
  let left = weight?.most() ?? 0;
  let count = 0;
  for (const one of all.slice(0, Math.max(1, most()))) {
    left -= weight?.of(itemOf(one)) ?? 0;
    if (left < 0 && count > 0) break;
    count += 1;
  }
  return count;
}
