/** Pairs of equal items, rising on both sides. */
export type Pairing = readonly (readonly [a: number, b: number])[];

/** Cells of the exact table up to which it is filled; larger stretches are cut at items that occur once. */
const TABLE_LIMIT = 1_000_000;

interface Stretch {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * A longest common subsequence of two lists of keys; for long lists one that keeps unique items in order, in
 * n log n. Never quadratic, whatever the lists are.
 */
export function alignKeys(a: readonly string[], b: readonly string[]): Pairing {
  const ids = new Map<string, number>();
  const idOf = (key: string): number => {
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    return id;
  };
  const pairs: [number, number][] = [];
  alignStretch({ a: a.map(idOf), b: b.map(idOf) }, 0, 0, pairs);
  return pairs;
}

function alignStretch({ a, b }: Stretch, offsetA: number, offsetB: number, pairs: [number, number][]): void {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    pairs.push([offsetA + head, offsetB + head]);
    head += 1;
  }
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail += 1;
  }
  const middle = { a: a.slice(head, a.length - tail), b: b.slice(head, b.length - tail) };
  alignMiddle(middle, offsetA + head, offsetB + head, pairs);
  for (let i = tail; i > 0; i--) pairs.push([offsetA + a.length - i, offsetB + b.length - i]);
}

function alignMiddle(middle: Stretch, offsetA: number, offsetB: number, pairs: [number, number][]): void {
  const { a, b } = middle;
  if (a.length === 0 || b.length === 0) return;
  if (a.length * b.length <= TABLE_LIMIT) {
    for (const [i, j] of tablePairs(middle)) pairs.push([offsetA + i, offsetB + j]);
    return;
  }
  const unique = risingPairs(uniquePairs(middle));
  if (unique.length === 0) {
    for (const [i, j] of risingPairs(nthPairs(middle))) pairs.push([offsetA + i, offsetB + j]);
    return;
  }
  let [fromA, fromB] = [0, 0];
  for (const [i, j] of [...unique, [a.length, b.length] as const]) {
    alignStretch({ a: a.slice(fromA, i), b: b.slice(fromB, j) }, offsetA + fromA, offsetB + fromB, pairs);
    if (i < a.length) pairs.push([offsetA + i, offsetB + j]);
    [fromA, fromB] = [i + 1, j + 1];
  }
}

function tablePairs({ a, b }: Stretch): [number, number][] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

function uniquePairs({ a, b }: Stretch): [number, number][] {
  const placesA = places(a);
  const placesB = places(b);
  return [...placesA].flatMap(([id, [i, ...moreA]]) => {
    const [j, ...moreB] = placesB.get(id) ?? [];
    return i === undefined || j === undefined || moreA.length + moreB.length > 0
      ? []
      : [[i, j] as [number, number]];
  });
}

/** The first of one kind with the first, the second with the second. */
function nthPairs({ a, b }: Stretch): [number, number][] {
  const placesB = places(b);
  const pairs = [...places(a)].flatMap(([id, inA]) => {
    const inB = placesB.get(id) ?? [];
    return inA.flatMap((i, n) => {
      const j = inB[n];
      return j === undefined ? [] : [[i, j] as [number, number]];
    });
  });
  return pairs.sort(([i], [j]) => i - j);
}

function places(ids: readonly number[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  ids.forEach((id, i) => {
    const list = found.get(id);
    if (list === undefined) found.set(id, [i]);
    else list.push(i);
  });
  return found;
}

/** The longest part of pairs (rising in a) that rises in b too. */
function risingPairs(pairs: readonly [number, number][]): [number, number][] {
  const tops: number[] = [];
  const before: (number | undefined)[] = [];
  pairs.forEach(([, j], n) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const top = pairs[tops[middle] ?? 0]?.[1] ?? 0;
      if (top < j) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? undefined : tops[low - 1]);
    tops[low] = n;
  });
  const rising: [number, number][] = [];
  for (let n = tops.at(-1); n !== undefined; n = before[n]) {
    const pair = pairs[n];
    if (pair !== undefined) rising.push(pair);
  }
  return rising.reverse();
}
