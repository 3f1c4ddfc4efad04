// PURE: how many requests at one time do good at a site that states no limit.

/** How many to begin with, and how many at most. */
export interface Range {
  readonly from: number;
  readonly most: number;
}

interface Measure {
  readonly level: number;
  readonly perSecond: number;
  /** What one request took on average. */
  readonly ms: number;
}

export interface Adapt {
  /** Requests at one time, at least 1. */
  readonly allowed: number;
  readonly most: number;
  /** What the level before the one being tried did; undefined while none is being tried. */
  readonly before: Measure | undefined;
  /** Requests measured at this level so far. */
  readonly window: { readonly since: number; readonly count: number; readonly ms: number } | undefined;
  /** Windows to go until another level is tried, and how many it will be after the next vain try. */
  readonly hold: number;
  readonly holdNext: number;
  readonly direction: 1 | -1;
  /** A request that began before has had its say. */
  readonly cutAt: number;
}

/** One request that ended. Times in milliseconds. */
export interface Ended {
  readonly at: number;
  readonly ms: number;
  /** No answer, a 5xx, or a refusal because too much was asked. */
  readonly trouble: boolean;
  /** Others were waiting for its place: only then does throughput say something about the site. */
  readonly busy: boolean;
}

/** One more at a time is worth it from this gain on; one less from this share on that is left. */
const GAIN = 1.1;
const KEPT = 0.97;
/** Requests that take so many times as long, or so much shorter, are of another sort: nothing to compare. */
const OTHER_SORT = 2.5;
const LONGEST_HOLD = 32;

export function startAdapt({ from, most }: Range): Adapt {
  return {
    allowed: Math.max(1, Math.min(from, most)),
    most: Math.max(1, most),
    before: undefined,
    window: undefined,
    hold: 0,
    holdNext: 4,
    direction: 1,
    cutAt: Number.NEGATIVE_INFINITY,
  };
}

export function observed(adapt: Adapt, ended: Ended): Adapt {
  if (ended.trouble) return cut(adapt, ended);
  if (!ended.busy) return adapt.window === undefined ? adapt : { ...adapt, window: undefined };
  if (adapt.window === undefined) return { ...adapt, window: { since: ended.at, count: 0, ms: 0 } };
  const { since, count, ms } = adapt.window;
  const window = { since, count: count + 1, ms: ms + ended.ms };
  if (window.count < Math.max(8, adapt.allowed * 4)) return { ...adapt, window };
  const elapsed = Math.max(1, ended.at - since);
  return judged(
    { ...adapt, window: undefined },
    { level: adapt.allowed, perSecond: (window.count / elapsed) * 1000, ms: window.ms / window.count },
  );
}

function cut(adapt: Adapt, ended: Ended): Adapt {
  if (ended.at - ended.ms < adapt.cutAt) return { ...adapt, window: undefined };
  return {
    ...adapt,
    allowed: Math.max(1, Math.floor(adapt.allowed / 2)),
    before: undefined,
    window: undefined,
    hold: 8,
    direction: 1,
    cutAt: ended.at,
  };
}

function judged(adapt: Adapt, measure: Measure): Adapt {
  const { before } = adapt;
  if (before === undefined)
    return adapt.hold > 0 ? { ...adapt, hold: adapt.hold - 1 } : tried(adapt, measure);
  const ratio = measure.ms / Math.max(1, before.ms);
  if (ratio > OTHER_SORT || ratio < 1 / OTHER_SORT) {
    return { ...adapt, allowed: before.level, before: undefined, hold: 1 };
  }
  const gain = measure.perSecond / before.perSecond;
  const isGood = measure.level > before.level ? gain >= GAIN : gain >= KEPT;
  return isGood ? tried({ ...adapt, before: undefined, holdNext: 4 }, measure) : stayed(adapt, before.level);
}

/** On to the next level in the same direction, where there is one. */
function tried(adapt: Adapt, measure: Measure): Adapt {
  const next = adapt.allowed + adapt.direction;
  if (next < 1 || next > adapt.most) return stayed(adapt, adapt.allowed);
  return { ...adapt, allowed: next, before: measure };
}

/** Next time the other way; each vain try is followed by a longer rest. */
function stayed(adapt: Adapt, level: number): Adapt {
  return {
    ...adapt,
    allowed: level,
    before: undefined,
    hold: adapt.holdNext,
    holdNext: Math.min(LONGEST_HOLD, adapt.holdNext * 2),
    direction: adapt.direction === 1 ? -1 : 1,
  };
}
