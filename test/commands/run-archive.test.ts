import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { readUndoFile } from "../../src/engine/undo-read.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { intents } from "../../src/store/journal.ts";
import { connectionTo } from "../cli/scene.ts";
import { leapingClock } from "../engine/mortal.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { onSite } from "./site-edit.ts";
import { openScene, type Scene, TARGET } from "./undo-scene.ts";

afterAll(removeTempDirs);

const ARCHIVE_KEY = Buffer.alloc(32, 3).toString("base64");
const LAPTOP_KEY = Buffer.alloc(32, 5).toString("base64");

let scene: Scene;
let archive: string;

const archives = () => readdirSync(archive).map((name) => join(archive, name));

/** As a CI job does it: without a key of its own, in a home that is gone afterwards. */
beforeEach(async () => {
  scene = await openScene({ AINSTEIN_KEY: "", AINSTEIN_ARCHIVE_KEY: ARCHIVE_KEY });
  scene.operator.clock = leapingClock();
  archive = join(tempDir("archive"), "runs");
});

/** Somebody's own machine, with a clone of the root and a key of its own. */
function laptop(root?: string): Bench {
  const clone = root ?? tempDir("clone");
  if (root === undefined) cpSync(scene.operator.root, clone, { recursive: true });
  const { env } = scene.operator;
  return bench({ root: clone, env: { ...env, AINSTEIN_KEY: LAPTOP_KEY } });
}

function withStore<T>({ home }: Bench, work: (store: Store) => T): T {
  const store = openStore(home);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

describe("a run that was archived", () => {
  it("is listed, shown and undone elsewhere, as if it had been made there", async () => {
    const before = scene.theirs(scene.entries());
    const { summary } = await scene.mixedRun({ runArchive: archive });
    const other = laptop();
    const imported = await other.run(runs, ["import", archive]);
    expect(imported.exit).toBe(0);
    expect(imported.out.at(-1)).toBe("1 run: 1 new, 0 with more than before, 0 here already");
    const id = summary.run.slice(0, 8);
    expect((await other.run(runs, ["list"])).out.join("\n")).toContain(id);
    const shown = (await other.run(runs, ["show", id])).out.join("\n");
    const there = (await scene.operator.run(runs, ["show", id])).out.join("\n");
    expect(shown.replaceAll(other.root, "")).toBe(there.replaceAll(scene.operator.root, ""));
    const undone = await other.run(runs, ["undo", id], { withFiles: true });
    expect(undone.exit).toBe(0);
    expect(scene.entries()).toEqual(before);
  });

  it("is taken in once, however often it is brought", async () => {
    await scene.mixedRun({ runArchive: archive });
    const other = laptop();
    await other.run(runs, ["import", archive]);
    const rows = () =>
      withStore(other, (store) =>
        ["runs", "intents", "steps", "versions", "audit"].map((name) => store.all(`SELECT * FROM ${name}`)),
      );
    const once = rows();
    const again = await other.run(runs, ["import", ...archives()]);
    expect(again.out.at(-1)).toBe("1 run: 0 new, 0 with more than before, 1 here already");
    expect(rows()).toEqual(once);
  });

  it("is known already where it was made", async () => {
    await scene.mixedRun({ runArchive: archive });
    const { out } = await scene.operator.run(runs, ["import", archive]);
    expect(out.at(-1)).toBe("1 run: 0 new, 0 with more than before, 1 here already");
  });

  it("shows its titles, paths and texts to nobody without the key", async () => {
    await scene.mixedRun({ runArchive: archive });
    const [file = ""] = archives();
    const text = readFileSync(file, "utf8");
    for (const word of ["edited", "number two", "Fresh", "sync"]) expect(text).not.toContain(word);
    const other = laptop();
    for (const [key, code] of [
      ["", "archive.no-key"],
      ["short", "archive.no-key"],
      [LAPTOP_KEY, "undo-file.wrong-key"],
    ] as const) {
      other.env = { ...other.env, AINSTEIN_ARCHIVE_KEY: key };
      expect((await other.run(runs, ["import", archive])).fault?.code).toBe(code);
    }
    expect((await other.run(runs, ["list"])).out.join()).not.toContain("sync");
  });

  it("is not taken in where a line of it was changed, doubled, swapped or left out", async () => {
    await scene.mixedRun({ runArchive: archive });
    const [file = ""] = archives();
    const lines = readFileSync(file, "utf8").split("\n");
    const [second = "", third = ""] = lines.slice(2);
    const at = second.length / 2;
    const other = second[at] === "A" ? "B" : "A";
    const spoilt = [
      lines.with(2, `${second.slice(0, at)}${other}${second.slice(at + 1)}`),
      lines.toSpliced(2, 0, second),
      lines.with(2, third).with(3, second),
      lines.toSpliced(2, 1),
    ];
    for (const text of spoilt) {
      writeFileSync(file, text.join("\n"));
      const refused = await laptop().run(runs, ["import", archive]);
      expect(refused.fault).toMatchObject({ kind: "auth", code: "undo-file.wrong-key" });
    }
  });

  it("is told not to be there where there is none", async () => {
    for (const path of [join(archive, "gone"), tempDir("empty")]) {
      expect((await laptop().run(runs, ["import", path])).fault).toMatchObject({
        kind: "usage",
        code: "archive.none",
        place: { file: path },
      });
    }
  });

  it("is not taken in where it is not sealed at all", async () => {
    const undoOut = join(tempDir("archive"), "forged.ainstein-run");
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], { ...TARGET, undoOut });
    expect((await laptop().run(runs, ["import", undoOut])).fault).toMatchObject({
      kind: "auth",
      code: "archive.not-sealed",
    });
  });

  it("is listed by when it was made, however its file is called", async () => {
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], { ...TARGET, runArchive: archive });
    scene.edit("edited.md", "number 3", "number three");
    const later = await scene.operator.run(push, [], { ...TARGET, runArchive: archive });
    const [one = "", two = ""] = archives();
    const newest = one.includes(later.summary.run) ? one : two;
    const other = laptop();
    await other.run(runs, ["import", newest]);
    await other.run(runs, ["import", archive]);
    const [listed = ""] = (await other.run(runs, ["list"])).out.filter((line) => line.includes("push"));
    expect(listed).toContain(later.summary.run.slice(0, 8));
  });

  it("that was cut off at any line is taken in as far as it goes, and the rest later", async () => {
    await scene.mixedRun({ runArchive: archive });
    const [file = ""] = archives();
    const whole = readFileSync(file, "utf8");
    const lines = whole.trimEnd().split("\n");
    const other = laptop();
    for (let count = 2; count <= lines.length; count += 3) {
      writeFileSync(file, lines.slice(0, count).join("\n"));
      const cut = await other.run(runs, ["import", archive]);
      expect(cut.exit).toBe(0);
      const [brought] = await readUndoFile({ path: file, key: Buffer.alloc(32, 3) });
      const kept = withStore(other, (store) => intents(store, brought?.run.id ?? ""));
      expect(kept.map(({ op, path }) => [op, path])).toEqual(
        brought?.intents.map(({ op, path }) => [op, path]),
      );
    }
    writeFileSync(file, whole);
    await other.run(runs, ["import", archive]);
    const fresh = laptop();
    await fresh.run(runs, ["import", archive]);
    const shown = (one: Bench) =>
      withStore(one, (store) => [
        store.all("SELECT status, ended_at, summary FROM runs"),
        store.all("SELECT n, path, status, id FROM steps ORDER BY n"),
        store.all("SELECT op, path, id, outcome FROM intents ORDER BY seq"),
      ]);
    expect(shown(other)).toEqual(shown(fresh));
    expect((await other.run(history, ["verify"])).exit).toBe(0);
  });

  it("is vouched for from then on", async () => {
    await scene.mixedRun({ runArchive: archive });
    const other = laptop();
    await other.run(runs, ["import", archive]);
    expect((await other.run(history, ["verify"])).exit).toBe(0);
    withStore(other, (store) =>
      store.db.exec("UPDATE steps SET status = 'ok', path = 'other.md' WHERE n = 0"),
    );
    expect((await other.run(history, ["verify"])).exit).toBe(1);
  });
});

describe("--run-archive", () => {
  it("sends nothing where it cannot keep what it does", async () => {
    const before = scene.entries();
    scene.edit("edited.md", "number 2", "number two");
    const file = join(tempDir("archive"), "file");
    writeFileSync(file, "");
    const tries = [
      [{ runArchive: file }, "archive.unwritable"],
      [{ runArchive: join(tempDir("archive"), "not", "mounted") }, "archive.unwritable"],
      [{ runArchive: archive, undoOut: "undo.jsonl" }, "bad-flag"],
    ] as const;
    for (const [flags, code] of tries) {
      const { fault } = await scene.operator.run(push, [], { ...TARGET, ...flags });
      expect(fault).toMatchObject({ kind: "usage", code });
    }
    scene.operator.env = { ...scene.operator.env, AINSTEIN_ARCHIVE_KEY: "" };
    const keyless = await scene.operator.run(push, [], { ...TARGET, runArchive: archive });
    expect(keyless.fault?.code).toBe("archive.no-key");
    expect(scene.entries()).toEqual(before);
  });

  it("makes nothing where a command only looks", async () => {
    await scene.operator.run(push, [], { ...TARGET, runArchive: archive, dryRun: true });
    expect(existsSync(archive)).toBe(false);
  });

  it("keeps what is there before an edit is overwritten, though the job has no key to keep it with", async () => {
    const { fields } = onSite(scene.site, "edited");
    scene.edit("edited.md", "number 2", "number two");
    await scene.operator.run(push, [], { ...TARGET, runArchive: archive });
    const other = laptop();
    await other.run(runs, ["import", archive]);
    expect((await other.run(runs, ["undo", "last"])).exit).toBe(0);
    expect(onSite(scene.site, "edited").fields).toEqual(fields);
  });
});

describe("of a site that is asked over the network", () => {
  let fake: FakeWordPress;
  let operator: Bench;
  beforeEach(async () => {
    fake = await startFakeWordPress();
    const env = { AINSTEIN_CONNECTION_WP: connectionTo(fake.api), AINSTEIN_ARCHIVE_KEY: ARCHIVE_KEY };
    operator = bench({ env });
    operator.clock = leapingClock();
    operator.write("posts/rye.md", "---\ntitle: Rye\ntags: [grass]\n---\n\nA grass.\n");
    operator.write("posts/oats.md", "---\ntitle: Oats\n---\n\nAnother.\n");
  });
  afterEach(() => fake.stop());

  it("each write is on disk, in the journal's words and the record's, before the site has it", async () => {
    const seen: { readonly writes: number; readonly begun: number; readonly recorded: number }[] = [];
    fake.quirks.beforeWrite = async () => {
      const [path = ""] = archives();
      const [brought] = await readUndoFile({ path, key: Buffer.alloc(32, 3) });
      const recorded = (brought?.audit ?? []).filter(({ row }) => row.type === "sent").length;
      const writes = fake.requests.filter(({ write }) => write).length;
      seen.push({ writes, begun: brought?.intents.length ?? 0, recorded });
    };
    const { exit } = await operator.run(publish, ["posts"], { target: ["wp"], runArchive: archive });
    expect(exit).toBe(0);
    expect(seen.length).toBeGreaterThan(1);
    for (const { writes, begun, recorded } of seen) {
      expect(recorded).toBeGreaterThanOrEqual(writes);
      expect(begun).toBeGreaterThan(0);
    }
  });

  it("its requests are in the record of whoever imports it", async () => {
    const { summary } = await operator.run(publish, ["posts"], { target: ["wp"], runArchive: archive });
    const calls = async (one: Bench) => {
      const { out } = await one.run(history, ["calls", "wp"], { only: "writes", run: summary.run });
      return out.map((line) => line.replace(/wp \d+(?: \(\d+ where it was made\))?/, "wp"));
    };
    const other = laptop(operator.root);
    await other.run(runs, ["import", archive]);
    expect((await calls(operator)).length).toBeGreaterThan(1);
    expect(await calls(other)).toEqual(await calls(operator));
  });
});
