import type { Clock } from "../lib/clock.ts";

/** How a connection is doing: told when something about it changes, at most a few times a second. */
export interface Traffic {
  /** Sent so far, repeated ones included. */
  readonly requests: number;
  /** Of them, those that were sent again. */
  readonly retries: number;
  /** Requests at one time that are allowed now. */
  readonly concurrency: number;
  /** Share of what the vendor allows that is in use, 0 to 1; undefined where no limit is known. */
  readonly used: number | undefined;
  /** What requests are held up by, and until when in ms since 1970; undefined while none is. */
  readonly waiting: Wait | undefined;
}

export interface Wait {
  readonly why: string;
  readonly until: number;
}

/** Tells how a connection is doing, and what it waits for. */
export interface Meter {
  /** Something was sent or answered. */
  moved(): void;
  /** A wait begins; call the function when it has ended. */
  waits(wait: Wait): () => void;
}

const EVERY_MS = 250;
/** Waits that last longer are told when they begin and when they end. */
const LONG_MS = 1000;

/** `state` is asked for the rest when something is told. */
export function createMeter(
  observe: ((traffic: Traffic) => void) | undefined,
  state: () => Omit<Traffic, "waiting">,
  clock: Clock,
): Meter {
  if (observe === undefined) return { moved: () => {}, waits: () => () => {} };
  const waits = new Set<Wait>();
  let told = Number.NEGATIVE_INFINITY;
  /** Of several the one that ends first: then something moves again. */
  const next = (): Wait | undefined =>
    [...waits].reduce<Wait | undefined>(
      (first, wait) => (first === undefined || wait.until < first.until ? wait : first),
      undefined,
    );
  const tell = (anyway: boolean): void => {
    const now = clock.now();
    if (!anyway && now - told < EVERY_MS) return;
    told = now;
    observe({ ...state(), waiting: next() });
  };
  return {
    moved: () => tell(false),
    waits: (wait) => {
      const isLong = wait.until - clock.now() > LONG_MS;
      waits.add(wait);
      tell(isLong);
      return () => {
        if (waits.delete(wait)) tell(isLong);
      };
    },
  };
}
