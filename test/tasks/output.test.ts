import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutputFile } from "../../src/tasks/answer.ts";
import {
  changesOf,
  hashOfText,
  MANIFEST,
  type Manifest,
  readManifest,
  writeChanges,
  writeManifest,
} from "../../src/tasks/output.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ainstein-output-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (path: string, text: string): OutputFile => ({ path, text });
const read = (path: string) => readFileSync(join(dir, path), "utf8");
const edit = (path: string, text: string) => writeFileSync(join(dir, path), text);

function manifest(files: Manifest["files"] = {}): Manifest {
  return {
    ...{
      version: 1,
      assumed: [],
      task_id: "t",
      task_type: "setup_api",
      made_by: "1",
      run: "r",
      at: "2026-01-01T00:00:00Z",
    },
    ...{ source: "t.yaml", files },
  } as const;
}

/** As a run does it; what became of each file. */
async function make(...files: readonly OutputFile[]): Promise<Readonly<Record<string, string>>> {
  const before = await readManifest(dir);
  const changes = await changesOf(dir, files, before);
  const made = await writeChanges(dir, changes, manifest(before?.files));
  await writeManifest(dir, manifest(made));
  return Object.fromEntries(changes.map(({ path, what }) => [path, what]));
}

describe("who a file belongs to", () => {
  test("what we made is made anew, and goes where it is made no more; what its owner changed stays", async () => {
    await make(
      file("a/one.js", "1"),
      file("two.js", "2"),
      file("three.js", "3"),
      file("four.js", "4"),
      file("five.js", "5"),
    );
    edit("two.js", "2, ours");
    edit("three.js", "3, ours");
    edit("five.js", "5, ours");
    const became = await make(file("a/one.js", "1 new"), file("two.js", "2"), file("three.js", "3 new"));
    expect(became).toEqual({
      ...{
        "a/one.js": "update",
        "two.js": "kept",
        "three.js": "edited",
        "four.js": "remove",
        "five.js": "left",
      },
    });
    expect([read("a/one.js"), read("two.js"), read("three.js"), read("five.js")]).toEqual([
      ...["1 new", "2, ours", "3, ours", "5, ours"],
    ]);
    expect(existsSync(join(dir, "four.js"))).toBe(false);
    // What is its owner's stays so, run after run.
    const again = await make(file("a/one.js", "1 new"), file("two.js", "2"), file("three.js", "3 new"));
    expect(again).toMatchObject({ "a/one.js": "same", "two.js": "kept", "three.js": "edited" });
  });

  test("a file that was there before us is its owner's", async () => {
    edit("mine.md", "mine");
    expect(await make(file("mine.md", "ours"))).toEqual({ "mine.md": "edited" });
    expect(read("mine.md")).toBe("mine");
  });

  test("a file that its owner removed is made again", async () => {
    await make(file("one.js", "1"));
    rmSync(join(dir, "one.js"));
    expect(await make(file("one.js", "1"))).toEqual({ "one.js": "create" });
  });

  test("whatever of a run that was cut off is there counts as ours", async () => {
    await make(file("one.js", "1"), file("two.js", "2"));
    // Killed after the first of two files.
    const both = {
      "one.js": [hashOfText("1"), hashOfText("1 new")],
      "two.js": [hashOfText("2"), hashOfText("2 new")],
    };
    await writeManifest(dir, manifest(both));
    edit("one.js", "1 new");
    expect(await make(file("one.js", "1 newer"), file("two.js", "2 newer"))).toEqual({
      ...{ "one.js": "update", "two.js": "update" },
    });
    expect([read("one.js"), read("two.js")]).toEqual(["1 newer", "2 newer"]);
  });

  test("the manifest names what comes before it comes", async () => {
    const changes = await changesOf(dir, [file("one.js", "1"), file("x/../../two.js", "2")], undefined);
    await expect(writeChanges(dir, changes, manifest())).rejects.toMatchObject({ code: "outside-root" });
    expect(JSON.parse(read(MANIFEST)).files["one.js"]).toEqual([hashOfText("1")]);
    expect(existsSync(join(dir, "../two.js"))).toBe(false);
  });
});

describe("what stands in the way", () => {
  test("a link and a directory are refused before anything is written", async () => {
    symlinkSync("/etc/hostname", join(dir, "one.js"));
    await expect(make(file("a.js", "a"), file("one.js", "1"))).rejects.toMatchObject({
      code: "task.in-the-way",
    });
    expect(existsSync(join(dir, "a.js"))).toBe(false);
    mkdirSync(join(dir, "two.js"));
    await expect(make(file("two.js", "2"))).rejects.toMatchObject({ code: "task.in-the-way" });
  });

  test("a file in the place of a directory is named as what it is", async () => {
    edit("apis", "mine");
    await expect(make(file("apis/one.js", "1"))).rejects.toMatchObject({
      code: "task.in-the-way",
      message: expect.stringContaining("one of its directories is a file"),
    });
    expect(read("apis")).toBe("mine");
  });

  test("a directory that is a link out of the output is not written through", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "ainstein-elsewhere-"));
    symlinkSync(elsewhere, join(dir, "apis"));
    await expect(make(file("apis/one.js", "1"))).rejects.toMatchObject({ code: "outside-root" });
    expect(existsSync(join(elsewhere, "one.js"))).toBe(false);
    rmSync(elsewhere, { recursive: true });
  });
});

test("scripts may be run", async () => {
  await make({ path: "backup.sh", text: "#!/bin/sh\n", executable: true });
  expect(statSync(join(dir, "backup.sh")).mode & 0o111).toBe(0o111);
});
