import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { openStore } from "../../src/store/db.ts";
import { bench, removeTempDirs } from "./bench.ts";
import { onSite, slugsOn } from "./site-edit.ts";
import { actionsOf, document, FRESH, openScene, reasonsOf, type Scene, TARGET } from "./undo-scene.ts";

afterAll(removeTempDirs);

describe("runs undo", () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await openScene();
  });

  const runIds = async () => {
    const store = openStore(scene.operator.home);
    try {
      return store.all("SELECT id FROM runs ORDER BY seq DESC", {}).map(({ id }) => String(id));
    } finally {
      store.close();
    }
  };

  it("restores every entry of a mixed run, and holds what would be sent again", async () => {
    const before = scene.theirs(scene.entries());
    const done = await scene.mixedRun();
    expect(actionsOf(done)).toMatchObject({
      "fresh.md": "create ok",
      "edited.md": "update ok",
      "draft.md": "publish ok",
      "removed.md": "delete ok",
      "merged.md": "merge ok",
      "there.md": "pull ok",
    });
    const files = scene.files();
    const undone = await scene.undo();
    expect(undone.exit).toBe(0);
    expect(undone.summary).toMatchObject({ command: "undo", failed: 0, conflicts: 0, verified: 5 });
    expect(undone.events).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining("4 files are held") }),
    );
    expect(scene.entries()).toEqual(before);
    expect(scene.files()).toEqual(files);
    const again = await scene.operator.run(push, [], { ...TARGET, delete: true });
    expect(again.summary).toMatchObject({ writes: 0, conflicts: 0, failed: 0 });
    for (const path of ["edited.md", "fresh.md", "draft.md", "merged.md"]) {
      expect(reasonsOf(again)[path]).toContain("held since its change was undone");
    }
    expect(scene.entries()).toEqual(before);
  });

  it("takes `last` for the last run that did anything", async () => {
    const before = scene.theirs(scene.entries());
    await scene.mixedRun();
    await scene.operator.run(push, [], TARGET);
    expect((await scene.undo("last")).exit).toBe(0);
    expect(scene.entries()).toEqual(before);
  });

  it("takes `last` for the last run of this root, whatever ran elsewhere since", async () => {
    const before = scene.theirs(scene.entries());
    await scene.mixedRun();
    const { operator } = scene;
    const other = bench({ env: operator.env, home: operator.home });
    other.write("other.md", document("other"));
    expect((await other.run(push, [], TARGET)).summary.created).toBe(1);
    const undone = await scene.undo("last");
    expect(undone.exit).toBe(0);
    expect(scene.entries()).toMatchObject(before);
    const nowhere = await bench({ env: operator.env, home: operator.home }).run(runs, ["undo", "last"]);
    expect(nowhere.fault).toMatchObject({ code: "run.none", hint: expect.stringContaining("runs list") });
  });

  it("gives every file back with --with-files, and is in step afterwards", async () => {
    const files = scene.files();
    await scene.mixedRun();
    const undone = await scene.undo("last", { withFiles: true });
    expect(undone.exit).toBe(0);
    expect(scene.files()).toEqual({
      ...files,
      "merged.md": document("merged").replace("number 1", "number one"),
      "fresh.md": FRESH,
    });
    const again = await scene.operator.run(push, [], { ...TARGET, delete: true });
    expect(again.summary).toMatchObject({ writes: 0, conflicts: 0, failed: 0, deleted: 0 });
  });

  it.each([true, false])("is undone in its turn, to the last byte (files: %s)", async (withFiles) => {
    await scene.mixedRun();
    const [entries, files] = [scene.entries(), scene.files()];
    await scene.undo("last", { withFiles });
    expect(scene.entries()).not.toEqual(entries);
    const redone = await scene.undo("last", { withFiles });
    expect(redone.exit).toBe(0);
    expect(scene.entries()).toEqual(entries);
    expect(scene.files()).toEqual(files);
    const after = await scene.operator.run(status, [], TARGET);
    expect(after.plan.steps.filter(({ action }) => action !== "adopt")).toEqual([]);
    const again = await scene.operator.run(sync, [], TARGET);
    expect(again.summary).toMatchObject({ writes: 0, conflicts: 0, skipped: 0 });
  });

  it("makes a conflict of what somebody edited since, and undoes the rest", async () => {
    const before = scene.theirs(scene.entries());
    await scene.mixedRun();
    scene.editThere("edited", "number two", "number two and a half");
    scene.editThere("fresh", "number 4", "number four");
    const [edited, fresh] = [onSite(scene.site, "edited"), onSite(scene.site, "fresh")];
    const undone = await scene.undo();
    expect(undone.exit).toBe(4);
    expect(actionsOf(undone)).toMatchObject({
      "edited.md": "conflict conflict",
      "fresh.md": "conflict conflict",
      "draft.md": "unpublish ok",
      "removed.md": "restore ok",
    });
    expect(onSite(scene.site, "edited")).toEqual(edited);
    expect(onSite(scene.site, "fresh")).toEqual(fresh);
    expect(scene.entries()).toMatchObject({ draft: before.draft, removed: before.removed });
  });

  it("leaves what others changed in parts that the run did not write", async () => {
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], TARGET);
    scene.editThere("edited", "edited", "Edited there");
    const undone = await scene.undo();
    expect(undone.exit).toBe(0);
    expect(onSite(scene.site, "edited").fields.title).toBe("Edited there");
    expect(onSite(scene.site, "edited").fields.body).toContain("number 2");
    const pulled = await scene.operator.run(pull, [], TARGET);
    expect(pulled.summary).toMatchObject({ pulled: 1, conflicts: 0 });
    const pushed = await scene.operator.run(push, [], TARGET);
    expect(pushed.summary.writes).toBe(0);
    expect(onSite(scene.site, "edited").fields.body).toContain("number 2");
  });

  it("names the later run of ours that changed a document", async () => {
    scene.edit("edited.md", "number 2", "number two");
    const first = await scene.operator.run(push, [], TARGET);
    scene.edit("edited.md", "number two", "number zwei");
    const second = await scene.operator.run(push, [], TARGET);
    const undone = await scene.undo(first.summary.run.slice(0, 8));
    expect(undone.exit).toBe(4);
    expect(reasonsOf(undone)["edited.md"]).toContain(`by run ${second.summary.run.slice(0, 8)} (push)`);
  });

  it("says so, and exits 0, where everything is undone already", async () => {
    const { summary } = await scene.mixedRun();
    await scene.undo();
    const entries = scene.entries();
    const [undoId] = await runIds();
    const again = await scene.undo(summary.run);
    expect(again.exit).toBe(0);
    expect(again.summary.writes).toBe(0);
    expect(reasonsOf(again)["edited.md"]).toContain(`undone by run ${undoId?.slice(0, 8)} already`);
    expect(again.events).toContainEqual(
      expect.objectContaining({ type: "notice", message: expect.stringContaining("left to undo") }),
    );
    expect(scene.entries()).toEqual(entries);
  });

  it("undoes just the paths that are named", async () => {
    await scene.mixedRun();
    const undone = await scene.undo("last", {}, ["edited.md"]);
    expect(Object.keys(actionsOf(undone))).toEqual(["edited.md"]);
    expect(slugsOn(scene.site)).toContain("fresh");
    const rest = await scene.undo((await runIds())[1] ?? "");
    expect(actionsOf(rest)).toMatchObject({ "edited.md": "skip skipped", "fresh.md": "delete ok" });
  });

  it("completes what an undo that was cut off left to do", async () => {
    const { summary } = await scene.mixedRun();
    const lock = scene.operator.read("ainstein.lock");
    await scene.undo();
    const [entries, after] = [scene.entries(), scene.operator.read("ainstein.lock")];
    scene.operator.write("ainstein.lock", lock);
    const again = await scene.undo(summary.run);
    expect(again.exit).toBe(0);
    expect(again.summary.writes).toBe(0);
    expect(actionsOf(again)).toMatchObject({ "edited.md": "adopt ok", "fresh.md": "adopt ok" });
    expect(scene.entries()).toEqual(entries);
    expect(scene.operator.read("ainstein.lock")).toBe(after);
    const sent = await scene.operator.run(push, [], { ...TARGET, delete: true });
    expect(sent.summary.writes).toBe(0);
  });

  it("only shows the plan with --dry-run", async () => {
    await scene.mixedRun();
    const entries = scene.entries();
    const shown = await scene.undo("last", { dryRun: true });
    expect(shown.plan.steps.map(({ action }) => action)).toContain("restore");
    expect(shown.summary.writes).toBe(0);
    expect(scene.entries()).toEqual(entries);
  });

  it("asks first, and undoes nothing where nobody can be asked", async () => {
    await scene.mixedRun();
    const entries = scene.entries();
    const asked = await scene.undo("last", { yes: false });
    expect(asked.fault).toMatchObject({ kind: "usage" });
    expect(scene.entries()).toEqual(entries);
  });

  it("sends what was held once it is released, or edited", async () => {
    await scene.mixedRun();
    await scene.undo();
    scene.edit("edited.md", "number 4", "number four");
    const edited = await scene.operator.run(push, [], TARGET);
    expect(actionsOf(edited)).toMatchObject({ "edited.md": "update ok", "fresh.md": "skip skipped" });
    expect(onSite(scene.site, "edited").fields.body).toContain("number two");
    const released = await scene.operator.run(push, [], { ...TARGET, release: true });
    expect(actionsOf(released)).toMatchObject({ "fresh.md": "create ok" });
    expect(scene.operator.read("ainstein.lock")).not.toContain('"held"');
    const after = await scene.operator.run(push, [], TARGET);
    expect(after.summary).toMatchObject({ writes: 0, conflicts: 0 });
  });

  it("goes on holding a file of which another branch held another version", async () => {
    const { operator } = scene;
    await scene.mixedRun();
    await scene.undo();
    const other = JSON.stringify({ target: "site", held: "fresh.md", blob: "f".repeat(40) });
    operator.write("ainstein.lock", `${operator.read("ainstein.lock")}${other}\n`);
    for (const text of ["number four", "number vier"]) {
      operator.write("edited.md", document("edited").replace("number 4", text));
      const ran = await operator.run(push, [], TARGET);
      expect(actionsOf(ran)).toMatchObject({ "edited.md": "update ok", "fresh.md": "skip skipped" });
    }
    expect(slugsOn(scene.site)).not.toContain("fresh");
  });

  it("holds a file that was edited since instead of giving it back", async () => {
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], TARGET);
    scene.edit("edited.md", "number 4", "number four");
    const file = scene.operator.read("edited.md");
    const undone = await scene.undo("last", { withFiles: true });
    expect(reasonsOf(undone)["edited.md"]).toContain("its file is held: it was edited since");
    expect(scene.operator.read("edited.md")).toBe(file);
    expect((await scene.operator.run(push, [], TARGET)).summary.writes).toBe(0);
  });

  it("takes files that a pull made to the trash directory, and pulls them again later", async () => {
    const other = bench({ env: scene.operator.env });
    const pulled = await other.run(pull, [], TARGET);
    expect(pulled.summary.pulled).toBe(6);
    const without = await other.run(runs, ["undo", "last"]);
    expect(without.summary.writes).toBe(0);
    expect(readdirSync(other.root)).toContain("edited.md");
    const entries = scene.entries();
    const undone = await other.run(runs, ["undo", "last"], { withFiles: true, maxDelete: 6 });
    expect(undone.exit).toBe(0);
    expect(readdirSync(other.root)).toEqual(["ainstein.lock"]);
    expect(scene.entries()).toEqual(entries);
    expect((await other.run(push, [], { ...TARGET, delete: true })).summary.deleted).toBe(0);
    expect((await other.run(pull, [], TARGET)).summary.pulled).toBe(6);
  });

  it("stops before it takes many entries away, until --max-delete allows it", async () => {
    for (let n = 0; n < 12; n += 1) scene.operator.write(`many-${n}.md`, document(`Many ${n}`));
    await scene.operator.run(push, [], TARGET);
    const refused = await scene.undo();
    expect(refused.fault).toMatchObject({ kind: "usage", code: "too-many-removals" });
    expect(slugsOn(scene.site)).toContain("many-0");
    const undone = await scene.undo("last", { maxDelete: 12 });
    expect(undone.summary.deleted).toBe(12);
    expect(slugsOn(scene.site)).not.toContain("many-0");
  });

  it("writes nothing that ainstein.yaml protects", async () => {
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], TARGET);
    scene.operator.write(
      "ainstein.yaml",
      "targets: [site]\ncontent: [{dir: ., kind: post}]\nprotect: {paths: [edited.md]}\n",
    );
    const undone = await scene.undo();
    expect(undone.summary.writes).toBe(0);
    expect(reasonsOf(undone)["edited.md"]).toContain("protects its path");
    expect(onSite(scene.site, "edited").fields.body).toContain("number two");
  });

  it("names what cannot be undone: texts that are gone, terms and uploads", async () => {
    scene.operator.write("fresh.md", document("Fresh", "tags: [new]\n"));
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], TARGET);
    const store = openStore(scene.operator.home);
    store.run("DELETE FROM versions", {});
    store.close();
    const undone = await scene.undo();
    expect(reasonsOf(undone)).toMatchObject({
      "edited.md": expect.stringContaining("no longer kept"),
      "fresh.md": "the run created it; its file is held",
      new: "a term that the run made stays on the site",
    });
    expect(slugsOn(scene.site)).not.toContain("fresh");
    expect(onSite(scene.site, "edited").fields.body).toContain("number two");
  });

  it("makes an entry anew that cannot be brought back, and says so beforehand", async () => {
    const { fields } = onSite(scene.site, "removed");
    rmSync(join(scene.operator.root, "removed.md"));
    await scene.operator.run(push, [], { ...TARGET, delete: true });
    rmSync(join(scene.site, "trash"), { recursive: true });
    const undone = await scene.undo();
    expect(reasonsOf(undone)["removed.md"]).toContain("made anew, and its id may be another");
    expect(undone.exit).toBe(0);
    expect(onSite(scene.site, "removed").fields).toEqual(fields);
    const again = await scene.undo((await runIds())[1] ?? "");
    expect(again.summary.writes).toBe(0);
    expect(slugsOn(scene.site).filter((slug) => slug.startsWith("removed"))).toEqual(["removed"]);
  });
});
