// Runs of tasks that were stopped, cut off, or met by others.
import { chmodSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { runs } from "../../../src/commands/runs.ts";
import { task } from "../../../src/commands/task.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { DATABASE } from "../../../src/store/db.ts";
import { openDatabase } from "../../../src/store/driver.ts";
import { holdingAlone } from "../../../src/store/exclusive.ts";
import { missing } from "../../tasks/database/support.ts";
import { createOperator, type Manner, type Operator } from "../operator.ts";

const operators: Operator[] = [];
let operator: Operator;

beforeEach(() => {
  operator = createOperator();
  operators.push(operator);
});

afterAll(() => {
  for (const one of operators) one.remove();
});

function write(path: string, text: string): void {
  const file = join(operator.cwd, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const TASKS = `task_id: site
task_type: connect
specifications: {connection: {platform: local, name: site}}
---
task_id: posts
task_type: publish
specifications: {content: {root: blog, paths: [posts], target: site}}
dependencies: [site]
`;

/** The local platform is a real site, in a directory. */
function withSite(): Manner {
  const url = join(operator.cwd, "site");
  return {
    flags: { yes: true },
    env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url }) },
  };
}

/** As a process leaves them that was killed. */
function cutOffRuns(target: string): void {
  const database = openDatabase(join(operator.home, DATABASE), { timeout: 5000 });
  database
    .prepare("UPDATE runs SET status = 'running', ended_at = NULL, pid = 4194304 WHERE target = ?")
    .run(target);
  database.close();
}

const summaries = (records: readonly Readonly<Record<string, unknown>>[]) =>
  records.filter(({ type }) => type === "task-summary");

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe("runs resume", () => {
  beforeEach(async () => {
    write("blog/ainstein.yaml", "targets: [site]\n");
    write("blog/posts/one.md", "---\ntitle: One\n---\n\nText of one.\n");
    write("tasks.yaml", TASKS);
    expect((await operator.run(task, ["run", "tasks.yaml"], withSite())).exit).toBe(0);
  });

  test("carries out the whole command that was cut off, once", async () => {
    cutOffRuns("task:site");
    cutOffRuns("task:posts");
    write("blog/posts/two.md", "---\ntitle: Two\n---\n\nText of two.\n");
    const resumed = await operator.run(runs, ["resume"], withSite());
    expect([resumed.exit, summaries(resumed.records)]).toMatchObject([0, [{ completed: 2, failed: 0 }]]);
    expect(resumed.all).toContain("1 created");
    const again = await operator.run(runs, ["resume"], withSite());
    expect([again.exit, summaries(again.records)]).toEqual([0, []]);
    expect(again.all).toContain("there is no run to take up now");
  });

  test("of a target that is done, no progress is told any more", async () => {
    const { events } = await operator.run(task, ["run", "tasks.yaml"], withSite());
    const moves = events.filter(({ type }) => ["phase", "progress", "ended"].includes(type));
    expect(moves.at(-1)).toEqual({ type: "ended", target: "site" });
  });

  test("leaves alone what ended, and what has lost its directory", async () => {
    cutOffRuns("task:site");
    rmSync(join(operator.cwd, "output"), { recursive: true });
    const { exit, records } = await operator.run(runs, ["resume"], withSite());
    expect([exit, summaries(records)]).toEqual([0, []]);
  });

  test("tells what it is refused for, and goes on", async () => {
    cutOffRuns("task:posts");
    rmSync(join(operator.cwd, "tasks.yaml"));
    const { exit, events } = await operator.run(runs, ["resume"], withSite());
    expect(exit).toBe(2);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "fault", fault: expect.objectContaining({ code: "task.no-file" }) }),
    );
  });
});

test("a directory whose record is broken keeps none of the others from being listed", async () => {
  write("site.yaml", TASKS.split("---")[0] ?? "");
  await operator.run(task, ["run", "site.yaml"], withSite());
  write("output/integration/torn/.ainstein-task.json", "{");
  const { exit, out, events } = await operator.run(task, ["list"]);
  expect([exit, out]).toEqual([2, expect.stringMatching(/^site\t/)]);
  expect(events).toMatchObject([{ type: "fault", fault: { code: "task.manifest" } }]);
});

test("a retry assumes what was assumed, and asks nothing of tasks beside it", async () => {
  const [site = ""] = TASKS.split("---");
  write(
    "tasks.yaml",
    `${site}dependencies: [elsewhere]\n---\n${site.replace("site", "other")}dependencies: [gone]\n`,
  );
  const { env = {} } = withSite();
  const flags = { assume: ["elsewhere"], only: ["site"] };
  expect((await operator.run(task, ["run", "tasks.yaml"], { env, flags })).exit).toBe(0);
  expect((await operator.run(task, ["retry", "site"], { env })).exit).toBe(0);
  const quiet = await operator.run(task, ["retry", "site"], { env, flags: { quiet: true } });
  expect([quiet.exit, quiet.out, summaries(quiet.records)]).toMatchObject([0, "", [{ completed: 1 }]]);
});

test("what a task made is not undone by its run", async () => {
  write("site.yaml", TASKS.split("---")[0] ?? "");
  await operator.run(task, ["run", "site.yaml"], withSite());
  const [line] = (await operator.run(runs, ["list"])).records;
  const id = String(line?.run);
  expect(await faultOf(operator.run(runs, ["undo", id]))).toMatchObject({
    kind: "usage",
    code: "run.not-undone",
  });
  expect((await operator.run(runs, ["show", id])).out).toContain("output/integration/site/response.yaml");
});

test.skipIf(missing("postgresql"))(
  "a task that is stopped while a program of it runs has not failed",
  async () => {
    write(
      "site.yaml",
      "task_id: shop\ntask_type: configure_database\nspecifications: {database_config: {type: postgresql, schema_requirements: {tables: [users]}}}\n",
    );
    write("bin/npm", `#!/bin/sh\necho >${operator.cwd}/installing\nexec sleep 60\n`);
    chmodSync(join(operator.cwd, "bin/npm"), 0o755);
    const stop = new AbortController();
    const env = { PATH: `${operator.cwd}/bin:${process.env.PATH}`, HOME: operator.cwd };
    const ended = faultOf(operator.run(task, ["run", "site.yaml"], { env, signal: stop.signal }));
    const installing = () => expect(existsSync(join(operator.cwd, "installing"))).toBe(true);
    await vi.waitFor(installing, { timeout: 30_000, interval: 50 });
    stop.abort();
    expect(await ended).toMatchObject({ kind: "interrupted", hint: expect.stringContaining("goes on") });
    expect((await operator.run(runs, ["list"])).out).toContain("interrupted");
    expect((await operator.run(task, ["list"])).out).toContain("cut off");
  },
);

test("two installations never work in one directory at the same time", async () => {
  write("site.yaml", TASKS.split("---")[0] ?? "");
  const dir = join(operator.cwd, "output/integration/site");
  mkdirSync(dir, { recursive: true });
  const name = `the output in ${realpathSync(dir)}`;
  const run = () => operator.run(task, ["run", "site.yaml"], withSite());
  await holdingAlone(
    name,
    async () => expect(await faultOf(run())).toMatchObject({ kind: "locked", code: "run.locked" }),
    systemClock,
  );
  expect((await run()).exit).toBe(0);
});

test("a task that somebody is at work on is not said to be cut off", async () => {
  write(
    "output/integration/site/.ainstein-task.json",
    JSON.stringify({
      ...{ version: 1, task_id: "site", task_type: "connect", made_by: "0.0.0", run: "r" },
      ...{ at: "2026-01-01T00:00:00.000Z", source: "site.yaml", files: {} },
    }),
  );
  const name = `the output in ${realpathSync(join(operator.cwd, "output/integration/site"))}`;
  const list = async () => (await operator.run(task, ["list"])).out;
  const shown = () => faultOf(operator.run(task, ["show", "site"]));
  const during = () => Promise.all([list(), shown()]);
  const [listed, fault] = await holdingAlone(name, during, systemClock);
  expect([listed, fault]).toMatchObject([expect.stringContaining("under way"), { code: "task.under-way" }]);
  expect([await list(), await shown()]).toMatchObject([
    expect.stringContaining("cut off"),
    { code: "task.cut-off" },
  ]);
});
