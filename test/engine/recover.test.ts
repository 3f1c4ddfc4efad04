import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Direction } from "../../src/commands/transfer.ts";
import { openStore } from "../../src/store/db.ts";
import { createRun, finishRun, listRuns, type RunRecord } from "../../src/store/runs.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "../commands/bench.ts";
import { type FaultProxy, type Mishap, startFaultProxy } from "../fakes/fault-proxy.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { exitCodeOf, over } from "../real/disturbed.ts";

const TARGET = { target: ["wp"] };

describe("what a run that was cut off left open", () => {
  let fake: FakeWordPress;
  let proxy: FaultProxy;
  let operator: Bench;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    proxy = await startFaultProxy(fake.url);
    operator = bench();
  });
  afterEach(async () => {
    await proxy.stop();
    await fake.stop();
  });
  afterAll(removeTempDirs);

  const run = (direction: Direction, paths: readonly string[] = []) =>
    operator.run(over({ api: `${proxy.url}/wp-json`, password: fake.users.admin }, direction), paths, TARGET);
  const live = () => [...fake.state.posts.values()].filter((post) => post.status !== "trash");
  const creates = () => proxy.passed.filter(({ write, url }) => write && url.includes("/posts?"));

  /** The network is gone from the first create on; `mishap` says on which side of the site. */
  async function cutOff(direction: Direction, mishap: Mishap): Promise<void> {
    let seen = false;
    proxy.reset();
    proxy.before = ({ write, url }) => {
      if (seen || !write || !url.includes("/posts?")) return;
      seen = true;
      proxy.cut(mishap);
    };
    const ran = await run(direction);
    proxy.before = undefined;
    expect(seen).toBe(true);
    expect(exitCodeOf(ran)).toBe(6);
  }

  it("is asked about, not sent again while the site cannot be asked", async () => {
    operator.write("a.md", "---\ntitle: A\n---\n\nText.\n");
    await cutOff("publish", "reset-after");
    expect(creates()).toHaveLength(1);
    expect(live()).toHaveLength(1);
    proxy.reset();
    const again = await run("publish");
    expect(creates()).toEqual([]);
    expect(again.summary).toMatchObject({ created: 0, adopted: 1, writes: 0 });
  });

  it("is remembered by the run after the next, when that one is cut off too", async () => {
    operator.write("a.md", "---\ntitle: A\n---\n\nText.\n");
    await cutOff("publish", "reset-after");
    // PHP died before the rest of the entry was stored.
    for (const post of live()) post.content = "";
    proxy.reset("reset-before", 8, true);
    expect(exitCodeOf(await run("publish"))).toBe(6);
    proxy.reset();
    const third = await run("publish");
    expect(third.results.map(({ status, action }) => [status, action])).toEqual([["ok", "update"]]);
    expect(live().map((post) => post.content)).toEqual([expect.stringContaining("Text.")]);
    fake.state.posts.forEach((post) => {
      post.content = "<!-- wp:paragraph -->\n<p>An editor's.</p>\n<!-- /wp:paragraph -->";
      post.revisions += 1;
    });
    operator.write("a.md", "---\ntitle: A\n---\n\nMine.\n");
    // Once settled it excuses nothing more.
    expect((await run("push")).summary).toMatchObject({ conflicts: 1, writes: 0 });
  });

  it("is a draft that may be published, since it is known to be ours", async () => {
    operator.write("a.md", "---\ntitle: A\n---\n\nText.\n");
    await cutOff("push", "reset-after");
    expect(live().map((post) => post.status)).toEqual(["draft"]);
    proxy.reset();
    const ran = await run("publish");
    expect(ran.results.map(({ status, action }) => [status, action])).toEqual([["ok", "publish"]]);
    expect(live().map((post) => post.status)).toEqual(["publish"]);
  });

  it("belongs to its root: a file of the same name elsewhere is another document", async () => {
    operator.write("a.md", "---\ntitle: A\nslug: one\n---\n\nText.\n");
    await cutOff("publish", "reset-after");
    const other = tempDir("other");
    mkdirSync(join(other, "sub"));
    writeFileSync(join(other, "a.md"), "---\ntitle: B\nslug: two\n---\n\nOther.\n");
    proxy.reset();
    const ran = await run("publish", [other]);
    expect(ran.summary).toMatchObject({ created: 1, updated: 0, failed: 0 });
    expect(live().map((post) => [post.slug, post.title])).toEqual([
      ["one", "A"],
      ["two", "B"],
    ]);
    expect((await run("publish")).summary).toMatchObject({ adopted: 1, created: 0, writes: 0 });
  });

  it("is known however many runs on other sites came after it", async () => {
    operator.write("a.md", "---\ntitle: A\n---\n\nText.\n");
    await run("publish");
    const before = operator.read("ainstein.lock");
    operator.write("a.md", "---\ntitle: A\n---\n\nSecond.\n");
    await run("push");
    operator.write("ainstein.lock", before);
    const store = openStore(operator.home);
    const [died] = listRuns(store, 1);
    store.run("UPDATE runs SET ended_at = NULL, status = 'running' WHERE id = @id", { id: died?.id ?? "" });
    for (let n = 0; n < 150; n++) {
      createRun(store, { ...(died as RunRecord), id: `other-${n}`, site: "elsewhere", root: "/elsewhere" });
      finishRun(store, `other-${n}`, { status: "done", endedAt: new Date().toISOString() });
    }
    store.close();
    operator.write("a.md", "---\ntitle: A\n---\n\nThird.\n");
    expect((await run("push")).summary).toMatchObject({ updated: 1, conflicts: 0 });
    expect(live().map((post) => post.content)).toEqual([expect.stringContaining("Third.")]);
  });

  it("is not mistaken for another new document of the same title and second", async () => {
    for (const name of ["note", "note-two"]) {
      operator.write(`${name}.md`, `---\ntitle: Note\ndate: 2025-01-01 10:00\n---\n\nText of ${name}.\n`);
    }
    let seen = 0;
    proxy.before = ({ write, url }) => {
      if (!write || !url.includes("/posts?")) return;
      seen += 1;
      if (seen === 2) proxy.cut("reset-before", true);
    };
    const ran = await run("publish");
    expect(ran.results.filter((result) => result.status !== "ok")).toEqual([]);
    const own = live().map((post) => [post.slug, post.content.includes(`Text of ${post.slug}.`)]);
    expect(own.sort()).toEqual([
      ["note", true],
      ["note-two", true],
    ]);
  });
});
