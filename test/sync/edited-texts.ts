import fc from "fast-check";

/** A text and two edits of it. */
export interface Triple {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

interface Edit {
  readonly what: "remove" | "insert" | "replace" | "move" | "copy";
  readonly at: number;
  readonly to: number;
  readonly size: number;
  readonly lines: readonly string[];
}

/** Few different lines, so that much repeats, or many; from no blank ones to mostly blank. */
const style = fc.record({
  words: fc.constantFrom(2, 5, 25, 300),
  blank: fc.constantFrom(0, 3, 6, 9),
  length: fc.constantFrom(4, 12, 40, 110),
  edits: fc.constantFrom(1, 3, 8, 25),
});

const manyEdits = style.chain(({ words, blank, length, edits }) => {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.nat(words).map((word) => `w${word}\n`) },
    { weight: 1, arbitrary: fc.constantFrom("}\n", "---\n") },
    { weight: blank, arbitrary: fc.constant("\n") },
  );
  const lines = fc.array(line, { maxLength: length, size: "max" });
  const edit: fc.Arbitrary<Edit> = fc.record({
    what: fc.constantFrom("remove", "insert", "replace", "move", "copy"),
    at: fc.nat(length),
    to: fc.nat(length),
    size: fc.nat(6),
    lines: fc.array(line, { minLength: 1, maxLength: 5 }),
  });
  const some = fc.array(edit, { maxLength: edits, size: "max" });
  return fc.record({ base: lines, common: fc.array(edit, { maxLength: 2 }), ours: some, theirs: some });
});

/** Three texts, all lines with their ends; both edits may have some in common. */
export const triples: fc.Arbitrary<Triple> = manyEdits.map(({ base, common, ours, theirs }) => ({
  base: base.join(""),
  ours: edited(base, [...common, ...ours]).join(""),
  theirs: edited(base, [...common, ...theirs]).join(""),
}));

/** As `triples`, of which any may lack its last line's end. */
export const openTriples: fc.Arbitrary<Triple> = fc
  .tuple(triples, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([{ base, ours, theirs }, b, o, t]) => ({
    base: b ? open(base) : base,
    ours: o ? open(ours) : ours,
    theirs: t ? open(theirs) : theirs,
  }));

function edited(lines: readonly string[], edits: readonly Edit[]): string[] {
  return edits.reduce(applied, [...lines]);
}

function applied(lines: string[], { what, at: place, to, size, lines: fresh }: Edit): string[] {
  const at = place % (lines.length + 1);
  const passage = lines.slice(at, at + size);
  const rest = lines.toSpliced(at, size);
  switch (what) {
    case "remove":
      return rest;
    case "insert":
      return lines.toSpliced(at, 0, ...fresh);
    case "replace":
      return lines.toSpliced(at, size, ...fresh);
    case "move":
      return rest.toSpliced(to % (rest.length + 1), 0, ...passage);
    case "copy":
      return lines.toSpliced(to % (lines.length + 1), 0, ...passage);
  }
}

function open(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
