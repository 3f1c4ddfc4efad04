import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../../src/commands/connect.ts";
import { integrityFinding } from "../../../src/commands/doctor/machine.ts";
import { doctor } from "../../../src/commands/doctor.ts";
import { EXIT } from "../../../src/lib/exit.ts";
import type { Finding } from "../../../src/report/findings.ts";
import { getConnection, putConnection } from "../../../src/store/connections.ts";
import type { Store } from "../../../src/store/db.ts";
import { thisProcess } from "../../../src/store/processes.ts";
import { listQueue } from "../../../src/store/queue.ts";
import { createRun, getRun } from "../../../src/store/runs.ts";
import { faultOf } from "../../http/servers.ts";
import { connection, run } from "../../store/samples.ts";
import { createOperator, type Manner, type Operator, type Ran } from "../operator.ts";

let operator: Operator;
beforeEach(() => {
  operator = createOperator();
});
afterEach(() => operator.remove());

const look = (manner: Manner = {}): Promise<Ran> => operator.run(doctor, [], manner);
const fix = (): Promise<Ran> => look({ flags: { fix: true } });
const path = (...parts: readonly string[]): string => join(operator.home, ...parts);
const mode = (file: string): number => statSync(file).mode & 0o777;

async function inStore(work: (store: Store) => void): Promise<void> {
  await operator.run(async (context) => {
    work(context.store());
    return EXIT.done;
  }, []);
}

function findings(ran: Ran): readonly Finding[] {
  return ran.records.filter(({ type }) => type === "finding") as unknown as Finding[];
}

/** What is not simply well, as `check state code`. */
function worth(ran: Ran): readonly string[] {
  return findings(ran).flatMap(({ check, state, code }) =>
    ["ok", "note"].includes(state) ? [] : [`${check} ${state} ${code}`],
  );
}

describe("a machine on which nothing was connected", () => {
  it("is well, and looking leaves no trace on it", async () => {
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, []]);
    expect(ran.records.at(-1)).toMatchObject({
      type: "doctor",
      target: null,
      ok: true,
      broken: 0,
      warnings: 0,
    });
    expect(ran.out).toMatch(/^this machine\n {2}ok {7}node {9}Node \d+/);
    expect(existsSync(operator.home)).toBe(false);
  });
});

describe("the home directory", () => {
  it("that others could read is closed, as each command does, and that is said", async () => {
    await inStore(() => {});
    chmodSync(operator.home, 0o755);
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, ["home mended home-open"]]);
    expect(mode(operator.home)).toBe(0o700);
    expect(worth(await look())).toEqual([]);
  });

  it("that is somebody's for other things is left alone, even with --fix", async () => {
    mkdirSync(operator.home, { mode: 0o755 });
    chmodSync(operator.home, 0o755);
    writeFileSync(path("thesis.txt"), "");
    const ran = await fix();
    expect(ran.exit).toBe(EXIT.failed);
    expect(worth(ran)[0]).toBe("home broken home-open");
    expect(mode(operator.home)).toBe(0o755);
  });

  it("that is a file says so, and nothing in it is looked at", async () => {
    writeFileSync(operator.home, "");
    expect(worth(await look()).slice(0, 2)).toEqual([
      "home broken home-not-a-directory",
      "database skipped skipped",
    ]);
  });
});

describe("the database", () => {
  it("that is none is left as it is, and what builds on it is skipped", async () => {
    mkdirSync(operator.home, { mode: 0o700 });
    writeFileSync(path("ainstein.db"), "no database at all, ".repeat(500), { mode: 0o600 });
    const ran = await fix();
    expect(ran.exit).toBe(EXIT.failed);
    expect(worth(ran)[0]).toBe("database broken store.not-a-database");
    expect(worth(ran)).toContain("keychain skipped skipped");
    expect(readFileSync(path("ainstein.db"), "utf8")).toMatch(/^no database/);
  });

  it("of which a part was overwritten is found to be damaged", async () => {
    await inStore((store) => {
      store.run("CREATE INDEX extra ON secrets (name)");
      store.transaction(() => {
        for (let n = 0; n < 400; n += 1) {
          store.run("INSERT INTO secrets VALUES (@name, 'x', zeroblob(2000))", { name: `c${n}` });
        }
      });
      store.compact();
    });
    const bytes = readFileSync(path("ainstein.db"));
    bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 20_000);
    writeFileSync(path("ainstein.db"), bytes);
    const ran = await look();
    expect(worth(ran)[0]).toBe("database broken store.corrupt");
    expect(ran.out).toContain("restore a backup");
  });

  it("that is mostly empty gets its room back, with --fix only", async () => {
    await inStore((store) => {
      store.run("INSERT INTO secrets VALUES ('x', 'y', zeroblob(70000000))");
      store.run("DELETE FROM secrets");
    });
    const seen = await look();
    expect([seen.exit, worth(seen)]).toEqual([EXIT.done, ["database warning store.roomy"]]);
    expect(seen.out).toContain("With --fix it is done for you.");
    expect(worth(await fix())).toEqual(["database mended store.roomy"]);
    expect(statSync(path("ainstein.db")).size).toBeLessThan(1_000_000);
    expect(worth(await look())).toEqual([]);
  });

  it.each([
    [{ idleBytes: 0, logBytes: 10e6 }, "ok"],
    [{ idleBytes: 70e6, logBytes: 0 }, "ok"],
    [{ idleBytes: 0, logBytes: 400e6 }, "warning"],
    [{ idleBytes: 0, logBytes: 0, damage: ["page 7 is never used"] }, "broken"],
  ])("of a gigabyte with %j is %s", (more, state) => {
    const seen = { file: "f", damage: [], bytes: 1e9, ...more };
    expect(integrityFinding(seen).state).toBe(state);
  });
});

describe("the keychain", () => {
  it("is tried on every secret, and a key that opens none is told with what helps", async () => {
    await operator.run(async (context) => {
      putConnection(context.store(), connection);
      await context.vault().put("wp", "password", "geheim");
      return EXIT.done;
    }, []);
    const ran = await look();
    expect(ran.out).toContain("1 secret can be read");
    const other = { AINSTEIN_KEY: Buffer.alloc(32, 8).toString("base64") };
    const wrong = await look({ env: other });
    expect([wrong.exit, worth(wrong)]).toEqual([EXIT.failed, ["keychain broken vault.wrong-key"]]);
    expect(`${ran.all}${wrong.all}`).not.toContain("geheim");
  });
});

describe("what ended processes left", () => {
  const GONE = { pid: 2 ** 22 + 5, startTime: "", host: thisProcess().host };

  async function leave(): Promise<void> {
    await inStore((store) => {
      createRun(store, { ...run, root: operator.cwd });
      store.run(
        `INSERT INTO locks VALUES ('example.org', 'r1', 'push', @pid, @startTime, @host, 0, 0)`,
        GONE,
      );
      store.run(
        `INSERT INTO queue (run, batch, command, target, root, options, queued_at, state, pid, start_time, host, lease_until_ms)
         VALUES ('q1', 'b', 'push', 'wp', '/r', '{}', '2026-01-01T00:00:00.000Z', 'running', @pid, @startTime, @host, 0)`,
        GONE,
      );
    });
  }

  it("is told as a warning and stays", async () => {
    await leave();
    for (const ran of [await look(), await look()]) {
      expect([ran.exit, worth(ran)]).toEqual([
        EXIT.done,
        ["locks warning lock-left", "queue warning claim-left"],
      ]);
    }
  });

  it("goes with --fix, and its run is marked as interrupted", async () => {
    await leave();
    const ran = await fix();
    expect(worth(ran)).toEqual(["locks mended lock-left", "queue mended claim-left"]);
    expect(ran.out).toContain("removed the lock of example.org, of process 4194309 (push)");
    await inStore((store) => {
      expect(getRun(store, "r1")?.status).toBe("interrupted");
      expect(listQueue(store)).toMatchObject([{ run: "q1", state: "queued" }]);
      expect(listQueue(store)[0]?.owner).toBeUndefined();
    });
    expect(worth(await fix())).toEqual([]);
  });

  it("of one connection goes with --fix and its name, and what is others' stays", async () => {
    await operator.run(connect, ["local"], { flags: { name: "demo", url: "./site" } });
    await leave();
    const named = (flags = {}): Promise<Ran> => operator.run(doctor, ["demo"], { flags });
    expect(worth(await named({ fix: true }))).toEqual([]);
    await inStore((store) => {
      const site = getConnection(store, "demo")?.site ?? "";
      store.run("UPDATE locks SET site = @site", { site });
      store.run("UPDATE queue SET target = 'demo'");
    });
    expect(worth(await named())).toEqual(["locks warning lock-left", "queue warning claim-left"]);
    expect(worth(await named({ fix: true }))).toEqual(["locks mended lock-left", "queue mended claim-left"]);
    expect(worth(await look())).toEqual([]);
  });
});

describe("content directories", () => {
  const HEADER = '{"target":"wp","platform":"wordpress","site":"site"}';
  const ROOT = '{"lockfile":1,"root":"6f1f4e0a-0000-5000-8000-000000000000"}';
  const git = (...args: readonly string[]): void => {
    const who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    execFileSync("git", [...who, ...args], { cwd: operator.cwd, stdio: "ignore" });
  };
  const lockfile = (): string => join(operator.cwd, "ainstein.lock");
  const env = { PATH: process.env.PATH ?? "" };

  it("are in order, whether we are in them or a run was about them", async () => {
    writeFileSync(lockfile(), `${ROOT}\n${HEADER}\n`);
    await inStore((store) => createRun(store, { ...run, root: join(operator.cwd, "elsewhere") }));
    const ran = await look();
    expect(worth(ran)).toEqual([]);
    expect(ran.out).toContain("0 documents known at 1 targets");
    expect(ran.out).toContain("elsewhere is no longer there");
  });

  it("whose lockfile is gone get it back from the last commit, with --fix", async () => {
    writeFileSync(lockfile(), `${ROOT}\n${HEADER}\n`);
    writeFileSync(join(operator.cwd, "ainstein.yaml"), "locale: en\n");
    git("init", "-q");
    git("add", "ainstein.lock", "ainstein.yaml");
    git("commit", "-qm", "x");
    rmSync(lockfile());
    const seen = await look({ env });
    expect([seen.exit, worth(seen)]).toEqual([EXIT.failed, ["roots broken lockfile-gone"]]);
    expect(existsSync(lockfile())).toBe(false);
    expect(worth(await look({ env, flags: { fix: true } }))).toEqual(["roots mended lockfile-gone"]);
    expect(readFileSync(lockfile(), "utf8")).toBe(`${ROOT}\n${HEADER}\n`);
  });

  it("whose lockfile holds a merge conflict say in which line", async () => {
    writeFileSync(lockfile(), `${ROOT}\n<<<<<<< ours\n${HEADER}\n`);
    const ran = await look();
    expect(worth(ran)).toEqual(["roots broken lockfile-conflict"]);
    expect(ran.out).toContain("holds a merge conflict");
  });

  it("whose lockfile speaks of another site than the connection say which", async () => {
    writeFileSync(lockfile(), `${ROOT}\n${HEADER.replace('"site"}', '"old.example"}')}\n`);
    await inStore((store) => putConnection(store, connection));
    const ran = await look();
    expect(worth(ran)).toEqual(["roots broken lockfile-other-site"]);
    expect(ran.out).toContain("knows wp as old.example; the connection leads to site.");
  });

  const print = { v: 1, parts: {} };
  const line = (file: string, id = "7"): string =>
    JSON.stringify({
      ...{ target: "wp", path: file, id, kind: "post", slug: "a", state: "draft", revision: "1" },
      ...{ blob: "0", local: print, remote: print },
    });
  const holds = (lines: readonly string[], files: readonly string[]): void => {
    writeFileSync(lockfile(), `${[ROOT, ...lines].join("\n")}\n`);
    for (const file of files) writeFileSync(join(operator.cwd, file), "# A\n");
  };

  it("in which two files are one entry say which two", async () => {
    holds([HEADER, line("b.md"), line("a.md")], ["a.md", "b.md"]);
    const ran = await look();
    expect(worth(ran)).toEqual(["roots warning lockfile-shared-entry"]);
    expect(ran.out).toContain("entry 7 of wp is a.md and b.md");
  });

  it("in which one file is two entries say which two", async () => {
    holds([HEADER, line("a.md", "7"), line("a.md", "8")], ["a.md"]);
    const ran = await look();
    expect(worth(ran)).toEqual(["roots warning lockfile-two-entries"]);
    expect(ran.out).toContain("a.md is the entries 7 and 8 of wp");
  });

  it("whose files are gone name a few of them, and what to do", async () => {
    holds([HEADER, ...["1", "2", "3", "4", "5"].map((id) => line(`${id}.md`, id))], ["3.md"]);
    const ran = await look();
    expect(worth(ran)).toEqual(["roots warning lockfile-no-file"]);
    expect(ran.out).toContain("files are gone: 1.md, 2.md, 4.md, and 1 more");
    expect(ran.out).toContain("push --delete");
  });

  it("whose lockfile does not say which site its lines are of", async () => {
    holds([line("a.md")], ["a.md"]);
    const ran = await look();
    expect(worth(ran)).toEqual(["roots warning lockfile-no-site"]);
  });

  it("are looked at even if the database cannot be read, which is told once", async () => {
    holds(["<<<<<<< ours"], []);
    mkdirSync(operator.home, { recursive: true, mode: 0o700 });
    writeFileSync(path("ainstein.db"), "this is no database", { mode: 0o600 });
    const broken = worth(await look()).filter((one) => !one.includes("skipped"));
    expect(broken).toEqual(["database broken store.not-a-database", "roots broken lockfile-conflict"]);
  });

  it("that name a target nobody connected here are a warning", async () => {
    writeFileSync(join(operator.cwd, "ainstein.yaml"), "targets: [shop]\n");
    expect(worth(await look())).toEqual(["roots warning target-unknown"]);
  });
});

describe("the settings of this installation", () => {
  beforeEach(() => inStore((store) => putConnection(store, connection)));
  const settings = (yaml: string): void => writeFileSync(path("config.yaml"), yaml);

  it("that fit what is there are well", async () => {
    writeFileSync(join(operator.cwd, "ainstein.yaml"), "targets: [wp]\n");
    settings(`webhooks: { wp: { root: ${operator.cwd}, do: pull } }\n`);
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, []]);
    expect(ran.out).toContain("1 rules for webhooks, 0 for notifications");
  });

  it("that cannot be read say where", async () => {
    settings("webhooks:\n  wp: { doo: pull }\n");
    const ran = await look();
    expect(worth(ran)).toEqual(["settings broken home-config"]);
    expect(ran.out).toMatch(/config\.yaml.*2/);
  });

  it("that name a connection or a directory that there is not say which", async () => {
    settings("webhooks: { wp: { root: /nowhere/at/all, do: pull }, shop: { do: note } }\n");
    const ran = await look();
    expect(worth(ran)).toEqual([
      "settings warning settings-unknown-connection",
      "settings broken settings-no-root",
    ]);
    expect(ran.out).toContain("speaks of shop");
    expect(ran.out).toContain("/nowhere/at/all, which is no content directory");
  });

  it("that name a program that is not there say for what", async () => {
    settings(
      "notifications:\n  - { on: [run-failed], command: [sh] }\n  - { on: [run-failed], command: [no-such-program-here, -x] }\n",
    );
    const ran = await look({ env: { PATH: "/usr/bin:/bin" } });
    expect(worth(ran)).toEqual(["settings broken settings-no-command"]);
    expect(ran.out).toContain("no-such-program-here run for rule 2 of its notifications");
  });
});

describe("connections", () => {
  it("of the environment that cannot be read are named, without their secrets", async () => {
    const ran = await look({
      env: { AINSTEIN_CONNECTION_SHOP: '{"platform":"shopify","password":"geheim"' },
    });
    expect([ran.exit, worth(ran)]).toEqual([EXIT.failed, ["connections broken bad-environment-connection"]]);
    expect(ran.out).toContain("AINSTEIN_CONNECTION_SHOP is not valid JSON");
    expect(ran.all).not.toContain("geheim");
  });

  it("on this machine are looked at without a network", async () => {
    await operator.run(connect, ["local"], { flags: { name: "demo", url: "./site" } });
    const ran = await operator.run(doctor, ["demo"]);
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, []]);
    expect(findings(ran).map(({ check }) => check)).not.toContain("certificate");
  });

  it("that there are none of are wrong usage", async () => {
    expect(await faultOf(operator.run(doctor, ["nobody"]))).toMatchObject({ code: "connection.unknown" });
  });
});
