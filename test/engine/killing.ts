// Runs one sync of twenty documents, ends its life at one of its moments, and runs it again.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { history } from "../../src/commands/history.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { openStore } from "../../src/store/db.ts";
import { pending } from "../../src/store/journal.ts";
import { type Bench, bench, type Ran } from "../commands/bench.ts";
import { exitCodeOf } from "../real/disturbed.ts";
import { born, isDead, momentsSoFar, quiet } from "./life.ts";
import { type leapingClock, mortalCommand } from "./mortal.ts";
import {
  type Census,
  editBoth,
  GONE,
  MERGED,
  PIXEL,
  PULLED,
  saveDir,
  TRASHED,
  textsIn,
  type World,
  writeAgreed,
} from "./worlds.ts";

/** What is left of the dead run when the next one starts. */
export const LEFT = ["everything", "no AINSTEIN_HOME", "neither AINSTEIN_HOME nor lockfile"] as const;
export type Left = (typeof LEFT)[number];

/** A machine, its files and its site, whole before the run and after one that nothing disturbed. */
export interface Stage {
  readonly moments: readonly string[];
  /** Lets the run die after so many moments, and finishes the work with what is left. */
  killedAt(moment: number, left: Left): Promise<void>;
}

interface After {
  readonly census: Census;
  readonly files: Readonly<Record<string, string>>;
  readonly lock: readonly string[];
}

interface Counted {
  readonly reads: number;
  readonly writes: number;
}

const none: Counted = { reads: 0, writes: 0 };

/** What a run that knows too little leaves undone. */
interface Lost {
  /** Paths of documents whose sides differ while nothing tells which is newer. */
  readonly conflicts: readonly string[];
  /** Paths of files that were removed, whose entries are still there. */
  readonly comesBack: readonly string[];
  /** Entries made anew, since nobody knows that theirs were moved to the trash. */
  readonly made: number;
  /** What is there in the end, those that come back left out of `files`. */
  readonly after: After;
}

export async function stage(
  base: string,
  world: World,
  clock: ReturnType<typeof leapingClock>,
): Promise<Stage> {
  const root = join(base, "root");
  mkdirSync(root);
  const local = { platform: "local", url: join(base, "site") };
  const operator = bench({ root, env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(local) } });
  const run = (more = {}): Promise<Ran> => {
    clock.leap(600_000);
    const flags = { target: [world.target], delete: true, ...more };
    return operator.run(mortalCommand(world.sync, clock), [], flags);
  };
  const whole = async (more = {}) => {
    born();
    const ran = await run(more);
    expect(ran.results.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(exitCodeOf(ran)).toBe(0);
    return ran;
  };
  await writeAgreed(operator, world, async () => void (await whole()));
  const agreed = look(operator, world);
  editBoth(operator, world);
  const restore = [saveDir(root), saveDir(operator.home), world.save()];
  const started = world.requests() ?? none;
  const { summary } = await whole();
  const clean = look(operator, world);
  const counts = since(world, started);
  const moments = momentsSoFar();
  expect(summary).toMatchObject({ created: 4, updated: 3, merged: 3, published: 1, pulled: 3, deleted: 3 });

  /** Dies, and gives the paths of steps that were left open. */
  async function dies(moment: number): Promise<readonly string[]> {
    for (const back of restore) back();
    born(moment);
    await run().catch(() => undefined);
    await quiet();
    // What documents that end in the same tick store is one commit: a run may come to its end in fewer moments.
    if (!isDead()) expect(moment).toBeGreaterThan(0.9 * moments.length);
    born();
    return buried(operator);
  }

  return {
    moments,
    async killedAt(moment, left) {
      const from = world.requests() ?? none;
      const open = await dies(moment);
      if (left !== "everything") rmSync(operator.home, { recursive: true });
      if (left.startsWith("neither")) rmSync(join(root, "ainstein.lock"), { force: true });
      const knows = !left.startsWith("neither");
      const lost: Lost = knows
        ? { conflicts: [], comesBack: [], made: 0, after: clean }
        : unknowable(look(operator, world), agreed, clean);
      const again = await run();
      const { reads, writes } = since(world, from);
      const undone = again.results.filter(({ status }) => status !== "ok");
      expect(undone.map(({ path, status }) => `${status} ${path}`).sort()).toEqual(
        lost.conflicts.map((path) => `conflict ${path}`),
      );
      const found = look(operator, world);
      for (const path of lost.comesBack) expect(found.files[path]).toContain("Paragraph *1* of");
      const files = Object.entries(found.files).filter(([path]) => !lost.comesBack.includes(path));
      const lock = knows ? found.lock : [];
      const seen = { ...found, files: Object.fromEntries(files), lock };
      const publishing = open.includes(LIVE);
      const plain = publishing || left === "no AINSTEIN_HOME" ? undated : (after: After) => after;
      expect(differences(plain(seen), plain(lost.after))).toEqual([]);
      expect(writes).toBeLessThanOrEqual(counts.writes + open.length + lost.made);
      if (knows) expect(reads).toBeLessThanOrEqual(2 * counts.reads + LOOKS * open.length);
      if (left === "everything") {
        const { exit, out } = await operator.run(history, ["verify"]);
        expect([exit, ...out.filter((line) => line.startsWith("not"))]).toEqual([0]);
      }
      // What the lockfile says of the site is so.
      if (moment % 5 === 0) {
        const { plan } = await run({ checksum: true });
        expect(plan.steps.filter(({ action }) => action !== "conflict")).toEqual([]);
      }
    },
  };
}

/**
 * With neither journal nor lockfile nobody knows what both sides last agreed on. What git has committed and the site
 * still says is an edit of the file. A document that the site changed and whose file differs is a conflict; a file
 * that was removed comes back from its entry, and an entry in the trash is made anew from its file.
 */
function unknowable(now: After, agreed: After, clean: After): Lost {
  const entryOf = ({ census }: After, slug: string) =>
    census.entries.find((line) => line.startsWith(`${slug} |`));
  const pathOf = (slug: string) => `posts/${slug}.md`;
  const alike = (slug: string) =>
    now.files[pathOf(slug)] === clean.files[pathOf(slug)] && entryOf(now, slug) === entryOf(clean, slug);
  const apart = [...MERGED, ...PULLED].filter((slug) => !alike(slug));
  const back = GONE.filter((slug) => entryOf(now, slug) !== undefined);
  const anew = TRASHED.filter((slug) => now.files[pathOf(slug)] !== undefined);
  const entries = clean.census.entries.filter((line) => !apart.some((slug) => line.startsWith(`${slug} |`)));
  const more = [
    ...[...apart, ...back].map((slug) => entryOf(now, slug) ?? ""),
    ...anew.map((slug) => entryOf(agreed, slug) ?? ""),
  ];
  // What only a document in conflict names is not made for it.
  const p0 = sha256Hex(PIXEL).slice(0, 12);
  const kept = [...apart, ...anew].map((slug) => [pathOf(slug), now.files[pathOf(slug)] ?? ""] as const);
  return {
    conflicts: apart.map(pathOf).sort(),
    comesBack: back.map(pathOf),
    made: anew.length,
    after: {
      census: {
        terms: clean.census.terms.filter(
          (term) => term !== "tags mine" || !apart.includes("merged-2") || now.census.terms.includes(term),
        ),
        media: clean.census.media.filter(
          (name) => !name.includes(p0) || !apart.includes("merged-3") || now.census.media.includes(name),
        ),
        entries: [...entries, ...more].sort(),
        trash: clean.census.trash.filter((slug) => !back.some((other) => other === slug)),
      },
      files: { ...clean.files, ...Object.fromEntries(kept) },
      lock: [],
    },
  };
}

/** A request in flight may still land: whether an open step was done is asked so often. */
const LOOKS = 6;

/** The document that goes live. */
const LIVE = "posts/live-1.md";

/**
 * Without the answer to our write nobody knows that the site dated an entry because that set it live: a sync then takes
 * the date into the file, as it would have taken an editor's.
 */
function undated(after: After): After {
  const text = after.files[LIVE]?.replace(/^date: .*\n/m, "") ?? "";
  const lock = after.lock.filter((line) => !line.includes(`"path":"${LIVE}"`));
  return { ...after, files: { ...after.files, [LIVE]: text }, lock };
}

/** Ends what a dead process holds: its lock names a process that is no more. Returns the paths of steps it left open. */
function buried(operator: Bench): readonly string[] {
  const store = openStore(operator.home);
  store.run("UPDATE locks SET start_time = 'long ago'");
  const run = store.one("SELECT site FROM runs ORDER BY seq DESC");
  const open = run === undefined ? [] : pending(store, String(run.site)).map(({ path }) => path);
  store.close();
  return open;
}

function since(world: World, from: Counted): Counted {
  const now = world.requests() ?? none;
  return { reads: now.reads - from.reads, writes: now.writes - from.writes };
}

function look(operator: Bench, world: World): After {
  const { "ainstein.lock": lock = "", ...files } = textsIn(operator.root);
  return { census: world.census(), files, lock: linesOf(lock) };
}

/** Line by line, what one has and the other has not. */
function differences(found: After, wanted: After): readonly string[] {
  const flat = ({ census, files, lock }: After) => [
    ...Object.entries(census).flatMap(([what, lines]) =>
      (lines as readonly string[]).map((line) => `${what}: ${line}`),
    ),
    ...Object.entries(files).map(([path, text]) => `file ${path}: ${text}`),
    ...lock.map((line) => `lock: ${line}`),
  ];
  const beyond = (all: readonly string[], known: readonly string[]) => {
    const left = [...known];
    return all.filter((line) => {
      const at = left.indexOf(line);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  const [mine, theirs] = [flat(found), flat(wanted)];
  return [
    ...beyond(theirs, mine).map((line) => `- ${line}`),
    ...beyond(mine, theirs).map((line) => `+ ${line}`),
  ];
}

interface Line {
  readonly remote?: { readonly parts: Readonly<Record<string, string>> };
}

/** Lines without what another run numbers or dates otherwise. */
function linesOf(lock: string): readonly string[] {
  const lines = lock.split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as Line & Record<string, unknown>)
    .map(({ id: _, revision: __, racy: ___, remote, ...line }) => {
      const { title, status } = remote?.parts ?? {};
      return JSON.stringify({ ...line, title, status, parts: Object.keys(remote?.parts ?? {}) });
    })
    .sort();
}
