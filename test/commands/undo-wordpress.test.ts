import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { sync } from "../../src/commands/sync.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import type { FakePost } from "../fakes/wordpress-state.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";
import { actionsOf, document } from "./undo-scene.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["wp"] };

describe("runs undo on WordPress", () => {
  let fake: FakeWordPress;
  let operator: Bench;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    const connection = {
      platform: "wordpress",
      url: fake.api,
      auth: "app-password",
      username: "admin",
      password: fake.users.admin,
    };
    operator = bench({ env: { AINSTEIN_CONNECTION_WP: JSON.stringify(connection) } });
    operator.write("draft.md", document("Draft", "status: draft\n"));
    for (const name of ["edited", "removed", "merged", "there"]) {
      operator.write(`${name}.md`, document(name, "excerpt: What it is.\nstatus: published\n"));
    }
    await operator.run(push, [], TARGET);
  });

  afterEach(() => fake.stop());

  const edit = (path: string, from: string, to: string) =>
    operator.write(path, operator.read(path).replace(from, to));
  const post = (slug: string): FakePost => {
    const found = [...fake.state.posts.values()].find((one) => one.slug === slug);
    if (found === undefined) throw new Error(`no post ${slug}`);
    return found;
  };
  const editThere = (slug: string, from: string, to: string) => {
    const found = post(slug);
    found.content = found.content.replace(from, to);
    found.modified = new Date(Date.now() - 5000).toISOString().slice(0, 19);
  };
  /** What visitors and editors see, without what counts and times changes: a draft's date floats with its last save. */
  const entries = () =>
    [...fake.state.posts.values()]
      .filter(({ status }) => status !== "trash")
      .map(({ modified, date, revisions: _, texts: __, desired: ___, ...shown }) => ({
        ...shown,
        date: shown.status === "draft" && date === modified ? "floating" : date,
      }))
      .sort((a, b) => a.id - b.id);

  async function mixedRun() {
    operator.write("fresh.md", "---\ntitle: Fresh\n---\n\nA text of its own.\n");
    edit("edited.md", "number 2", "number two");
    edit("edited.md", "excerpt: What it is.\n", "");
    edit("draft.md", "status: draft", "status: published");
    rmSync(join(operator.root, "removed.md"));
    edit("merged.md", "number 1", "number one");
    editThere("merged", "number 5", "number five");
    editThere("there", "number 3", "number three");
    return () => operator.run(sync, [], { ...TARGET, delete: true });
  }

  it("restores every entry of a mixed run though an answer is lost, and is undone in its turn", async () => {
    const run = await mixedRun();
    const before = entries();
    const done = await run();
    expect(actionsOf(done)).toMatchObject({
      "fresh.md": "create ok",
      "edited.md": "update ok",
      "draft.md": "publish ok",
      "removed.md": "delete ok",
      "merged.md": "merge ok",
      "there.md": "pull ok",
    });
    const after = entries();
    fake.quirks.dropsAnswerAfterCommit = 1;
    const undone = await operator.run(runs, ["undo", "last"]);
    expect(undone.exit).toBe(0);
    expect(undone.summary).toMatchObject({ failed: 0, conflicts: 0, verified: 5 });
    expect(entries()).toEqual(before);
    const held = await operator.run(push, [], { ...TARGET, delete: true });
    expect(held.summary).toMatchObject({ writes: 0, failed: 0, conflicts: 0 });
    const redone = await operator.run(runs, ["undo", undone.summary.run]);
    expect(redone.exit).toBe(0);
    expect(entries()).toEqual(after);
    const again = await operator.run(sync, [], TARGET);
    expect(again.summary).toMatchObject({ writes: 0, conflicts: 0, skipped: 0 });
  });

  it("sends a field that was cleared, and came back, again only when it is released", async () => {
    await (await mixedRun())();
    expect(post("edited").excerpt).toBe("");
    await operator.run(runs, ["undo", "last"]);
    expect(post("edited").excerpt).toBe("What it is.");
    const held = await operator.run(push, ["edited.md"], TARGET);
    expect(held.summary).toMatchObject({ writes: 0, skipped: 1 });
    const released = await operator.run(push, ["edited.md"], { ...TARGET, release: true });
    expect(actionsOf(released)).toEqual({ "edited.md": "update ok" });
    expect(post("edited").excerpt).toBe("");
    expect(post("edited").content).toContain("number two");
  });
});
