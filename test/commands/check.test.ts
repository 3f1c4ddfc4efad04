import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { check } from "../../src/commands/check.ts";
import { runOffline } from "./offline.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "check-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(path: string, text: string | Buffer): Promise<void> {
  await mkdir(join(dir, path, ".."), { recursive: true });
  await writeFile(join(dir, path), text);
}
const PNG = Buffer.from("\x89PNG\r\n\x1a\n0000", "latin1");

test("the sample content has no errors", async () => {
  const posts = fileURLToPath(new URL("../../fixtures/posts", import.meta.url));
  const { exit, out } = await runOffline(check, posts);
  expect(out).toEqual([]);
  expect(exit).toBe(0);
});

test("every kind of mistake is told with its place, and none hides another", async () => {
  await put("ainstein.yaml", "timezone: Europe/Berlin\n");
  await put("images/a.png", PNG);
  await put(
    "good.md",
    "# Good\n\n[x](./other.md#y), [site](/about/), [web](https://example.org/x.md), ![a](images/a.png)\n\n`[no](none.md)`\n",
  );
  await put("other.md", "---\ntitle: Other\nslug: other\n---\n");
  await put("yaml.md", "---\ntitle: a: b\n---\n");
  await put(
    "links.md",
    '---\ntitle: Links\n---\n\ntext\n[x](./gone.md) and\n![pic](images/none.png)\n\n<img src="../../secret.png">\n\n[ref]\n\n[ref]: nope.pdf\n',
  );
  await put("image.md", "---\ntitle: I\nimage: ../secret\n---\n");
  await put("date.md", "---\ntitle: D\nx: 1\ndate: 2026-03-29 02:30\n---\n");
  await put("when.md", "---\ntitle: S\nstatus: scheduled\n---\n");
  await put("slug.md", "---\ntitle: S\nslug: Not A Slug\n---\n");
  await put("dup.md", "---\ntitle: S\nslug: other\n---\n");
  await put("conflict.md", "# C\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n");
  await put("latin.md", Buffer.from("# caf\xe9\n", "latin1"));
  await put("odd.md", "# O\n\nlost \uFFFD\n");
  await put("untitled.md", "text\n");
  const { exit, out, notes } = await runOffline(check, dir);
  const lines = out.map((line) => line.replace(/(error|warning): .*/, "$1"));
  expect(lines).toEqual([
    "conflict.md:2:1 error",
    "date.md:4 (date) error",
    "dup.md:3 (slug) error",
    "image.md:3 (image) error",
    "latin.md:1 error",
    "links.md:6 warning",
    "links.md:7 error",
    "links.md:9 error",
    "links.md:11 warning",
    "odd.md:3:6 warning",
    "other.md:3 (slug) error",
    "slug.md:3 (slug) error",
    "untitled.md:1 (title) error",
    "when.md (date) error",
    "yaml.md:2:8 error",
  ]);
  expect(out.find((line) => line.startsWith("image.md"))).toContain('"../secret" leads out of the root');
  expect(out.find((line) => line.startsWith("date.md"))).toContain("does not exist in Europe/Berlin");
  expect(notes).toEqual(["13 documents checked: 12 errors, 3 warnings"]);
  expect(exit).toBe(2);
});

test("for scripts every problem is a JSON line, and a summary ends them", async () => {
  await put("posts/a.md", "---\ntitle: A\nstatus: publish\n---\n");
  await put("posts/b.md", "# B\n");
  const { records, exit } = await runOffline(check, dir, {}, { json: true });
  expect(exit).toBe(2);
  expect(records).toEqual([
    {
      type: "problem",
      target: null,
      level: "error",
      path: "posts/a.md",
      line: 3,
      field: "status",
      code: "status",
      message: "`publish` is not a status",
      hint: "Did you mean `published`?",
    },
    { type: "summary", target: null, command: "check", documents: 2, errors: 1, warnings: 0 },
  ]);
});

test("only the named files are reported on, from any directory", async () => {
  await put("ainstein.yaml", "");
  await put("a/one.md", "no title\n");
  await put("b/two.md", "no title\n");
  await put("b/three.md", "no title\n");
  const { out } = await runOffline(check, join(dir, "a"), { positionals: ["../b/two.md", "one.md"] });
  expect(out.map((line) => line.split(":")[0])).toEqual(["one.md", "../b/two.md"]);
  expect((await runOffline(check, dir, { positionals: ["b"] })).out).toHaveLength(2);
  await expect(runOffline(check, dir, { positionals: ["nowhere.md"] })).rejects.toMatchObject({
    kind: "usage",
  });
});

test("an image wider than the root allows is told with its line, and what to do in a sentence of its own", async () => {
  const pixels = await readFile(
    fileURLToPath(new URL("../../fixtures/posts/images/logo.png", import.meta.url)),
  );
  await put("images/logo.png", pixels);
  await put("a.md", "---\ntitle: A\nimage: images/logo.png\n---\n\n![logo](images/logo.png)\n");
  await put("ainstein.yaml", "media: { maxWidth: 16 }\n");
  const { out, exit } = await runOffline(check, dir);
  expect(out).toEqual([
    expect.stringMatching(
      /^a\.md:3 \(image\) error: "images\/logo\.png" is \d+ pixels wide, more than 16\. Make it/,
    ),
    expect.stringMatching(/^a\.md:6 error: .* more than 16\. Make it/),
  ]);
  expect(exit).toBe(2);
  await put("ainstein.yaml", "media: { maxWidth: 16, onTooLarge: shrink }\n");
  expect((await runOffline(check, dir)).out).toEqual([]);
});

test("a broken configuration and a broken lockfile are problems of theirs", async () => {
  await put("ainstein.yaml", "targets: [wp]\nurl: https://example.org\n");
  await put("ainstein.lock", "<<<<<<< HEAD\n");
  await put("a.md", "# A\n");
  const { out, exit } = await runOffline(check, dir);
  expect(out[0]).toMatch(/^ainstein\.yaml:2:1 error: .*never come from a repository/);
  expect(out[1]).toMatch(/^ainstein\.lock/);
  expect(exit).toBe(2);
  await put("ainstein.yaml", "");
  await put("elsewhere.lock", "");
  expect((await runOffline(check, dir, {}, { env: { AINSTEIN_LOCKFILE: "elsewhere.lock" } })).exit).toBe(0);
});

test("names and messages cannot move the terminal's cursor", async () => {
  await put("a\u001b[2J.md", '---\nstatus: "x\\e[31m"\ntitle: a\n---\n');
  const { out } = await runOffline(check, dir);
  expect(out).toHaveLength(1);
  expect(out.join("")).not.toContain("\u001b");
});

test("files that the lockfile knows and the rules leave out now are told", async () => {
  const line = (path: string, target = "wp") =>
    JSON.stringify({
      target,
      path,
      id: path,
      kind: "post",
      slug: path,
      state: "published",
      revision: "r",
      blob: "b",
      local: { v: 1, parts: {} },
      remote: { v: 1, parts: {} },
    });
  const paths = ["posts/a.md", "posts/old/b.md", "news/c.md", "news/gone.md", "posts/bad.md"];
  await put(
    "ainstein.lock",
    `${[...paths.map((path) => line(path)), line("news/c.md", "two")].join("\n")}\n`,
  );
  await put("ainstein.yaml", "content: [{ dir: posts, kind: post }]\nignore: [posts/old/]\n");
  for (const path of ["posts/a.md", "posts/old/b.md", "news/c.md"]) await put(path, "# T\n");
  await put("posts/bad.md", "no title\n");
  const { out, exit } = await runOffline(check, dir);
  expect(out.map((told) => told.replace(/(error|warning): (.*?) in ainstein.yaml.*/, "$1: $2"))).toEqual([
    "news/c.md warning: The lockfile binds it to an entry, but it is left out by `content:`",
    expect.stringContaining("posts/bad.md:1 (title) error"),
    "posts/old/b.md warning: The lockfile binds it to an entry, but it is left out by `ignore:`",
  ]);
  expect(out[0]).toContain("`unlink` it to stop managing it");
  expect(exit).toBe(2);
  expect((await runOffline(check, dir, { positionals: ["posts/old"] })).out).toHaveLength(1);
});
