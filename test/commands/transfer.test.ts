import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };

describe("a directory and a local site", () => {
  let operator: Bench;
  let site: string;

  beforeEach(() => {
    site = join(tempDir("site"), "site");
    operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
    });
  });

  function fill(count: number): void {
    for (let n = 0; n < count; n += 1) {
      operator.write(
        `post-${n}.md`,
        `---\ntitle: Post ${n}\ntags: [bread, "n${n % 3}"]\n---\n\nFirst of ${n}.\n\nSecond *of* ${n}.\n`,
      );
    }
  }

  it("publishes everything once, and nothing the second time", async () => {
    fill(20);
    const first = await operator.run(publish, [], TARGET);
    expect(first.fault).toBeUndefined();
    expect(first.results.filter((result) => result.status !== "ok")).toEqual([]);
    expect(first.summary).toMatchObject({ created: 20, unchanged: 0, failed: 0, verified: 20 });
    expect(first.exit).toBe(0);
    const second = await operator.run(publish, [], TARGET);
    expect(second.summary).toMatchObject({ created: 0, updated: 0, unchanged: 20, writes: 0 });
    expect(second.plan.steps).toEqual([]);
  });

  it("sends an edit of a file, and nothing but the block that was edited", async () => {
    fill(3);
    await operator.run(publish, [], TARGET);
    operator.write("post-1.md", operator.read("post-1.md").replace("Second *of* 1.", "Second, edited."));
    const sent = await operator.run(push, [], TARGET);
    expect(sent.plan.steps).toMatchObject([{ action: "update", path: "post-1.md", changed: ["body"] }]);
    expect(sent.summary).toMatchObject({ updated: 1, unchanged: 2, verified: 1 });
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("brings an edit on the site into just that block of just that file", async () => {
    fill(3);
    await operator.run(publish, [], TARGET);
    const before = [0, 1, 2].map((n) => operator.read(`post-${n}.md`));
    editOnSite(site, "post-1", ({ body }) => ({
      body: body.replace("First of 1.", "First, from the site."),
    }));
    const brought = await operator.run(pull, [], TARGET);
    expect(brought.results).toMatchObject([{ action: "pull", path: "post-1.md", status: "ok" }]);
    expect(operator.read("post-1.md")).toBe(before[1]?.replace("First of 1.", "First, from the site."));
    expect([0, 2].map((n) => operator.read(`post-${n}.md`))).toEqual([before[0], before[2]]);
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ unchanged: 3, writes: 0 });
  });

  it("never overwrites what both sides changed, and says so with exit 4", async () => {
    fill(1);
    await operator.run(publish, [], TARGET);
    operator.write("post-0.md", operator.read("post-0.md").replace("First of 0.", "Mine."));
    editOnSite(site, "post-0", ({ body }) => ({ body: body.replace("First of 0.", "Theirs.") }));
    for (const command of [push, pull, publish]) {
      const ran = await operator.run(command, [], TARGET);
      expect(ran.exit).toBe(4);
      expect(ran.summary).toMatchObject({ conflicts: 1, writes: 0 });
    }
    expect(operator.read("post-0.md")).toContain("Mine.");
  });

  it("moves different parts both ways without a conflict, each by its own command", async () => {
    fill(1);
    await operator.run(publish, [], TARGET);
    operator.write("post-0.md", operator.read("post-0.md").replace("title: Post 0", "title: New title"));
    editOnSite(site, "post-0", ({ body }) => ({ body: body.replace("First of 0.", "Theirs.") }));
    const sent = await operator.run(push, [], TARGET);
    expect(sent.plan.steps).toMatchObject([{ action: "update", changed: ["title"] }]);
    expect(sent.exit).toBe(0);
    const brought = await operator.run(pull, [], TARGET);
    expect(brought.plan.steps).toMatchObject([{ action: "pull", changed: ["body"] }]);
    expect(operator.read("post-0.md")).toContain("Theirs.");
    expect(operator.read("post-0.md")).toContain("New title");
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("knows every entry again from the lockfile alone, and from git alone", async () => {
    operator.git("init", "-q");
    fill(12);
    operator.git("add", "-A");
    operator.git("commit", "-qm", "posts");
    await operator.run(publish, [], TARGET);
    const other = operator.elsewhere();
    expect((await other.run(publish, [], TARGET)).summary).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 12,
      writes: 0,
    });
    rmSync(join(operator.root, "ainstein.lock"));
    const adopted = await other.elsewhere().run(publish, [], TARGET);
    expect(adopted.summary).toMatchObject({ created: 0, updated: 0, unchanged: 12, adopted: 12, writes: 0 });
    expect(adopted.exit).toBe(0);
    rmSync(join(operator.root, "ainstein.lock"));
    operator.write("post-3.md", operator.read("post-3.md").replace("First", "Edited first"));
    operator.git("commit", "-qam", "edit");
    const edited = await operator.elsewhere().run(publish, [], TARGET);
    expect(edited.summary).toMatchObject({ created: 0, updated: 1, conflicts: 0, unchanged: 11 });
    expect(edited.exit).toBe(0);
  });

  it("does not overwrite a text on the site because the file once had none", async () => {
    const editor = bench({ env: operator.env });
    editor.write("rye.md", "---\ntitle: Rye\n---\n\nSomebody wrote this on the site.\n");
    await editor.run(publish, [], TARGET);
    const git = (subject: string) => {
      operator.git("add", "-A");
      operator.git("commit", "-qm", subject);
    };
    operator.git("init", "-q");
    operator.write("rye.md", "---\ntitle: Rye\n---\n");
    git("empty");
    operator.write("rye.md", "---\ntitle: Rye\n---\n\nMine.\n");
    git("text");
    const ran = await operator.run(push, [], TARGET);
    expect(ran.exit).toBe(4);
    expect(ran.summary).toMatchObject({ conflicts: 1, writes: 0 });
  });

  it("follows moved files without touching the site", async () => {
    fill(100);
    await operator.run(publish, [], TARGET);
    mkdirSync(join(operator.root, "archive"));
    for (const name of readdirSync(operator.root).filter((file) => file.endsWith(".md"))) {
      renameSync(join(operator.root, name), join(operator.root, "archive", name));
    }
    const moved = await operator.run(push, [], TARGET);
    expect(moved.summary).toMatchObject({ created: 0, deleted: 0, renamed: 100, writes: 0 });
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("pulls into an empty directory what a push then finds unchanged", async () => {
    fill(5);
    operator.write("about.md", "---\ntitle: About\nkind: page\n---\n\nUs.\n");
    await operator.run(publish, [], TARGET);
    const empty = bench({ env: operator.env });
    const brought = await empty.run(pull, [], TARGET);
    expect(brought.summary).toMatchObject({ pulled: 6, failed: 0 });
    const sent = await empty.run(push, [], TARGET);
    expect(sent.plan.steps).toEqual([]);
    expect(sent.summary).toMatchObject({ unchanged: 6, writes: 0 });
    rmSync(join(empty.root, "ainstein.lock"));
    expect((await empty.elsewhere().run(push, [], TARGET)).summary).toMatchObject({ adopted: 6, writes: 0 });
  });

  it("refuses a lockfile of another site before anything is sent", async () => {
    fill(2);
    await operator.run(publish, [], TARGET);
    const other = join(tempDir("site"), "other");
    operator.env = {
      ...operator.env,
      AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: other }),
    };
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.fault).toMatchObject({ kind: "usage", code: "other-site" });
  });

  it("lets one broken document fail alone, naming file and line", async () => {
    fill(3);
    operator.write("broken.md", "---\ntitle: [oops\n---\n\nText.\n");
    operator.write("secret.md", "---\ntitle: Secret\nimage: ../../secret.png\n---\n\nText.\n");
    operator.write("latin1.md", Buffer.from("---\ntitle: Caf\xe9\n---\n", "latin1"));
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.exit).toBe(1);
    expect(ran.summary).toMatchObject({ created: 3, failed: 3 });
    for (const path of ["broken.md", "secret.md", "latin1.md"]) {
      const failure = ran.results.find((result) => result.path === path);
      expect(failure?.status).toBe("failed");
      expect(failure?.fault?.place?.file).toBe(path);
    }
  });

  it("removes entries only when told to, and files never without", async () => {
    fill(4);
    await operator.run(publish, [], TARGET);
    rmSync(join(operator.root, "post-2.md"));
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ deleted: 0, skipped: 1 });
    expect((await operator.run(push, [], { ...TARGET, delete: true })).summary).toMatchObject({ deleted: 1 });
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("asks before it sends, and sends nothing when nobody can answer", async () => {
    fill(2);
    const unasked = await operator.run(publish, [], { ...TARGET, yes: false });
    expect(unasked.fault).toMatchObject({ kind: "usage" });
    expect((await operator.run(publish, [], { ...TARGET, dryRun: true })).summary).toMatchObject({
      writes: 0,
      created: 0,
    });
    operator.answers = [false];
    expect((await operator.run(publish, [], { ...TARGET, yes: false })).exit).toBe(2);
    operator.answers = [true];
    expect((await operator.run(publish, [], { ...TARGET, yes: false })).summary).toMatchObject({
      created: 2,
    });
  });
});
