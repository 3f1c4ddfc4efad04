import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const post = (title: string) => `---\ntitle: ${title}\nstatus: published\n---\n\nText of ${title}.\n`;
const stepsOf = (ran: Ran) => ran.plan.steps.map(({ action, path }) => `${action} ${path}`);

describe("a lockfile that somebody removed, of files that were moved since they were created", () => {
  let operator: Bench;
  let site: string;

  const locked = () => existsSync(join(operator.root, "ainstein.lock"));
  const warnings = (ran: Ran) =>
    ran.events.filter((event) => event.type === "notice" && event.level === "warning");
  function commit(): void {
    operator.git("add", "-A");
    operator.git("commit", "-qm", "posts");
  }

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
    operator.git("init", "-q");
    operator.write("rye.md", post("Rye"));
    operator.write("spelt.md", post("Spelt"));
    await operator.run(push, [], TARGET);
    renameSync(join(operator.root, "rye.md"), join(operator.root, "dark.md"));
    await operator.run(push, [], TARGET);
  });

  it("is taken from the last commit, and comes back: nothing is created a second time", async () => {
    commit();
    rmSync(join(operator.root, "ainstein.lock"));
    const elsewhere = operator.elsewhere();
    const looked = await elsewhere.run(status, [], TARGET);
    expect(stepsOf(looked)).toEqual([]);
    expect(warnings(looked)).toMatchObject([{ message: expect.stringContaining("ainstein.lock is gone") }]);
    expect(locked()).toBe(false);

    const ran = await elsewhere.run(sync, [], TARGET);
    expect([ran.exit, stepsOf(ran)]).toEqual([0, []]);
    expect(locked()).toBe(true);
    expect(operator.git("status", "--porcelain")).toBe("");
    expect(slugsOn(site)).toEqual(["rye", "spelt"]);
    expect(warnings(await elsewhere.run(sync, [], TARGET))).toEqual([]);
  });

  it("is gone for good once its removal is committed", async () => {
    commit();
    operator.git("rm", "-q", "ainstein.lock");
    operator.git("commit", "-qm", "start anew");
    const looked = await operator.elsewhere().run(status, [], TARGET);
    expect(warnings(looked)).toEqual([]);
    expect(stepsOf(looked)).toEqual(["adopt spelt.md", "create dark.md"]);
  });

  it("says no more than the last commit, where runs have written it since", async () => {
    commit();
    operator.write("spelt.md", post("Spelt and oats"));
    operator.write("wheat.md", post("Wheat"));
    await operator.run(push, [], TARGET);
    rmSync(join(operator.root, "ainstein.lock"));
    const ran = await operator.elsewhere().run(sync, [], TARGET);
    expect([ran.exit, ran.summary.writes, ran.summary.conflicts]).toEqual([0, 0, 0]);
    expect(slugsOn(site)).toEqual(["rye", "spelt", "wheat"]);
  });
});
