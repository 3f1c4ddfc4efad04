import fc from "fast-check";
import type { Deed } from "./people.ts";
import type { Act } from "./play.ts";
import { PARTS } from "./world.ts";

const pick = fc.nat({ max: 5 });
const side = fc.constantFrom("file" as const, "site" as const);

const edit = fc.record({
  type: fc.constant("edit" as const),
  side,
  pick,
  part: fc.constantFrom(...PARTS, "body" as const, "body" as const, "title" as const),
  at: pick,
  how: fc.constantFrom(
    "change" as const,
    "change" as const,
    "add" as const,
    "drop" as const,
    "revert" as const,
  ),
});

const rare: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    type: fc.constantFrom("lose-database" as const, "lose-lockfile" as const, "upgrade" as const),
  }),
  fc.record({ type: fc.constant("old-lockfile" as const), at: pick, union: fc.boolean() }),
);

export const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: edit },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("create" as const), side }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("remove" as const), side, pick, forGood: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("move" as const), pick, at: pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("open-screen" as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("save-screen" as const),
      pick,
      part: fc.constantFrom("title" as const, "body" as const, "tags" as const),
      at: pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("settle" as const), pick, towards: side }) },
  { weight: 1, arbitrary: rare },
);

const direction = fc.constantFrom(
  "sync" as const,
  "sync" as const,
  "sync" as const,
  "push" as const,
  "pull" as const,
  "publish" as const,
);

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** A run goes on as the program that it was begun by. */
const others = deed.filter(({ type }) => type !== "upgrade");

export const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: deed },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("run" as const),
      direction,
      remove: fc.boolean(),
      crashAt: seldom(fc.nat({ max: 12 })),
      meanwhile: seldom(others),
    }),
  },
);

const sync = {
  type: "run",
  direction: "sync",
  remove: false,
  crashAt: undefined,
  meanwhile: undefined,
} as const;

/** What rarely comes about by chance. Each is about one document, most of the time. */
const scene: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.nat({ max: 2 }),
    deed,
    fc.nat({ max: 4 }),
    fc.constantFrom("title" as const, "body" as const),
    pick,
  )
  .chain(([which, other, crashAt, part, at]) => {
    const change = (where: "file" | "site", what: typeof part, how: "change" | "revert" = "change") =>
      ({ type: "edit", side: where, pick: which, part: what, at, how }) as const;
    const open: Act = { type: "open-screen", pick: which };
    const save: Act = { type: "save-screen", pick: 2, part: "tags", at };
    return fc.constantFrom<readonly Act[]>(
      [{ type: "create", side: "file" }, sync, open, open, open, change("file", part), sync, save, sync],
      [sync, change("file", part), { ...sync, crashAt }, change("file", part, "revert"), sync],
      [sync, change("file", part), { ...sync, crashAt }, change("site", part), change("file", part), sync],
      [sync, change("file", part), { type: "lose-lockfile" }, other, sync],
      [sync, change("file", "body"), { ...change("site", "body"), at: at + 1 }, sync],
    );
  });

/** What people and the tool do with one directory and one site, in any order. */
export const sequence: fc.Arbitrary<readonly Act[]> = fc
  .array(fc.oneof({ weight: 9, arbitrary: act.map((one) => [one]) }, { weight: 1, arbitrary: scene }), {
    minLength: 3,
    maxLength: 26,
    size: "max",
  })
  .map((parts) => parts.flat());
