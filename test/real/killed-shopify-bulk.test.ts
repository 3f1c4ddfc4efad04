import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { BULK } from "../../src/connectors/shopify/bulk.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";
import type { Passed } from "../fakes/fault-proxy.ts";
import { SETTINGS, SHOPS, type ShopRoad, startShop } from "./shop-road.ts";
import { killAll, machine, start } from "./spawned.ts";

const [REFUSES, SUFFIXES] = Object.keys(SHOPS) as [string, string];

/** The request at which the program is killed. It is carried out all the same. */
const MOMENTS = {
  "while its lines go up": ({ url }: Passed) => url.startsWith("/staged"),
  "at its start": ({ body }: Passed) => body.includes("bulkOperationRunMutation("),
  "while it runs": ({ body }: Passed) => body.includes("bulkOperation(id"),
  "while its result is fetched": ({ url }: Passed) => url.startsWith("/bulk/"),
} as const;

interface Killing {
  readonly moment: keyof typeof MOMENTS;
  readonly shop: string;
  readonly left: "everything" | "no AINSTEIN_HOME" | "neither AINSTEIN_HOME nor lockfile";
}

const DAILY: readonly Killing[] = [
  { moment: "while it runs", shop: SUFFIXES, left: "neither AINSTEIN_HOME nor lockfile" },
  { moment: "while its result is fetched", shop: REFUSES, left: "everything" },
];

const SOAK: readonly Killing[] = (Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]).flatMap((moment) =>
  [REFUSES, SUFFIXES].flatMap((shop) =>
    (["everything", "no AINSTEIN_HOME", "neither AINSTEIN_HOME nor lockfile"] as const).map((left) => ({
      ...{ moment, shop, left },
    })),
  ),
);

const COUNT = BULK.from;

describe("kill -9 in the middle of a bulk operation", () => {
  let road: ShopRoad | undefined;
  afterEach(async () => {
    await road?.stop();
    road = undefined;
  });
  afterAll(() => {
    killAll();
    removeTempDirs();
  });

  it.each(process.env.AINSTEIN_SWEEP === undefined ? DAILY : SOAK)(
    "$moment at $shop, with $left left: the next run completes it, each document once",
    async ({ moment, shop, left }) => {
      const opened = await startShop({ ...SHOPS[shop], bulkMs: 2500 });
      road = opened;
      const { proxy, sandbox } = opened;
      const operator = bench();
      for (let n = 1; n <= COUNT; n += 1) {
        operator.write(`articles/a-${n}.md`, `---\ntitle: Article ${n}\ntags: [bread]\n---\n\nText ${n}.\n`);
      }
      operator.write("ainstein.yaml", "content:\n  - { dir: articles, kind: article }\n");
      const { token } = sandbox;
      const connection = { platform: "shopify", url: proxy.url, auth: "token", token, settings: SETTINGS };
      const run = (watch?: (kill: () => void) => void) =>
        start(machine(connection, operator.root, operator.home), ["push"], watch);
      let killed = 0;
      const first = await run((kill) => {
        proxy.before = (passed) => {
          if (!MOMENTS[moment](passed)) return;
          killed += 1;
          kill();
        };
      });
      expect([killed > 0, first.code], first.out).toEqual([true, null]);
      proxy.before = undefined;
      if (left !== "everything") rmSync(operator.home, { recursive: true, force: true });
      if (left.startsWith("neither")) rmSync(join(operator.root, "ainstein.lock"), { force: true });

      const ended = await run();
      expect(ended.code, ended.out).toBe(0);
      expect(ended.summary).toMatchObject({ failed: 0, conflicts: 0 });
      const made = [...sandbox.store.articles.values()];
      const names = Array.from({ length: COUNT }, (_, n) => `a-${n + 1} Article ${n + 1}`);
      expect(made.map(({ handle, title }) => `${handle} ${title}`).sort()).toEqual(names.sort());
      expect(sandbox.store.bulk.size).toBe(1);
      expect((await run()).summary).toMatchObject({ writes: 0, unchanged: COUNT, failed: 0 });
    },
    60_000,
  );
});
