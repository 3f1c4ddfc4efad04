import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import { conflictHistory } from "../../src/store/conflicts.ts";
import { openStore } from "../../src/store/db.ts";
import { listRuns } from "../../src/store/runs.ts";
import { bench, removeTempDirs } from "./bench.ts";
import { FILE, openScene, PARAGRAPHS, type Scene, TARGET } from "./resolve-scene.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});

describe("a part changed on both sides", () => {
  beforeEach(() => {
    scene.editThere("<em>number</em> 2", "<em>number</em> zwei");
    scene.editThere("<em>number</em> 9", "<em>number</em> neun");
    scene.edit("*number* 2", "*number* deux");
    scene.edit("Short", "Brief");
    editOnSite(scene.site, "rye", () => ({ title: "Rye bread" }));
  });

  it("is the file's with ours; what else changed there comes in, and the push sends just what is the file's", async () => {
    const ran = await scene.by("ours");
    expect(ran.exit).toBe(0);
    expect(ran.summary).toMatchObject({ command: "resolve", merged: 1, conflicts: 0, writes: 0 });
    expect(scene.operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* deux").replace("Short", "Brief").replace("'Rye'", "'Rye bread'"),
    );
    await scene.expectSent(["body", "excerpt"]);
    expect(onSite(scene.site, "rye").fields).toMatchObject({ title: "Rye bread", excerpt: "Brief" });
    expect(onSite(scene.site, "rye").fields.body).not.toContain("neun");
  });

  it("is the site's with theirs, and only what the file alone changed is left to push", async () => {
    await scene.by("theirs");
    expect(scene.operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* zwei")
        .replace("*number* 9", "*number* neun")
        .replace("Short", "Brief")
        .replace("'Rye'", "'Rye bread'"),
    );
    await scene.expectSent(["excerpt"]);
  });

  it("stays a conflict with merge where it does not merge, and nothing is written", async () => {
    const [file, lock] = [scene.operator.read("rye.md"), scene.operator.read("ainstein.lock")];
    const ran = await scene.by("merge");
    expect(ran.exit).toBe(4);
    expect(ran.results).toMatchObject([{ path: "rye.md", status: "conflict" }]);
    expect([scene.operator.read("rye.md"), scene.operator.read("ainstein.lock")]).toEqual([file, lock]);
  });

  it("is listed where nobody can be asked and nothing says how, and nothing is written", async () => {
    const [file, lock] = [scene.operator.read("rye.md"), scene.operator.read("ainstein.lock")];
    const ran = await scene.operator.run(resolve, [], TARGET);
    expect(ran.exit).toBe(4);
    expect(ran.plan.steps).toMatchObject([{ action: "conflict", path: "rye.md", changed: ["body"] }]);
    expect([scene.operator.read("rye.md"), scene.operator.read("ainstein.lock")]).toEqual([file, lock]);
  });

  it("is shown and not settled with --dry-run", async () => {
    const [file, lock] = [scene.operator.read("rye.md"), scene.operator.read("ainstein.lock")];
    const ran = await scene.by("theirs", { dryRun: true });
    expect(ran.exit).toBe(0);
    expect(ran.plan.steps).toMatchObject([{ action: "pull", path: "rye.md", changed: ["body"] }]);
    expect([scene.operator.read("rye.md"), scene.operator.read("ainstein.lock")]).toEqual([file, lock]);
  });

  it("is settled by the rules of ainstein.yaml, and --strategy wins over them", async () => {
    scene.operator.write("ainstein.yaml", "content: [{dir: ., kind: post}]\nonConflict: {body: union}\n");
    await scene.operator.run(resolve, [], TARGET);
    expect(scene.operator.read("rye.md")).toContain("*number* deux.\n\nParagraph *number* zwei.");
    expect(scene.lastSettlement()).toMatchObject({ how: { body: "union" } });
    scene.editThere("<em>number</em> 3", "<em>number</em> drei");
    scene.edit("*number* 3", "*number* trois");
    await scene.by("theirs");
    expect(scene.operator.read("rye.md")).toContain("*number* drei");
    expect(scene.operator.read("rye.md")).not.toContain("*number* trois");
    expect(scene.lastSettlement()).toMatchObject({ how: { body: "theirs" } });
  });

  it("is recorded as a run and as a settlement, with whoever did it", async () => {
    const { summary } = await scene.by("ours");
    expect(scene.lastSettlement()).toMatchObject({
      how: { body: "ours" },
      run: summary.run,
      by: { host: expect.any(String) },
    });
    const store = openStore(scene.operator.home);
    expect(listRuns(store, 1)).toMatchObject([{ id: summary.run, command: "resolve", status: "done" }]);
    store.close();
  });

  it("is shown by diff on both sides, word by word, with the command that settles it", async () => {
    const [out, notes]: [string[], string[]] = [[], []];
    const spoken: Command = (context, args) =>
      diff(
        {
          ...context,
          ui: { ...context.ui, out: (line) => out.push(line), note: (line) => notes.push(line) },
        },
        args,
      );
    await scene.operator.run(spoken, [], TARGET);
    const lines = out.map((line) => line.trim());
    expect(lines).toContain("rye.md  (changed here and on the site)");
    expect(lines[lines.indexOf("here") + 3]).toBe("~ Paragraph *number* [-2-]{+deux+}.");
    expect(lines[lines.indexOf("there") + 3]).toBe("~ Paragraph *number* [-2-]{+zwei+}.");
    expect(notes).toEqual(["To settle it: ainstein-cms resolve rye.md --target site"]);
  });

  it("is undone as a run: the file says what it said, and nothing is sent over the site's version", async () => {
    const [file, there] = [scene.operator.read("rye.md"), onSite(scene.site, "rye")];
    await scene.by("theirs");
    const undone = await scene.operator.run(runs, ["undo", "last"], { ...TARGET, withFiles: true });
    expect(undone.exit).toBe(0);
    expect(scene.operator.read("rye.md")).toBe(file);
    await scene.operator.run(push, [], TARGET);
    expect(onSite(scene.site, "rye")).toEqual(there);
  });

  it("can be undone on another machine from --undo-out", async () => {
    const file = scene.operator.read("rye.md");
    await scene.by("theirs", { undoOut: "undo.jsonl" });
    expect(scene.operator.read("rye.md")).not.toBe(file);
    const other = scene.operator.elsewhere();
    const undone = await other.run(runs, ["undo"], { ...TARGET, from: "undo.jsonl", withFiles: true });
    expect(undone.exit).toBe(0);
    expect(scene.operator.read("rye.md")).toBe(file);
  });

  it("is written for scripts as one line a document", async () => {
    const lines: unknown[] = [];
    const spoken: Command = (context, args) =>
      resolve({ ...context, ui: { ...context.ui, json: true, record: (line) => lines.push(line) } }, args);
    await scene.operator.run(spoken, [], { ...TARGET, strategy: "theirs" });
    expect(lines).toEqual([
      expect.objectContaining({
        type: "resolve",
        target: "site",
        path: "rye.md",
        conflict: "both-changed",
        settled: true,
        parts: { body: "theirs" },
        open: [],
      }),
    ]);
  });

  it("is not called settled where it only would be, or where nothing says how", async () => {
    const lines: unknown[] = [];
    const spoken: Command = (context, args) =>
      resolve({ ...context, ui: { ...context.ui, json: true, record: (line) => lines.push(line) } }, args);
    await scene.operator.run(spoken, [], { ...TARGET, strategy: "theirs", dryRun: true });
    await scene.operator.run(spoken, [], TARGET);
    expect(lines).toEqual([
      expect.objectContaining({ settled: false, parts: { body: "theirs" }, open: [] }),
      expect.objectContaining({
        settled: false,
        parts: {},
        open: ["body"],
        hint: "ainstein-cms resolve rye.md --target site",
      }),
    ]);
  });

  it.each([
    ["ours", ["ainstein-cms push --target site"]],
    ["theirs", []],
  ])("says with %s what sends it", async (strategy, hints) => {
    scene.operator.write("rye.md", scene.operator.read("rye.md").replace("Brief", "Short"));
    const ran = await scene.by(strategy);
    expect(ran.events.flatMap((event) => (event.type === "notice" ? event.hint : []))).toEqual(hints);
  });

  it("is refused when the file changes while the answer is thought over", async () => {
    const lines: unknown[] = [];
    const racing: Command = (context, args) =>
      resolve(
        {
          ...context,
          ui: { ...context.ui, record: (line) => lines.push(line) },
          emit: (event) => {
            if (event.type === "plan") scene.edit("*number* 5", "*number* cinq");
            context.emit(event);
          },
        },
        args,
      );
    const ran = await scene.operator.run(racing, [], { ...TARGET, strategy: "theirs" });
    expect(ran.exit).toBe(4);
    expect(ran.results[0]?.fault).toMatchObject({ code: "file-moved-on" });
    expect(lines).toMatchObject([{ type: "resolve", settled: false }]);
    expect(scene.operator.read("rye.md")).toContain("cinq");
    expect(scene.operator.read("rye.md")).not.toContain("zwei");
  });
});

describe("a field changed on both sides", () => {
  it("that the file no longer has is cleared with ours, and comes back with theirs", async () => {
    scene.operator.write("rye.md", FILE.replace("excerpt: Short\n", ""));
    editOnSite(scene.site, "rye", () => ({ excerpt: "Longer" }) as object);
    await scene.by("ours");
    expect(scene.operator.read("rye.md")).toBe(FILE.replace("excerpt: Short\n", ""));
    await scene.expectSent(["excerpt"]);
    expect(onSite(scene.site, "rye").fields).toMatchObject({ excerpt: "" });
    scene.operator.write("rye.md", FILE);
    await scene.operator.run(push, [], TARGET);
    scene.operator.write("rye.md", FILE.replace("excerpt: Short\n", ""));
    editOnSite(scene.site, "rye", () => ({ excerpt: "Longer" }) as object);
    await scene.by("theirs");
    expect(scene.operator.read("rye.md")).toContain("excerpt: Longer\n");
    await scene.expectSent([]);
  });
});

describe("an entry of the same slug", () => {
  it.each([
    ["ours", "Mine.", ["body"]],
    ["theirs", "Theirs.", []],
  ])("is bound with %s, and never created again", async (strategy, says, sent) => {
    const machine = bench({ env: scene.operator.env });
    machine.write("rye.md", FILE.replace(PARAGRAPHS.join("\n\n"), "Mine."));
    editOnSite(scene.site, "rye", () => ({ body: "<p>Theirs.</p>" }));
    scene.operator = machine;
    expect((await scene.operator.run(push, [], TARGET)).exit).toBe(4);
    const kept = await scene.by("merge");
    expect(kept.exit).toBe(4);
    await scene.by(strategy);
    expect(scene.operator.read("rye.md")).toContain(`\n\n${says}\n`);
    await scene.expectSent(sent);
    expect(slugsOn(scene.site)).toEqual(["other", "rye"]);
  });
});

describe("an editor's stale screen", () => {
  beforeEach(async () => {
    const screen = onSite(scene.site, "rye").fields.body;
    scene.edit("*number* 3", "*number* three");
    await scene.operator.run(push, [], TARGET);
    editOnSite(scene.site, "rye", () => ({
      body: screen.replace("<em>number</em> 8", "<em>number</em> eight"),
    }));
  });

  it.each([
    ["ours", "*number* three", "*number* 8", ["body"]],
    ["theirs", "*number* 3", "*number* eight", []],
    ["merge", "*number* three", "*number* eight", ["body"]],
  ])("with %s says %s and %s", async (strategy, sent, edited, parts) => {
    const ran = await scene.by(strategy);
    expect(ran.exit).toBe(0);
    expect(scene.operator.read("rye.md")).toContain(`${sent}.`);
    expect(scene.operator.read("rye.md")).toContain(`${edited}.`);
    await scene.expectSent(parts);
  });
});

describe("edited here, removed there", () => {
  let id: string;

  beforeEach(async () => {
    id = onSite(scene.site, "rye").id;
    const machine = bench({ env: scene.operator.env });
    await machine.run(pull, [], TARGET);
    rmSync(join(machine.root, "rye.md"));
    await machine.run(push, ["rye.md"], { ...TARGET, delete: true });
    expect(slugsOn(scene.site)).toEqual(["other"]);
    scene.edit("*number* 2", "*number* deux");
  });

  it("comes back with ours: the next push takes it out of the trash", async () => {
    const file = scene.operator.read("rye.md");
    expect((await scene.by("merge")).exit).toBe(4);
    await scene.by("ours");
    expect(scene.operator.read("rye.md")).toBe(file);
    await scene.expectNothingMore();
    expect((await scene.operator.run(pull, [], TARGET)).plan.steps).toMatchObject([{ action: "skip" }]);
    const sent = await scene.operator.run(push, [], TARGET);
    expect(sent.exit).toBe(0);
    expect(sent.plan.steps).toMatchObject([{ action: "restore", path: "rye.md", to: "published" }]);
    expect(sent.summary).toMatchObject({ created: 0, verified: 1 });
    expect(onSite(scene.site, "rye")).toMatchObject({ id, fields: { status: "published", title: "Rye" } });
    expect(onSite(scene.site, "rye").fields.body).toContain("deux");
    expect(scene.operator.read("ainstein.lock")).not.toContain("overwrites");
    expect((await scene.operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("is made anew with ours where the trash was emptied", async () => {
    rmSync(join(scene.site, "trash"), { recursive: true });
    await scene.by("ours");
    await scene.expectNothingMore();
    const sent = await scene.operator.run(push, [], TARGET);
    expect(sent.summary).toMatchObject({ created: 1, conflicts: 0 });
    expect(slugsOn(scene.site)).toEqual(["other", "rye"]);
    expect((await scene.operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("goes here too with theirs, into the trash directory", async () => {
    const file = scene.operator.read("rye.md");
    const { summary } = await scene.by("theirs");
    expect(summary).toMatchObject({ deleted: 1 });
    expect(existsSync(join(scene.operator.root, "rye.md"))).toBe(false);
    expect(readFileSync(join(scene.operator.home, "trash", summary.run, "rye.md"), "utf8")).toBe(file);
    expect((await scene.operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });
});

describe("removed here, edited there", () => {
  beforeEach(() => {
    rmSync(join(scene.operator.root, "rye.md"));
    scene.editThere("<em>number</em> 2", "<em>number</em> zwei");
  });

  it("is removed there with ours by the next push that may, unless it is edited again", async () => {
    await scene.by("ours");
    await scene.expectNothingMore();
    const plain = await scene.operator.run(push, [], TARGET);
    expect(plain.summary).toMatchObject({ deleted: 0, writes: 0, conflicts: 0 });
    await scene.operator.run(push, ["rye.md"], { ...TARGET, delete: true });
    expect(slugsOn(scene.site)).toEqual(["other"]);
  });

  it("comes back with theirs", async () => {
    await scene.by("theirs");
    expect(scene.operator.read("rye.md")).toContain("*number* zwei");
    expect((await scene.operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    expect((await scene.operator.run(push, [], TARGET)).summary).toMatchObject({ writes: 0 });
  });
});

describe("taken off line on the site", () => {
  beforeEach(async () => {
    editOnSite(scene.site, "rye", () => ({ status: "draft" }));
    expect((await scene.operator.run(publish, ["rye.md"], TARGET)).exit).toBe(4);
  });

  it("stays an open conflict whatever a push finds to do", async () => {
    const open = () => {
      const store = openStore(scene.operator.home);
      try {
        return conflictHistory(store, { path: "rye.md" }).filter(({ settledAt }) => settledAt === undefined);
      } finally {
        store.close();
      }
    };
    expect(open()).toHaveLength(1);
    await scene.operator.run(push, [], TARGET);
    expect(open()).toHaveLength(1);
    editOnSite(scene.site, "rye", () => ({ status: "published" }));
    await scene.operator.run(push, [], TARGET);
    expect(open()).toEqual([]);
  });

  it("is published again with ours, next time", async () => {
    await scene.by("ours");
    expect(scene.operator.read("rye.md")).toBe(FILE);
    await scene.expectNothingMore();
    expect((await scene.operator.run(publish, [], TARGET)).summary).toMatchObject({ published: 1 });
    expect(onSite(scene.site, "rye").fields.status).toBe("published");
  });

  it("stays a draft with theirs: the file says so", async () => {
    await scene.by("theirs");
    expect(scene.operator.read("rye.md")).toContain("status: draft\n");
    await scene.expectNothingMore();
    const ran = await scene.operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ published: 0, skipped: 1, writes: 0 });
  });
});

describe("changed in different places", () => {
  it("is merged where a push found it, and the next one sends it", async () => {
    scene.editThere("<em>number</em> 2", "<em>number</em> two");
    scene.edit("*number* 7", "*number* seven");
    expect((await scene.operator.run(push, [], TARGET)).exit).toBe(4);
    expect((await scene.by("merge")).exit).toBe(0);
    expect(scene.operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* two").replace("*number* 7", "*number* seven"),
    );
    await scene.expectSent(["body"]);
  });
});
