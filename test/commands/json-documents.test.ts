import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const RULES = "content:\n  - { dir: items, kind: entry }\n";

const CUP = `{
    "title": "Caf\\u00e9 cup",
    "status": "published", "tags": [ "cups",
                                    "blue" ],
    "meta": { "price": 1.0, "stock": {"here": 3, "there": 0}, "sizes": [ 1e1, 20 ] },
    "body": "First.\\n\\nSecond.\\n"
}
`;

let operator: Bench;
let site: string;

beforeEach(() => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
});

const meta = () => (onSite(site, "cup").fields as unknown as { meta: Record<string, unknown> }).meta;
const editMeta = (edit: (meta: Record<string, unknown>) => Record<string, unknown>) =>
  editOnSite(site, "cup", () => ({ meta: edit(meta()) }) as never);
const edit = (from: string, to: string) => {
  const before = operator.read("items/cup.json");
  expect(before).toContain(from);
  operator.write("items/cup.json", before.replace(from, to));
};

describe("JSON documents", () => {
  beforeEach(async () => {
    operator.write("ainstein.yaml", RULES);
    operator.write("items/cup.json", CUP);
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ created: 1, failed: 0 });
  });

  it("are merged value by value, both ways, and keep every other byte", async () => {
    edit('"here": 3', '"here": 2');
    edit("First.", "First, here.");
    editMeta((now) => ({ ...now, price: 2.5, sizes: [10, 20, 30] }));
    editOnSite(site, "cup", ({ body }) => ({ body: body.replace("Second.", "Second, there.") }));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ merged: 1, conflicts: 0, failed: 0 });
    expect(operator.read("items/cup.json")).toBe(
      CUP.replace('"here": 3', '"here": 2')
        .replace("1.0", "2.5")
        .replace("20 ]", "20, 30 ]")
        .replace("First.", "First, here.")
        .replace("Second.", "Second, there."),
    );
    expect(meta()).toEqual({ price: 2.5, stock: { here: 2, there: 0 }, sizes: [10, 20, 30] });
    expect((await operator.run(sync, [], TARGET)).plan.steps).toEqual([]);
  });

  it("are in conflict where both sides changed one value, and resolve writes just that", async () => {
    edit('"price": 1.0', '"price": 3');
    editMeta((now) => ({ ...now, price: 4 }));
    const before = operator.read("items/cup.json");
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ conflicts: 1, writes: 0 });
    expect(operator.read("items/cup.json")).toBe(before);
    await operator.run(resolve, [], { ...TARGET, strategy: "theirs" });
    expect(operator.read("items/cup.json")).toBe(CUP.replace('"price": 1.0', '"price": 4'));
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ conflicts: 0, failed: 0 });
    expect(meta().price).toBe(4);
  });

  it("take the keys that the root maps, and only where its rules say so", async () => {
    operator.write(
      "ainstein.yaml",
      "content:\n  - { dir: items, kind: entry, where: { type: cup } }\nfields: { name: title, type: false, text: excerpt }\n",
    );
    operator.write("items/mug.json", '{"type":"cup","name":"Mug","text":"Big"}');
    operator.write("items/fork.json", '{"type":"fork","name":"Fork"}');
    const ran = await operator.run(push, ["items/mug.json", "items/fork.json"], TARGET);
    expect(ran.summary).toMatchObject({ created: 1, failed: 0 });
    editOnSite(site, "mug", () => ({ title: "Mug, big" }));
    await operator.run(pull, ["items/mug.json"], TARGET);
    expect(operator.read("items/mug.json")).toBe('{"type":"cup","name":"Mug, big","text":"Big"}');
  });

  it("are refused before anything is sent, with file, line and field, for what the site's model does not take", async () => {
    operator.write("items/bad.json", '{\n  "title": "Bad",\n  "date": "tomorrow"\n}\n');
    operator.write("items/twice.json", '{\n  "title": "A",\n  "title": "B"\n}\n');
    const ran = await operator.run(push, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 0, failed: 2, writes: 0 });
    expect(ran.results.map(({ fault }) => fault?.place)).toMatchObject([
      { file: "items/bad.json", line: 3, field: "date" },
      { file: "items/twice.json", line: 3 },
    ]);
  });
});

describe("pull --format", () => {
  beforeEach(async () => {
    operator.write("ainstein.yaml", RULES);
    operator.write("items/cup.json", CUP);
    await operator.run(publish, [], TARGET);
  });

  it("writes new entries as JSON that the next push leaves alone, or as Markdown where names say JSON", async () => {
    const elsewhere = operator.elsewhere(tempDir("root"));
    elsewhere.write("ainstein.yaml", "content:\n  - { dir: cups, kind: entry }\n");
    expect((await elsewhere.run(pull, [], { ...TARGET, format: "json" })).summary).toMatchObject({
      pulled: 1,
    });
    const written = JSON.parse(elsewhere.read("cups/cup.json")) as Record<string, unknown>;
    expect(written).toMatchObject({ title: "Café cup", body: "First.\n\nSecond.\n", tags: ["cups", "blue"] });
    expect((await elsewhere.run(push, [], TARGET)).summary).toMatchObject({ unchanged: 1, writes: 0 });
    expect((await elsewhere.run(status, [], TARGET)).plan.steps).toEqual([]);
    const third = operator.elsewhere(tempDir("root"));
    third.write("ainstein.yaml", 'content:\n  - { dir: cups, kind: entry, path: "{slug}.json" }\n');
    await third.run(pull, [], { ...TARGET, format: "md" });
    expect(readdirSync(join(third.root, "cups"))).toEqual(["cup.md"]);
    expect((await third.run(push, [], TARGET)).summary).toMatchObject({ unchanged: 1, writes: 0 });
  });

  it("is kept in a saved plan", async () => {
    const elsewhere = operator.elsewhere(tempDir("root"));
    elsewhere.write("ainstein.yaml", RULES);
    await elsewhere.run(pull, [], { ...TARGET, format: "json", dryRun: true, planOut: "plan.json" });
    expect((await elsewhere.run(apply, ["plan.json"], {})).summary).toMatchObject({ pulled: 1, failed: 0 });
    expect(readdirSync(join(elsewhere.root, "items"))).toEqual(["cup.json"]);
  });

  it("is refused where the files would be no documents afterwards", async () => {
    const elsewhere = operator.elsewhere(tempDir("root"));
    const ran = await elsewhere.run(pull, [], { ...TARGET, format: "json" });
    expect(ran.fault).toMatchObject({ kind: "usage", code: "format-without-content" });
    expect(readdirSync(elsewhere.root)).toEqual([]);
  });
});
