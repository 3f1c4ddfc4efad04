/** Lines as numbers: equal lines are equal numbers. */
export type Lines = Int32Array;

/** A part of both sequences, ends not included. */
interface Box {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
  /** To be solved whatever it costs, which is known to be little. */
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

/** The search for the shortest path is given up at the square root of the size, but never below this. */
const LEAST_LIMIT = 256;

/**
 * Indexes of the lines of `a` and of `b` that are not paired on a shortest path from one to the other: the linear-space
 * search from both ends of Myers (1986). Like xdiff it takes the furthest path instead once it costs some hundreds of
 * edits, so that texts with little in common do not take quadratic time.
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

/** A power of two above the square root, at most twice it. */
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
    const met = advance(field, ahead, odd ? back : undefined);
    if (met !== undefined) return first(met, true, true);
    const metBack = advance(field, back, odd ? undefined : ahead);
    if (metBack !== undefined) return last(metBack, true, true);
    if (box.exact || cost < limit) continue;
    const best = furthest(field, ahead);
    const bestBack = furthest(field, back);
    return bestBack.x + bestBack.y < best.x + best.y ? first(best, true, false) : last(bestBack, false, true);
  }
}

function cut(box: Box, at: Point, exactLow: boolean, exactHigh: boolean): readonly [Box, Box] {
  return [
    { a: box.a, aEnd: at.x, b: box.b, bEnd: at.y, exact: exactLow },
    { a: at.x, aEnd: box.aEnd, b: at.y, bEnd: box.bEnd, exact: exactHigh },
  ];
}

/** One edit further on every diagonal, until it meets `other`. */
function advance(field: Field, search: Search, other: Search | undefined): Point | undefined {
  widen(field, search);
  const { a, b, width, height } = field;
  const { step, reach, zero, low, high } = search;
  const across = width - height;
  // Both searches look at the diagonals in one order, the box's own: it decides between paths of equal cost.
  const towards = -2 * step;
  for (let k = step === 1 ? high : low; k >= low && k <= high; k += towards) {
    const left = at(reach, zero + k - 1);
    const right = at(reach, zero + k + 1);
    let x = left >= right ? left + 1 : right;
    while (x < width && x - k < height && a[search.a + step * x] === b[search.b + step * (x - k)]) x += 1;
    reach[zero + k] = x;
    const mirrored = across - k;
    if (other !== undefined && mirrored >= other.low && mirrored <= other.high) {
      if (x + at(other.reach, zero + mirrored) >= width) return { x, y: x - k };
    }
  }
  return undefined;
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
