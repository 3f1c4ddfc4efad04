import { cpSync, existsSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { runs } from "../../src/commands/runs.ts";
import { openStore } from "../../src/store/db.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { onSite } from "./site-edit.ts";
import { actionsOf, openScene, reasonsOf, type Scene, sceneOf, TARGET } from "./undo-scene.ts";

afterAll(removeTempDirs);

const noticesOf = ({ events }: Ran) =>
  events.flatMap((event) => (event.type === "notice" ? event.message : []));

describe.each([
  ["sealed", {}],
  ["plain, without a key anywhere", { AINSTEIN_KEY: "" }],
])("an undo file (%s)", (manner, env) => {
  let scene: Scene;
  let file: string;

  beforeEach(async () => {
    scene = await openScene(env);
    file = join(tempDir("undo"), "undo.jsonl");
  });

  /** Another machine with a clone of the root as it is now. */
  const clone = (): Bench => {
    const root = tempDir("clone");
    cpSync(scene.operator.root, root, { recursive: true });
    return bench({ root, env: scene.operator.env });
  };

  it("undoes the run on another machine, twice as well as once", async () => {
    const before = scene.theirs(scene.entries());
    const files = scene.files();
    await scene.mixedRun({ undoOut: file });
    const other = clone();
    const undone = await other.run(runs, ["undo"], { from: file, withFiles: true });
    expect(undone.exit).toBe(0);
    expect(scene.entries()).toEqual(before);
    const there = sceneOf(other, scene.site).files();
    expect(there["there.md"]).toBe(files["there.md"]);
    if (manner === "sealed") expect(there["edited.md"]).toBe(files["edited.md"]);
    const again = await other.run(runs, ["undo"], { from: file, withFiles: true });
    expect(again.exit).toBe(0);
    expect(again.summary.writes).toBe(0);
    expect(scene.entries()).toEqual(before);
  });

  it("is refused where it names files outside the root", async () => {
    await scene.mixedRun({ undoOut: file });
    if (manner === "sealed") return;
    const text = readFileSync(file, "utf8");
    for (const path of ["../fresh.md", "/tmp/fresh.md", "posts/../../fresh.md"]) {
      writeFileSync(file, text.replaceAll('"path":"fresh.md"', `"path":${JSON.stringify(path)}`));
      const refused = await clone().run(runs, ["undo"], { from: file, withFiles: true });
      expect(refused.fault).toMatchObject({ kind: "usage", code: "bad-undo-file" });
    }
  });

  it("is readable to its owner only, and tells nothing without the key", async () => {
    const ran = await scene.mixedRun({ undoOut: file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const sealed = manner === "sealed";
    expect(readFileSync(file, "utf8").includes("fresh.md")).toBe(!sealed);
    expect(noticesOf(ran).some((message) => message.includes("not encrypted"))).toBe(!sealed);
    expect(noticesOf(ran).filter((message) => message.includes("cannot be undone"))).toEqual([]);
    if (!sealed) return;
    const other = clone();
    for (const AINSTEIN_KEY of ["", Buffer.alloc(32, 9).toString("base64")]) {
      other.env = { ...other.env, AINSTEIN_KEY };
      const refused = await other.run(runs, ["undo"], { from: file });
      expect(refused.fault).toMatchObject({ kind: "auth" });
    }
  });

  it("is good for what was done when the run was killed", async () => {
    const { fields } = onSite(scene.site, "edited");
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], { ...TARGET, undoOut: file });
    const whole = readFileSync(file, "utf8").split("\n");
    // All but the last record, of which half was written.
    truncateSync(file, Buffer.byteLength(whole.slice(0, -2).join("\n")) + 20);
    const undone = await clone().run(runs, ["undo"], { from: file });
    expect(actionsOf(undone)).toEqual({ "edited.md": "update ok" });
    expect(onSite(scene.site, "edited").fields).toEqual(fields);
  });

  it("holds several runs, and asks which is meant", async () => {
    scene.edit("edited.md", "number 2", "number two");
    const first = await scene.operator.run(push, [], { ...TARGET, undoOut: file });
    const between = onSite(scene.site, "edited").fields;
    scene.edit("edited.md", "number 3", "number three");
    const second = await scene.operator.run(push, [], { ...TARGET, undoOut: file });
    const other = clone();
    const unclear = await other.run(runs, ["undo"], { from: file });
    expect(unclear.fault?.hint).toContain(first.summary.run.slice(0, 8));
    const undone = await other.run(runs, ["undo", second.summary.run.slice(0, 8)], { from: file });
    expect(actionsOf(undone)).toEqual({ "edited.md": "update ok" });
    expect(onSite(scene.site, "edited").fields).toEqual(between);
  });
});

describe("--undo-out", () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await openScene();
  });

  it("fails before anything is sent where the file cannot be written", async () => {
    const before = scene.entries();
    const undoOut = join(tempDir("undo"), "no-such-directory", "undo.jsonl");
    const ran = await scene.mixedRun({ undoOut });
    expect(ran.fault).toMatchObject({ kind: "usage", code: "undo-out" });
    expect(scene.entries()).toEqual(scene.theirs(before));
    expect(existsSync(join(scene.operator.root, "removed.md"))).toBe(false);
  });

  it("collects undoing an undo, too", async () => {
    const file = join(tempDir("undo"), "undo.jsonl");
    await scene.mixedRun();
    const entries = scene.entries();
    await scene.undo("last", { undoOut: file });
    const root = tempDir("clone");
    cpSync(scene.operator.root, root, { recursive: true });
    const other = bench({ root, env: scene.operator.env });
    const redone = await other.run(runs, ["undo"], { from: file });
    expect(redone.exit).toBe(0);
    expect(scene.entries()).toEqual(entries);
  });

  it("is asked for in CI, where nothing else lasts", async () => {
    scene.operator.env = { ...scene.operator.env, CI: "true" };
    scene.edit("edited.md", "number 2", "number two");
    const ran = await scene.operator.run(push, [], TARGET);
    expect(noticesOf(ran)).toContain(
      "this run cannot be undone from elsewhere: add --run-archive DIR or --undo-out FILE",
    );
    const idle = await scene.operator.run(push, [], TARGET);
    expect(noticesOf(idle)).toEqual([]);
    scene.edit("edited.md", "number 3", "number three");
    const kept = await scene.operator.run(push, [], { ...TARGET, undoOut: "undo.jsonl" });
    expect(noticesOf(kept)).toEqual([]);
    scene.editThere("edited", "number 4", "number vier");
    scene.edit("edited.md", "number 1", "number un");
    const merged = await scene.operator.run(resolve, ["edited.md"], { ...TARGET, strategy: "merge" });
    expect(merged.summary).toMatchObject({ merged: 1, writes: 0 });
    expect(noticesOf(merged)).toContain(
      "this run cannot be undone from elsewhere: add --run-archive DIR or --undo-out FILE",
    );
  });

  it("is refused for another site, and for another root", async () => {
    const file = join(tempDir("undo"), "undo.jsonl");
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], { ...TARGET, undoOut: file });
    // The machine that made the run is another one: its directory is not here.
    renameSync(scene.operator.root, `${scene.operator.root}-gone`);
    const stranger = await openScene();
    const before = [stranger.entries(), scene.entries()];
    for (const [{ operator }, code] of [
      [stranger, "run.other-site"],
      [scene, "run.other-root"],
    ] as const) {
      const blank = bench({ env: operator.env });
      writeFileSync(join(blank.root, "ainstein.yaml"), "targets: [site]\n");
      const refused = await blank.run(runs, ["undo"], { from: file });
      expect(refused.fault).toMatchObject({ kind: "usage", code });
    }
    expect([stranger.entries(), scene.entries()]).toEqual(before);
  });
});

describe("without a key", () => {
  it("says once that a run cannot be undone, and what cannot be", async () => {
    const scene = await openScene({ AINSTEIN_KEY: "" });
    scene.edit("edited.md", "number 2", "number two");
    scene.edit("draft.md", "number 2", "number two");
    const ran = await scene.operator.run(push, [], TARGET);
    expect(noticesOf(ran).filter((message) => message.includes("cannot be undone"))).toHaveLength(1);
    const undone = await scene.undo();
    expect(reasonsOf(undone)["edited.md"]).toContain("for want of a key");
    expect(undone.summary.writes).toBe(0);
  });

  it("still takes away what a run created", async () => {
    const scene = await openScene({ AINSTEIN_KEY: "" });
    scene.operator.write("fresh.md", "---\ntitle: Fresh\n---\n\nNew.\n");
    await scene.operator.run(push, [], TARGET);
    const undone = await scene.undo();
    expect(actionsOf(undone)).toEqual({ "fresh.md": "delete ok" });
    const store = openStore(scene.operator.home);
    expect(store.all("SELECT id FROM runs WHERE undoes IS NOT NULL", {})).toHaveLength(1);
    store.close();
  });
});
