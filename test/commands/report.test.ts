import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import type { RunReport } from "../../src/report/report-model.ts";
import { openStore } from "../../src/store/db.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";

afterAll(removeTempDirs);

const document = (title: string) => `---\ntitle: ${title}\n---\n\nText of ${title}.\n`;

describe("--report", () => {
  let operator: Bench;
  let site: string;

  beforeEach(() => {
    site = join(tempDir("site"), "site");
    const connection = (url: string) => JSON.stringify({ platform: "local", url });
    operator = bench({
      env: {
        AINSTEIN_CONNECTION_SITE: connection(site),
        AINSTEIN_CONNECTION_OTHER: connection(join(tempDir("site"), "other")),
        CI_JOB_URL: "",
      },
    });
    operator.write("good.md", document("Good"));
    operator.write("broken.md", "---\ntitle: [\n---\n\nText.\n");
  });

  const reportAt = (file: string) => JSON.parse(operator.read(file)) as RunReport;

  it("writes every kind that is asked for, of every site, whatever became of the documents", async () => {
    const report = ["out.html", "out.json", "out.junit.xml"];
    const ran = await operator.run(publish, ["."], { target: ["site", "other"], report });
    expect(ran.exit).toBe(1);
    const told = reportAt("out.json");
    expect(told).toMatchObject({ v: 1, type: "report", command: "publish", exit: 1, error: null });
    expect(told.targets.map(({ target }) => target).sort()).toEqual(["other", "site"]);
    for (const { documents, summary, run, timeline } of told.targets) {
      expect(documents.map(({ path, status }) => `${path} ${status}`).sort()).toEqual([
        "broken.md failed",
        "good.md ok",
      ]);
      expect([summary?.created, summary?.run]).toEqual([1, run]);
      expect(timeline?.done.reduce((sum, count) => sum + count, 0)).toBe(1);
    }
    expect(operator.read("out.html")).toContain("2 failed");
    expect(operator.read("out.junit.xml")).toContain('tests="4" failures="2"');
    expect(readdirSync(operator.root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each([
    ["out.txt", "bad-report"],
    ["out.xml", "bad-report"],
    ["nowhere/out.html", "report-not-writable"],
    ["taken.html", "report-not-writable"],
  ])("says of %s before anything is sent that it cannot be written", async (name, code) => {
    mkdirSync(join(operator.root, "taken.html"));
    const ran = await operator.run(push, [], { target: ["site"], report: ["fine.json", name] });
    expect(ran.fault).toMatchObject({ kind: "usage", code });
    expect(ran.fault?.hint).toContain("Nothing was sent");
    expect(ran.events).toEqual([]);
    expect(existsSync(site)).toBe(false);
    expect(existsSync(join(operator.root, "fine.json"))).toBe(false);
  });

  it("is written when a command ends with a fault", async () => {
    const ran = await operator.run(push, [], { target: ["nobody"], report: ["out.json"] });
    expect(ran.fault?.code).toBe("connection.unknown");
    expect(reportAt("out.json")).toMatchObject({
      exit: 2,
      error: { code: "connection.unknown", message: 'There is no connection "nobody".' },
    });
  });

  it("is written, and the run as good as it was, where its time line cannot be kept", async () => {
    expect((await operator.run(publish, ["good.md"], { target: ["site"] })).exit).toBe(0);
    const store = openStore(operator.home);
    store.db.exec(
      "CREATE TRIGGER full BEFORE UPDATE OF timeline ON runs BEGIN SELECT raise(ABORT, 'no room'); END",
    );
    store.close();
    const ran = await operator.run(publish, ["good.md"], { target: ["other"], report: ["out.json"] });
    expect(ran.exit).toBe(0);
    expect(reportAt("out.json")).toMatchObject({ exit: 0, summary: { created: 1 } });
    const notices = ran.events.flatMap((event) => (event.type === "notice" ? event.message : []));
    expect(notices).toContainEqual(
      expect.stringMatching(/^how the run went over time is not kept: .*no room/),
    );
  });

  it("calls documents of a dry run planned", async () => {
    await operator.run(push, [], { target: ["site"], dryRun: true, report: ["out.json"] });
    const [told] = reportAt("out.json").targets;
    expect(told?.run).toBeNull();
    expect(told?.documents.find(({ path }) => path === "good.md")?.status).toBe("planned");
  });

  it("can be had later of any run, with its time line", async () => {
    const ran = await operator.run(push, [], { target: ["site"] });
    await operator.run(runs, ["show", ran.summary.run], { report: ["later.json", "later.html"] });
    const [told] = reportAt("later.json").targets;
    expect(told).toMatchObject({ target: "site", run: ran.summary.run, summary: { created: 1, failed: 1 } });
    expect(told?.documents.map(({ path, status, title }) => [path, status, title])).toEqual([
      ["good.md", "ok", "Good"],
      ["broken.md", "failed", null],
    ]);
    expect(told?.timeline?.done.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(readFileSync(join(operator.root, "later.html"), "utf8")).toContain("ainstein-cms push: 1 failed");
    const undone = await operator.run(runs, ["undo", ran.summary.run], {
      delete: true,
      report: ["undo.json"],
    });
    expect(undone.exit).toBe(0);
    expect(reportAt("undo.json").command).toBe("runs undo");
  });
});
