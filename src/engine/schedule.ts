/** What is to be done in groups. */
export interface Schedule<T> {
  /** Items of one group. */
  readonly most: number;
  /** Groups under way at one time. */
  readonly width: number;
  /** Items that must have ended before this one begins; those that come later in the list are not waited for. */
  readonly after: (item: T) => Iterable<T>;
  /** Something else that must have ended before; undefined for nothing. Never rejects. */
  readonly until?: (item: T) => Promise<unknown> | undefined;
}

/**
 * Does all items in groups, in their order as far as they wait for nothing, those that others wait for first: so long
 * chains travel along with the rest, and are not left over. A group that is not full begins only when no other is under
 * way whose end could fill it. When `work` rejects, nothing more is begun, and so does this, once what is
 * under way has ended.
 */
export function inGroups<T>(
  items: readonly T[],
  { most, width, after, until }: Schedule<T>,
  work: (group: readonly T[]) => Promise<void>,
): Promise<void> {
  const place = new Map(items.map((item, index) => [item, index]));
  const awaited = new Map<T, number>();
  const followers = new Map<T, T[]>();
  const awaitedOnes = queue<T>();
  const others = queue<T>();
  let blocked = 0;
  let running = 0;
  let failed: { readonly reason: unknown } | undefined;

  const begin = (item: T): void => (followers.has(item) ? awaitedOnes : others).put(item);
  const ready = (): number => awaitedOnes.size() + others.size();

  return new Promise((resolve, reject) => {
    const release = (item: T): void => {
      const left = (awaited.get(item) ?? 1) - 1;
      awaited.set(item, left);
      if (left > 0) return;
      blocked -= 1;
      begin(item);
    };
    const ended = (group: readonly T[]): void => {
      running -= 1;
      for (const item of group) for (const follower of followers.get(item) ?? []) release(follower);
      next();
    };
    const next = (): void => {
      while (failed === undefined && running < width && ready() > 0) {
        const mayGrow = blocked > 0 && running > 0;
        if (mayGrow && ready() < most) break;
        const group = awaitedOnes.take(most);
        group.push(...others.take(most - group.length));
        running += 1;
        work(group).then(
          () => ended(group),
          (reason: unknown) => {
            failed ??= { reason };
            ended(group);
          },
        );
      }
      if (running > 0) return;
      if (failed !== undefined) reject(failed.reason);
      else if (blocked === 0 && ready() === 0) resolve();
    };
    const free: T[] = [];
    for (const [index, item] of items.entries()) {
      const before = new Set([...after(item)].filter((other) => (place.get(other) ?? index) < index));
      const outside = until?.(item);
      const count = before.size + (outside === undefined ? 0 : 1);
      if (count === 0) {
        free.push(item);
        continue;
      }
      blocked += 1;
      awaited.set(item, count);
      for (const other of before) {
        const list = followers.get(other) ?? [];
        list.push(item);
        followers.set(other, list);
      }
      void outside?.then(() => {
        release(item);
        next();
      });
    }
    for (const item of free) begin(item);
    next();
  });
}

interface Queue<T> {
  readonly put: (item: T) => void;
  /** The first ones, as many as there are. */
  readonly take: (most: number) => T[];
  readonly size: () => number;
}

function queue<T>(): Queue<T> {
  const items: T[] = [];
  let taken = 0;
  return {
    put: (item) => void items.push(item),
    take: (most) => {
      const found = items.slice(taken, taken + most);
      taken += found.length;
      return found;
    },
    size: () => items.length - taken,
  };
}
