// What was asked for and not done is taken up, by whoever comes, once.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { connections } from "../../src/commands/connections.ts";
import type { Command, Context } from "../../src/commands/context.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { openStore } from "../../src/store/db.ts";
import { listQueue } from "../../src/store/queue.ts";
import { PROGRAM, runProgram } from "../cli/program.ts";
import { leapingClock } from "../engine/mortal.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, KEY, removeTempDirs, tempDir } from "./bench.ts";
import { slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const NAMES = ["a", "b", "c"] as const;
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
    },
  });
});

const inQueue = () => {
  const store = openStore(operator.home);
  try {
    return listQueue(store).map(({ target, state }) => `${target} ${state}`);
  } finally {
    store.close();
  }
};
const listed = async () =>
  (await operator.run(runs, ["list"])).out.map((line) => line.split("\t")).map((row) => [row[3], row[6]]);
const varied =
  (command: Command, more: Partial<Context>) => (context: Context, args: Parameters<Command>[1]) =>
    command({ ...context, ...more }, args);
const later = (ms: number) => {
  const clock = leapingClock();
  clock.leap(ms);
  return varied(runs, { clock });
};

describe("a command over several targets whose process is killed", () => {
  const MANY = 10;
  const env = () => ({ ...operator.env, AINSTEIN_HOME: operator.home, AINSTEIN_KEY: KEY });
  const entries = (name: string) => {
    const folder = join(sites, name, "entries");
    return existsSync(folder) ? readdirSync(folder).filter((file) => /^[^.].*\.json$/.test(file)) : [];
  };
  const made = () => NAMES.reduce((sum, name) => sum + entries(name).length, 0);

  beforeEach(() => {
    for (let n = 0; n < MANY; n += 1) operator.write(`doc-${n}.md`, document(`Document ${n}`));
  });

  /** Pushes to all, and is killed as soon as so many entries are there. */
  function killedAfter(count: number, ...flags: readonly string[]): Promise<void> {
    const targets = NAMES.flatMap((name) => ["--target", name]);
    const child = spawn(process.execPath, [PROGRAM, "push", ...targets, "--yes", "--json", ...flags], {
      cwd: operator.root,
      env: env(),
      stdio: "ignore",
    });
    const watching = setInterval(() => {
      if (made() >= count) child.kill("SIGKILL");
    }, 2);
    return new Promise((resolve, reject) =>
      child.on("close", (_, signal) => {
        clearInterval(watching);
        if (signal === "SIGKILL") resolve();
        else reject(new Error("came to its end before it was killed"));
      }),
    );
  }

  /** Documents that a resumption says it has done, as `target path`. */
  async function resumed(): Promise<readonly string[]> {
    const { code, out, err } = await runProgram(["runs", "resume", "--yes", "--json"], {
      cwd: operator.root,
      env: env(),
    });
    expect([code, err]).toEqual([0, ""]);
    const lines = out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { type: string; target: string; path: string; status: string });
    const ok = lines.filter(({ type, status }) => type === "result" && status === "ok");
    return [...new Set(ok.map(({ target, path }) => `${target} ${path}`))];
  }

  function expectWhole(): void {
    for (const name of NAMES) {
      expect(slugsOn(join(sites, name))).toHaveLength(MANY);
      // Made once and never written again.
      for (const file of entries(name)) {
        expect(JSON.parse(readFileSync(join(sites, name, "entries", file), "utf8"))).toMatchObject({
          version: 1,
        });
      }
    }
    expect(operator.read("ainstein.lock").match(/"path":/g)).toHaveLength(MANY * NAMES.length);
    expect(inQueue()).toEqual([]);
  }

  it("is finished by another, which does exactly the rest", async () => {
    await killedAfter(MANY);
    expect(made()).toBeLessThan(MANY * NAMES.length);
    expect(new Set((await listed()).map(([, state]) => state))).toEqual(new Set(["cut-off"]));
    const done = made();
    const rest = await resumed();
    expect(rest.length).toBeGreaterThanOrEqual(MANY * NAMES.length - done);
    expectWhole();
    expect(await resumed()).toEqual([]);
  }, 60_000);

  it("is finished by two that are started at once, each run by one of them", async () => {
    await killedAfter(5, "--undo-out", "undo.jsonl");
    expect(await listed()).toEqual([
      ["c", "queued"],
      ["b", "queued"],
      ["a", "cut-off"],
    ]);
    const [one, other] = await Promise.all([resumed(), resumed()]);
    const targets = (lines: readonly string[] = []) => new Set(lines.map((line) => line.split(" ")[0]));
    expect([...targets(one)].filter((name) => targets(other).has(name))).toEqual([]);
    expect([...(one ?? []), ...(other ?? [])].length).toBeGreaterThanOrEqual(2 * MANY);
    expectWhole();
  }, 60_000);
});

describe("runs that wait", () => {
  it("for a site that is not there are parked with the cause, and done when their time has come", async () => {
    const fake = await startFakeWordPress({ htmlInstead: true });
    try {
      const { admin: password } = fake.users;
      const connection = {
        platform: "wordpress",
        url: fake.api,
        auth: "app-password",
        username: "admin",
        password,
      };
      operator.env = { ...operator.env, AINSTEIN_CONNECTION_WP: JSON.stringify(connection) };
      operator.write("x.md", document("x"));
      const ran = await operator.run(push, [], { target: ["wp", "a"] });
      expect(ran.exit).toBe(6);
      expect(inQueue()).toEqual(["wp parked"]);
      const [row] = (await operator.run(runs, ["list"])).out.map((line) => line.split("\t"));
      expect([row?.[3], row?.[6]]).toEqual(["wp", "parked"]);
      expect(row?.[5]).not.toBe("");
      fake.quirks.htmlInstead = false;
      const early = await operator.run(runs, ["resume"]);
      expect(early.results).toEqual([]);
      const notices = early.events.flatMap((event) => (event.type === "notice" ? event.message : []));
      expect(notices.some((message) => message.startsWith("waiting for a site"))).toBe(true);
      const done = await operator.run(later(3_600_000), ["resume"]);
      expect([done.exit, done.events.filter(({ type }) => type === "fault")]).toEqual([0, []]);
      expect(done.results.map(({ path, status }) => `${path} ${status}`)).toContain("x.md ok");
      expect(inQueue()).toEqual([]);
    } finally {
      await fake.stop();
    }
  });

  it("for a site are taken up as soon as `connections test` finds that it answers", async () => {
    const fake = await startFakeWordPress({ htmlInstead: true });
    try {
      const { admin: password } = fake.users;
      const account = {
        platform: "wordpress",
        url: fake.api,
        auth: "app-password",
        username: "admin",
        password,
      };
      operator.env = { ...operator.env, AINSTEIN_CONNECTION_WP: JSON.stringify(account) };
      operator.write("x.md", document("x"));
      await operator.run(push, [], { target: ["wp", "a"] });
      expect((await operator.run(connections, ["test", "wp"])).exit).toBe(6);
      expect((await operator.run(runs, ["resume"])).results).toEqual([]);
      fake.quirks.htmlInstead = false;
      expect((await operator.run(connections, ["test", "wp"])).exit).toBe(0);
      const resumed = await operator.run(runs, ["resume"]);
      expect(resumed.results.map(({ path, status }) => `${path} ${status}`)).toContain("x.md ok");
      expect(inQueue()).toEqual([]);
    } finally {
      await fake.stop();
    }
  });

  it("were interrupted: of several targets they stay, of a single one nothing does", async () => {
    operator.write("x.md", document("x"));
    const stopped = { signal: AbortSignal.abort() };
    await operator.run(varied(push, stopped), [], { target: ["a"] });
    expect(inQueue()).toEqual([]);
    const ran = await operator.run(varied(push, stopped), [], { target: ["a", "b"] });
    expect(ran.exit).toBe(130);
    expect(inQueue()).toEqual(["a queued", "b queued"]);
    expect((await operator.run(runs, ["resume"])).exit).toBe(0);
    expect([slugsOn(join(sites, "a")), slugsOn(join(sites, "b"))]).toEqual([["x"], ["x"]]);
    expect(inQueue()).toEqual([]);
  });

  it("are left where they were while a consent is missing, and can be named by their id", async () => {
    operator.write("x.md", document("x"));
    await operator.run(varied(publish, { signal: AbortSignal.abort() }), [], { target: ["a", "b"] });
    const refused = await operator.run(runs, ["resume"], { yes: false });
    expect(refused.exit).toBe(2);
    expect(inQueue()).toEqual(["a queued", "b queued"]);
    const rows = (await operator.run(runs, ["list"])).out.map((line) => line.split("\t"));
    const id = rows.find(([, , , target]) => target === "b")?.[0] ?? "";
    const named = await operator.run(runs, ["resume", id]);
    expect(named.summary).toMatchObject({ command: "publish", target: "b", published: 0, created: 1 });
    expect(inQueue()).toEqual(["a queued"]);
    expect(existsSync(join(sites, "a", "entries"))).toBe(false);
  });

  it("give way to the same command given again, and none is left by one that ends", async () => {
    operator.write("x.md", document("x"));
    await operator.run(varied(push, { signal: AbortSignal.abort() }), [], { target: ["a", "b"] });
    await operator.run(push, ["x.md"], { target: ["a"] });
    expect(inQueue()).toEqual(["a queued", "b queued"]);
    await operator.run(push, [], { target: ["a"] });
    expect(inQueue()).toEqual(["b queued"]);
    await operator.run(push, [], { target: ["b"], dryRun: true });
    expect(inQueue()).toEqual(["b queued"]);
    writeFileSync(join(operator.root, "broken.md"), "---\ntitle: [\n---\n");
    expect((await operator.run(push, [], { target: ["b"] })).exit).toBe(1);
    expect(inQueue()).toEqual([]);
  });
});
