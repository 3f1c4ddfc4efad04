import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  fileLog,
  firstCommit,
  gitRoot,
  isDirty,
  isShallow,
  movedTo,
  type Version,
  versionsOf,
} from "../../src/content/git.ts";

let dir: string;
const env = { PATH: process.env.PATH, HOME: tmpdir(), AINSTEIN_KEY: "secret" };
const WEIRD = '-weird "ü" \n*.md';

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), "git-")));
  const run = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ann\tB", "-c", "user.email=a@example.org", ...args], {
      cwd: dir,
      stdio: "ignore",
    });
  run("init", "-q");
  await mkdir(join(dir, "content"));
  for (const [index, text] of ["one", "two\r\n", "three"].entries()) {
    await writeFile(join(dir, "content/a.md"), text);
    await writeFile(join(dir, "content", WEIRD), `weird ${index}`);
    run("add", "-A");
    run("commit", "-q", "-m", `version ${index}`);
  }
  await writeFile(join(dir, "content/b.md"), "new");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function versions(base: string, path: string): Promise<Version[]> {
  const all: Version[] = [];
  for await (const version of versionsOf(base, path, env)) all.push(version);
  return all;
}

test("versions come newest first with their bytes, from a subdirectory too", async () => {
  for (const [base, path] of [
    [dir, "content/a.md"],
    [join(dir, "content"), "a.md"],
    [join(dir, "content"), join(dir, "content/a.md")],
  ] as const) {
    const found = await versions(base, path);
    expect(found.map((version) => Buffer.from(version.bytes).toString())).toEqual([
      "three",
      "two\r\n",
      "one",
    ]);
    expect(found[0]?.author).toBe("Ann\tB");
    expect(Math.abs((found[0]?.time ?? 0) - Date.now())).toBeLessThan(60_000);
  }
  expect(await versions(dir, `content/${WEIRD}`)).toHaveLength(3);
  expect(await versions(join(dir, "content"), WEIRD)).toHaveLength(3);
  expect(await versions(dir, "content/b.md")).toEqual([]);
});

test("the repository, its first commit and what is dirty", async () => {
  expect(await gitRoot(join(dir, "content"), env)).toBe(dir);
  expect(await isShallow(dir, env)).toBe(false);
  expect(await firstCommit(dir, env)).toMatch(/^[0-9a-f]{40}$/);
  expect(await isDirty(dir, "content/a.md", env)).toBe(false);
  expect(await isDirty(dir, "content/b.md", env)).toBe(true);
  const shallow = join(dir, "shallow");
  execFileSync("git", ["clone", "-q", "--depth", "1", `file://${dir}`, shallow], { stdio: "ignore" });
  expect(await isShallow(shallow, env)).toBe(true);
  expect(await firstCommit(shallow, env)).toBeUndefined();
  expect(await versions(shallow, "content/a.md")).toHaveLength(1);
});

test("without a repository or without git there is no answer and no error", async () => {
  const bare = await mkdtemp(join(tmpdir(), "nogit-"));
  try {
    expect(await gitRoot(bare, env)).toBeUndefined();
    expect(await versions(bare, "a.md")).toEqual([]);
    expect(await isDirty(bare, "a.md", env)).toBeUndefined();
    expect(await gitRoot(dir, { PATH: "/nowhere" })).toBeUndefined();
  } finally {
    await rm(bare, { recursive: true });
  }
});

test("git inherits no secret", async () => {
  const bin = await mkdtemp(join(tmpdir(), "bin-"));
  try {
    await writeFile(join(bin, "git"), "#!/bin/sh\nenv\n");
    await chmod(join(bin, "git"), 0o755);
    const seen = (await gitRoot(dir, { ...env, PATH: `${bin}:${env.PATH}` })) ?? "";
    expect(seen).toContain("GIT_OPTIONAL_LOCKS=0");
    expect(seen).not.toContain("AINSTEIN_KEY");
  } finally {
    await rm(bin, { recursive: true });
  }
});

test("a file's commits are followed through a rename, out of a directory and to the end", async () => {
  const other = await realpath(await mkdtemp(join(tmpdir(), "git-log-")));
  const run = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=a@example.org", ...args], { cwd: other });
  const commit = (subject: string) => {
    run("add", "-A");
    run("commit", "-q", "-m", subject);
  };
  run("init", "-q");
  await mkdir(join(other, "content/sub"), { recursive: true });
  const [before, after] = [join(other, "content", WEIRD), join(other, "content/sub/b.md")];
  await writeFile(before, "one\ntwo\nthree\n");
  commit("first");
  await rename(before, after);
  commit("move: it\tthere");
  await rm(after);
  commit("last");
  const dir = join(other, "content");
  const log = await fileLog(dir, "sub/b.md", env);
  expect(log.map(({ subject, path, author }) => [subject, path, author])).toEqual([
    ["last", "sub/b.md", "Ann"],
    ["move: it\tthere", "sub/b.md", "Ann"],
    ["first", WEIRD, "Ann"],
  ]);
  expect(log.map(({ blob }) => blob?.length)).toEqual([undefined, 40, 40]);
  expect(await movedTo(dir, log[1]?.id ?? "", WEIRD, env)).toBe("sub/b.md");
  expect(await movedTo(dir, log[0]?.id ?? "", "sub/b.md", env)).toBeUndefined();
  expect(await fileLog(dir, "never.md", env)).toEqual([]);
  expect(await fileLog(tmpdir(), "a.md", env)).toEqual([]);
  await rm(other, { recursive: true });
});
