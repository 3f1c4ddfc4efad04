import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sync } from "../../src/commands/sync.ts";
import { openStore } from "../../src/store/db.ts";
import { type Bench, bench, removeTempDirs } from "../commands/bench.ts";
import { onSite, slugsOn } from "../commands/site-edit.ts";
import { born, momentsSoFar, quiet } from "./life.ts";
import { leapingClock, mortalCommand } from "./mortal.ts";
import { fastDir } from "./worlds.ts";

vi.mock("../../src/content/tree.ts", async (original) => {
  const { mortal } = await import("./life.ts");
  return mortal(await original<Record<string, unknown>>(), ["writeFileAtomic", "removeFile"]);
});
vi.mock("../../src/connectors/local/files.ts", async (original) => {
  const { mortal } = await import("./life.ts");
  return mortal(await original<Record<string, unknown>>(), ["writeDurably", "moveDurably", "removeFile"]);
});

const TARGET = { target: ["site"] };
const clock = leapingClock();
let base: string;

beforeEach(() => {
  base = fastDir();
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
  removeTempDirs();
});

function circle(name: string): Bench {
  const url = join(base, name);
  const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url }) } });
  operator.write("a.md", "---\ntitle: A\nstatus: published\n---\n\nTo [b](./b.md).\n");
  operator.write("b.md", "---\ntitle: B\nstatus: published\n---\n\nTo [a](./a.md#x).\n");
  return operator;
}

const run = (operator: Bench) => {
  clock.leap(600_000);
  return operator.run(mortalCommand(sync, clock), [], TARGET);
};

/** As in CI: neither journal nor lockfile is left. */
function forget({ root, home }: Bench): void {
  rmSync(home, { recursive: true, force: true });
  rmSync(join(root, "ainstein.lock"), { force: true });
}

it("a circle of links is whole after the next run, wherever the one that made it was killed", async () => {
  born();
  await run(circle("whole"));
  const moments = momentsSoFar();
  expect(moments.length).toBeGreaterThan(10);
  const wrong: string[] = [];
  for (const [at, what] of moments.entries()) {
    const operator = circle(`site-${at}`);
    const site = join(base, `site-${at}`);
    born(at + 1);
    await run(operator).catch(() => undefined);
    await quiet();
    born();
    if (at % 4 === 0) forget(operator);
    const store = openStore(operator.home);
    store.run("UPDATE locks SET start_time = 'long ago'");
    store.close();
    const next = await run(operator);
    const idle = await run(operator);
    const links = () => ["a", "b"].map((slug) => /href="([^"]*)"/.exec(onSite(site, slug).fields.body)?.[1]);
    const wanted = [`file://${site}/public/post/b.html`, `file://${site}/public/post/a.html#x`];
    const found = [
      next.summary.failed,
      next.summary.conflicts,
      idle.plan.steps.length,
      ...slugsOn(site),
      ...links(),
    ];
    const good = [0, 0, 0, "a", "b", ...wanted];
    if (JSON.stringify(found) !== JSON.stringify(good))
      wrong.push(`after ${at + 1} (${what}): ${found.join(" ")}`);
  }
  expect(wrong).toEqual([]);
});
