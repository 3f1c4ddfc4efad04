import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Bench, bench, removeTempDirs } from "../commands/bench.ts";
import { randomOf } from "../real/both-sides.ts";
import { killAll, machine, start } from "../real/spawned.ts";
import { SEED } from "../setup/seed.ts";
import { editSite, type PlatformRoad, startRoad, WORLDS, type World, writeSite } from "./worlds.ts";

const FULL = process.env.AINSTEIN_SWEEP !== undefined;
const POSTS = FULL ? 20 : 8;

interface Killing {
  readonly work: "a first push" | "a push of edits";
  readonly kills: number;
  /** What is left of a killed run when the next one starts. */
  readonly left: "everything" | "no AINSTEIN_HOME" | "neither AINSTEIN_HOME nor lockfile";
}

const DAILY: readonly Killing[] = [
  { work: "a first push", kills: 2, left: "neither AINSTEIN_HOME nor lockfile" },
  { work: "a push of edits", kills: 2, left: "everything" },
];

const SOAK: readonly Killing[] = Array.from({ length: 10 }).flatMap(() => [
  { work: "a first push", kills: 1, left: "everything" },
  { work: "a first push", kills: 2, left: "no AINSTEIN_HOME" },
  { work: "a first push", kills: 2, left: "neither AINSTEIN_HOME nor lockfile" },
  { work: "a push of edits", kills: 2, left: "everything" },
]);

/** A site, and what runs the program against it. */
async function scene(world: World, work: Killing["work"], roads: PlatformRoad[]) {
  const road = await startRoad(world);
  roads.push(road);
  const { proxy, fake } = road;
  const operator: Bench = bench();
  const edits = work === "a push of edits";
  const at = machine(fake.connection(proxy.url), operator.root, operator.home);
  const run = (watch?: (kill: () => void) => void) =>
    start(at, edits ? ["push", "--delete"] : ["push"], watch);
  writeSite(operator, world, POSTS);
  if (edits) {
    const first = await run();
    expect(first.code, first.out).toBe(0);
    editSite(operator);
  }
  proxy.reset();
  return { run, proxy, fake, operator };
}

/** Most of the time goes to waiting for race windows to be over: all platforms wait at one time. */
describe.concurrent.each(WORLDS.filter(({ landsLate }) => FULL || landsLate !== true))(
  "kill -9 while pushing to $name",
  (world: World) => {
    it.each((FULL ? SOAK : DAILY).map((killing, nth) => ({ ...killing, nth })))(
      "$work, killed $kills times, is completed by the next run with $left left",
      async ({ nth, ...killing }) => {
        const roads: PlatformRoad[] = [];
        try {
          await killed(world, killing, randomOf(SEED + nth), roads);
        } finally {
          for (const road of roads) await road.stop();
        }
      },
      120_000,
    );
  },
);

async function killed(
  world: World,
  { work, kills, left }: Killing,
  random: () => number,
  roads: PlatformRoad[],
): Promise<void> {
  const whole = await scene(world, work, roads);
  const first = await whole.run();
  expect(first.code, first.out).toBe(0);
  const [undisturbed, requests] = [whole.fake.census(), whole.proxy.passed.length];

  const { run, proxy, fake, operator } = await scene(world, work, roads);
  for (let round = 0; round < kills; round += 1) {
    const moment = proxy.passed.length + Math.floor(random() * requests);
    const later = random() * 30;
    await run((kill) => {
      proxy.before = () => {
        if (proxy.passed.length > moment) setTimeout(kill, later);
      };
    });
    proxy.before = undefined;
    if (left !== "everything") rmSync(operator.home, { recursive: true, force: true });
    if (left.startsWith("neither")) rmSync(join(operator.root, "ainstein.lock"), { force: true });
  }
  const ended = await run();
  expect(ended.code, `seed ${SEED}: ${ended.out}`).toBe(0);
  expect(ended.summary).toMatchObject({ failed: 0, conflicts: 0 });
  expect(fake.census(), `seed ${SEED}`).toEqual(undisturbed);
  const again = await run();
  expect(again.summary, `seed ${SEED}: ${again.out}`).toMatchObject({
    writes: 0,
    conflicts: 0,
    failed: 0,
  });
}

afterAll(() => {
  killAll();
  removeTempDirs();
});
