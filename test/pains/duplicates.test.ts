// Nothing twice: what is sent again after a lost answer, a lost database, a lost or wrong map, or under another name.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { tempDir } from "../commands/bench.ts";
import type { Mishap } from "../fakes/fault-proxy.ts";
import { killedDuring } from "./killing.ts";
import {
  commitAll,
  exitCodeOf,
  expectDone,
  expectIdle,
  type Operator,
  onASite,
  onEachPlatform,
  picture,
  post,
  seeds,
  stepsOf,
} from "./platforms.ts";
import type { Site } from "./site.ts";

const SLUGS = ["rye", "spelt", "wheat"];

/** Three posts, one upload, two tags: six changes of an empty site. */
const CHANGES = 6;
function writeBreads(operator: Operator): void {
  for (const slug of SLUGS) {
    operator.write(`${slug}.md`, post(`title: ${slug} bread\ntags: [bread, sour]`, `About ${slug}.`));
  }
  operator.write("rye.md", `${operator.read("rye.md")}\n![Loaf](loaf.png)\n`);
  operator.write("loaf.png", picture(1));
}

function expectOnce(site: Site): void {
  expect(site.entries().map(({ slug }) => slug)).toEqual(SLUGS);
  expect(site.uploads()).toBe(1);
}

/** As often as it takes; then once more, for nothing. */
async function publishUntilClean(operator: Operator): Promise<void> {
  for (let runs = 0; runs < 3; runs += 1) {
    if (exitCodeOf(await operator.does(publish)) === 0) break;
  }
  expectIdle(await operator.does(publish));
}

describe("nothing is made twice", () => {
  onEachPlatform(
    "an answer that is lost after the site has stored it makes no second post and no second upload",
    { needs: ["road"], timeout: 60_000 },
    async (_, platform) => {
      const mishaps: readonly Mishap[] = ["reset-after", "502-after", "524-after", "cut-answer"];
      for (const [turn, mishap] of mishaps.entries()) {
        // Each of the changes with one mishap at least.
        const step = turn === 0 ? 2 : seeds(1) > 1 ? 1 : CHANGES;
        for (let n = turn === 0 ? 1 : 2 * turn; n <= CHANGES; n += step) {
          await onASite(platform, async (operator) => {
            writeBreads(operator);
            operator.site.onWrite(n, () => operator.site.road?.cut(mishap, true));
            // The site is there again at once, so it can be asked.
            expectDone(await operator.does(publish));
            expectIdle(await operator.does(publish));
            expectOnce(operator.site);
            // Asked after, not sent again and taken back; of equal terms a site refuses the second.
            expect(operator.site.writes()).toBeLessThanOrEqual(CHANGES + 1);
          });
        }
      }
    },
  );

  onEachPlatform(
    "a program that is killed before it can note what the site has stored makes no second post and no second upload",
    { timeout: 60_000 },
    async (_, platform) => {
      const all = [3, 4, CHANGES, 2, 5, 1];
      let killed = 0;
      for (const n of all.slice(0, seeds(2))) {
        await onASite(platform, async (operator) => {
          writeBreads(operator);
          const ended = await killedDuring(operator, "publish", n);
          if (ended.killed) killed += 1;
          await publishUntilClean(operator);
          expectOnce(operator.site);
        });
      }
      expect(killed).toBeGreaterThan(0);
    },
  );

  onEachPlatform(
    "publishing again from a fresh clone, without the database, makes and changes nothing",
    {},
    async (operator) => {
      writeBreads(operator);
      commitAll(operator, "texts");
      const before = operator.git("rev-parse", "HEAD").trim();
      expectDone(await operator.does(publish));
      commitAll(operator, "published");
      rmSync(operator.home, { recursive: true });
      const writes = operator.site.writes();
      // The second: of a machine that never committed the lockfile.
      for (const commit of ["HEAD", before]) {
        const root = join(tempDir("clone"), "clone");
        operator.git("clone", "-q", operator.root, root);
        const clone = operator.another(root);
        clone.git("checkout", "-q", commit);
        for (const command of [push, publish, publish]) {
          const ran = await clone.does(command);
          expectIdle(ran);
          expect(ran.summary.unchanged).toBe(SLUGS.length);
        }
      }
      expect(operator.site.writes()).toBe(writes);
      expectOnce(operator.site);
    },
  );

  const lines = (operator: Operator, edit: (line: Record<string, unknown>) => Record<string, unknown>) =>
    operator.write(
      "ainstein.lock",
      operator
        .read("ainstein.lock")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => `${JSON.stringify(edit(JSON.parse(line) as Record<string, unknown>))}\n`)
        .join(""),
    );
  const idOf = (operator: Operator, slug: string) =>
    operator.site.entries().find((entry) => entry.slug === slug)?.id;
  const pointAt = (operator: Operator, id: string | undefined) =>
    lines(operator, (line) => (line.path === "rye.md" ? { ...line, id } : line));

  /** What may become of the map between file and entry. */
  const MAPS: Readonly<Record<string, (operator: Operator) => void>> = {
    removed: ({ root }) => rmSync(join(root, "ainstein.lock")),
    "cut off in the middle": (operator) =>
      operator.write("ainstein.lock", operator.read("ainstein.lock").slice(0, -200)),
    "full of conflict marks": (operator) =>
      operator.write("ainstein.lock", `<<<<<<< HEAD\n${operator.read("ainstein.lock")}=======\n>>>>>>> b\n`),
    "pointing at an entry that is gone": (operator) => pointAt(operator, "99999"),
    "pointing at another entry of ours": (operator) => pointAt(operator, idOf(operator, "spelt")),
    "pointing at somebody else's entry": (operator) => pointAt(operator, idOf(operator, "theirs")),
    "with two lines for one file": (operator) => {
      const text = operator.read("ainstein.lock");
      pointAt(operator, idOf(operator, "theirs"));
      operator.write("ainstein.lock", text + operator.read("ainstein.lock"));
    },
  };

  for (const [what, damage] of Object.entries(MAPS)) {
    onEachPlatform(
      `a map of files and entries that is ${what} makes no second copy, on any later run`,
      {},
      async (operator) => {
        const { site } = operator;
        writeBreads(operator);
        site.add({
          slug: "theirs",
          title: "Theirs",
          text: "Somebody's.",
          state: "published",
          date: "2026-01-01T10:00:00Z",
        });
        expectDone(await operator.does(publish));
        damage(operator);
        operator.change("rye.md", "About rye.", "All about rye.");
        const before = site.entries();
        for (let run = 2; run <= 5; run += 1) {
          const other = run % 2 === 0 ? operator.another() : operator;
          const ran = await other.does(run === 4 ? push : publish);
          expect([0, 2, 4]).toContain(exitCodeOf(ran));
          expect(ran.summary?.created ?? 0).toBe(0);
          // Asked, where it is not settled: the fault or the plan names what to do.
          if (ran.fault !== undefined) {
            expect(ran.fault.place?.file ?? ran.fault.message).toContain("ainstein.lock");
            expect(ran.fault.hint).toBeTruthy();
          }
        }
        const after = site.entries();
        expect(after.map(({ id, slug }) => [id, slug])).toEqual(before.map(({ id, slug }) => [id, slug]));
        expect(after.filter(({ slug }) => slug !== "rye")).toEqual(
          before.filter(({ slug }) => slug !== "rye"),
        );
        expect(site.uploads()).toBe(1);
      },
    );
  }

  onEachPlatform("moving and renaming files neither makes nor deletes anything", {}, async (operator) => {
    const COUNT = 30;
    const { site } = operator;
    for (let n = 0; n < COUNT; n += 1) operator.write(`note-${n}.md`, post(`title: Note ${n}`, `Text ${n}.`));
    expectDone(await operator.does(publish));
    commitAll(operator, "notes");
    const before = site.entries();
    const writes = site.writes();
    mkdirSync(join(operator.root, "old"));
    for (let n = 0; n < COUNT; n += 1)
      operator.git("mv", `note-${n}.md`, n % 2 === 0 ? `old/note-${n}.md` : `memo-${n}.md`);
    const planned = await operator.does(status, [], { delete: true });
    expect(new Set(planned.plan.steps.map(({ action }) => action))).toEqual(new Set(["rename"]));
    const ran = await operator.does(push, [], { delete: true });
    expectDone(ran);
    expect(ran.summary).toMatchObject({ renamed: COUNT, created: 0, deleted: 0, writes: 0 });
    expect(site.entries()).toEqual(before);
    expect(site.writes()).toBe(writes);
    expect(stepsOf(await operator.another().does(push, [], { delete: true }))).toEqual([]);
  });
});
