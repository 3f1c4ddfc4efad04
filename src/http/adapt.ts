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
  /** Windows to go until another level is tried, and how many it will be after trying both ways in vain. */
  readonly hold: number;
  readonly holdNext: number;
  readonly direction: 1 | -1;
  /** The other way was tried just before, in vain. */
  readonly turned: boolean;
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

/** More at one time are worth it when throughput rises by this share of what they add; fewer when this share is left. */
const WORTH = 0.3;
const KEPT = 0.97;
/** More at one time make no request quicker. Where each takes so much less nonetheless, they are of another sort. */
const OTHER_SORT = 1.5;
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
    turned: false,
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
    turned: true,
    cutAt: ended.at,
  };
}

function judged(adapt: Adapt, measure: Measure): Adapt {
  const { before } = adapt;
  if (before === undefined)
    return adapt.hold > 0 ? { ...adapt, hold: adapt.hold - 1 } : tried(adapt, measure);
  const [fewer, more] = measure.level < before.level ? [measure, before] : [before, measure];
  if (fewer.ms > more.ms * OTHER_SORT) {
    return { ...adapt, allowed: before.level, before: undefined, hold: 1 };
  }
  const gain = measure.perSecond / before.perSecond - 1;
  const added = measure.level / before.level - 1;
  const isGood = added > 0 ? gain >= added * WORTH : gain >= KEPT - 1;
  return isGood
    ? tried({ ...adapt, before: undefined, turned: false, holdNext: 4 }, measure)
    : stayed(adapt, before.level);
}

/** On to the next level in the same direction, where there is one; the more there are, the longer the step. */
function tried(adapt: Adapt, measure: Measure): Adapt {
  const step = Math.max(1, Math.floor(adapt.allowed / 4)) * adapt.direction;
  const next = Math.min(adapt.most, Math.max(1, adapt.allowed + step));
  if (next === adapt.allowed) return stayed(adapt, adapt.allowed);
  return { ...adapt, allowed: next, before: measure };
}

/** Then the other way; in vain both ways is followed by a rest, each longer than the one before. */
function stayed(adapt: Adapt, level: number): Adapt {
  const direction = adapt.direction === 1 ? -1 : 1;
  const common = { ...adapt, allowed: level, before: undefined, direction } as const;
  if (!adapt.turned) return { ...common, turned: true };
  const holdNext = Math.min(LONGEST_HOLD, adapt.holdNext * 2);
  return { ...common, turned: false, hold: adapt.holdNext, holdNext };
}
