import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { runs } from "../../../src/commands/runs.ts";
import { task } from "../../../src/commands/task.ts";
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

const read = (path: string) => readFileSync(join(operator.cwd, path), "utf8");
const answerOf = (id: string) => parse(read(`output/integration/${id}/response.yaml`));

/** The local platform is a real site, in a directory. */
function withSite(flags: Manner["flags"] = { yes: true }): Manner {
  const url = join(operator.cwd, "site");
  return { flags, env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url }) } };
}

const statuses = (records: readonly Readonly<Record<string, unknown>>[]) =>
  records.flatMap(({ type, task_id, status, reason }) =>
    type === "task-answer" ? [[task_id, status, (reason as { code?: string } | undefined)?.code]] : [],
  );

const SITE = `task_id: site
task_type: connect
specifications: {connection: {platform: local, name: site}}
`;
const POSTS = `task_id: posts
task_type: publish
specifications: {content: {root: blog, paths: [posts], target: site}}
dependencies: [site]
`;
const BLIND = `task_id: stranger
task_type: connect
specifications: {connection: {platform: wordpress, name: nobody, url: "https://example.com"}}
`;

function writeBlog(): void {
  write("blog/ainstein.yaml", "targets: [site]\n");
  write("blog/posts/one.md", "---\ntitle: One\n---\n\nText of one.\n");
  write("blog/posts/two.md", "---\ntitle: Two\n---\n\nText of two.\n");
}

describe("task check", () => {
  test("tells all that is wrong with all files, offline, and leaves nothing behind", async () => {
    write("tasks/a.yaml", SITE.replace("platform: local", "platform: lokal"));
    write(
      "tasks/b.yml",
      `${POSTS}---\n${POSTS.replace("task_id: posts", "task_id: more").replace("root: blog", "rot: blog")}`,
    );
    write("tasks/notes.txt", "no task");
    const { exit, events } = await operator.run(task, ["check", "tasks", "gone.yaml"]);
    expect(exit).toBe(2);
    const told = events.flatMap((event) => (event.type === "fault" ? [event.fault] : []));
    expect(told.map(({ place, message }) => `${place?.file}:${place?.line ?? ""} ${message}`)).toEqual([
      "gone.yaml: is not there",
      "tasks/b.yml:8 `specifications.content.rot` is not known here",
    ]);
    expect(existsSync(operator.home)).toBe(false);
    expect(existsSync(join(operator.cwd, "output"))).toBe(false);
  });

  test("what only those who build know is told with its line, too", async () => {
    write("a.yaml", SITE.replace("platform: local", "platform: lokal"));
    write(
      "b.yaml",
      "task_id: shop\ntask_type: configure_database\nspecifications:\n  database_config:\n    type: postgresql\n    environment: production\n    schema_requirements:\n      tables: [users, wigdets]\n",
    );
    const { exit, events } = await operator.run(task, ["check", "."]);
    const told = events.flatMap((event) => (event.type === "fault" ? [event.fault] : []));
    expect(exit).toBe(2);
    expect(told.map(({ place, code }) => [place?.file, place?.line, code])).toEqual([
      ["a.yaml", 3, "task.no-platform"],
      ["b.yaml", 8, "tasks.database-invalid"],
    ]);
    expect(told[1]?.hint).toContain("strict: false");
  });

  test("a connection that is not stored here is no fault of the file; a path that says nothing is", async () => {
    write("a.yaml", SITE);
    const alone = await operator.run(task, ["check", "a.yaml"]);
    expect([alone.exit, alone.out]).toEqual([
      0,
      expect.stringContaining("not here yet: there is no connection site"),
    ]);
    write(
      "b.yaml",
      "task_id: api\ntask_type: setup_api\nspecifications:\n  api_requirements: {endpoints: [{path: /api/dance}]}\n",
    );
    const { exit, records } = await operator.run(task, ["check", "b.yaml"]);
    expect(exit).toBe(1);
    expect(records).toMatchObject([{ needs: [{ field: "api_requirements.endpoints.0.path" }] }]);
  });

  test("a directory without tasks is no success", async () => {
    mkdirSync(join(operator.cwd, "tasks"));
    const { exit, events } = await operator.run(task, ["check", "tasks"]);
    expect(exit).toBe(2);
    expect(events).toMatchObject([{ type: "fault", fault: { code: "task.no-file" } }]);
  });
});

describe("task run", () => {
  test("carries out what it can, says what it needs, and stops only what waits for that", async () => {
    writeBlog();
    write(
      "tasks.yaml",
      [
        SITE,
        POSTS,
        BLIND,
        POSTS.replace("task_id: posts", "task_id: later").replace("[site]", "[stranger]"),
      ].join("---\n"),
    );
    const { exit, records } = await operator.run(task, ["run", "tasks.yaml"], withSite());
    expect(exit).toBe(1);
    expect(new Set(statuses(records))).toEqual(
      new Set([
        ["site", "completed", undefined],
        ["stranger", "needs_specification", "needs-specification"],
        ["posts", "completed", undefined],
        ["later", "failed", "dependency-failed"],
      ]),
    );
    expect(records.at(-1)).toEqual({
      ...{ type: "task-summary", target: null, out: "output/integration" },
      ...{ completed: 2, partial: 0, failed: 1, needs_specification: 1, unchanged: 0 },
    });
    expect(Object.keys(answerOf("posts"))).toEqual([
      ...["task_id", "task_type", "status", "output", "proofs", "assumptions", "warnings", "next_steps"],
    ]);
    expect(
      answerOf("posts")
        .proofs.map(({ seen }: { seen: string }) => seen)
        .join(),
    ).toContain("2 created");
    expect(answerOf("stranger").next_steps[0]).toContain(
      "ainstein-cms connect wordpress --name nobody --url https://example.com",
    );
    const { records: listed } = await operator.run(runs, ["list"]);
    const tasks = listed.filter(({ command }) => command === "task");
    expect(tasks.map(({ target, status }) => [target, status]).sort()).toEqual([
      ["task:posts", "done"],
      ["task:site", "done"],
      ["task:stranger", "failed"],
    ]);
  });

  test("once more with nothing changed: the site is asked, and nothing is written to it", async () => {
    writeBlog();
    write("tasks.yaml", `${SITE}---\n${POSTS}`);
    await operator.run(task, ["run", "tasks.yaml"], withSite());
    const { exit } = await operator.run(task, ["run", "tasks.yaml"], withSite());
    expect(exit).toBe(0);
    expect(answerOf("posts").proofs[0].seen).toContain("0 created, 0 updated, 0 published");
  });

  test("--plan says what would be done and touches nothing", async () => {
    writeBlog();
    write("tasks.yaml", `${SITE}---\n${POSTS}`);
    const { exit, out } = await operator.run(task, ["run", "tasks.yaml"], withSite({ plan: true }));
    expect(exit).toBe(0);
    expect(out).toContain("carries out publish of posts with site");
    for (const path of ["site", "output", "home"])
      expect(existsSync(join(operator.cwd, path)), path).toBe(false);
  });

  test("--only needs what it waits for, unless that was completed here before", async () => {
    writeBlog();
    write("site.yaml", SITE);
    write("posts.yaml", POSTS);
    const alone = await operator.run(task, ["run", "posts.yaml"], withSite());
    expect(alone.exit).toBe(2);
    expect(alone.events).toMatchObject([{ fault: { code: "task.missing-dependency" } }]);
    await operator.run(task, ["run", "site.yaml"], withSite());
    const after = await operator.run(task, ["run", "posts.yaml"], withSite({ yes: true, only: ["posts"] }));
    expect([after.exit, statuses(after.records)]).toEqual([0, [["posts", "completed", undefined]]]);
  });

  test("a site that cannot be written to is a failed task with the reason of the command", async () => {
    writeBlog();
    write("tasks.yaml", `${SITE}---\n${POSTS}`);
    const { exit } = await operator.run(task, ["run", "tasks.yaml"], withSite({}));
    expect(exit).toBe(1);
    expect(answerOf("posts")).toMatchObject({ status: "failed", reason: { code: "no-terminal" } });
  });

  test("an output that is a link is refused: what is made would be elsewhere", async () => {
    write("tasks.yaml", SITE);
    mkdirSync(join(operator.cwd, "elsewhere"));
    mkdirSync(join(operator.cwd, "output/integration"), { recursive: true });
    symlinkSync(join(operator.cwd, "elsewhere"), join(operator.cwd, "output/integration/site"));
    await expect(operator.run(task, ["run", "tasks.yaml"], withSite())).rejects.toMatchObject({
      code: "task.in-the-way",
    });
    expect(existsSync(join(operator.cwd, "elsewhere/response.yaml"))).toBe(false);
  });

  test("an output that cannot be made is said to be so, and does not hang", async () => {
    write("tasks.yaml", SITE);
    write("file", "in the way");
    for (const out of ["file/out", "/proc/nowhere/out"]) {
      await expect(operator.run(task, ["run", "tasks.yaml"], withSite({ out }))).rejects.toMatchObject({
        code: "task.no-directory",
      });
    }
  });

  test("an interruption before a task begins begins none", async () => {
    write("tasks.yaml", SITE);
    const signal = AbortSignal.abort();
    const manner = { ...withSite(), signal };
    await expect(operator.run(task, ["run", "tasks.yaml"], manner)).rejects.toMatchObject({
      kind: "interrupted",
    });
    expect(existsSync(join(operator.cwd, "output"))).toBe(false);
  });
});

describe("what was answered", () => {
  test("list and show read it from the output; retry carries it out again from its file", async () => {
    write("tasks.yaml", BLIND);
    await operator.run(task, ["run", "tasks.yaml"]);
    const listed = await operator.run(task, ["list"]);
    expect(listed.records).toMatchObject([
      { type: "task", task_id: "stranger", status: "needs_specification" },
    ]);
    const shown = await operator.run(task, ["show", "stranger"]);
    expect(shown.records).toMatchObject([{ type: "task-answer", task_id: "stranger", unchanged: false }]);
    await expect(operator.run(task, ["show", "strangr"])).rejects.toMatchObject({
      hint: "Did you mean stranger? There are: stranger.",
    });
    write("tasks.yaml", SITE.replace("task_id: site", "task_id: stranger"));
    const again = await operator.run(task, ["retry", "stranger"], withSite());
    expect(statuses(again.records)).toEqual([["stranger", "completed", undefined]]);
  });

  test("runs resume carries a recorded task out again, wherever it is called", async () => {
    write("tasks.yaml", BLIND);
    await operator.run(task, ["run", "tasks.yaml"]);
    const { records } = await operator.run(runs, ["list"]);
    write("tasks.yaml", SITE.replace("task_id: site", "task_id: stranger"));
    const resumed = await operator.run(runs, ["resume", String(records[0]?.run)], withSite());
    expect(statuses(resumed.records)).toEqual([["stranger", "completed", undefined]]);
  });

  test("a manifest that is none of ours is named, and nothing is overwritten", async () => {
    write("tasks.yaml", SITE);
    write("output/integration/site/.ainstein-task.json", "{}");
    await expect(operator.run(task, ["run", "tasks.yaml"], withSite())).rejects.toMatchObject({
      code: "task.manifest",
    });
    expect(read("output/integration/site/.ainstein-task.json")).toBe("{}");
  });
});

test("task schema prints the schema that is published", async () => {
  const { out } = await operator.run(task, ["schema"]);
  const published = new URL("../../../schema/task.schema.json", import.meta.url);
  expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(published, "utf8")));
});
