/** Lines as numbers: equal lines are equal numbers. */
export type Lines = Int32Array;

/** A part of both sequences, ends not included. */
interface Box {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
  /** Must be solved exactly; else the search may settle for a good path once it costs too much. */
  readonly exact: boolean;
}

/** One of the two searches of a box: from its start, or mirrored from its end. */
interface Search {
  readonly step: 1 | -1;
  /** Index of the first line in search direction. */
  readonly a: number;
  readonly b: number;
  /** How far down `a` the search came, by diagonal (`x - y`, counted in search direction), stored from `zero`. */
  readonly reach: Int32Array;
  readonly zero: number;
  low: number;
  high: number;
}

interface Field {
  readonly a: Lines;
  readonly b: Lines;
  readonly width: number;
  readonly height: number;
}

/** Lines taken of `a` and of `b` in search direction. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** A run of equal lines longer than this is a sign of being on the right way. */
const SNAKE = 20;
/** From this cost on a path that is far enough ahead is taken for the right one. */
const COSTLY = 256;
const FAR_AHEAD = 4;
/** The search is given up at the square root of the size, but never below this. */
const LEAST_LIMIT = 256;

/**
 * The lines of `a` and of `b` that are on no common subsequence, by the middle snake of Myers (1986), with xdiff's limits: above
 * some hundreds of edits a promising or merely the furthest path is good enough, so that the work stays near n·√n.
 */
export function unpaired(
  a: Lines,
  b: Lines,
): { readonly removed: readonly number[]; readonly added: readonly number[] } {
  const removed: number[] = [];
  const added: number[] = [];
  const size = a.length + b.length + 3;
  const limit = Math.max(LEAST_LIMIT, roughRoot(size));
  const room = [new Int32Array(size), new Int32Array(size)] as const;
  const open: Box[] = [{ a: 0, aEnd: a.length, b: 0, bEnd: b.length, exact: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const box = withoutCommonEnds(a, b, next);
    if (box.a < box.aEnd && box.b < box.bEnd) {
      open.push(...halves(a, b, box, room, limit));
      continue;
    }
    for (let index = box.a; index < box.aEnd; index++) removed.push(index);
    for (let index = box.b; index < box.bEnd; index++) added.push(index);
  }
  return { removed, added };
}

/** A power of two at or above the square root, less than four times it. */
export function roughRoot(size: number): number {
  let root = 1;
  for (let rest = size; rest > 0; rest >>= 2) root <<= 1;
  return root;
}

function withoutCommonEnds(a: Lines, b: Lines, box: Box): Box {
  let { a: aStart, b: bStart, aEnd, bEnd } = box;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) {
    aStart += 1;
    bStart += 1;
  }
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd -= 1;
    bEnd -= 1;
  }
  return { a: aStart, aEnd, b: bStart, bEnd, exact: box.exact };
}

/** Where to cut a box that has no common end, and which halves are worth solving exactly. */
function halves(
  a: Lines,
  b: Lines,
  box: Box,
  room: readonly [Int32Array, Int32Array],
  limit: number,
): readonly [Box, Box] {
  const field = { a, b, width: box.aEnd - box.a, height: box.bEnd - box.b };
  const zero = field.height + 1;
  const ahead: Search = { step: 1, a: box.a, b: box.b, reach: room[0], zero, low: 0, high: 0 };
  const back: Search = { step: -1, a: box.aEnd - 1, b: box.bEnd - 1, reach: room[1], zero, low: 0, high: 0 };
  ahead.reach[zero] = 0;
  back.reach[zero] = 0;
  const odd = ((field.width - field.height) & 1) !== 0;
  const first = (point: Point, low: boolean, high: boolean) =>
    cut(box, { x: box.a + point.x, y: box.b + point.y }, low, high);
  const last = (point: Point, low: boolean, high: boolean) =>
    cut(box, { x: box.aEnd - point.x, y: box.bEnd - point.y }, low, high);
  for (let cost = 1; ; cost++) {
    const one = advance(field, ahead, odd ? back : undefined);
    if (one.met !== undefined) return first(one.met, true, true);
    const other = advance(field, back, odd ? undefined : ahead);
    if (other.met !== undefined) return last(other.met, true, true);
    if (box.exact) continue;
    if ((one.snake || other.snake) && cost > COSTLY) {
      const promising = farAhead(field, ahead, cost);
      if (promising !== undefined) return first(promising, true, false);
      const promisingBack = farAhead(field, back, cost);
      if (promisingBack !== undefined) return last(promisingBack, false, true);
    }
    if (cost >= limit) {
      const best = furthest(field, ahead);
      const bestBack = furthest(field, back);
      return bestBack.x + bestBack.y < best.x + best.y
        ? first(best, true, false)
        : last(bestBack, false, true);
    }
  }
}

function cut(box: Box, at: Point, exactLow: boolean, exactHigh: boolean): readonly [Box, Box] {
  return [
    { a: box.a, aEnd: at.x, b: box.b, bEnd: at.y, exact: exactLow },
    { a: at.x, aEnd: box.aEnd, b: at.y, bEnd: box.bEnd, exact: exactHigh },
  ];
}

/** One edit further on every diagonal; `met` where it comes up to `other`, `snake` after a long run of equal lines. */
function advance(
  field: Field,
  search: Search,
  other: Search | undefined,
): { readonly met: Point | undefined; readonly snake: boolean } {
  widen(field, search);
  const { a, b, width, height } = field;
  const { step, reach, zero, low, high } = search;
  const across = width - height;
  let snake = false;
  // Both searches look at the diagonals in one order, the box's own: it decides between paths of equal cost.
  const towards = -2 * step;
  for (let k = step === 1 ? high : low; k >= low && k <= high; k += towards) {
    const left = at(reach, zero + k - 1);
    const right = at(reach, zero + k + 1);
    const start = left >= right ? left + 1 : right;
    let x = start;
    while (x < width && x - k < height && a[search.a + step * x] === b[search.b + step * (x - k)]) x += 1;
    if (x - start > SNAKE) snake = true;
    reach[zero + k] = x;
    const mirrored = across - k;
    if (other !== undefined && mirrored >= other.low && mirrored <= other.high) {
      if (x + at(other.reach, zero + mirrored) >= width) return { met: { x, y: x - k }, snake };
    }
  }
  return { met: undefined, snake };
}

/** One more diagonal at each end, or one less where the box ends; what lies beside is out of reach. */
function widen(field: Field, search: Search): void {
  const { reach, zero } = search;
  if (search.low > -field.height) {
    search.low -= 1;
    reach[zero + search.low - 1] = -1;
  } else search.low += 1;
  if (search.high < field.width) {
    search.high += 1;
    reach[zero + search.high + 1] = -1;
  } else search.high -= 1;
}

/** The end of a long run of equal lines, so far from the start that its path must be a good one. */
function farAhead(field: Field, search: Search, cost: number): Point | undefined {
  const { step, low, high } = search;
  let best = FAR_AHEAD * cost;
  let found: Point | undefined;
  const towards = -2 * step;
  for (let k = step === 1 ? high : low; k >= low && k <= high; k += towards) {
    const x = at(search.reach, search.zero + k);
    const y = x - k;
    const worth = x + y - Math.abs(k);
    const inside = x >= SNAKE && x < field.width && y >= SNAKE && y < field.height;
    if (worth <= best || !inside || !endsSnake(field, search, x, y)) continue;
    best = worth;
    found = { x, y };
  }
  return found;
}

function endsSnake({ a, b }: Field, search: Search, x: number, y: number): boolean {
  for (let back = 1; back <= SNAKE; back++) {
    if (a[search.a + search.step * (x - back)] !== b[search.b + search.step * (y - back)]) return false;
  }
  return true;
}

function furthest(field: Field, search: Search): Point {
  const { step, low, high } = search;
  let best: Point = { x: -1, y: 0 };
  const towards = -2 * step;
  for (let k = step === 1 ? high : low; k >= low && k <= high; k += towards) {
    const x = Math.min(at(search.reach, search.zero + k), field.width, field.height + k);
    if (x + x - k > best.x + best.y) best = { x, y: x - k };
  }
  return best;
}

function at(values: Int32Array, index: number): number {
  return values[index] as number;
}
