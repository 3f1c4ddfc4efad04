// A run that dies in the middle is taken up where it died, and a run that was wrong is taken back.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { killedDuring } from "./killing.ts";
import {
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

describe("a long run that is killed is completed by the next one", () => {
  const PICTURES = 15;

  function writeMany(operator: Operator): void {
    // Most of what there is to go wrong is on the road.
    const COUNT = operator.site.road === undefined ? 20 : 60;
    for (let n = 0; n < PICTURES; n += 1) operator.write(`images/p${n}.png`, picture(n));
    for (let n = 0; n < COUNT; n += 1) {
      const text = [`Text of ${n}.`, `![P](images/p${n % PICTURES}.png)`];
      operator.write(`doc-${n}.md`, post(`title: Document ${n}\ntags: [all]`, ...text));
    }
  }

  onEachPlatform(
    "to what an undisturbed run makes, with hardly more requests",
    { timeout: 120_000 },
    async (clean, platform) => {
      writeMany(clean);
      expectDone(await clean.does(publish));
      const whole = clean.site.census();
      const asked = clean.site.road?.passed.length ?? 0;
      expectIdle(await clean.does(publish));
      // What any run asks before it can tell that nothing is left to do. Taking up another asks that, and after what was
      // under way.
      const idle = (clean.site.road?.passed.length ?? 0) - asked;
      const changes = clean.site.writes();
      for (const share of [0.35, 0.6, 0.8, 0.1, 0.95].slice(0, seeds(1))) {
        await onASite(platform, async (operator) => {
          const { site } = operator;
          writeMany(operator);
          const { killed, said } = await killedDuring(operator, "publish", Math.round(changes * share));
          expect([killed, said]).toEqual([true, said]);
          const done = site.writes();
          expect(done).toBeLessThan(changes);
          const resumed = await operator.does(publish);
          expectDone(resumed);
          expect(site.census()).toEqual(whole);
          expect(site.writes()).toBe(changes);
          expect(site.road?.passed.length ?? 0).toBeLessThanOrEqual(1.1 * asked + 2 * idle);
          expectIdle(await operator.does(publish));
        });
      }
    },
  );
});

describe("a run that was wrong is taken back", () => {
  const TEXT = ["First paragraph.", "Second paragraph.", "Third paragraph."];
  const NAMES = ["edited", "removed", "still"];

  async function inStep(operator: Operator): Promise<void> {
    for (const name of NAMES)
      operator.write(`${name}.md`, post(`title: ${name}\nstatus: published`, ...TEXT));
    operator.write("draft.md", post("title: draft\nstatus: draft", ...TEXT));
    expectDone(await operator.does(push));
  }

  /** Makes, edits, sets live and deletes. */
  async function mixedRun(operator: Operator): Promise<void> {
    operator.write("fresh.md", post("title: fresh\nstatus: published", "Nothing like it was there before."));
    operator.change("edited.md", "Second", "My second");
    operator.change("draft.md", "status: draft", "status: published");
    rmSync(join(operator.root, "removed.md"));
    const ran = await operator.does(push, [], { delete: true });
    expectDone(ran);
    expect(ran.summary).toMatchObject({ created: 1, updated: 1, published: 1, deleted: 1 });
  }

  onEachPlatform(
    "whatever it made, edited, set live or deleted, entry by entry; and nothing is sent again",
    {},
    async (operator) => {
      await inStep(operator);
      const before = [operator.site.entries(), operator.site.census().entries];
      await mixedRun(operator);
      const undone = await operator.does(runs, ["undo", "last"]);
      expect(undone.exit).toBe(0);
      expect(undone.summary).toMatchObject({ failed: 0, conflicts: 0 });
      expect([operator.site.entries(), operator.site.census().entries]).toEqual(before);
      const again = await operator.does(push, [], { delete: true });
      expect(again.summary).toMatchObject({ writes: 0, failed: 0, conflicts: 0 });
    },
  );

  onEachPlatform("except what somebody has edited since, which stays as it is", {}, async (operator) => {
    await inStep(operator);
    await mixedRun(operator);
    operator.site.edit("edited", { replace: ["My second", "Their second"] });
    operator.site.edit("fresh", { title: "Fresh of theirs" });
    const theirs = () => operator.site.entries().filter(({ slug }) => ["edited", "fresh"].includes(slug));
    const before = theirs();
    const undone = await operator.does(runs, ["undo", "last"]);
    expect(undone.exit).toBe(4);
    expect(theirs()).toEqual(before);
    expect(stepsOf(undone).filter((step) => step.startsWith("conflict"))).toHaveLength(2);
    const states = Object.fromEntries(operator.site.entries().map(({ slug, state }) => [slug, state]));
    expect(states).toMatchObject({ draft: "draft", removed: "published", still: "published" });
  });
});
