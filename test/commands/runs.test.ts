import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const document = (title: string) => `---\ntitle: ${title}\n---\n\nText of ${title}.\n`;

describe("runs", () => {
  let operator: Bench;
  let site: string;

  beforeEach(() => {
    site = join(tempDir("site"), "site");
    operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }), CI_JOB_URL: "" },
    });
  });

  const inStore = <T>(work: (store: Store) => T): T => {
    const store = openStore(operator.home);
    try {
      return work(store);
    } finally {
      store.close();
    }
  };
  const rows = async (...args: string[]) =>
    (await operator.run(runs, args)).out.map((line) => line.split("\t"));

  it("lists runs newest first, with what they did and what undid them", async () => {
    expect((await operator.run(runs)).out).toEqual([]);
    operator.write("one.md", document("One"));
    const first = await operator.run(push, [], TARGET);
    operator.write("two.md", document("Two"));
    const second = await operator.run(publish, ["two.md"], TARGET);
    await operator.run(runs, ["undo", first.summary.run]);
    const [undo, two, one] = await rows("list");
    expect(one?.[0]).toBe(first.summary.run.slice(0, 8));
    expect(one?.slice(2, 4)).toEqual(["push", "site"]);
    expect(one?.slice(5)).toEqual(["1 created", "done", undo?.[0] ?? ""]);
    expect(two?.slice(5)).toEqual(["1 created", "done", ""]);
    expect(two?.[0]).toBe(second.summary.run.slice(0, 8));
    expect(undo?.[2]).toBe(`undo of ${one?.[0]}`);
    expect(undo?.[4]).toMatch(/@/);
    expect((await operator.run(runs, ["list"], { limit: 1 })).out).toHaveLength(1);
  });

  it("calls a run that found a conflict and did the rest done", async () => {
    operator.write("one.md", document("One"));
    await operator.run(push, [], TARGET);
    operator.write("one.md", document("Mine"));
    operator.write("two.md", document("Two"));
    editOnSite(site, "one", () => ({ title: "Theirs" }));
    const ran = await operator.run(push, [], TARGET);
    expect(ran.exit).toBe(4);
    const [row] = await rows("list");
    expect(row?.slice(5, 7)).toEqual(["1 created, 1 in conflict", "done"]);
  });

  it("shows which document failed, and why", async () => {
    operator.write("good.md", document("Good"));
    operator.write("broken.md", "---\ntitle: [\n---\n\nText.\n");
    const ran = await operator.run(push, [], TARGET);
    expect(ran.exit).toBe(1);
    const shown = await rows("show", ran.summary.run.slice(0, 6));
    const broken = shown.find(([path]) => path === "broken.md");
    expect(broken?.[2]).toBe("failed");
    expect(broken?.[5]).not.toBe("");
    const good = shown.find(([path]) => path === "good.md");
    expect(good?.slice(1, 3)).toEqual(["create", "ok"]);
    expect(good?.[3]).not.toBe("");
  });

  it("says what is wrong with the name of a run", async () => {
    const none = await operator.run(runs, ["show", "last"]);
    expect(none.fault).toMatchObject({ kind: "usage", code: "run.none" });
    const missing = await operator.run(runs, ["undo"]);
    expect(missing.fault).toMatchObject({ kind: "usage", code: "missing-run" });
    const odd = await operator.run(runs, ["unod"]);
    expect(odd.fault?.hint).toContain("Did you mean undo?");
  });

  it("retries only what failed", async () => {
    operator.write("good.md", document("Good"));
    operator.write("broken.md", "---\ntitle: [\n---\n\nText.\n");
    const ran = await operator.run(push, [], TARGET);
    operator.write("good.md", document("Good, edited since"));
    operator.write("broken.md", document("Mended"));
    const again = await operator.run(runs, ["retry", ran.summary.run]);
    expect(again.exit).toBe(0);
    expect(again.results.map(({ path, action }) => `${action} ${path}`)).toEqual(["create broken.md"]);
    expect(again.summary).toMatchObject({ command: "push", created: 1, updated: 0 });
    const nothing = await operator.run(runs, ["retry", "last"]);
    expect(nothing.exit).toBe(0);
    expect(nothing.results).toEqual([]);
  });

  it("resumes what was not attempted, with the options of the run", async () => {
    for (const name of ["a", "b", "c"]) operator.write(`${name}.md`, document(name));
    const ran = await operator.run(publish, ["."], { ...TARGET, canary: 1 });
    expect(slugsOn(site)).toHaveLength(1);
    operator.write("d.md", document("d"));
    const rest = await operator.run(runs, ["resume", ran.summary.run]);
    expect(rest.results.map(({ path }) => path).sort()).toEqual(["b.md", "c.md"]);
    expect(rest.summary).toMatchObject({ command: "publish", created: 2 });
    expect(slugsOn(site)).toEqual(["a", "b", "c"]);
    const nothing = await operator.run(runs, ["resume", ran.summary.run]);
    expect(nothing.exit).toBe(0);
    expect(nothing.summary?.writes ?? 0).toBe(0);
  });

  it("shows what the receipts of a killed run prove, and resumes the rest", async () => {
    for (const name of ["a", "b"]) operator.write(`${name}.md`, document(name));
    const ran = await operator.run(push, [], { ...TARGET, canary: 1 });
    inStore((store) => {
      store.run("UPDATE steps SET status = 'planned'", {});
      store.run("UPDATE runs SET status = 'running', ended_at = NULL, summary = NULL, pid = 2147483646", {});
    });
    const [row] = await rows("list");
    expect(row?.slice(5, 7)).toEqual(["1 done", "cut-off"]);
    const shown = await rows("show", "last");
    expect(shown.find(([path]) => path === "a.md")?.[2]).toBe("ok");
    expect(shown.find(([path]) => path === "b.md")?.[2]).toBe("not-attempted");
    const rest = await operator.run(runs, ["resume", ran.summary.run]);
    expect(rest.results.map(({ path, status }) => `${path} ${status}`)).toEqual(["b.md ok"]);
    expect(slugsOn(site)).toEqual(["a", "b"]);
  });

  it("takes no undo up again: undoing once more does that", async () => {
    operator.write("one.md", document("One"));
    await operator.run(push, [], TARGET);
    await operator.run(runs, ["undo", "last"]);
    const refused = await operator.run(runs, ["retry", "last"]);
    expect(refused.fault).toMatchObject({ code: "run.not-again" });
  });

  it("retries what the site refused, by the options of the run, and nothing else", async () => {
    const fake = await startFakeWordPress();
    try {
      const connection = {
        platform: "wordpress",
        url: fake.api,
        auth: "app-password",
        username: "admin",
        password: fake.users.admin,
      };
      operator.env = { ...operator.env, AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) };
      operator.write("kept.md", document("Kept"));
      operator.write("gone.md", document("Quite another one"));
      await operator.run(push, [], TARGET);
      rmSync(join(operator.root, "gone.md"));
      operator.write("kept.md", document("Kept and edited"));
      fake.quirks.trashOff = true;
      const ran = await operator.run(push, [], { ...TARGET, delete: true });
      expect(ran.summary).toMatchObject({ updated: 1, failed: 1 });
      const shown = (await rows("show", "last")).find(([path]) => path === "gone.md");
      expect(shown?.slice(1, 3)).toEqual(["delete", "failed"]);
      fake.quirks.trashOff = false;
      operator.write("kept.md", document("Edited once more"));
      const sent = fake.requests.filter(({ write }) => write).length;
      const again = await operator.run(runs, ["retry", "last"]);
      expect(again.results.map(({ path, action }) => `${action} ${path}`)).toEqual(["delete gone.md"]);
      expect(fake.requests.filter(({ write }) => write)).toHaveLength(sent + 1);
    } finally {
      await fake.stop();
    }
  });
});
