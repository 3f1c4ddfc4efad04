// Nobody's edit is lost: neither overwritten, nor missed, nor deleted since a listing was not whole.
import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import type { Command } from "../../src/commands/context.ts";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { bench, tempDir } from "../commands/bench.ts";
import {
  commitAll,
  exitCodeOf,
  expectDone,
  expectIdle,
  hurried,
  type Operator,
  onEachPlatform,
  operatorOf,
  post,
  stepsOf,
} from "./platforms.ts";
import { BROKEN } from "./site.ts";

const TEXT = ["First paragraph.", "Second paragraph.", "Third paragraph."];

function writeNotes(operator: Operator, count: number): void {
  for (let n = 0; n < count; n += 1) operator.write(`note-${n}.md`, post(`title: Note ${n}`, ...TEXT));
}

describe("an edit on the site is never overwritten", () => {
  const theirs = (operator: Operator) => operator.site.edit("note-1", { replace: ["Second", "Theirs"] });

  async function expectBothKept(operator: Operator): Promise<void> {
    const shown = await operator.does(diff);
    const said = shown.out.join("\n");
    expect(said).toContain("Theirs");
    expect(said).toContain("Mine");
    expect(operator.site.entries()[1]?.body).toContain("Theirs");
    expect(operator.read("note-1.md")).toContain("Mine");
  }

  onEachPlatform(
    "not when it came after the last run: a conflict, nothing sent, both versions to be seen",
    {},
    async (operator) => {
      writeNotes(operator, 3);
      expectDone(await operator.does(publish));
      theirs(operator);
      operator.change("note-1.md", "Second", "Mine");
      const writes = operator.site.writes();
      for (const command of [push, publish, sync, pull] as const) {
        const ran = await operator.does(command);
        expect(ran.exit).toBe(4);
        expect(ran.summary).toMatchObject({ conflicts: 1, writes: 0, updated: 0 });
      }
      expect(operator.site.writes()).toBe(writes);
      await expectBothKept(operator);
    },
  );

  onEachPlatform("not when it comes between a saved plan and its apply", {}, async (operator) => {
    writeNotes(operator, 3);
    expectDone(await operator.does(publish));
    operator.change("note-0.md", "Second", "Mine");
    operator.change("note-1.md", "Second", "Mine");
    await operator.does(push, [], { dryRun: true, planOut: "plan.json" });
    theirs(operator);
    const writes = operator.site.writes();
    const refused = await operator.does(apply, ["plan.json"]);
    expect(refused.fault).toMatchObject({ kind: "usage", message: expect.stringContaining("note-1.md") });
    expect(operator.site.writes()).toBe(writes);
    const rest = await operator.does(apply, ["plan.json"], { skipMoved: true });
    expect(rest.exit).toBe(4);
    expect(rest.summary).toMatchObject({ updated: 1, conflicts: 1 });
    expect(operator.site.entries()[0]?.body).toContain("Mine");
    await expectBothKept(operator);
  });

  onEachPlatform(
    "not when it comes between the plan on the screen and the answer yes",
    {},
    async (operator) => {
      writeNotes(operator, 3);
      expectDone(await operator.does(publish));
      for (const n of [0, 1, 2]) operator.change(`note-${n}.md`, "Second", "Mine");
      const atThePrompt: Command = (context, args) => {
        const confirm = async () => {
          theirs(operator);
          return true;
        };
        return push({ ...context, ui: { ...context.ui, interactive: true, confirm } }, args);
      };
      const ran = await operator.does(atThePrompt, [], { yes: false });
      expect(ran.exit).toBe(4);
      expect(ran.summary).toMatchObject({ updated: 2, conflicts: 1 });
      await expectBothKept(operator);
    },
  );
  onEachPlatform("not when it comes while the run is under way", {}, async (operator) => {
    // More than are under way at one time; by its path this one comes last.
    const [COUNT, LAST] = [100, "note-99"];
    writeNotes(operator, COUNT);
    expectDone(await operator.does(publish));
    for (let n = 0; n < COUNT; n += 1) operator.change(`note-${n}.md`, `Note ${n}`, `Mine ${n}`);
    operator.site.onWrite(1, () => operator.site.edit(LAST, { title: "Theirs" }));
    const ran = await operator.does(push, [], { maxChanges: COUNT });
    // Whoever came first, they came last.
    const last = operator.site.entries().find(({ slug }) => slug === LAST);
    expect(last?.title).toBe("Theirs");
    // A watched directory tells of a change when it can; a road, before it passes on.
    if (operator.site.road === undefined) return;
    const stopped = ran.results.find(({ path }) => path === `${LAST}.md`);
    expect([stopped?.status, ran.exit]).toEqual(["conflict", 4]);
    expect(ran.summary.updated).toBe(COUNT - 1);
  });
});

describe("a listing that is not whole deletes nothing", () => {
  const COUNT = 120;
  onEachPlatform("whatever is wrong with it", { needs: ["road"], timeout: 60_000 }, async ({ site }) => {
    let ahead = 0;
    const operator = operatorOf(site, undefined, { ...hurried(), now: () => Date.now() + ahead });
    const date = "2026-01-01T10:00:00Z";
    for (let n = 0; n < COUNT; n += 1)
      site.add({ slug: `n-${n}`, title: `N ${n}`, text: "T.", state: "published", date });
    expectDone(await operator.does(pull));
    const files = () => readdirSync(operator.root).filter((name) => name.endsWith(".md"));
    expect(files()).toHaveLength(COUNT);
    rmSync(join(operator.root, "n-1.md"));
    site.erase("n-2");
    const [writes, names] = [site.writes(), files()];
    for (const how of BROKEN) {
      site.road?.listings(how);
      for (const command of [push, pull, sync, publish] as readonly Command[]) {
        // Long enough for a site that was left alone to be asked again.
        ahead += 3_600_000;
        const ran = await operator.does(command, [], { delete: true, maxDelete: COUNT });
        expect([5, 6]).toContain(exitCodeOf(ran));
        expect(ran.plan?.steps.filter(({ action }) => action === "delete") ?? []).toEqual([]);
      }
      expect(site.writes()).toBe(writes);
      expect(files()).toEqual(names);
    }
    site.road?.listings(undefined);
    ahead += 3_600_000;
    const whole = await operator.does(sync, [], { delete: true });
    expect(stepsOf(whole).sort()).toEqual(["delete n-1.md", "delete n-2.md"]);
  });

  onEachPlatform(
    "and many deletions at once are stopped until they are allowed by number",
    {},
    async (operator) => {
      writeNotes(operator, 5);
      expectDone(await operator.does(publish));
      for (const n of [0, 1, 2]) operator.site.erase(`note-${n}`);
      const refused = await operator.does(pull, [], { delete: true });
      expect(refused.fault).toMatchObject({ kind: "usage", code: "too-many-removals" });
      expect(existsSync(join(operator.root, "note-0.md"))).toBe(true);
      const allowed = await operator.does(pull, [], { delete: true, maxDelete: 3 });
      expect(allowed.summary.deleted).toBe(3);
    },
  );
});

describe("a change is never missed, and nothing that did not change is seen as one", () => {
  onEachPlatform("an edit on the site in the second of our own write", {}, async (operator) => {
    writeNotes(operator, 2);
    expectDone(await operator.does(publish));
    operator.site.edit("note-0", { replace: ["Second", "At once second"] });
    const ran = await operator.does(pull);
    expect(stepsOf(ran)).toEqual(["pull note-0.md body"]);
    expect(operator.read("note-0.md")).toContain("At once second");
    expectIdle(await operator.does(push));
  });

  onEachPlatform(
    "an edit of which the site's own time and history say nothing",
    { needs: ["unmarked edits"] },
    async (operator) => {
      writeNotes(operator, 2);
      expectDone(await operator.does(publish));
      operator.site.edit("note-0", { replace: ["Second", "Hidden second"], unmarked: true });
      const soon = await operator.does(pull);
      expect(stepsOf(soon)).toEqual(["pull note-0.md body"]);
      // Later on, only reading every body can find it; a field of the listing is seen at once.
      operator.site.edit("note-1", { title: "Hidden title", unmarked: true });
      expect(stepsOf(await operator.does(pull))).toEqual(["pull note-1.md title"]);
      const later = operatorOf(operator.site, operator.root, hurried(3_600_000));
      expectIdle(await later.does(pull));
      operator.site.edit("note-0", { replace: ["Third", "Hidden third"], unmarked: true });
      expect(stepsOf(await later.does(pull, [], { checksum: true }))).toEqual(["pull note-0.md body"]);
      operator.site.edit("note-0", { replace: ["First", "Hidden first"], unmarked: true });
      operator.change("note-0.md", "Hidden third", "My third");
      const sent = await later.does(push);
      expect(operator.site.entries()[0]?.body).toContain("Hidden first");
      expect(sent.summary).toMatchObject({ conflicts: 1, writes: 0 });
    },
  );

  for (const minutes of [-5, 5]) {
    onEachPlatform(`edits on both sides while our clock is ${minutes} minutes off`, {}, async ({ site }) => {
      const operator = operatorOf(site, undefined, hurried(minutes * 60_000));
      writeNotes(operator, 4);
      expectDone(await operator.does(publish));
      expectIdle(await operator.does(sync));
      site.edit("note-0", { replace: ["Second", "Their second"] });
      operator.change("note-1.md", "Second", "My second");
      site.edit("note-2", { replace: ["First", "Their first"] });
      operator.change("note-2.md", "Third", "My third");
      const ran = await operator.does(sync);
      expect(stepsOf(ran).sort()).toEqual([
        "merge note-2.md body",
        "pull note-0.md body",
        "update note-1.md body",
      ]);
      site.edit("note-0", { replace: ["Their second", "Their other second"] });
      expect(stepsOf(await operator.does(sync))).toEqual(["pull note-0.md body"]);
      expectIdle(await operator.does(sync));
    });
  }

  for (const minutes of [-5, 5]) {
    onEachPlatform(
      `an edit that only the text tells of, in the second of another, while our clock is ${minutes} minutes off`,
      { needs: ["unmarked edits"] },
      async ({ site }) => {
        const operator = operatorOf(site, undefined, hurried(minutes * 60_000));
        writeNotes(operator, 1);
        expectDone(await operator.does(publish));
        site.edit("note-0", { replace: ["First", "Their first"] });
        expect(stepsOf(await operator.does(pull))).toEqual(["pull note-0.md body"]);
        site.edit("note-0", { replace: ["Second", "Hidden second"], unmarked: true });
        expect(stepsOf(await operator.does(pull))).toEqual(["pull note-0.md body"]);
      },
    );
  }

  onEachPlatform(
    "a touch of every file, another time zone, and a fresh clone are no edits",
    {},
    async (operator) => {
      writeNotes(operator, 5);
      operator.write("dated.md", post("title: Dated\ndate: 2026-03-29 02:30", "At night."));
      expectDone(await operator.does(publish));
      commitAll(operator, "published");
      const ahead = new Date(Date.now() + 86_400_000);
      for (const name of readdirSync(operator.root).filter((file) => file.endsWith(".md")))
        utimesSync(join(operator.root, name), ahead, ahead);
      const root = join(tempDir("clone"), "clone");
      operator.git("clone", "-q", operator.root, root);
      // Checked out as on Windows.
      const crlf = join(tempDir("clone"), "crlf");
      bench({ root: operator.root }).git("-c", "core.autocrlf=true", "clone", "-q", operator.root, crlf);
      const writes = operator.site.writes();
      for (const machine of [operator, operator.another(), operator.another(root), operator.another(crlf)]) {
        for (const command of [status, push, sync]) {
          const ran = await machine.does(command, [], { delete: true });
          expect(stepsOf(ran)).toEqual([]);
          expectIdle(ran);
        }
      }
      expect(operator.site.writes()).toBe(writes);
    },
  );
});
