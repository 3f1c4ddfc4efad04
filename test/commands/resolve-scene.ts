import { join } from "node:path";
import { expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { status } from "../../src/commands/status.ts";
import { type ConflictRecord, conflictHistory } from "../../src/store/conflicts.ts";
import { openStore } from "../../src/store/db.ts";
import { type Bench, bench, type Ran, tempDir } from "./bench.ts";
import { editOnSite } from "./site-edit.ts";

export const TARGET = { target: ["site"] };
export const PARAGRAPHS = Array.from({ length: 9 }, (_, n) => `Paragraph *number* ${n + 1}.`);
export const FILE = `---\n# ours\ntitle: 'Rye'   # keep\nexcerpt: Short\ntags: [bread, rye]\n---\n\n${PARAGRAPHS.join("\n\n")}\n`;

/** A root and a local site in step, with a document `rye` to be in conflict and another one. */
export interface Scene {
  operator: Bench;
  readonly site: string;
  /** Edits `rye.md`. */
  edit(from: string, to: string): void;
  /** Edits the body of `rye` on the site. */
  editThere(from: string, to: string): void;
  /** `resolve --strategy`. */
  by(strategy: string, more?: Readonly<Record<string, unknown>>): Promise<Ran>;
  /** How the newest conflict ended, as the record has it. */
  lastSettlement(): ConflictRecord["settlement"];
  /** What was settled is no conflict any more: a second time there is nothing to do. */
  expectNothingMore(): Promise<void>;
  /** The next push sends exactly these parts of the document, and then both sides are in step. */
  expectSent(parts: readonly string[]): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const site = join(tempDir("site"), "site");
  const connection = JSON.stringify({ platform: "local", url: site });
  const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: connection } });
  operator.write("rye.md", FILE);
  operator.write("other.md", "---\ntitle: Other\n---\n\nUntouched.\n");
  await operator.run(publish, [], TARGET);
  const scene: Scene = {
    operator,
    site,
    edit: (from, to) => scene.operator.write("rye.md", scene.operator.read("rye.md").replace(from, to)),
    editThere: (from, to) => editOnSite(site, "rye", ({ body }) => ({ body: body.replace(from, to) })),
    by: (strategy, more = {}) => scene.operator.run(resolve, [], { ...TARGET, strategy, ...more }),
    lastSettlement: () => {
      const store = openStore(scene.operator.home);
      try {
        return conflictHistory(store, {})[0]?.settlement;
      } finally {
        store.close();
      }
    },
    expectNothingMore: async () => {
      const before = scene.operator.read("ainstein.lock");
      const again = await scene.by("theirs");
      expect(again.exit).toBe(0);
      expect(again.plan.steps).toEqual([]);
      expect(scene.operator.read("ainstein.lock")).toBe(before);
    },
    expectSent: async (parts) => {
      await scene.expectNothingMore();
      const sent = await scene.operator.run(push, [], TARGET);
      expect(sent.exit).toBe(0);
      expect(sent.plan.steps.map(({ action, changed }) => [action, changed])).toEqual(
        parts.length === 0 ? [] : [["update", parts]],
      );
      expect((await scene.operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    },
  };
  return scene;
}
