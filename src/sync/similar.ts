/** A document as far as its likeness to others goes. */
export interface Likeness {
  readonly path: string;
  /** Only documents of one group are compared: what is of another kind or language is never the same document. */
  readonly group: string;
  /** The whole file. */
  readonly text: string;
  /** Its text without front matter, which all files of a site share much of. */
  readonly body: string;
}

/** Which of the files that are gone live on in which new ones. */
export interface Moves {
  /** New path -> old path. */
  readonly moved: ReadonlyMap<string, string>;
  /** Path of a file that is gone or new -> those it is as like to, where more than one answer fits. */
  readonly undecided: ReadonlyMap<string, readonly string[]>;
}

/** From this share on, git too takes two files for one that was renamed. */
const ENOUGH = 0.5;
/** What is like so many others is like none in particular; who else is like it need not be found out. */
const MANY = 4;

/**
 * Pairs each file that is gone with the one new file that is like it, if that one is like no other. Sentences and lines
 * are what is counted, wherever they stand; each weighs as many characters as it has.
 */
export function matchSimilar(gone: readonly Likeness[], fresh: readonly Likeness[]): Moves {
  const alike = new Map<string, string[]>();
  const of = (path: string) => alike.get(path) ?? [];
  const hopeless = (old: Likeness, now: Likeness) =>
    of(old.path).length >= MANY && of(now.path).length >= MANY;
  if (gone.length > 0 && fresh.length > 0) {
    for (const [old, now] of likePairs(gone, fresh, hopeless)) {
      alike.set(old.path, [...of(old.path), now.path]);
      alike.set(now.path, [...of(now.path), old.path]);
    }
  }
  const moved = new Map<string, string>();
  for (const { path } of gone) {
    const [only, ...others] = of(path);
    if (only === undefined || others.length > 0 || of(only).length !== 1) continue;
    moved.set(only, path);
  }
  const settled = new Set([...moved].flat());
  const undecided = [...alike].flatMap(([path, others]) =>
    settled.has(path) ? [] : [[path, others.sort()] as const],
  );
  return { moved, undecided: new Map(undecided) };
}

/** The share of two texts that both hold, from 0 to 1; 0 where one of them says nothing. */
export function similarity(a: string, b: string): number {
  const [one, other] = [piecesOf(a), piecesOf(b)];
  let common = 0;
  for (const [piece, count] of one.counts)
    common += piece.length * Math.min(count, other.counts.get(piece) ?? 0);
  return shareOf(common, one.size, other.size);
}

/** By the pieces that both hold, so that what has nothing in common costs nothing. */
function* likePairs(
  gone: readonly Likeness[],
  fresh: readonly Likeness[],
  hopeless: (old: Likeness, now: Likeness) => boolean,
): Generator<[Likeness, Likeness]> {
  const bodies = fresh.map((now) => ({ now, ...piecesOf(now.body) }));
  const holders = new Map<string, { readonly index: number; readonly count: number }[]>();
  for (const [index, { counts }] of bodies.entries()) {
    for (const [piece, count] of counts) {
      const known = holders.get(piece);
      if (known === undefined) holders.set(piece, [{ index, count }]);
      else known.push({ index, count });
    }
  }
  const common = new Float64Array(bodies.length);
  for (const old of gone) {
    const { counts, size } = piecesOf(old.body);
    common.fill(0);
    for (const [piece, mine] of counts) {
      for (const { index, count } of holders.get(piece) ?? []) {
        common[index] = (common[index] ?? 0) + piece.length * Math.min(mine, count);
      }
    }
    for (const [index, body] of bodies.entries()) {
      if (shareOf(common[index] ?? 0, size, body.size) < ENOUGH) continue;
      if (body.now.group !== old.group || hopeless(old, body.now)) continue;
      if (similarity(old.text, body.now.text) >= ENOUGH) yield [old, body.now];
    }
  }
}

interface Pieces {
  readonly counts: ReadonlyMap<string, number>;
  /** Characters of all of them. */
  readonly size: number;
}

/** A paragraph is often one line: an edit of one sentence must not make all of it another text. */
const BREAKS = /\n|(?<=[.!?…])\s|(?<=[。！？])/u;

function piecesOf(text: string): Pieces {
  const counts = new Map<string, number>();
  let size = 0;
  for (const raw of text.split(BREAKS)) {
    const piece = raw.trim();
    if (!/[\p{L}\p{N}]/u.test(piece)) continue;
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
    size += piece.length;
  }
  return { counts, size };
}

function shareOf(common: number, a: number, b: number): number {
  return common === 0 ? 0 : common / Math.max(a, b);
}
