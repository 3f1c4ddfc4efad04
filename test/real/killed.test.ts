import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { PROGRAM } from "../cli/program.ts";
import { bench, KEY, removeTempDirs, tempDir } from "../commands/bench.ts";
import { withoutWordPress } from "../wordpress.ts";
import { census, wipe } from "./disturbed.ts";

const FULL = process.env.AINSTEIN_SWEEP !== undefined;
const COUNT = 10;

/** What is left of a killed run when the next one starts. */
const LEFT = ["everything", "no AINSTEIN_HOME", "neither AINSTEIN_HOME nor lockfile"] as const;

interface Ended {
  readonly code: number | null;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly out: string;
}

interface Machine {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

const children: ChildProcess[] = [];

/** `killAfter`: milliseconds until SIGKILL. */
function publish({ root, env }: Machine, killAfter?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const words = [PROGRAM, "publish", ".", "--target", "site", "--yes", "--json"];
    const child = spawn(process.execPath, words, { cwd: root, env: { PATH: process.env.PATH, ...env } });
    children.push(child);
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({ code, out, summary: records.findLast((record) => record.type === "summary") ?? {} });
    });
  });
}

function machine(connection: Readonly<Record<string, unknown>>, root: string, home: string): Machine {
  return {
    root,
    env: { AINSTEIN_HOME: home, AINSTEIN_KEY: KEY, AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) },
  };
}

function newRoot(): string {
  const operator = bench();
  for (let n = 0; n < COUNT; n += 1) {
    const text = `---\ntitle: Entry ${n}\ntags: [bread, "n${n % 3}"]\n---\n\n![P](images/p${n % 2}.png)\n\nText of ${n}.\n`;
    operator.write(`entry-${String.fromCharCode(97 + n)}.md`, text);
  }
  for (const n of [0, 1]) {
    const pixel =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    operator.write(`images/p${n}.png`, Buffer.concat([Buffer.from(pixel, "base64"), Buffer.from([n])]));
  }
  return operator.root;
}

/** Kills one run after another at moments spread over its whole time; the last may end, and the site must be whole. */
async function survives(
  connection: Readonly<Record<string, unknown>>,
  moments: readonly number[],
  left: (typeof LEFT)[number],
): Promise<Ended> {
  const root = newRoot();
  let home = join(tempDir("home"), "home");
  for (const moment of moments) {
    await publish(machine(connection, root, home), moment);
    if (left !== "everything") home = join(tempDir("home"), "home");
    if (left.startsWith("neither")) rmSync(join(root, "ainstein.lock"), { force: true });
  }
  const ended = await publish(machine(connection, root, home));
  expect(ended.code, ended.out).toBe(0);
  expect(ended.summary).toMatchObject({ failed: 0, conflicts: 0 });
  const { created, adopted, unchanged } = ended.summary;
  expect(Number(created) + Number(unchanged)).toBe(COUNT);
  expect(Number(adopted)).toBeLessThanOrEqual(Number(unchanged));
  expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  return ended;
}

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  removeTempDirs();
});

describe("kill -9 while publishing to a local site", () => {
  it.each(LEFT)("leaves each document once, with %s left", async (left) => {
    const site = join(tempDir("site"), "site");
    const moments = Array.from({ length: FULL ? 30 : 4 }, (_, n) => 350 + n * (FULL ? 25 : 120));
    await survives({ platform: "local", url: site }, moments, left);
    const entries = readdirSync(join(site, "entries")).filter((name) => name.endsWith(".json"));
    expect(entries).toHaveLength(COUNT);
    expect(readdirSync(join(site, "media")).filter((name) => name.endsWith(".json"))).toHaveLength(2);
    expect(readdirSync(join(site, "entries")).filter((name) => !name.endsWith(".json"))).toEqual([]);
  });
});

describe.skipIf(withoutWordPress)("kill -9 and several processes on a real WordPress", () => {
  let wordpress: WordPress;
  let connection: Readonly<Record<string, unknown>>;
  let whole: Awaited<ReturnType<typeof census>>;
  /** Milliseconds that an undisturbed run takes. */
  let duration: number;

  beforeAll(async () => {
    wordpress = await startWordPress();
    connection = {
      platform: "wordpress",
      url: wordpress.api,
      auth: "app-password",
      username: "admin",
      password: wordpress.users.admin,
    };
    await wipe(wordpress.php);
    const started = Date.now();
    const first = await publish(machine(connection, newRoot(), join(tempDir("home"), "home")));
    expect(first.code, first.out).toBe(0);
    duration = Date.now() - started;
    whole = await census(wordpress.php);
    expect(whole.entries).toHaveLength(COUNT);
    expect(whole.media).toHaveLength(2);
  });
  afterAll(async () => {
    await wordpress?.stop();
  });

  it.each(LEFT)(
    "leaves each document once, with %s left",
    async (left) => {
      for (let round = 0; round < (FULL ? 10 : 1); round += 1) {
        await wipe(wordpress.php);
        // The first third reads; the last 2 s wait and read back.
        const moment = () => 800 + Math.random() * Math.max(500, duration - 2500);
        await survives(connection, FULL ? [moment()] : [moment(), moment()], left);
        expect(await census(wordpress.php)).toEqual(whole);
      }
    },
    FULL ? 900_000 : 90_000,
  );

  it("lets one of two processes of one home work, and the other end with exit 7", async () => {
    await wipe(wordpress.php);
    const one = machine(connection, newRoot(), join(tempDir("home"), "home"));
    const ended = await Promise.all([publish(one), publish(one)]);
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 7]);
    expect(ended.find(({ code }) => code === 7)?.out).toContain("run.locked");
    expect(await census(wordpress.php)).toEqual(whole);
  }, 60_000);

  it("never overwrites and never hides what two machines did at one time", async () => {
    await wipe(wordpress.php);
    const root = newRoot();
    const other = bench({ root: newRoot() }).root;
    const machines = [root, other].map((dir) => machine(connection, dir, join(tempDir("home"), "home")));
    const ended = await Promise.all(machines.map((one) => publish(one)));
    const site = await census(wordpress.php);
    const slugs = site.entries.map((line) => line.split(" | ")[1]);
    const doubled = slugs.filter((slug, at) => slugs.indexOf(slug) !== at || slug?.endsWith("-2") === true);
    const told = ended.map(({ out }) => out).join();
    for (const slug of doubled) {
      const path = `${slug?.replace(/-2$/, "")}.md`;
      expect(told).toMatch(new RegExp(`"path":"${path}"[^\\n]*"code":"duplicate"`));
    }
    if (doubled.length > 0) expect(ended.some(({ code }) => code !== 0)).toBe(true);
    else expect(site.entries).toEqual(whole.entries);
    expect(new Set(site.terms)).toEqual(new Set(whole.terms));
  }, 60_000);
});
