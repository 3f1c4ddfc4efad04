// A process that dies in the middle of its work, without a process: from one moment on nothing that it does lasts.

/** Thrown into everything the dead still try. */
export class Halt extends Error {}

interface Life {
  /** It dies when this many lasting things were done; never where undefined. */
  readonly until: number | undefined;
  /** What lasts, in order: commits, files, requests that the site carried out. */
  readonly moments: string[];
  /** Requests under way: they reach the site even if nobody waits for them. */
  readonly underWay: Set<Promise<unknown>>;
  dead: boolean;
}

let life: Life = { until: undefined, moments: [], underWay: new Set(), dead: false };

export function born(until?: number): void {
  life = { until, moments: [], underWay: new Set(), dead: false };
}

export function isDead(): boolean {
  return life.dead;
}

export function momentsSoFar(): readonly string[] {
  return life.moments;
}

/** Throws for the dead. Call it before anything that would last. */
export function alive(): void {
  if (life.dead) throw new Halt();
}

/** Something that lasts has happened; it may have been the last. */
export function moment(what: string): void {
  alive();
  life.moments.push(what);
  if (life.moments.length !== life.until) return;
  life.dead = true;
  throw new Halt();
}

/** A request that the site answers whoever still lives. */
export async function underWay<T>(what: string, request: Promise<T>): Promise<T> {
  const { underWay: all } = life;
  const settled = request.catch(() => undefined);
  all.add(settled);
  const answer = await request;
  all.delete(settled);
  moment(what);
  return answer;
}

/** Until the site has done what the dead had asked of it. */
export async function quiet(): Promise<void> {
  await Promise.all(life.underWay);
}

type Files = Record<string, unknown>;
type Lasting = (...args: never[]) => unknown;

/** The functions of a module that write files, with a moment after each. */
export function mortal<M extends Files>(module: M, names: readonly (keyof M & string)[]): M {
  const wrapped = names.map((name) => {
    const work = module[name] as Lasting;
    const lasting = (...args: never[]) => {
      alive();
      const result = work(...args);
      const what = `${name} ${String(args[result instanceof Promise ? 1 : 0])}`;
      if (!(result instanceof Promise)) {
        moment(what);
        return result;
      }
      return underWay(what, result);
    };
    return [name, lasting] as const;
  });
  return { ...module, ...Object.fromEntries(wrapped) };
}
