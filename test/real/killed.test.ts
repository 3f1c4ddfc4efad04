import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { type Bench, bench, removeTempDirs, tempDir } from "../commands/bench.ts";
import { textsIn } from "../engine/worlds.ts";
import { type FaultProxy, startFaultProxy } from "../fakes/fault-proxy.ts";
import { SEED } from "../setup/seed.ts";
import { withoutWordPress } from "../wordpress.ts";
import { addAndRemove, editFiles, editSite, picture, randomOf, saveSite, writeMany } from "./both-sides.ts";
import { type Census, census, wipe } from "./disturbed.ts";
import { type Ended, killAll, type Machine, machine, start } from "./spawned.ts";

const FULL = process.env.AINSTEIN_SWEEP !== undefined;
const COUNT = 10;

/** What is left of a killed run when the next one starts. */
const LEFT = ["everything", "no AINSTEIN_HOME", "neither AINSTEIN_HOME nor lockfile"] as const;

/** `killAfter`: milliseconds until SIGKILL. */
function publish(machine: Machine, killAfter?: number): Promise<Ended> {
  const timer: { id?: NodeJS.Timeout } = {};
  const ended = start(machine, ["publish"], (kill) => {
    if (killAfter !== undefined) timer.id = setTimeout(kill, killAfter);
  });
  return ended.finally(() => clearTimeout(timer.id));
}

function newRoot(): string {
  const operator = bench();
  for (let n = 0; n < COUNT; n += 1) {
    const text = `---\ntitle: Entry ${n}\ntags: [bread, "n${n % 3}"]\n---\n\n![P](images/p${n % 2}.png)\n\nText of ${n}.\n`;
    operator.write(`entry-${String.fromCharCode(97 + n)}.md`, text);
  }
  for (const n of [0, 1]) operator.write(`images/p${n}.png`, picture(n));
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
  killAll();
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

describe.skipIf(withoutWordPress)("several processes on a real WordPress", () => {
  let wordpress: WordPress;
  let connection: Readonly<Record<string, unknown>>;
  let whole: Awaited<ReturnType<typeof census>>;

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
    const first = await publish(machine(connection, newRoot(), join(tempDir("home"), "home")));
    expect(first.code, first.out).toBe(0);
    whole = await census(wordpress.php);
    expect(whole.entries).toHaveLength(COUNT);
    expect(whole.media).toHaveLength(2);
  });
  afterAll(async () => {
    await wordpress?.stop();
  });

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

/** How often a command is killed before it may end, and what is left each time. */
interface Killing {
  readonly command: "publish" | "push" | "sync";
  readonly kills: number;
  readonly left: (typeof LEFT)[number];
}

const DAILY: readonly Killing[] = [
  { command: "publish", kills: 3, left: "everything" },
  { command: "push", kills: 3, left: "no AINSTEIN_HOME" },
  { command: "sync", kills: 4, left: "everything" },
];

/** A hundred and eight kills, one before each run that may end. */
const SOAK: readonly Killing[] = Array.from({ length: 18 }).flatMap(() => [
  { command: "publish", kills: 1, left: "everything" },
  { command: "publish", kills: 1, left: "no AINSTEIN_HOME" },
  { command: "publish", kills: 1, left: "neither AINSTEIN_HOME nor lockfile" },
  { command: "push", kills: 1, left: "everything" },
  { command: "sync", kills: 1, left: "everything" },
  { command: "sync", kills: 1, left: "no AINSTEIN_HOME" },
]);

/**
 * For all creates of unknown outcome together: six looks by slug within 10 s, four more where some arrive late, and two by
 * the second for each of two seconds in which they began.
 */
const LOOKS = 14;

/** Entries that a killed run made are read once more, and one that it left half done by itself. */
const AGAIN = 2;

describe.skipIf(withoutWordPress)("kill -9 of many documents with pictures on a real WordPress", () => {
  const count = FULL ? 60 : 30;
  const random = randomOf(SEED);
  let wordpress: WordPress;
  let proxy: FaultProxy;
  let base: string;
  let connection: Readonly<Record<string, unknown>>;
  /** What each command finds, and what it makes of that when nothing disturbs it. */
  const scenes = new Map<string, Scene>();

  interface Reads {
    /** By slug or second. */
    readonly looks: number;
    readonly others: number;
  }

  interface Scene {
    /** Puts files, home and site to what they are before the command. */
    readonly before: () => Promise<void>;
    readonly site: Census;
    readonly files: Readonly<Record<string, string>>;
    /** With the texts that the home keeps, and without them: then the site's revisions are asked. */
    readonly reads: Readonly<Record<"home" | "noHome", Reads>>;
    readonly writes: number;
  }

  const at = () => machine(connection, join(base, "root"), join(base, "home"));
  const run = async (command: string, watch?: (kill: () => void) => void) =>
    start(at(), command === "sync" ? ["sync", "--delete"] : [command], watch);
  const filesNow = () => {
    const { "ainstein.lock": _, ...files } = textsIn(join(base, "root"));
    return files;
  };
  const writesOf = () => proxy.passed.filter(({ write }) => write).length;
  const readsOf = (): Reads => {
    const all = proxy.passed.filter(({ write }) => !write);
    const looks = all.filter(({ url }) => /[?&](?:slug|after)=/.test(url)).length;
    return { looks, others: all.length - looks };
  };

  async function scene(command: string): Promise<Scene> {
    const site = await saveSite(wordpress.php, command);
    const copy = `${base}-${command}`;
    cpSync(base, copy, { recursive: true });
    const before = async () => {
      rmSync(base, { recursive: true });
      cpSync(copy, base, { recursive: true });
      await site();
      proxy.reset();
    };
    const undisturbed = async () => {
      proxy.reset();
      const ended = await run(command);
      expect(ended.code, ended.out).toBe(0);
      return readsOf();
    };
    rmSync(join(base, "home"), { recursive: true, force: true });
    const noHome = await undisturbed();
    await before();
    const reads = { home: await undisturbed(), noHome };
    return { before, site: await census(wordpress.php), files: filesNow(), writes: writesOf(), reads };
  }

  beforeAll(async () => {
    process.stdout.write(`kill -9 at random moments: AINSTEIN_SEED=${SEED}\n`);
    wordpress = await startWordPress();
    proxy = await startFaultProxy(wordpress.url);
    connection = {
      platform: "wordpress",
      url: `${proxy.url}/wp-json`,
      auth: "app-password",
      username: "admin",
      password: wordpress.users.admin,
    };
    await wipe(wordpress.php);
    base = join(tempDir("killed"), "machine");
    const operator: Bench = bench({ root: join(base, "root") });
    writeMany(operator, count);
    scenes.set("publish", await scene("publish"));
    // What both sides agree on is committed, as a base that outlives the database.
    operator.git("init", "-q");
    // Or a lockfile that is lost would come back from the last commit.
    operator.write(".git/info/exclude", "ainstein.lock\n");
    operator.git("add", "-A");
    operator.git("commit", "-qm", "published");
    editFiles(operator, count);
    scenes.set("push", await scene("push"));
    // From the same published state: both sides are edited.
    await scenes.get("push")?.before();
    addAndRemove(operator);
    await editSite(wordpress.php, count);
    scenes.set("sync", await scene("sync"));
  }, 180_000);
  afterAll(async () => {
    await proxy?.stop();
    await wordpress?.stop();
  });

  /** Kills the command at a random request, and a random little later. */
  async function killed({ command }: Killing, requests: number): Promise<void> {
    const from = proxy.passed.length;
    const [moment, later] = [from + Math.floor(random() * requests), random() * 60];
    await run(command, (kill) => {
      proxy.before = () => {
        if (proxy.passed.length > moment) setTimeout(kill, later);
      };
    });
    proxy.before = undefined;
  }

  it.each(FULL ? SOAK : DAILY)(
    "$command, killed $kills times, is completed by the next run with $left left",
    async (killing) => {
      const { command, kills, left } = killing;
      const { before, site, files, reads, writes } = scenes.get(command) as Scene;
      await before();
      for (let round = 0; round < kills; round += 1) {
        await killed(killing, reads.home.looks + reads.home.others + writes);
        if (left !== "everything") rmSync(join(base, "home"), { recursive: true, force: true });
        if (left.startsWith("neither")) rmSync(join(base, "root", "ainstein.lock"), { force: true });
      }
      const ended = await run(command);
      expect(ended.code, `seed ${SEED}: ${ended.out}`).toBe(0);
      expect(ended.summary).toMatchObject({ failed: 0, conflicts: 0 });
      expect(await census(wordpress.php), `seed ${SEED}`).toEqual(site);
      expect(filesNow(), `seed ${SEED}`).toEqual(files);
      // Three writes at most were under way at each kill.
      expect(writesOf(), `seed ${SEED}`).toBeLessThanOrEqual(writes + 3 * kills);
      const { looks, others } = readsOf();
      const each = left === "everything" ? reads.home : reads.noHome;
      expect(others, `seed ${SEED}`).toBeLessThanOrEqual((kills + 1) * each.others + kills * AGAIN);
      expect(looks, `seed ${SEED}`).toBeLessThanOrEqual((kills + 1) * each.looks + kills * LOOKS);
      proxy.reset();
      const again = await run(command);
      expect(again.summary, again.out).toMatchObject({ writes: 0, conflicts: 0, failed: 0 });
    },
    120_000,
  );
});
