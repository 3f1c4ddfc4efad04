import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Bench, bench, removeTempDirs } from "../commands/bench.ts";
import { SEED } from "../setup/seed.ts";
import { randomOf } from "./both-sides.ts";
import {
  BESIDES,
  editShopContent,
  overShop,
  SETTINGS,
  SHOPS,
  type ShopRoad,
  shopCensus,
  startShop,
  writeShopContent,
} from "./shop-road.ts";
import { killAll, machine, start } from "./spawned.ts";

const FULL = process.env.AINSTEIN_SWEEP !== undefined;
const ARTICLES = FULL ? 60 : 15;
const [REFUSES, SUFFIXES] = Object.keys(SHOPS) as [string, string];

/** How often a command is killed before it may end, where, and what is left each time. */
interface Killing {
  readonly shop: string;
  readonly work: "a first push" | "a push of edits";
  readonly kills: number;
  readonly left: "everything" | "no AINSTEIN_HOME" | "neither AINSTEIN_HOME nor lockfile";
}

const DAILY: readonly Killing[] = [
  { shop: SUFFIXES, work: "a first push", kills: 1, left: "no AINSTEIN_HOME" },
  { shop: REFUSES, work: "a push of edits", kills: 1, left: "everything" },
];

const SOAK: readonly Killing[] = Array.from({ length: 10 }).flatMap(() =>
  Object.keys(SHOPS).flatMap((shop): readonly Killing[] => [
    { shop, work: "a first push", kills: 1, left: "everything" },
    { shop, work: "a first push", kills: 2, left: "no AINSTEIN_HOME" },
    { shop, work: "a first push", kills: 2, left: "neither AINSTEIN_HOME nor lockfile" },
    { shop, work: "a push of edits", kills: 2, left: "everything" },
  ]),
);

describe("kill -9 while pushing to a shop", () => {
  const random = randomOf(SEED);
  let road: ShopRoad | undefined;
  afterEach(async () => {
    await road?.stop();
    road = undefined;
  });
  afterAll(() => {
    killAll();
    removeTempDirs();
  });

  /** A shop, and what runs the program against it. */
  async function scene({ shop, work }: Killing) {
    await road?.stop();
    const opened = await startShop(SHOPS[shop] ?? {});
    road = opened;
    const { proxy, sandbox } = opened;
    const operator: Bench = bench();
    const { home } = operator;
    const { token } = sandbox;
    const connection = { platform: "shopify", url: proxy.url, auth: "token", token, settings: SETTINGS };
    const edits = work === "a push of edits";
    const run = async (watch?: (kill: () => void) => void) =>
      start(machine(connection, operator.root, home), edits ? ["push", "--delete"] : ["push"], watch);
    writeShopContent(operator, ARTICLES);
    const undisturbed = async () => {
      const ran = await operator.run(overShop(opened, "push", "site"), [], {
        target: ["site"],
        delete: edits,
      });
      expect(ran.results.filter(({ status }) => status !== "ok")).toEqual([]);
    };
    if (edits) {
      await undisturbed();
      editShopContent(operator);
    }
    proxy.reset();
    return { undisturbed, run, proxy, sandbox, operator, home };
  }

  it.each(FULL ? SOAK : DAILY)(
    "$work to $shop, killed $kills times, is completed by the next run with $left left",
    async (killing) => {
      const whole = await scene(killing);
      await whole.undisturbed();
      const [undisturbed, requests] = [shopCensus(whole.sandbox), whole.proxy.passed.length];

      const { run, proxy, sandbox, operator, home } = await scene(killing);
      for (let round = 0; round < killing.kills; round += 1) {
        const moment = proxy.passed.length + Math.floor(random() * requests);
        const later = random() * 30;
        await run((kill) => {
          proxy.before = () => {
            if (proxy.passed.length > moment) setTimeout(kill, later);
          };
        });
        proxy.before = undefined;
        if (killing.left !== "everything") rmSync(home, { recursive: true, force: true });
        if (killing.left.startsWith("neither")) rmSync(join(operator.root, "ainstein.lock"), { force: true });
      }
      const ended = await run();
      expect(ended.code, `seed ${SEED}: ${ended.out}`).toBe(0);
      expect(ended.summary).toMatchObject({ failed: 0, conflicts: 0 });
      expect(shopCensus(sandbox), `seed ${SEED}`).toEqual(undisturbed);
      if (killing.work === "a first push") {
        expect(undisturbed.entries).toHaveLength(ARTICLES + BESIDES);
        expect(Number(ended.summary.created) + Number(ended.summary.unchanged)).toBe(ARTICLES + BESIDES);
      }
      const again = await run();
      expect(again.summary, `seed ${SEED}: ${again.out}`).toMatchObject({
        writes: 0,
        conflicts: 0,
        failed: 0,
      });
    },
    120_000,
  );
});
