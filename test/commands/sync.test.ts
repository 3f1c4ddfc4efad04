import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import type { Event } from "../../src/engine/events.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const PARAGRAPHS = Array.from({ length: 9 }, (_, n) => `Paragraph *number* ${n + 1}.`);
const FILE = `---\n# ours\ntitle: 'Rye'   # keep\ntags: [bread, rye]\n---\n\n${PARAGRAPHS.join("\n\n")}\n`;

describe("sync", () => {
  let operator: Bench;
  let site: string;

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
    });
    operator.write("rye.md", FILE);
    operator.write("other.md", "---\ntitle: Other\n---\n\nUntouched.\n");
    await operator.run(publish, [], TARGET);
  });

  const editFile = (from: string, to: string) =>
    operator.write("rye.md", operator.read("rye.md").replace(from, to));
  const editSite = (from: string, to: string) =>
    editOnSite(site, "rye", ({ body }) => ({ body: body.replace(from, to) }));
  const nothingLeft = async () => {
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    const again = await operator.run(sync, [], TARGET);
    expect(again.summary).toMatchObject({ writes: 0, unchanged: 2, conflicts: 0 });
  };

  it("merges paragraph 2 of the site and paragraph 7 of the file with no question", async () => {
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.plan.steps).toMatchObject([{ action: "merge", path: "rye.md", changed: ["body"] }]);
    expect(ran.summary).toMatchObject({ merged: 1, verified: 1, conflicts: 0 });
    expect(operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* two").replace("*number* 7", "*number* seven"),
    );
    expect(onSite(site, "rye").fields.body).toContain("two");
    expect(onSite(site, "rye").fields.body).toContain("seven");
    await nothingLeft();
  });

  it("shows what a merge brings into the file and what it sends", async () => {
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    const { out } = await operator.run(diff, [], TARGET);
    const [file, sent] = out.join("\n").split("rye.md  (site → merged)");
    expect(file).toContain("rye.md  (file → merged)");
    expect(file).toContain("two");
    expect(file).not.toContain("seven.+}");
    expect(sent).toContain("seven");
    expect(sent).not.toContain("{+two");
  });

  it("keeps the entry of a file that was moved and edited before it was ever committed", async () => {
    rmSync(join(operator.root, "rye.md"));
    operator.write("loaf.md", FILE.replace("*number* 7", "*number* seven"));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 0, updated: 1, deleted: 0 });
    expect(slugsOn(site)).toEqual(["other", "rye"]);
  });

  it("takes tags as sets, and different fields each its own way", async () => {
    editOnSite(site, "rye", () => ({ title: "Rye bread" }));
    const tags = operator.read("rye.md").replace("[bread, rye]", "[bread, rye, sour]");
    operator.write("rye.md", tags);
    await operator.run(sync, [], TARGET);
    expect(operator.read("rye.md")).toBe(tags.replace("'Rye'", "'Rye bread'"));
    await nothingLeft();
  });

  /** The operator saves the file while the run is putting together what it will write. */
  const savingMeanwhile =
    (command: Command, text: string): Command =>
    (context, args) => {
      let writing = false;
      const emit = (event: Event) => {
        writing ||= event.type === "phase" && event.phase === "write";
        context.emit(event);
      };
      const now = () => {
        if (writing) operator.write("rye.md", text);
        return context.clock.now();
      };
      return command({ ...context, emit, clock: { ...context.clock, now } }, args);
    };

  it.each([
    ["pull", pull],
    ["sync", sync],
  ])("a %s writes over nothing that is saved meanwhile, and still knows the entry", async (_, command) => {
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    const saved = FILE.replace("*number* 9", "*number* nine");
    const ran = await operator.run(savingMeanwhile(command, saved), [], TARGET);
    expect(ran.results).toMatchObject([{ status: "conflict", fault: { code: "file-moved-on" } }]);
    expect(operator.read("rye.md")).toBe(saved);
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ merged: 1, conflicts: 0 });
    expect(operator.read("rye.md")).toBe(saved.replace("*number* 2", "*number* two"));
  });

  it.each([
    ["push", () => operator.run(push, ["other.md"], TARGET)],
    ["resolve", () => operator.run(resolve, ["other.md"], { ...TARGET, strategy: "ours" })],
  ])(
    "leaves open what two lines of the lockfile dispute, whatever a %s of another document does",
    async (_, other) => {
      const before = operator.read("ainstein.lock");
      editFile("*number* 7", "*number* seven");
      await operator.run(push, [], TARGET);
      operator.write("ainstein.lock", `${before}${operator.read("ainstein.lock")}`);
      editSite("<em>number</em> 2", "<em>number</em> two");
      operator.write("other.md", "---\ntitle: Other\n---\n\nEdited here.\n");
      editOnSite(site, "other", () => ({ body: "<p>Edited there.</p>" }));
      const steps = async () => (await operator.run(status, ["rye.md"], TARGET)).plan.steps;
      const open = await steps();
      expect(open).toMatchObject([{ action: "conflict" }]);
      await other();
      expect((await steps()).map(({ action, changed }) => ({ action, changed }))).toEqual(
        open.map(({ action, changed }) => ({ action, changed })),
      );
    },
  );

  it("brings another address into the file and sends the text, with no consent: nothing moves on the site", async () => {
    operator.write("rye.md", FILE.replace("title:", "slug: rye\ntitle:"));
    await operator.run(push, [], TARGET);
    editOnSite(site, "rye", () => ({ slug: "rye-bread" }));
    editFile("*number* 7", "*number* seven");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ merged: 1, conflicts: 0, failed: 0 });
    expect(operator.read("rye.md")).toContain("slug: rye-bread\n");
    expect(onSite(site, "rye-bread").fields.body).toContain("seven");
    await nothingLeft();
  });

  it("leaves the same paragraph edited on both sides as a conflict, and goes on with the rest", async () => {
    editSite("<em>number</em> 2", "<em>number</em> zwei");
    editFile("*number* 2", "*number* deux");
    operator.write("fresh.md", "---\ntitle: Fresh\n---\n\nNew here.\n");
    const file = operator.read("rye.md");
    const before = onSite(site, "rye");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.exit).toBe(4);
    expect(ran.summary).toMatchObject({ conflicts: 1, created: 1 });
    expect(operator.read("rye.md")).toBe(file);
    expect(onSite(site, "rye")).toEqual(before);
  });

  it("pulls a merge into the file, and the next push sends it", async () => {
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    const refused = await operator.run(push, [], TARGET);
    expect(refused.exit).toBe(4);
    expect(refused.summary.writes).toBe(0);
    await operator.run(pull, [], TARGET);
    expect(operator.read("rye.md")).toContain("*number* two");
    expect(onSite(site, "rye").fields.body).not.toContain("seven");
    const sent = await operator.run(push, [], TARGET);
    expect(sent.plan.steps).toMatchObject([{ action: "update", changed: ["body"] }]);
    expect(onSite(site, "rye").fields.body).toContain("seven");
    await nothingLeft();
  });

  it("merges without the database, from git", async () => {
    operator.git("init", "-q");
    operator.git("add", "-A");
    operator.git("commit", "-qm", "first");
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    const other = operator.elsewhere();
    const ran = await other.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ merged: 1, conflicts: 0 });
    expect(operator.read("rye.md")).toContain("*number* two");
    expect(onSite(site, "rye").fields.body).toContain("seven");
  });

  it("guesses nothing where nobody knows the base's text", async () => {
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    const file = operator.read("rye.md");
    const ran = await operator.elsewhere().run(sync, [], TARGET);
    expect(ran.exit).toBe(4);
    expect(operator.read("rye.md")).toBe(file);
  });

  it("takes an editor's stale screen for a conflict, and a plain way back for an edit", async () => {
    const screen = onSite(site, "rye").fields.body;
    editFile("*number* 3", "*number* three");
    await operator.run(push, [], TARGET);
    editOnSite(site, "rye", () => ({ body: screen.replace("<em>number</em> 8", "<em>number</em> eight") }));
    const stale = await operator.run(sync, [], TARGET);
    expect(stale.exit).toBe(4);
    expect(stale.plan.steps[0]?.reason).toContain("screen");
    expect(operator.read("rye.md")).toContain("*number* three");
    editOnSite(site, "rye", () => ({ body: screen }));
    const back = await operator.run(sync, [], TARGET);
    expect(back.summary).toMatchObject({ pulled: 1, conflicts: 0 });
    expect(operator.read("rye.md")).toBe(FILE);
  });

  it("knows a stale screen that is saved after others' edits, too", async () => {
    const screen = onSite(site, "rye").fields.body;
    editFile("*number* 3", "*number* three");
    await operator.run(push, [], TARGET);
    editSite("<em>number</em> 5", "<em>number</em> five");
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ pulled: 1 });
    const file = operator.read("rye.md");
    editOnSite(site, "rye", () => ({ body: screen.replace("<em>number</em> 8", "<em>number</em> eight") }));
    const stale = await operator.run(sync, [], TARGET);
    expect(stale.plan.steps).toMatchObject([{ action: "conflict", changed: ["body"] }]);
    expect(operator.read("rye.md")).toBe(file);
  });

  it("takes what somebody puts back on a fresh screen for an edit", async () => {
    editFile("*number* 3", "*number* three");
    await operator.run(push, [], TARGET);
    const { tags } = onSite(site, "rye").fields;
    editOnSite(site, "rye", () => ({ tags: tags.slice(0, 1) }));
    editSite("<em>number</em> 5", "<em>number</em> five");
    await operator.run(sync, [], TARGET);
    editSite("<em>number</em> three", "<em>number</em> 3");
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ pulled: 1, conflicts: 0 });
    editOnSite(site, "rye", () => ({ tags, title: "Another" }));
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ pulled: 1, conflicts: 0 });
    expect(operator.read("rye.md")).toContain("*number* five");
  });

  it("settles by the rules of ainstein.yaml", async () => {
    operator.write(
      "ainstein.yaml",
      "targets: [site]\ncontent: [{dir: ., kind: post}]\nonConflict: {body: theirs, title: ours}\n",
    );
    editSite("<em>number</em> 2", "<em>number</em> zwei");
    editOnSite(site, "rye", () => ({ title: "Theirs" }));
    editFile("*number* 2", "*number* deux");
    editFile("'Rye'", "'Ours'");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ merged: 1, conflicts: 0 });
    expect(operator.read("rye.md")).toContain("*number* zwei");
    expect(onSite(site, "rye").fields).toMatchObject({ title: "Ours" });
    await nothingLeft();
  });

  it("carries a file that was moved here and edited there", async () => {
    renameSync(join(operator.root, "rye.md"), join(operator.root, "bread.md"));
    editSite("<em>number</em> 2", "<em>number</em> two");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 0, deleted: 0, conflicts: 0 });
    expect(operator.read("bread.md")).toBe(FILE.replace("*number* 2", "*number* two"));
    expect(slugsOn(site)).toEqual(["other", "rye"]);
  });

  it("keeps what was removed on one side until it is told to remove it", async () => {
    rmSync(join(operator.root, "other.md"));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ deleted: 0, writes: 0 });
    expect(slugsOn(site)).toEqual(["other", "rye"]);
    const told = await operator.run(sync, [], { ...TARGET, delete: true });
    expect(told.summary).toMatchObject({ deleted: 1 });
    expect(slugsOn(site)).toEqual(["rye"]);
  });

  it("stops after the canary, read back, and the next run does the rest", async () => {
    for (let n = 0; n < 5; n += 1) operator.write(`n${n}.md`, `---\ntitle: N${n}\n---\n\nText ${n}.\n`);
    const first = await operator.run(sync, [], { ...TARGET, canary: 2 });
    expect(first.summary).toMatchObject({ created: 2, verified: 2, failed: 0 });
    expect(first.results.filter((result) => result.status === "not-attempted")).toHaveLength(3);
    const rest = await operator.run(sync, [], TARGET);
    expect(rest.summary).toMatchObject({ created: 3, verified: 3 });
  });
});
