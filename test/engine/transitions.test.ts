import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { removeTempDirs } from "../commands/bench.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { LEFT, type Stage, stage } from "./killing.ts";
import { leapingClock } from "./mortal.ts";
import { fastDir, localWorld, wordpressWorld } from "./worlds.ts";

vi.mock("../../src/content/tree.ts", async (original) => {
  const { mortal } = await import("./life.ts");
  return mortal(await original<Record<string, unknown>>(), ["writeFileAtomic", "removeFile"]);
});
vi.mock("../../src/connectors/local/files.ts", async (original) => {
  const { mortal } = await import("./life.ts");
  const lasting = ["writeDurably", "moveDurably", "removeFile"];
  return mortal(await original<Record<string, unknown>>(), lasting);
});

/** Every moment in every manner; else every moment with everything left, and some of the others. */
const FULL = process.env.AINSTEIN_SWEEP !== undefined;

/** The moments are gone through in so many tests, each with a limit of its own: a busy machine is no failure. */
const PARTS = [1, 2, 3, 4];

describe.each(["WordPress", "local"])("a sync of twenty documents with a %s site", (platform) => {
  let fake: FakeWordPress;
  let base: string;
  let scene: Stage;

  beforeAll(async () => {
    base = fastDir();
    vi.stubEnv("TMPDIR", join(base, "tmp"));
    mkdirSync(join(base, "tmp"));
    const clock = leapingClock();
    fake = await startFakeWordPress();
    const world = platform === "local" ? localWorld(join(base, "site")) : wordpressWorld(fake, clock);
    scene = await stage(base, world, clock);
  });
  afterAll(async () => {
    await fake.stop();
    removeTempDirs();
    rmSync(base, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it.each(LEFT.flatMap((left) => PARTS.map((part) => [left, part] as const)))(
    `is completed by the next one wherever it was killed, with %s left (%i of ${PARTS.length})`,
    async (left, part) => {
      const turn = LEFT.indexOf(left);
      const every = FULL ? 1 : turn > 0 ? 10 : platform === "local" ? 8 : 1;
      const failed: string[] = [];
      const chosen = [...scene.moments.entries()].filter(([at]) => (at + turn) % every === 0);
      for (const [nth, [at, what]] of chosen.entries()) {
        if (nth % PARTS.length !== part - 1) continue;
        try {
          await scene.killedAt(at + 1, left);
        } catch (thrown) {
          failed.push(`after ${at + 1} (${what}): ${reasonOf(thrown)}`);
        }
      }
      expect(failed).toEqual([]);
    },
    FULL ? 900_000 : 120_000,
  );
});

/** With the lines in which both differ. */
function reasonOf(thrown: unknown): string {
  const { message, actual } = thrown as { readonly message?: string; readonly actual?: unknown };
  return `${message ?? String(thrown)} ${JSON.stringify(actual)}`;
}
