import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { resolveTarget } from "../../src/commands/resolve.ts";
import { eachTarget, placeOf } from "../../src/commands/session.ts";
import { scopeOf, transfer } from "../../src/commands/transfer.ts";
import type { Listing } from "../../src/connectors/contract.ts";
import type { OpenTarget } from "../../src/engine/site.ts";
import type { ExitCode } from "../../src/lib/exit.ts";
import { bench, removeTempDirs, tempDir } from "./bench.ts";
import { FILE, openScene, type Scene, TARGET } from "./resolve-scene.ts";
import { editOnSite, onSite } from "./site-edit.ts";

afterAll(removeTempDirs);

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
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
      editOnSite(scene.site, "rye", () => ({ title: "Unfinished" }));
      scene.edit("*number* 2", "*number* deux");
    });

    it("are overwritten with ours by the next push, and only the version that was seen", async () => {
      expect((await scene.operator.run(pending.push, [], TARGET)).exit).toBe(4);
      expect((await scene.operator.run(pending.by("merge"), [], TARGET)).exit).toBe(4);
      await scene.operator.run(pending.by("ours"), [], TARGET);
      expect(scene.operator.read("rye.md")).toBe(
        FILE.replace("*number* 2", "*number* deux").replace("'Rye'", "'Unfinished'"),
      );
      editOnSite(scene.site, "rye", () => ({ excerpt: "Once more" }) as object);
      expect((await scene.operator.run(pending.push, [], TARGET)).exit).toBe(4);
      await scene.operator.run(pending.by("ours"), [], TARGET);
      const sent = await scene.operator.run(pending.push, [], TARGET);
      expect(sent.plan.steps).toMatchObject([{ action: "update", changed: ["body"] }]);
      expect(onSite(scene.site, "rye").fields).toMatchObject({ title: "Unfinished", excerpt: "Once more" });
      expect(scene.operator.read("ainstein.lock")).not.toContain("overwrites");
    });

    it("are taken with theirs", async () => {
      await scene.operator.run(pending.by("theirs"), [], TARGET);
      expect(scene.operator.read("rye.md")).toBe(FILE.replace("'Rye'", "'Unfinished'"));
      expect((await scene.operator.run(pending.push, [], TARGET)).summary).toMatchObject({
        writes: 0,
        conflicts: 0,
      });
    });
  });

  it("two entries of one slug are told with the command that says which is meant", async () => {
    const twins = seeing(() => ({ slug: "rye" }));
    const machine = bench({ env: scene.operator.env });
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
    scene.edit("*number* 2", "*number* deux");
    expect((await scene.operator.run(foreign.push, [], TARGET)).exit).toBe(4);
    for (const strategy of ["ours", "merge"] as const) {
      expect((await scene.operator.run(foreign.by(strategy), [], TARGET)).exit).toBe(4);
    }
    expect((await scene.operator.run(foreign.by("theirs"), [], TARGET)).exit).toBe(0);
    expect(scene.operator.read("rye.md")).toBe(FILE);
    expect((await scene.operator.run(foreign.push, [], TARGET)).summary).toMatchObject({
      writes: 0,
      conflicts: 0,
    });
  });
});

describe("newest", () => {
  const commit = (date: string) => {
    scene.operator.git("add", "-A");
    scene.operator.git("commit", "-qm", "edit", "--date", date);
  };
  const conflict = () => {
    scene.editThere("<em>number</em> 2", "<em>number</em> zwei");
    scene.edit("*number* 2", "*number* deux");
  };
  const refused = async (code: string) => {
    const file = scene.operator.read("rye.md");
    const ran = await scene.by("newest");
    expect(ran.exit).toBe(4);
    expect(ran.results).toMatchObject([{ path: "rye.md", status: "conflict", fault: { code } }]);
    expect(ran.results[0]?.fault?.hint).toBeTruthy();
    expect(scene.operator.read("rye.md")).toBe(file);
  };

  it("is refused without git, and for what is not committed", async () => {
    conflict();
    await refused("newest-no-git");
    scene.operator.git("init", "-q");
    await refused("newest-uncommitted");
    scene.operator.git("add", "rye.md");
    await refused("newest-uncommitted");
  });

  it("is refused in a shallow clone", async () => {
    scene.operator.git("init", "-q");
    commit("2026-01-01T00:00:00Z");
    scene.edit("*number* 5", "*number* cinq");
    commit("2026-01-02T00:00:00Z");
    const clone = join(tempDir("clone"), "clone");
    scene.operator.git("clone", "-q", "--depth", "1", `file://${scene.operator.root}`, clone);
    scene.operator = scene.operator.elsewhere(clone);
    conflict();
    scene.operator.git("add", "-A");
    scene.operator.git("commit", "-qm", "conflict");
    await refused("newest-shallow");
  });

  it("takes the side that was changed last", async () => {
    scene.operator.git("init", "-q");
    conflict();
    process.env.GIT_COMMITTER_DATE = "2020-01-01T00:00:00Z";
    try {
      commit("2020-01-01T00:00:00Z");
    } finally {
      delete process.env.GIT_COMMITTER_DATE;
    }
    await scene.by("newest");
    expect(scene.operator.read("rye.md")).toContain("zwei");
    expect(scene.lastSettlement()).toMatchObject({ how: { body: "newest" } });
    conflictAgain();
    await scene.by("newest");
    expect(scene.operator.read("rye.md")).toContain("drei");
  });

  const conflictAgain = () => {
    scene.editThere("<em>number</em> 3", "<em>number</em> trois");
    scene.edit("*number* 3", "*number* drei");
    process.env.GIT_COMMITTER_DATE = "2099-01-01T00:00:00Z";
    try {
      commit("2099-01-01T00:00:00Z");
    } finally {
      delete process.env.GIT_COMMITTER_DATE;
    }
  };
});
