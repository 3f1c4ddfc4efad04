import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { resolve, resolveTarget } from "../../src/commands/resolve.ts";
import { runs } from "../../src/commands/runs.ts";
import { eachTarget, placeOf } from "../../src/commands/session.ts";
import { status } from "../../src/commands/status.ts";
import { scopeOf, transfer } from "../../src/commands/transfer.ts";
import type { Listing } from "../../src/connectors/contract.ts";
import type { OpenTarget } from "../../src/engine/site.ts";
import type { ExitCode } from "../../src/lib/exit.ts";
import { conflictHistory } from "../../src/store/conflicts.ts";
import { openStore } from "../../src/store/db.ts";
import { listRuns } from "../../src/store/runs.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const PARAGRAPHS = Array.from({ length: 9 }, (_, n) => `Paragraph *number* ${n + 1}.`);
const FILE = `---\n# ours\ntitle: 'Rye'   # keep\nexcerpt: Short\ntags: [bread, rye]\n---\n\n${PARAGRAPHS.join("\n\n")}\n`;

let operator: Bench;
let site: string;

beforeEach(async () => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  operator.write("rye.md", FILE);
  operator.write("other.md", "---\ntitle: Other\n---\n\nUntouched.\n");
  await operator.run(publish, [], TARGET);
});

const editFile = (from: string, to: string) =>
  operator.write("rye.md", operator.read("rye.md").replace(from, to));
const editSite = (from: string, to: string) =>
  editOnSite(site, "rye", ({ body }) => ({ body: body.replace(from, to) }));
const by = (strategy: string, more: Readonly<Record<string, unknown>> = {}): Promise<Ran> =>
  operator.run(resolve, [], { ...TARGET, strategy, ...more });

/** How the newest conflict ended, as the record has it. */
function lastSettlement(): unknown {
  const store = openStore(operator.home);
  try {
    return conflictHistory(store, {})[0]?.settlement;
  } finally {
    store.close();
  }
}

/** What was settled is no conflict any more: a second time there is nothing to do. */
async function nothingMore(): Promise<void> {
  const before = operator.read("ainstein.lock");
  const again = await by("theirs");
  expect(again.exit).toBe(0);
  expect(again.plan.steps).toEqual([]);
  expect(operator.read("ainstein.lock")).toBe(before);
}

/** The next push sends exactly these parts of the document, and then both sides are in step. */
async function nextPushSends(parts: readonly string[]): Promise<void> {
  await nothingMore();
  const sent = await operator.run(push, [], TARGET);
  expect(sent.exit).toBe(0);
  expect(sent.plan.steps.map(({ action, changed }) => [action, changed])).toEqual(
    parts.length === 0 ? [] : [["update", parts]],
  );
  expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
}

describe("a part changed on both sides", () => {
  beforeEach(() => {
    editSite("<em>number</em> 2", "<em>number</em> zwei");
    editSite("<em>number</em> 9", "<em>number</em> neun");
    editFile("*number* 2", "*number* deux");
    editFile("Short", "Brief");
    editOnSite(site, "rye", () => ({ title: "Rye bread" }));
  });

  it("is the file's with ours; what else changed there comes in, and the push sends just what is the file's", async () => {
    const ran = await by("ours");
    expect(ran.exit).toBe(0);
    expect(ran.summary).toMatchObject({ command: "resolve", merged: 1, conflicts: 0, writes: 0 });
    expect(operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* deux").replace("Short", "Brief").replace("'Rye'", "'Rye bread'"),
    );
    await nextPushSends(["body", "excerpt"]);
    expect(onSite(site, "rye").fields).toMatchObject({ title: "Rye bread", excerpt: "Brief" });
    expect(onSite(site, "rye").fields.body).not.toContain("neun");
  });

  it("is the site's with theirs, and only what the file alone changed is left to push", async () => {
    await by("theirs");
    expect(operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* zwei")
        .replace("*number* 9", "*number* neun")
        .replace("Short", "Brief")
        .replace("'Rye'", "'Rye bread'"),
    );
    await nextPushSends(["excerpt"]);
  });

  it("stays a conflict with merge where it does not merge, and nothing is written", async () => {
    const [file, lock] = [operator.read("rye.md"), operator.read("ainstein.lock")];
    const ran = await by("merge");
    expect(ran.exit).toBe(4);
    expect(ran.results).toMatchObject([{ path: "rye.md", status: "conflict" }]);
    expect([operator.read("rye.md"), operator.read("ainstein.lock")]).toEqual([file, lock]);
  });

  it("is listed where nobody can be asked and nothing says how, and nothing is written", async () => {
    const [file, lock] = [operator.read("rye.md"), operator.read("ainstein.lock")];
    const ran = await operator.run(resolve, [], TARGET);
    expect(ran.exit).toBe(4);
    expect(ran.plan.steps).toMatchObject([{ action: "conflict", path: "rye.md", changed: ["body"] }]);
    expect([operator.read("rye.md"), operator.read("ainstein.lock")]).toEqual([file, lock]);
  });

  it("is shown and not settled with --dry-run", async () => {
    const [file, lock] = [operator.read("rye.md"), operator.read("ainstein.lock")];
    const ran = await by("theirs", { dryRun: true });
    expect(ran.exit).toBe(0);
    expect(ran.plan.steps).toMatchObject([{ action: "pull", path: "rye.md", changed: ["body"] }]);
    expect([operator.read("rye.md"), operator.read("ainstein.lock")]).toEqual([file, lock]);
  });

  it("is settled by the rules of ainstein.yaml, and --strategy wins over them", async () => {
    operator.write("ainstein.yaml", "content: [{dir: ., kind: post}]\nonConflict: {body: union}\n");
    await operator.run(resolve, [], TARGET);
    expect(operator.read("rye.md")).toContain("*number* deux.\n\nParagraph *number* zwei.");
    expect(lastSettlement()).toMatchObject({ how: { body: "union" } });
    editSite("<em>number</em> 3", "<em>number</em> drei");
    editFile("*number* 3", "*number* trois");
    await by("theirs");
    expect(operator.read("rye.md")).toContain("*number* drei");
    expect(operator.read("rye.md")).not.toContain("*number* trois");
    expect(lastSettlement()).toMatchObject({ how: { body: "theirs" } });
  });

  it("is recorded as a run and as a settlement, with whoever did it", async () => {
    const { summary } = await by("ours");
    expect(lastSettlement()).toMatchObject({
      how: { body: "ours" },
      run: summary.run,
      by: { host: expect.any(String) },
    });
    const store = openStore(operator.home);
    expect(listRuns(store, 1)).toMatchObject([{ id: summary.run, command: "resolve", status: "done" }]);
    store.close();
  });

  it("is shown by diff on both sides, word by word, with the command that settles it", async () => {
    const [out, notes]: [string[], string[]] = [[], []];
    const spoken: Command = (context, args) =>
      diff(
        {
          ...context,
          ui: { ...context.ui, out: (line) => out.push(line), note: (line) => notes.push(line) },
        },
        args,
      );
    await operator.run(spoken, [], TARGET);
    const lines = out.map((line) => line.trim());
    expect(lines).toContain("rye.md  (changed here and on the site)");
    expect(lines[lines.indexOf("here") + 3]).toBe("~ Paragraph *number* [-2-]{+deux+}.");
    expect(lines[lines.indexOf("there") + 3]).toBe("~ Paragraph *number* [-2-]{+zwei+}.");
    expect(notes).toEqual(["To settle it: ainstein-cms resolve rye.md --target site"]);
  });

  it("is undone as a run: the file says what it said, and nothing is sent over the site's version", async () => {
    const [file, there] = [operator.read("rye.md"), onSite(site, "rye")];
    await by("theirs");
    const undone = await operator.run(runs, ["undo", "last"], { ...TARGET, withFiles: true });
    expect(undone.exit).toBe(0);
    expect(operator.read("rye.md")).toBe(file);
    await operator.run(push, [], TARGET);
    expect(onSite(site, "rye")).toEqual(there);
  });

  it("can be undone on another machine from --undo-out", async () => {
    const file = operator.read("rye.md");
    await by("theirs", { undoOut: "undo.jsonl" });
    expect(operator.read("rye.md")).not.toBe(file);
    const other = operator.elsewhere();
    const undone = await other.run(runs, ["undo"], { ...TARGET, from: "undo.jsonl", withFiles: true });
    expect(undone.exit).toBe(0);
    expect(operator.read("rye.md")).toBe(file);
  });

  it("is written for scripts as one line a document", async () => {
    const lines: unknown[] = [];
    const spoken: Command = (context, args) =>
      resolve({ ...context, ui: { ...context.ui, json: true, record: (line) => lines.push(line) } }, args);
    await operator.run(spoken, [], { ...TARGET, strategy: "theirs" });
    expect(lines).toEqual([
      expect.objectContaining({
        type: "resolve",
        target: "site",
        path: "rye.md",
        conflict: "both-changed",
        settled: true,
        parts: { body: "theirs" },
        open: [],
      }),
    ]);
  });

  it("is not called settled where it only would be, or where nothing says how", async () => {
    const lines: unknown[] = [];
    const spoken: Command = (context, args) =>
      resolve({ ...context, ui: { ...context.ui, json: true, record: (line) => lines.push(line) } }, args);
    await operator.run(spoken, [], { ...TARGET, strategy: "theirs", dryRun: true });
    await operator.run(spoken, [], TARGET);
    expect(lines).toEqual([
      expect.objectContaining({ settled: false, parts: { body: "theirs" }, open: [] }),
      expect.objectContaining({
        settled: false,
        parts: {},
        open: ["body"],
        hint: "ainstein-cms resolve rye.md --target site",
      }),
    ]);
  });

  it.each([
    ["ours", ["ainstein-cms push --target site"]],
    ["theirs", []],
  ])("says with %s what sends it", async (strategy, hints) => {
    operator.write("rye.md", operator.read("rye.md").replace("Brief", "Short"));
    const ran = await by(strategy);
    expect(ran.events.flatMap((event) => (event.type === "notice" ? event.hint : []))).toEqual(hints);
  });

  it("is refused when the file changes while the answer is thought over", async () => {
    const lines: unknown[] = [];
    const racing: Command = (context, args) =>
      resolve(
        {
          ...context,
          ui: { ...context.ui, record: (line) => lines.push(line) },
          emit: (event) => {
            if (event.type === "plan") editFile("*number* 5", "*number* cinq");
            context.emit(event);
          },
        },
        args,
      );
    const ran = await operator.run(racing, [], { ...TARGET, strategy: "theirs" });
    expect(ran.exit).toBe(4);
    expect(ran.results[0]?.fault).toMatchObject({ code: "file-moved-on" });
    expect(lines).toMatchObject([{ type: "resolve", settled: false }]);
    expect(operator.read("rye.md")).toContain("cinq");
    expect(operator.read("rye.md")).not.toContain("zwei");
  });
});

describe("a field changed on both sides", () => {
  it("that the file no longer has is cleared with ours, and comes back with theirs", async () => {
    operator.write("rye.md", FILE.replace("excerpt: Short\n", ""));
    editOnSite(site, "rye", () => ({ excerpt: "Longer" }) as object);
    await by("ours");
    expect(operator.read("rye.md")).toBe(FILE.replace("excerpt: Short\n", ""));
    await nextPushSends(["excerpt"]);
    expect(onSite(site, "rye").fields).toMatchObject({ excerpt: "" });
    operator.write("rye.md", FILE);
    await operator.run(push, [], TARGET);
    operator.write("rye.md", FILE.replace("excerpt: Short\n", ""));
    editOnSite(site, "rye", () => ({ excerpt: "Longer" }) as object);
    await by("theirs");
    expect(operator.read("rye.md")).toContain("excerpt: Longer\n");
    await nextPushSends([]);
  });
});

describe("an entry of the same slug", () => {
  it.each([
    ["ours", "Mine.", ["body"]],
    ["theirs", "Theirs.", []],
  ])("is bound with %s, and never created again", async (strategy, says, sent) => {
    const machine = bench({ env: operator.env });
    machine.write("rye.md", FILE.replace(PARAGRAPHS.join("\n\n"), "Mine."));
    editOnSite(site, "rye", () => ({ body: "<p>Theirs.</p>" }));
    operator = machine;
    expect((await operator.run(push, [], TARGET)).exit).toBe(4);
    const kept = await by("merge");
    expect(kept.exit).toBe(4);
    await by(strategy);
    expect(operator.read("rye.md")).toContain(`\n\n${says}\n`);
    await nextPushSends(sent);
    expect(slugsOn(site)).toEqual(["other", "rye"]);
  });
});

describe("an editor's stale screen", () => {
  beforeEach(async () => {
    const screen = onSite(site, "rye").fields.body;
    editFile("*number* 3", "*number* three");
    await operator.run(push, [], TARGET);
    editOnSite(site, "rye", () => ({ body: screen.replace("<em>number</em> 8", "<em>number</em> eight") }));
  });

  it.each([
    ["ours", "*number* three", "*number* 8", ["body"]],
    ["theirs", "*number* 3", "*number* eight", []],
    ["merge", "*number* three", "*number* eight", ["body"]],
  ])("with %s says %s and %s", async (strategy, sent, edited, parts) => {
    const ran = await by(strategy);
    expect(ran.exit).toBe(0);
    expect(operator.read("rye.md")).toContain(`${sent}.`);
    expect(operator.read("rye.md")).toContain(`${edited}.`);
    await nextPushSends(parts);
  });
});

describe("edited here, removed there", () => {
  let id: string;

  beforeEach(async () => {
    id = onSite(site, "rye").id;
    const machine = bench({ env: operator.env });
    await machine.run(pull, [], TARGET);
    rmSync(join(machine.root, "rye.md"));
    await machine.run(push, ["rye.md"], { ...TARGET, delete: true });
    expect(slugsOn(site)).toEqual(["other"]);
    editFile("*number* 2", "*number* deux");
  });

  it("comes back with ours: the next push takes it out of the trash", async () => {
    const file = operator.read("rye.md");
    expect((await by("merge")).exit).toBe(4);
    await by("ours");
    expect(operator.read("rye.md")).toBe(file);
    await nothingMore();
    expect((await operator.run(pull, [], TARGET)).plan.steps).toMatchObject([{ action: "skip" }]);
    const sent = await operator.run(push, [], TARGET);
    expect(sent.exit).toBe(0);
    expect(sent.plan.steps).toMatchObject([{ action: "restore", path: "rye.md", to: "published" }]);
    expect(sent.summary).toMatchObject({ created: 0, verified: 1 });
    expect(onSite(site, "rye")).toMatchObject({ id, fields: { status: "published", title: "Rye" } });
    expect(onSite(site, "rye").fields.body).toContain("deux");
    expect(operator.read("ainstein.lock")).not.toContain("overwrites");
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("is made anew with ours where the trash was emptied", async () => {
    rmSync(join(site, "trash"), { recursive: true });
    await by("ours");
    await nothingMore();
    const sent = await operator.run(push, [], TARGET);
    expect(sent.summary).toMatchObject({ created: 1, conflicts: 0 });
    expect(slugsOn(site)).toEqual(["other", "rye"]);
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("goes here too with theirs, into the trash directory", async () => {
    const file = operator.read("rye.md");
    const { summary } = await by("theirs");
    expect(summary).toMatchObject({ deleted: 1 });
    expect(existsSync(join(operator.root, "rye.md"))).toBe(false);
    expect(readFileSync(join(operator.home, "trash", summary.run, "rye.md"), "utf8")).toBe(file);
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });
});

describe("removed here, edited there", () => {
  beforeEach(() => {
    rmSync(join(operator.root, "rye.md"));
    editSite("<em>number</em> 2", "<em>number</em> zwei");
  });

  it("is removed there with ours by the next push that may, unless it is edited again", async () => {
    await by("ours");
    await nothingMore();
    const plain = await operator.run(push, [], TARGET);
    expect(plain.summary).toMatchObject({ deleted: 0, writes: 0, conflicts: 0 });
    await operator.run(push, ["rye.md"], { ...TARGET, delete: true });
    expect(slugsOn(site)).toEqual(["other"]);
  });

  it("comes back with theirs", async () => {
    await by("theirs");
    expect(operator.read("rye.md")).toContain("*number* zwei");
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ writes: 0 });
  });
});

describe("taken off line on the site", () => {
  beforeEach(async () => {
    editOnSite(site, "rye", () => ({ status: "draft" }));
    expect((await operator.run(publish, ["rye.md"], TARGET)).exit).toBe(4);
  });

  it("is published again with ours, next time", async () => {
    await by("ours");
    expect(operator.read("rye.md")).toBe(FILE);
    await nothingMore();
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ published: 1 });
    expect(onSite(site, "rye").fields.status).toBe("published");
  });

  it("stays a draft with theirs: the file says so", async () => {
    await by("theirs");
    expect(operator.read("rye.md")).toContain("status: draft\n");
    await nothingMore();
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ published: 0, skipped: 1, writes: 0 });
  });
});

describe("changed in different places", () => {
  it("is merged where a push found it, and the next one sends it", async () => {
    editSite("<em>number</em> 2", "<em>number</em> two");
    editFile("*number* 7", "*number* seven");
    expect((await operator.run(push, [], TARGET)).exit).toBe(4);
    expect((await by("merge")).exit).toBe(0);
    expect(operator.read("rye.md")).toBe(
      FILE.replace("*number* 2", "*number* two").replace("*number* 7", "*number* seven"),
    );
    await nextPushSends(["body"]);
  });
});

describe("what a local site does not have", () => {
  /** Commands that see the rows of the site changed. */
  const seeing = (alter: (row: Listing) => object) => {
    const over = (target: OpenTarget): OpenTarget => {
      const { connector } = target;
      const altered = <T extends Listing>(row: T): T => ({ ...row, ...alter(row) });
      return {
        ...target,
        connector: {
          ...connector,
          async *list(kinds) {
            for await (const rows of connector.list(kinds)) yield rows.map(altered);
          },
          read: async (refs) =>
            (await connector.read(refs)).map((found) =>
              found.entry === undefined ? found : { ...found, entry: altered(found.entry) },
            ),
        },
      };
    };
    const command =
      (work: (...given: Parameters<typeof resolveTarget>) => Promise<{ readonly exit: ExitCode }>): Command =>
      async (context, args) => {
        const place = await placeOf(context, args.positionals);
        const scope = scopeOf(args, place.paths);
        return eachTarget(context, args, place, (target, root) =>
          work(context, args, over(target), root, scope, undefined),
        );
      };
    return {
      push: command((context, args, target, root, scope) =>
        transfer(context, args, "push", target, root, scope),
      ),
      by: (strategy: "ours" | "theirs" | "merge") =>
        command((context, args, target, root, scope) =>
          resolveTarget(context, args, target, root, scope, strategy),
        ),
    };
  };

  describe("somebody's unpublished changes", () => {
    const pending = seeing((row) => (row.slug === "rye" ? { pendingChanges: true } : {}));
    beforeEach(() => {
      editOnSite(site, "rye", () => ({ title: "Unfinished" }));
      editFile("*number* 2", "*number* deux");
    });

    it("are overwritten with ours by the next push, and only the version that was seen", async () => {
      expect((await operator.run(pending.push, [], TARGET)).exit).toBe(4);
      expect((await operator.run(pending.by("merge"), [], TARGET)).exit).toBe(4);
      await operator.run(pending.by("ours"), [], TARGET);
      expect(operator.read("rye.md")).toBe(
        FILE.replace("*number* 2", "*number* deux").replace("'Rye'", "'Unfinished'"),
      );
      editOnSite(site, "rye", () => ({ excerpt: "Once more" }) as object);
      expect((await operator.run(pending.push, [], TARGET)).exit).toBe(4);
      await operator.run(pending.by("ours"), [], TARGET);
      const sent = await operator.run(pending.push, [], TARGET);
      expect(sent.plan.steps).toMatchObject([{ action: "update", changed: ["body"] }]);
      expect(onSite(site, "rye").fields).toMatchObject({ title: "Unfinished", excerpt: "Once more" });
      expect(operator.read("ainstein.lock")).not.toContain("overwrites");
    });

    it("are taken with theirs", async () => {
      await operator.run(pending.by("theirs"), [], TARGET);
      expect(operator.read("rye.md")).toBe(FILE.replace("'Rye'", "'Unfinished'"));
      expect((await operator.run(pending.push, [], TARGET)).summary).toMatchObject({
        writes: 0,
        conflicts: 0,
      });
    });
  });

  it("two entries of one slug are told with the command that says which is meant", async () => {
    const twins = seeing(() => ({ slug: "rye" }));
    const machine = bench({ env: operator.env });
    machine.write("rye.md", FILE);
    const ran = await machine.run(twins.by("ours"), [], TARGET);
    expect(ran.exit).toBe(1);
    expect(ran.results).toMatchObject([
      {
        path: "rye.md",
        fault: { code: "duplicate", hint: expect.stringContaining("ainstein-cms link rye.md ") },
      },
    ]);
    expect(machine.read("rye.md")).toBe(FILE);
  });

  it("a body that belongs to another tool can only be taken", async () => {
    const foreign = seeing((row) => (row.slug === "rye" ? { bodyOwner: "Builder" } : {}));
    editFile("*number* 2", "*number* deux");
    expect((await operator.run(foreign.push, [], TARGET)).exit).toBe(4);
    for (const strategy of ["ours", "merge"] as const) {
      expect((await operator.run(foreign.by(strategy), [], TARGET)).exit).toBe(4);
    }
    expect((await operator.run(foreign.by("theirs"), [], TARGET)).exit).toBe(0);
    expect(operator.read("rye.md")).toBe(FILE);
    expect((await operator.run(foreign.push, [], TARGET)).summary).toMatchObject({ writes: 0, conflicts: 0 });
  });
});

describe("newest", () => {
  const commit = (date: string) => {
    operator.git("add", "-A");
    operator.git("commit", "-qm", "edit", "--date", date);
  };
  const conflict = () => {
    editSite("<em>number</em> 2", "<em>number</em> zwei");
    editFile("*number* 2", "*number* deux");
  };
  const refused = async (code: string) => {
    const file = operator.read("rye.md");
    const ran = await by("newest");
    expect(ran.exit).toBe(4);
    expect(ran.results).toMatchObject([{ path: "rye.md", status: "conflict", fault: { code } }]);
    expect(ran.results[0]?.fault?.hint).toBeTruthy();
    expect(operator.read("rye.md")).toBe(file);
  };

  it("is refused without git, and for what is not committed", async () => {
    conflict();
    await refused("newest-no-git");
    operator.git("init", "-q");
    await refused("newest-uncommitted");
    operator.git("add", "rye.md");
    await refused("newest-uncommitted");
  });

  it("is refused in a shallow clone", async () => {
    operator.git("init", "-q");
    commit("2026-01-01T00:00:00Z");
    editFile("*number* 5", "*number* cinq");
    commit("2026-01-02T00:00:00Z");
    const clone = join(tempDir("clone"), "clone");
    operator.git("clone", "-q", "--depth", "1", `file://${operator.root}`, clone);
    operator = operator.elsewhere(clone);
    conflict();
    operator.git("add", "-A");
    operator.git("commit", "-qm", "conflict");
    await refused("newest-shallow");
  });

  it("takes the side that was changed last", async () => {
    operator.git("init", "-q");
    conflict();
    process.env.GIT_COMMITTER_DATE = "2020-01-01T00:00:00Z";
    try {
      commit("2020-01-01T00:00:00Z");
    } finally {
      delete process.env.GIT_COMMITTER_DATE;
    }
    await by("newest");
    expect(operator.read("rye.md")).toContain("zwei");
    expect(lastSettlement()).toMatchObject({ how: { body: "newest" } });
    conflictAgain();
    await by("newest");
    expect(operator.read("rye.md")).toContain("drei");
  });

  const conflictAgain = () => {
    editSite("<em>number</em> 3", "<em>number</em> trois");
    editFile("*number* 3", "*number* drei");
    process.env.GIT_COMMITTER_DATE = "2099-01-01T00:00:00Z";
    try {
      commit("2099-01-01T00:00:00Z");
    } finally {
      delete process.env.GIT_COMMITTER_DATE;
    }
  };
});
