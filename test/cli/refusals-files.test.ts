import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Ended } from "./program.ts";
import { contentOf, expectRefusal, linesOf, openScene, type Scene } from "./scene.ts";

let scene: Scene;

const PUBLISH = ["publish", ".", "--target", "wp", "--yes"];
const post = (title: string, more = "", body = "Text.") => `---\ntitle: ${title}\n${more}---\n\n${body}\n`;
const titles = () => [...scene.fake.state.posts.values()].map(({ title }) => title);

interface Unusable {
  readonly what: string;
  readonly path: string;
  readonly make: () => void;
  readonly fault: string;
  /** As a person and as a script are told. */
  readonly says: string;
  readonly cure?: string;
}

const markdown = (path: string, text: string | Uint8Array) => () => scene.write(path, text);

const UNUSABLE: readonly Unusable[] = [
  {
    what: "a picture outside the root",
    path: "outside.md",
    make: markdown("outside.md", post("Outside", "image: ../secret.png\n")),
    fault: "media-outside",
    says: "leads out of the root",
    cure: "Copy the file into the root",
  },
  {
    what: "a picture that is a link out of the root",
    path: "linked.md",
    make: () => {
      symlinkSync(join(scene.dir, "secret.png"), join(scene.root, "picture.png"));
      scene.write("linked.md", post("Linked", "", "![x](picture.png)"));
    },
    fault: "media-outside",
    says: "leads out of the root",
    cure: "Copy the file into the root",
  },
  {
    what: "bytes that are not UTF-8",
    path: "latin.md",
    make: markdown("latin.md", Buffer.from(post("Caf\u00e9"), "latin1")),
    fault: "encoding",
    says: "latin.md:2",
    cure: "iconv",
  },
  {
    what: "the marks of a merge",
    path: "merged.md",
    make: markdown("merged.md", post("Merged", "", "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs")),
    fault: "conflict-markers",
    says: "merged.md:5",
    cure: "remove the lines",
  },
  {
    what: "front matter that is no YAML",
    path: "broken.md",
    make: markdown("broken.md", "---\ntitle: [oops\n---\n\nText.\n"),
    fault: "yaml",
    says: "broken.md:3",
  },
  {
    what: "a name that is no file's",
    path: "pipe.md",
    make: () => void execFileSync("mkfifo", [join(scene.root, "pipe.md")]),
    fault: "not-a-file",
    says: "not a regular file",
  },
  {
    what: "a link out of the root for itself",
    path: "elsewhere.md",
    make: () => symlinkSync(join(scene.dir, "secret.md"), join(scene.root, "elsewhere.md")),
    fault: "link-outside",
    says: "leads out of the root",
  },
  {
    what: "the slug of another one",
    path: "second.md",
    make: () => {
      scene.write("first.md", post("A", "slug: same\n"));
      scene.write("second.md", post("B", "slug: same\n"));
    },
    fault: "same-identity",
    says: "second.md",
    cure: "slug",
  },
];

describe("a document that cannot be used is left out, whole, while the others go through", () => {
  let told: Ended;
  let script: Ended;

  beforeAll(async () => {
    scene = await openScene();
    writeFileSync(join(scene.dir, "secret.png"), Buffer.from("89504e470d0a1a0a", "hex"));
    writeFileSync(join(scene.dir, "secret.md"), post("Secret"));
    for (const { make } of UNUSABLE) make();
    scene.write("good.md", post("Good"));
    told = await scene.run(PUBLISH);
    script = await scene.run([...PUBLISH, "--json"]);
  });
  afterAll(() => scene.stop());

  it.each(UNUSABLE)("with $what", ({ path, fault, says, cure }) => {
    const at = told.err.split("\n").findIndex((line) => line.startsWith(`error: ${path}`));
    const [message = "", hint = ""] = told.err.split("\n").slice(at, at + 2);
    expect(message).toContain(says);
    const failed = linesOf(script.out).find((line) => line.type === "result" && line.path === path);
    expect(failed).toMatchObject({ status: "failed", code: fault });
    if (cure === undefined) return;
    expect(hint).toContain(cure);
    expect(failed?.hint).toContain(cure);
  });

  it("with nothing of it sent, and exit 1", () => {
    expect([told.code, script.code]).toEqual([1, 1]);
    expect(titles()).toEqual(["Good"]);
    // Of two documents with one slug neither can be told to be the right one.
    const failed = UNUSABLE.length + 1;
    expect(linesOf(script.out).at(-1)).toMatchObject({ created: 0, unchanged: 1, failed, writes: 0 });
  });
});

describe("a path that is not there", () => {
  beforeEach(async () => {
    scene = await openScene();
  });
  afterEach(() => scene.stop());

  it("is no document with nothing to do", async () => {
    scene.write("posts/first.md", post("First"));
    expect((await scene.run(PUBLISH)).code).toBe(0);
    const there = scene.fake.requests.length;
    const missing = {
      code: 2,
      fault: "no-such-path",
      says: "posts/frist.md",
      cure: "did you mean posts/first.md?",
    };
    for (const command of ["publish", "push", "pull", "status", "diff"]) {
      await expectRefusal(scene, [command, "posts/frist.md", "--target", "wp"], missing);
    }
    expect(scene.fake.requests).toHaveLength(there);
  });

  it("may be one whose file was removed", async () => {
    scene.write("posts/first.md", post("First"));
    expect((await scene.run(PUBLISH)).code).toBe(0);
    scene.remove("posts/first.md");
    const { code, out } = await scene.run(["push", "posts/first.md", "--target", "wp", "--yes", "--delete"]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("1 deleted") });
  });

  it("is not bound to an entry", async () => {
    const missing = { code: 2, fault: "no-such-path", says: "nope.md", cure: "spelling" };
    await expectRefusal(scene, ["link", "nope.md", "5", "--target", "wp"], missing);
  });
});

/** Needs the right to mount a file system of a few pages. */
describe.skipIf(process.getuid?.() !== 0)("a disk without room", () => {
  let disk: string;

  beforeEach(async () => {
    scene = await openScene();
    disk = scene.root;
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk]);
  });
  afterEach(async () => {
    execFileSync("umount", [disk]);
    await scene.stop();
  });
  const fill = () => {
    mkdirSync(join(disk, "ignored"));
    try {
      for (let n = 0; n < 64; n += 1) writeFileSync(join(disk, "ignored", String(n)), Buffer.alloc(4096));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: "ENOSPC" });
    }
  };

  it("keeps the file as it was when a pull cannot be written", async () => {
    scene.write("first.md", post("First"));
    expect((await scene.run(PUBLISH)).code).toBe(0);
    for (const entry of scene.fake.state.posts.values()) {
      entry.content = `<!-- wp:paragraph -->\n<p>${"Longer. ".repeat(1000)}</p>\n<!-- /wp:paragraph -->`;
      entry.modified = "2031-01-01T00:00:00";
      entry.revisions += 1;
    }
    fill();
    const before = contentOf(scene);
    const { code, err } = await scene.run(["pull", "--target", "wp"]);
    expect(code).toBe(1);
    expect(err).toContain("first.md cannot be written: no space is left on the disk");
    expect(contentOf(scene)).toEqual(before);
    scene.remove("ignored");
    expect((await scene.run(["pull", "--target", "wp"])).code).toBe(0);
    expect(scene.read("first.md")).toContain("Longer.");
  });

  it("loses nothing when the lockfile cannot be written", async () => {
    scene.write("first.md", post("First"));
    expect((await scene.run(PUBLISH)).code).toBe(0);
    scene.write("second.md", post("Second"));
    fill();
    const before = contentOf(scene);
    const { code, err } = await scene.run(PUBLISH);
    expect(code).toBe(1);
    expect(err).toContain("ainstein.lock cannot be written: no space is left on the disk");
    expect(contentOf(scene)).toEqual(before);
    scene.remove("ignored");
    expect((await scene.run(PUBLISH)).code).toBe(0);
    expect(titles()).toEqual(["First", "Second"]);
  });
});
