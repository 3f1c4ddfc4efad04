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

/**
 * Pairs each file that is gone with the one new file that is like it, if that one is like no other. Sentences and lines
 * are what is counted, wherever they stand; each weighs as many characters as it has.
 */
export function matchSimilar(gone: readonly Likeness[], fresh: readonly Likeness[]): Moves {
  const alike = new Map<string, string[]>();
  if (gone.length > 0 && fresh.length > 0) {
    for (const [old, now] of likePairs(gone, fresh)) {
      alike.set(old.path, [...(alike.get(old.path) ?? []), now.path]);
      alike.set(now.path, [...(alike.get(now.path) ?? []), old.path]);
    }
  }
  const moved = new Map<string, string>();
  for (const { path } of gone) {
    const [only, ...others] = alike.get(path) ?? [];
    if (only === undefined || others.length > 0 || alike.get(only)?.length !== 1) continue;
    moved.set(only, path);
  }
  const settled = new Set([...moved].flat());
  return { moved, undecided: new Map([...alike].filter(([path]) => !settled.has(path))) };
}

/** The share of two texts that both hold, from 0 to 1; 0 where one of them says nothing. */
export function similarity(a: string, b: string): number {
  return shareOf(piecesOf(a), piecesOf(b));
}

/** Compares only texts that share something: most pairs of a large move share nothing at all. */
function* likePairs(gone: readonly Likeness[], fresh: readonly Likeness[]): Generator<[Likeness, Likeness]> {
  const bodies = fresh.map((file) => piecesOf(file.body));
  const holders = new Map<string, number[]>();
  for (const [index, { counts }] of bodies.entries()) {
    for (const piece of counts.keys()) holders.set(piece, [...(holders.get(piece) ?? []), index]);
  }
  for (const old of gone) {
    const body = piecesOf(old.body);
    const near = new Set([...body.counts.keys()].flatMap((piece) => holders.get(piece) ?? []));
    for (const index of [...near].sort((a, b) => a - b)) {
      const [now, other] = [fresh[index], bodies[index]];
      if (now === undefined || other === undefined || now.group !== old.group) continue;
      if (shareOf(body, other) >= ENOUGH && similarity(old.text, now.text) >= ENOUGH) yield [old, now];
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

function shareOf(a: Pieces, b: Pieces): number {
  const most = Math.max(a.size, b.size);
  if (Math.min(a.size, b.size) < most * ENOUGH || most === 0) return 0;
  let common = 0;
  for (const [piece, count] of a.counts) common += piece.length * Math.min(count, b.counts.get(piece) ?? 0);
  return common / most;
}
