import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeFile, removeLeftovers, walkTree, writeFileAtomic } from "../../src/content/tree.ts";

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tree-"));
  root = join(dir, "root");
  await mkdir(root);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(path: string, text = "x"): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
}
const walk = async (options = {}) => {
  const tree = await walkTree(root, options);
  return {
    files: tree.files.map((file) => file.path),
    problems: tree.problems.map((fault) => `${fault.code} ${fault.place?.file}`),
  };
};

describe("walking", () => {
  test("is sorted, and leaves out dot entries, node_modules, our own files and what is ignored", async () => {
    for (const path of [
      "b.md",
      "a/z.md",
      "a.md",
      "B/x.md",
      ".git/x.md",
      "a/.hidden.md",
      "node_modules/m/x.md",
    ]) {
      await put(path);
    }
    for (const path of [
      "ainstein.yaml",
      "ainstein.lock",
      "drafts/a.md",
      "drafts/keep.md",
      "README.md",
      "img.png",
    ]) {
      await put(path);
    }
    expect(
      await walk({ ignore: ["drafts/*", "!drafts/keep.md"], wanted: (path: string) => path.endsWith(".md") }),
    ).toEqual({
      files: ["B/x.md", "README.md", "a.md", "a/z.md", "b.md", "drafts/keep.md"],
      problems: [],
    });
    const [file] = (await walkTree(root)).files;
    expect(file).toMatchObject({ path: "B/x.md", absolute: join(root, "B/x.md") });
    expect(file?.stamp).toMatch(/^1 /);
  });

  test("follows symbolic links only inside the root, and no circle", async () => {
    await writeFile(join(dir, "secret.md"), "s");
    await put("real/a.md");
    await symlink(join(dir, "secret.md"), join(root, "out.md"));
    await symlink(dir, join(root, "up"));
    await symlink("real", join(root, "again"));
    await symlink("..", join(root, "real/loop"));
    await symlink("real/a.md", join(root, "link.md"));
    await symlink("nowhere.md", join(root, "dangling.md"));
    await symlink("self.md", join(root, "self.md"));
    expect(await walk()).toEqual({
      files: ["again/a.md", "link.md", "real/a.md"],
      problems: ["unreadable dangling.md", "link-outside out.md", "unreadable self.md", "link-outside up"],
    });
  });

  test("one bad name never stops the rest", async () => {
    await put("good.md");
    await put("con.md");
    await put("dot./x.md");
    await put("Case.md");
    await put("case.md");
    await put("cafe\u0301.md");
    await put("caf\u00e9.md");
    await put(`${"ä".repeat(121)}.md`);
    execFileSync("mkfifo", [join(root, "pipe.md")]);
    const tree = await walk();
    expect(tree.files).toEqual(["good.md"]);
    expect(tree.problems.sort()).toEqual(
      [
        "name-clash Case.md",
        "name-clash cafe\u0301.md",
        "name-clash caf\u00e9.md",
        "name-clash case.md",
        "name-reserved con.md",
        "name-reserved dot./x.md",
        `name-too-long ${"ä".repeat(121)}.md`,
        "not-a-file pipe.md",
      ].sort(),
    );
  });

  test("a root that is not there is an error of usage", async () => {
    await expect(walkTree(join(dir, "nowhere"))).rejects.toMatchObject({ kind: "usage" });
  });
});

describe("writing", () => {
  test("replaces a whole file, keeps its mode, leaves nothing beside it", async () => {
    await put("a.md", "old");
    await chmod(join(root, "a.md"), 0o640);
    await writeFileAtomic(root, "a.md", Buffer.from("new"));
    await writeFileAtomic(root, "deep/er/b.md", Buffer.from("b"));
    expect(await readFile(join(root, "a.md"), "utf8")).toBe("new");
    expect((await stat(join(root, "a.md"))).mode & 0o777).toBe(0o640);
    expect(await readdir(root, { recursive: true })).toEqual(
      expect.arrayContaining(["a.md", "deep", "deep/er", "deep/er/b.md"]),
    );
    expect(await readdir(root, { recursive: true })).toHaveLength(4);
  });

  test("writes through a link inside the root, never through one that leaves it", async () => {
    await put("real.md", "old");
    await symlink("real.md", join(root, "link.md"));
    await writeFileAtomic(root, "link.md", Buffer.from("new"));
    expect(await readFile(join(root, "real.md"), "utf8")).toBe("new");
    await writeFile(join(dir, "secret.md"), "secret");
    await symlink(join(dir, "secret.md"), join(root, "out.md"));
    await symlink(dir, join(root, "up"));
    await symlink(join(dir, "made.md"), join(root, "dangling.md"));
    for (const path of [
      "out.md",
      "up/x.md",
      "up/new/x.md",
      "dangling.md",
      "../x.md",
      "a/../../x.md",
      "",
      ".",
      join(dir, "x.md"),
    ]) {
      await expect(writeFileAtomic(root, path, Buffer.from("bad"))).rejects.toMatchObject({
        code: "outside-root",
      });
    }
    expect(await readFile(join(dir, "secret.md"), "utf8")).toBe("secret");
    expect((await readdir(dir)).sort()).toEqual(["root", "secret.md"]);
  });

  test("what cannot be written is named, and nothing is left behind", async () => {
    await put("file");
    await put("directory/x.md");
    await expect(writeFileAtomic(root, "file/x.md", Buffer.from("b"))).rejects.toMatchObject({
      kind: "invalid",
      place: { file: "file/x.md" },
    });
    await expect(writeFileAtomic(root, "directory", Buffer.from("b"))).rejects.toMatchObject({
      kind: "invalid",
    });
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      "directory",
      "directory/x.md",
      "file",
    ]);
  });

  const canMount = mountable();
  test.skipIf(!canMount)("a full disk leaves the old file whole", async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", root]);
    try {
      await put("a.md", "old");
      await expect(writeFileAtomic(root, "a.md", Buffer.alloc(200_000, 65))).rejects.toMatchObject({
        code: "write-enospc",
        message: "a.md cannot be written: no space is left on the disk. The file is as it was.",
      });
      expect(await readFile(join(root, "a.md"), "utf8")).toBe("old");
      expect(await readdir(root)).toEqual(["a.md"]);
    } finally {
      execFileSync("umount", [root]);
    }
  });

  test("a removed file is in the trash under its path, and earlier ones stay", async () => {
    const trash = join(dir, "trash");
    for (const text of ["one", "two"]) {
      await put("posts/a.md", text);
      await removeFile(root, "posts/a.md", trash);
    }
    expect(await readFile(join(trash, "posts/a.md"), "utf8")).toBe("one");
    expect(await readFile(join(trash, "posts/a~2.md"), "utf8")).toBe("two");
    expect(await readdir(join(root, "posts"))).toEqual([]);
    await expect(removeFile(root, "posts/a.md", trash)).rejects.toMatchObject({
      kind: "invalid",
      place: { file: "posts/a.md" },
    });
    await symlink(dir, join(root, "up"));
    await expect(removeFile(root, "up/trash", trash)).rejects.toMatchObject({ code: "outside-root" });
  });
});

test("what a killed write left beside a file goes, and nothing that only looks like it", async () => {
  const id = "0b19b93a-0b19-4b93-8b19-0b19b93a0b19";
  await put("posts/a.md");
  for (const name of [`.a.md.${id}.tmp`, `.b.md.${id}.tmp`, ".a.md.tmp", ".a.md.notes.tmp"])
    await put(`posts/${name}`);
  await removeLeftovers(root, "posts/a.md");
  await removeLeftovers(root, "gone/a.md");
  expect((await readdir(join(root, "posts"))).sort()).toEqual(
    [`.b.md.${id}.tmp`, ".a.md.tmp", ".a.md.notes.tmp", "a.md"].sort(),
  );
});

/** Only root may mount a file system of 64 KB; elsewhere the full disk is left out. */
function mountable(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.platform === "linux";
  } catch {
    return false;
  }
}
