import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { unlink } from "../../src/commands/unlink.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const REMOVE = { ...TARGET, delete: true };
const post = (front: string, body = "Text.") => `---\n${front}\n---\n\n${body}\n`;
const stepsOf = (ran: Ran) => ran.plan.steps.map(({ action, path }) => `${action} ${path}`);
const reasonOf = (ran: Ran, path: string) => ran.plan.steps.find((step) => step.path === path)?.reason ?? "";

describe("a file that is there or may be, but is no document now", () => {
  let operator: Bench;
  let site: string;

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
    operator.write("ainstein.yaml", RULES);
    for (const path of ["posts/a.md", "posts/b.md", "news/c.md", "news/d.md"]) {
      operator.write(path, post(`title: ${path}\nlayout: plain`));
    }
    await operator.run(publish, [], TARGET);
  });

  const RULES =
    "unknownFields: local\ncontent:\n  - { dir: posts, kind: post }\n  - { dir: news, kind: post }\n";
  const ALL = ["a", "b", "c", "d"];

  function commit(): void {
    if (!existsSync(join(operator.root, ".git"))) operator.git("init", "-q");
    operator.git("add", "-A");
    operator.git("commit", "-qm", "posts");
  }

  /** No command removes anything, and each says why of these files. */
  async function expectKept(paths: readonly string[], reason: string): Promise<void> {
    for (const command of [push, pull, sync, publish, status] as const) {
      const flags = command === status ? TARGET : REMOVE;
      const ran = await operator.run(command, [], flags);
      expect(ran.fault).toBeUndefined();
      const left = ran.plan.steps.filter(({ path }) => paths.includes(path));
      expect(left.map(({ action, path }) => `${action} ${path}`)).toEqual(
        paths.map((path) => `skip ${path}`),
      );
      for (const step of left) expect(step.reason).toContain(reason);
      expect(ran.summary).toMatchObject({ deleted: 0, pulled: 0 });
    }
    expect(slugsOn(site)).toEqual(ALL);
  }

  it("is not removed when `content:` is narrowed", async () => {
    operator.write("ainstein.yaml", RULES.replace("  - { dir: news, kind: post }\n", ""));
    await expectKept(["news/c.md", "news/d.md"], "left out by `content:` in ainstein.yaml");
  });

  it("is not removed when `where:` no longer takes it", async () => {
    operator.write(
      "ainstein.yaml",
      RULES.replace("{ dir: news, kind: post }", "{ dir: news, kind: post, where: { layout: wide } }"),
    );
    operator.write("news/c.md", post("title: news/c.md\nlayout: plain", "Edited."));
    await expectKept(["news/c.md"], "left out by `content:` in ainstein.yaml");
  });

  it("is not removed when `ignore:` leaves it out, and unlinking it settles that", async () => {
    operator.write("ainstein.yaml", `${RULES}ignore: ["news/"]\n`);
    await expectKept(["news/c.md", "news/d.md"], "left out by `ignore:` in ainstein.yaml; `unlink`");
    editOnSite(site, "c", () => ({ title: "Theirs" }));
    await expectKept(["news/c.md", "news/d.md"], "left out by `ignore:`");
    for (const path of ["news/c.md", "news/d.md"]) await operator.run(unlink, [path], TARGET);
    expect((await operator.run(push, [], REMOVE)).plan.steps).toEqual([]);
    expect(slugsOn(site)).toEqual(ALL);
  });

  it("is not removed when its whole directory is missing or empty, as of a disk that is not mounted", async () => {
    renameSync(join(operator.root, "news"), join(operator.home, "..", "away"));
    await expectKept(["news/c.md", "news/d.md"], "the directory news is missing or empty as a whole");
    mkdirSync(join(operator.root, "news"));
    await expectKept(["news/c.md", "news/d.md"], "the directory news is missing or empty as a whole");
    const named = await operator.run(push, ["news/c.md"], REMOVE);
    expect(stepsOf(named)).toEqual(["delete news/c.md"]);
    expect(slugsOn(site)).toEqual(["a", "b", "d"]);
  });

  it("is not removed when the root is empty as a whole and its lockfile lies elsewhere", async () => {
    const lockfile = join(tempDir("lock"), "ainstein.lock");
    renameSync(join(operator.root, "ainstein.lock"), lockfile);
    operator.env = { ...operator.env, AINSTEIN_LOCKFILE: lockfile };
    for (const name of readdirSync(operator.root)) rmSync(join(operator.root, name), { recursive: true });
    await expectKept(
      ["news/c.md", "news/d.md", "posts/a.md", "posts/b.md"],
      "the content directory is missing or empty as a whole",
    );
  });

  it("is not removed with its directory while git still has it, and is once git has not", async () => {
    commit();
    rmSync(join(operator.root, "news"), { recursive: true });
    await expectKept(["news/c.md", "news/d.md"], "commit the removal");
    operator.git("rm", "-rq", "news");
    expect(stepsOf(await operator.run(push, [], REMOVE))).toEqual(["delete news/c.md", "delete news/d.md"]);
    expect(slugsOn(site)).toEqual(["a", "b"]);
  });

  it("is not removed when a sparse checkout keeps it away", async () => {
    commit();
    operator.git("sparse-checkout", "set", "--no-cone", "/*", "!/news/d.md");
    expect(existsSync(join(operator.root, "news/d.md"))).toBe(false);
    await expectKept(["news/d.md"], "not checked out here (sparse checkout)");
  });

  it("is not removed when its submodule is not checked out", async () => {
    const other = tempDir("submodule");
    renameSync(join(operator.root, "news"), join(other, "news"));
    const inner = bench({ root: join(other, "news") });
    inner.git("init", "-q");
    inner.git("add", "-A");
    inner.git("commit", "-qm", "news");
    operator.git("init", "-q");
    operator.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "news");
    commit();
    expect((await operator.run(push, [], REMOVE)).plan.steps).toEqual([]);
    operator.git("submodule", "--quiet", "deinit", "-f", "news");
    expect(readdirSync(join(operator.root, "news"))).toEqual([]);
    await expectKept(["news/c.md", "news/d.md"], "submodule news, which is not checked out here");
  });

  it("is not removed when a directory became a link that leads out of the root", async () => {
    const away = join(tempDir("away"), "news");
    renameSync(join(operator.root, "news"), away);
    symlinkSync(away, join(operator.root, "news"));
    await expectKept(["news/c.md", "news/d.md"], "not taken as a document where it lies");
  });

  it("is not removed while it may have become a new file that cannot be read", async () => {
    rmSync(join(operator.root, "news/c.md"));
    operator.write("posts/c.md", "---\ntitle: [oops\n---\n\nText.\n");
    const ran = await operator.run(push, [], REMOVE);
    expect(ran.exit).toBe(1);
    expect(stepsOf(ran)).toEqual(["skip news/c.md"]);
    expect(reasonOf(ran, "news/c.md")).toContain(
      "posts/c.md, which cannot be read, may be where it was moved",
    );
    operator.write("posts/c.md", post("title: C\nlayout: plain"));
    expect(stepsOf(await operator.run(push, [], REMOVE))).toEqual(["update posts/c.md"]);
    expect(slugsOn(site)).toEqual(ALL);
  });

  it("counts as removed when it is gone alone", async () => {
    rmSync(join(operator.root, "news/c.md"));
    expect(stepsOf(await operator.run(push, [], REMOVE))).toEqual(["delete news/c.md"]);
  });
});

describe("what a command may remove", () => {
  let operator: Bench;
  let site: string;

  beforeEach(() => {
    site = join(tempDir("site"), "site");
    operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  });

  async function publishPosts(count: number, dir = ""): Promise<void> {
    for (let n = 0; n < count; n += 1)
      operator.write(`${dir}p-${n}.md`, post(`title: P ${n}`, `Text of ${n}.`));
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ created: count });
  }
  const drop = (numbers: Iterable<number>) => {
    for (const n of numbers) rmSync(join(operator.root, `p-${n}.md`));
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

  it("is only what lies under the path it is given", async () => {
    operator.write("x/one.md", post("title: One"));
    operator.write("x/two.md", post("title: Two"));
    operator.write("y/three.md", post("title: Three", "Other."));
    await operator.run(publish, [], TARGET);
    for (const path of ["x/one.md", "y/three.md"]) rmSync(join(operator.root, path));
    expect(stepsOf(await operator.run(push, ["x/two.md"], REMOVE))).toEqual([]);
    expect(stepsOf(await operator.run(push, ["x"], REMOVE))).toEqual(["delete x/one.md"]);
    expect(slugsOn(site)).toEqual(["three", "two"]);
  });

  it("is more than ten only with --max-delete, which --yes does not stand for", async () => {
    await publishPosts(30);
    drop(upTo(11));
    const refused = await operator.run(push, [], REMOVE);
    expect(refused.fault).toMatchObject({ kind: "usage", code: "too-many-removals" });
    expect(refused.fault?.hint).toContain("--max-delete 11");
    expect((await operator.run(push, [], { ...REMOVE, maxDelete: 10 })).fault?.code).toBe(
      "too-many-removals",
    );
    operator.answers = [true, true];
    expect((await operator.run(push, [], { ...REMOVE, yes: false })).fault?.code).toBe("too-many-removals");
    operator.answers = [];
    expect(slugsOn(site)).toHaveLength(30);
    expect((await operator.run(push, [], { ...REMOVE, maxDelete: 11 })).summary).toMatchObject({
      deleted: 11,
    });
  });

  it("is more than half only with --max-delete, in files as in entries", async () => {
    await publishPosts(5);
    drop(upTo(3));
    for (const command of [push, sync] as const) {
      expect((await operator.run(command, [], REMOVE)).fault?.code).toBe("too-many-removals");
    }
    expect(slugsOn(site)).toHaveLength(5);
    await operator.run(push, [], { ...REMOVE, maxDelete: 3 });
    expect((await operator.run(push, [], TARGET)).plan.steps).toEqual([]);
    for (const n of upTo(3)) operator.write(`p-${n}.md`, post(`title: P ${n}`, `Text of ${n}.`));
    await operator.run(publish, [], TARGET);
    for (const n of upTo(3)) rmSync(join(site, "entries", `${onSite(site, `p-${n}`).id}.json`));
    expect((await operator.run(pull, [], REMOVE)).fault?.code).toBe("too-many-removals");
    expect(existsSync(join(operator.root, "p-0.md"))).toBe(true);
    expect((await operator.run(pull, [], { ...REMOVE, maxDelete: 3 })).summary).toMatchObject({ deleted: 3 });
  });

  it("counts live entries that would go off line or change their address", async () => {
    await publishPosts(8);
    for (const n of upTo(3))
      operator.write(`p-${n}.md`, post(`title: P ${n}\nstatus: draft`, `Text of ${n}.`));
    for (const n of [3, 4]) operator.write(`p-${n}.md`, post(`title: P ${n}\nslug: q-${n}`, `Text of ${n}.`));
    const unasked = await operator.run(push, [], TARGET);
    expect(unasked.fault).toMatchObject({ kind: "usage", code: "removal-needs-delete" });
    const many = await operator.run(push, [], REMOVE);
    expect(many.fault).toMatchObject({ kind: "usage", code: "too-many-removals" });
    expect(many.fault?.message).toContain("5 of 8 entries");
    expect(slugsOn(site)).toEqual(upTo(8).map((n) => `p-${n}`));
    const done = await operator.run(push, [], { ...REMOVE, maxDelete: 5 });
    expect(done.summary).toMatchObject({ failed: 0 });
    expect(onSite(site, "p-0").fields.status).toBe("draft");
    expect(onSite(site, "q-3").fields.status).toBe("published");
  });

  it("leaves protected entries alone, whatever became of their files", async () => {
    await publishPosts(4);
    rmSync(join(operator.root, "p-0.md"));
    rmSync(join(operator.root, "p-1.md"));
    operator.write("p-2.md", post("title: Edited", "Text of 2."));
    operator.write("p-3.md", post("title: P 3\nslug: q-3\nstatus: draft", "Text of 3."));
    for (const [rules, why] of [
      ["protect: { paths: ['p-*.md'] }\n", "protects its path"],
      ["protect: { kinds: [post] }\n", "protects the kind post"],
      ["readOnly: true\n", "readOnly"],
    ] as const) {
      operator.write("ainstein.yaml", rules);
      for (const command of [push, publish, sync] as readonly Command[]) {
        const ran = await operator.run(command, [], { ...REMOVE, maxDelete: 9, maxChanges: 9 });
        expect(ran.fault).toBeUndefined();
        expect(ran.summary).toMatchObject({ writes: 0, deleted: 0, updated: 0, skipped: 4 });
        for (const step of ran.plan.steps) expect(step.reason).toContain(why);
      }
    }
    expect(slugsOn(site)).toEqual(upTo(4).map((n) => `p-${n}`));
  });
});

describe("two directories on one site", () => {
  let first: Bench;
  let second: Bench;
  let site: string;

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    const env = { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) };
    first = bench({ env });
    second = bench({ env });
    for (const name of ["a", "b", "c"]) first.write(`${name}.md`, post(`title: ${name}`, `Text of ${name}.`));
    second.write("d.md", post("title: d", "Text of d."));
    await first.run(publish, [], TARGET);
    await second.run(publish, [], TARGET);
  });

  it("never remove or repeat each other's entries", async () => {
    for (const operator of [first, second]) {
      for (const command of [push, publish] as const) {
        const ran = await operator.run(command, [], { ...REMOVE, maxDelete: 9 });
        expect(ran.plan.steps).toEqual([]);
      }
      expect((await operator.run(push, [], { ...REMOVE, checksum: true })).summary).toMatchObject({
        writes: 0,
      });
    }
    rmSync(join(second.root, "ainstein.lock"));
    expect(stepsOf(await second.elsewhere().run(push, [], REMOVE))).toEqual(["adopt d.md"]);
    expect(slugsOn(site)).toEqual(["a", "b", "c", "d"]);
  });

  it("cannot overwrite an entry of the other by taking its slug", async () => {
    second.write("a.md", post("title: a", "Another text."));
    const ran = await second.run(publish, [], REMOVE);
    expect(ran.exit).toBe(4);
    expect(stepsOf(ran)).toEqual(["conflict a.md"]);
    expect(onSite(site, "a").fields.body).toContain("Text of a.");
  });

  it("bring the other's entries in with a pull of everything, and not with one of their own files", async () => {
    expect((await second.run(pull, ["d.md"], TARGET)).plan.steps).toEqual([]);
    expect(stepsOf(await second.run(pull, [], TARGET))).toEqual(["pull a.md", "pull b.md", "pull c.md"]);
    expect((await first.run(push, [], REMOVE)).plan.steps).toEqual([]);
  });
});
