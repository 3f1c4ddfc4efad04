// One command over several targets and several roots.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { diff } from "../../src/commands/diff.ts";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import type { Event } from "../../src/engine/events.ts";
import { openStore } from "../../src/store/db.ts";
import { listQueue } from "../../src/store/queue.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const document = (title: string) => `---\ntitle: ${title}\n---\n\nText of ${title}.\n`;

let sites: string;
let operator: Bench;
beforeEach(() => {
  sites = tempDir("sites");
  const local = (name: string) => JSON.stringify({ platform: "local", url: join(sites, name) });
  operator = bench({
    env: {
      AINSTEIN_CONNECTION_A: local("a"),
      AINSTEIN_CONNECTION_B: local("b"),
      AINSTEIN_CONNECTION_C: local("c"),
      AINSTEIN_CONNECTION_TWIN: local("a"),
      AINSTEIN_CONNECTION_BROKEN: JSON.stringify({ platform: "local", url: join(sites, "file.txt/x") }),
    },
  });
  writeFileSync(join(sites, "file.txt"), "no directory\n");
});

const all = (...target: string[]) => ({ target });
const summaries = (ran: Ran) =>
  ran.events.flatMap((event) => (event.type === "summary" ? event.summary : []));
const faults = (ran: Ran) =>
  ran.events.flatMap((event) => (event.type === "fault" ? [`${event.target} ${event.fault.kind}`] : []));
const queue = () => {
  const store = openStore(operator.home);
  try {
    return listQueue(store);
  } finally {
    store.close();
  }
};

describe("several targets of a root", () => {
  it("are pushed to at once, each with its summary and its lines in the lockfile", async () => {
    for (const name of ["x", "y", "z"]) operator.write(`${name}.md`, document(name));
    const ran = await operator.run(push, [], all("a", "b", "c"));
    expect(ran.exit).toBe(0);
    expect(
      summaries(ran)
        .map(({ target, created }) => `${target} ${created}`)
        .sort(),
    ).toEqual(["a 3", "b 3", "c 3"]);
    for (const name of ["a", "b", "c"]) expect(slugsOn(join(sites, name))).toEqual(["x", "y", "z"]);
    expect(operator.read("ainstein.lock").match(/"path":/g)).toHaveLength(9);
    const again = await operator.run(push, [], all("a", "b", "c"));
    expect(summaries(again).map(({ writes }) => writes)).toEqual([0, 0, 0]);
    expect(queue()).toEqual([]);
  });

  it("of a root that is new are one root: what was sent to each is known afterwards", async () => {
    operator.write("x.md", document("x"));
    await operator.run(push, [], all("a", "b", "c"));
    const { out } = await operator.run(history, ["x.md"], { offline: true });
    const sent = out.flatMap((line) => /site (\w) .* sent by/.exec(line)?.[1] ?? []);
    expect(sent.sort()).toEqual(["a", "b", "c"]);
  });

  it("are told of a kind that they call otherwise, with the nearest of their own", async () => {
    operator.write("x.md", document("x").replace("title", "kind: pages\ntitle"));
    const { events } = await operator.run(push, [], all("a", "b"));
    const hints = events.flatMap((event) =>
      event.type === "result" ? (event.result.fault?.hint ?? "") : [],
    );
    // Side by side: whichever ends first tells first.
    expect(hints.map((hint) => hint.slice(hint.indexOf("targets:"))).sort()).toEqual(
      ["a", "b"].map((name) => `targets: { ${name}: { kinds: { pages: page } } }`),
    );
  });

  it("are all begun before the first has ended", async () => {
    operator.write("x.md", document("x"));
    const ran = await operator.run(push, [], all("a", "b", "c"));
    const order = ran.events.flatMap((event: Event) =>
      event.type === "phase" && event.phase === "connect"
        ? [`begins ${event.target}`]
        : event.type === "summary"
          ? ["ends"]
          : [],
    );
    expect(order.slice(0, 3)).toEqual(["begins a", "begins b", "begins c"]);
    expect(order.filter((word) => word === "ends")).toHaveLength(3);
  });

  it("of which one cannot be reached are told so, and the others are done", async () => {
    operator.write("x.md", document("x"));
    const ran = await operator.run(push, [], all("broken", "b"));
    expect(ran.fault).toBeUndefined();
    expect(ran.exit).not.toBe(0);
    expect(faults(ran).map((line) => line.split(" ")[0])).toEqual(["broken"]);
    expect(slugsOn(join(sites, "b"))).toEqual(["x"]);
  });

  it("have a table at the end that tells what became of each; one alone, or a quiet run, has none", async () => {
    operator.write("x.md", document("x"));
    const table = (ran: Ran) => ran.out.map((line) => line.split("\t")).filter((cells) => cells.length === 4);
    const rows = table(await operator.run(push, [], all("broken", "b", "c")));
    expect(rows.map(([name, , done, exit]) => [name, done, exit === "0"])).toEqual([
      ["broken", expect.stringContaining("file.txt"), false],
      ["b", "1 created, 0 unchanged", true],
      ["c", "1 created, 0 unchanged", true],
    ]);
    const known = (await operator.run(runs, ["list"])).out.map((line) => line.split("\t")[0]);
    expect(known).toEqual(expect.arrayContaining(rows.slice(1).map(([, run]) => run)));
    expect(table(await operator.run(push, [], all("b")))).toEqual([]);
    expect(table(await operator.run(push, [], { ...all("b", "c"), quiet: true }))).toEqual([]);
  });

  it("that are the same site are worked on one after the other, and nothing is made twice", async () => {
    operator.write("x.md", document("x"));
    const ran = await operator.run(push, [], all("a", "twin", "b"));
    expect(faults(ran)).toEqual([]);
    expect(ran.exit).toBe(0);
    expect(slugsOn(join(sites, "a"))).toEqual(["x"]);
  });

  it("are pulled one after the other, since files are written", async () => {
    operator.write("x.md", document("x"));
    await operator.run(push, [], all("a", "b"));
    for (const name of ["a", "b"]) editOnSite(join(sites, name), "x", () => ({ title: `Of ${name}` }));
    const ran = await operator.run(pull, [], all("a", "b"));
    const order = ran.events.flatMap((event) =>
      event.type === "phase" && event.phase === "connect"
        ? [`begins ${event.target}`]
        : event.type === "summary"
          ? [`ends ${event.summary.target}`]
          : [],
    );
    expect(order).toEqual(["begins a", "ends a", "begins b", "ends b"]);
  });

  it("show their differences whole, one target after the other", async () => {
    for (const name of ["x", "y", "z"]) operator.write(`${name}.md`, document(name));
    const { out } = await operator.run(diff, [], all("a", "b"));
    const heads = out.filter((line) => line.includes("(new)"));
    expect(heads).toEqual(["x", "y", "z", "x", "y", "z"].map((name) => `${name}.md  (new)`));
  });

  it("write one undo file one after the other, so that each run can be told from it", async () => {
    operator.write("x.md", document("x"));
    await operator.run(push, [], { ...all("a", "b"), undoOut: "undo.jsonl" });
    const undone = await operator.run(runs, ["undo"], { from: "undo.jsonl" });
    expect(undone.fault).toMatchObject({ code: "run.unclear" });
  });
});

describe("all roots of a workspace", () => {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(operator.root, path)), { recursive: true });
    writeFileSync(join(operator.root, path), text);
  };
  const everywhere = (command: Command, more = {}) => operator.run(command, [], { allRoots: true, ...more });
  const table = (ran: Ran) => ran.out.map((line) => line.split("\t")).filter((cells) => cells.length === 5);

  beforeEach(() => {
    put("ainstein.workspace.yaml", 'roots: ["clients/*"]\n');
    put("clients/one/ainstein.yaml", "targets: [a, b]\n");
    put("clients/one/x.md", document("x"));
    put("clients/two/ainstein.yaml", "targets: [c]\n");
    put("clients/two/y.md", document("y"));
  });

  it("are each published to their own targets, and a table tells what became of each", async () => {
    const ran = await everywhere(publish);
    expect(ran.exit).toBe(0);
    expect(table(ran).map(([root, target, , done, exit]) => [root, target, done, exit])).toEqual([
      ["clients/one", "a", "1 created, 0 unchanged", "0"],
      ["clients/one", "b", "1 created, 0 unchanged", "0"],
      ["clients/two", "c", "1 created, 0 unchanged", "0"],
    ]);
    expect([slugsOn(join(sites, "a")), slugsOn(join(sites, "c"))]).toEqual([["x"], ["y"]]);
    const known = (await operator.run(runs, ["list"])).out.map((line) => line.split("\t")[0]);
    expect(new Set(table(ran).map(([, , run]) => run))).toEqual(new Set(known));
  });

  it("that fail keep no other from its turn, and the worst exit code is given", async () => {
    put("clients/one/ainstein.yaml", "targets: [\n");
    put("clients/three/ainstein.yaml", "targets: [broken, c]\n");
    put("clients/three/z.md", document("z"));
    const ran = await everywhere(publish);
    expect(ran.exit).toBe(2);
    const rows = table(ran).map(([root, target, , , exit]) => [root, target, exit === "0"]);
    expect(rows).toEqual([
      ["clients/one", "", false],
      ["clients/three", "broken", false],
      ["clients/three", "c", true],
      ["clients/two", "c", true],
    ]);
    expect(slugsOn(join(sites, "c"))).toEqual(["y", "z"]);
  });

  it("are compared and pulled, too", async () => {
    await everywhere(publish);
    editOnSite(join(sites, "c"), "y", () => ({ title: "Theirs" }));
    const seen = table(await everywhere(status)).map(([, target, run, done]) => [target, run, done]);
    expect(seen).toEqual([
      ["a", "", "nothing to do, 1 unchanged"],
      ["b", "", "nothing to do, 1 unchanged"],
      ["c", "", "1 to pull, 0 unchanged"],
    ]);
    expect((await everywhere(pull)).exit).toBe(0);
    expect(operator.read("clients/two/y.md")).toContain("title: Theirs");
  });

  it("are not said to have nothing to do where a file cannot be read", async () => {
    await everywhere(publish);
    put("clients/two/y.md", "---\ntitle: [\n---\n\nText.\n");
    const seen = await everywhere(status);
    expect(seen.exit).toBe(1);
    expect(table(seen).map(([root, , , done]) => [root, done])).toContainEqual([
      "clients/two",
      "1 failed, 0 unchanged",
    ]);
    const plans = seen.events.flatMap((event) => (event.type === "plan" ? [event] : []));
    expect(plans.map(({ target, failed }) => [target, failed]).sort()).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["c", 1],
    ]);
  });

  it("of which some have a target that is named are those meant", async () => {
    expect(table(await everywhere(publish, all("c"))).map(([root]) => root)).toEqual(["clients/two"]);
    expect(existsSync(join(sites, "a"))).toBe(false);
    const none = await everywhere(publish, all("d"));
    expect(none.fault).toMatchObject({ kind: "usage", code: "no-target" });
    const paths = await operator.run(publish, ["clients/one"], { allRoots: true });
    expect(paths.fault).toMatchObject({ kind: "usage", code: "paths-with-all-roots" });
  });

  it("keep their lockfiles apart", async () => {
    await everywhere(publish);
    const lock = (name: string) => readFileSync(join(operator.root, `clients/${name}/ainstein.lock`), "utf8");
    expect([lock("one").includes('"y.md"'), lock("two").includes('"y.md"')]).toEqual([false, true]);
  });
});
