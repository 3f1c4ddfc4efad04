import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { ALGORITHMS, newestVersion } from "../../src/engine/fingerprint.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const V = newestVersion();

/** A version of this program that hashes otherwise. */
function upgrade(): void {
  const now = ALGORITHMS.get(V);
  if (now === undefined) throw new Error("no algorithm");
  const salted = (parts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(parts).map(([part, hash]) => [part, `new-${hash}`]));
  ALGORITHMS.set(V + 1, {
    local: (...given) => salted(now.local(...given)),
    wire: (wire) => salted(now.wire(wire)),
  });
}

describe("an upgrade of the program that hashes otherwise", () => {
  let operator: Bench;
  let site: string;

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
    });
    for (const name of ["a", "b", "c"]) {
      operator.write(`${name}.md`, `---\ntitle: ${name}\n---\n\nFirst.\n\nSecond.\n\nThird.\n\nFourth.\n`);
    }
    await operator.run(publish, [], TARGET);
    upgrade();
  });

  afterEach(() => void ALGORITHMS.delete(V + 1));

  const edit = (name: string, from: string, to: string) =>
    operator.write(`${name}.md`, operator.read(`${name}.md`).replace(from, to));
  const editThere = (name: string, from: string, to: string) =>
    editOnSite(site, name, ({ body }) => ({ body: body.replace(from, to) }));

  it("is an edit of nothing, though every text is read", async () => {
    const { plan, exit } = await operator.run(status, [], { ...TARGET, checksum: true });
    expect(plan.steps).toEqual([]);
    expect(exit).toBe(0);
    expect((await operator.run(push, [], { ...TARGET, checksum: true })).summary.writes).toBe(0);
  });

  it("still tells who edited what, and merges", async () => {
    edit("a", "Fourth", "Here");
    editThere("b", "First", "There");
    edit("c", "Fourth", "Here");
    editThere("c", "First", "There");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ updated: 1, pulled: 1, merged: 1, conflicts: 0 });
    expect(operator.read("c.md")).toContain("There.\n\nSecond.\n\nThird.\n\nHere.");
    expect(onSite(site, "c").fields.body).toContain("Here");
    expect((await operator.run(status, [], { ...TARGET, checksum: true })).plan.steps).toEqual([]);
  });

  it("leaves the same edited on both sides a conflict", async () => {
    edit("a", "First", "Here");
    editThere("a", "First", "There");
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ conflicts: 1, writes: 0 });
  });

  it("is refused the other way round: an older program does not read a newer lockfile", async () => {
    edit("a", "Fourth", "Here");
    await operator.run(sync, [], TARGET);
    ALGORITHMS.delete(V + 1);
    const { fault } = await operator.run(status, [], TARGET);
    expect(fault).toMatchObject({ kind: "usage", code: "lockfile-newer", hint: "upgrade ainstein-cms" });
  });
});
