import fc from "fast-check";
import type { GroundDeed } from "./ground.ts";
import type { GroundAct } from "./ground-play.ts";

const pick = fc.nat({ max: 3 });
const side = fc.constantFrom("file" as const, "site" as const);

const deed: fc.Arbitrary<GroundDeed> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      type: fc.constantFrom(
        "change" as const,
        "change" as const,
        "add" as const,
        "drop" as const,
        "status" as const,
      ),
      side,
      pick,
      at: pick,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("create" as const), side, pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("remove" as const), side, pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("move" as const, "open-screen" as const, "save-screen" as const),
      pick,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ type: fc.constantFrom("lose-database" as const, "lose-lockfile" as const) }),
      fc.record({ type: fc.constant("old-lockfile" as const), pick }),
    ),
  },
);

const run: fc.Arbitrary<GroundAct> = fc.record({
  type: fc.constant("run" as const),
  direction: fc.constantFrom(
    "sync" as const,
    "sync" as const,
    "sync" as const,
    "push" as const,
    "pull" as const,
    "publish" as const,
  ),
  remove: fc.boolean(),
  crashAt: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat({ max: 25 }) },
  ),
});

/** The first document comes with the sequence: without one little happens. */
export const groundSequence: fc.Arbitrary<readonly GroundAct[]> = fc
  .array(fc.oneof({ weight: 3, arbitrary: deed }, { weight: 1, arbitrary: run }), {
    minLength: 4,
    maxLength: 14,
    size: "max",
  })
  .map((acts) => [{ type: "create", side: "file", pick: 0 }, ...acts]);
