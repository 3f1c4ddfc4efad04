// Fields within maps on a site in a directory, which takes whatever `meta` holds.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { check } from "../../src/commands/check.ts";
import { fields } from "../../src/commands/fields.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { ALGORITHMS } from "../../src/engine/fingerprint.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const LAMP =
  "---\ntitle: Lamp\nprice: 3 # net\nmeta:\n  colour: red\n  size: L\nseo: { title: A lamp }\n---\n\nText.\n";

let operator: Bench;
let site: string;

beforeEach(() => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  operator.write("ainstein.yaml", "# ours\ntargets: [site]\nfields: { price: meta.price }\n");
  operator.write("lamp.md", LAMP);
});

const edit = (from: string, to: string) => {
  if (!operator.read("lamp.md").includes(from)) throw new Error(`lamp.md does not say ${from}`);
  operator.write("lamp.md", operator.read("lamp.md").replace(from, to));
};
interface Own {
  meta: Record<string, unknown>;
  seo: Record<string, unknown>;
}
const held = () => onSite(site, "lamp").fields as unknown as Own;
const editThere = (change: (own: Own) => Partial<Own>) =>
  editOnSite(site, "lamp", (own) => change(own as unknown as Own) as object);
const steps = async () => (await operator.run(status, [], { ...TARGET, checksum: true })).plan.steps;

describe("fields within maps", () => {
  it("merge one by one, and come back into the place the operator has them in", async () => {
    await operator.run(publish, [], TARGET);
    expect(held()).toMatchObject({
      meta: { price: 3, colour: "red", size: "L" },
      seo: { title: "A lamp" },
    });
    editThere(({ meta, seo }) => ({
      meta: { ...meta, price: 4, colour: "blue", weight: 9 },
      seo: { ...seo, description: "D" },
    }));
    edit("size: L", "size: XL");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ merged: 1, conflicts: 0 });
    expect(operator.read("lamp.md")).toBe(
      "---\ntitle: Lamp\nprice: 4 # net\nmeta:\n  colour: blue\n  size: XL\n  weight: 9\nseo: { title: A lamp, description: D }\n---\n\nText.\n",
    );
    expect(held().meta).toMatchObject({ size: "XL", price: 4, weight: 9 });
    expect(await steps()).toEqual([]);
  });

  it("are a conflict only where both sides changed the same one, and a rule for the group is one for each", async () => {
    await operator.run(publish, [], TARGET);
    editThere(({ meta }) => ({ meta: { ...meta, colour: "blue" } }));
    edit("colour: red", "colour: green");
    const both = await operator.run(sync, [], TARGET);
    expect(both.summary).toMatchObject({ conflicts: 1, writes: 0 });
    expect(both.plan.steps[0]?.changed).toEqual(["meta.colour"]);
    operator.write("ainstein.yaml", `${operator.read("ainstein.yaml")}onConflict: { meta: theirs }\n`);
    expect((await operator.run(sync, [], TARGET)).summary).toMatchObject({ conflicts: 0 });
    expect(operator.read("lamp.md")).toContain("colour: blue");
  });

  it("are cleared alone, and never written where the root protects their group", async () => {
    await operator.run(publish, [], TARGET);
    editThere(({ meta }) => ({ meta: { ...meta, theirs: 1 } }));
    edit("  size: L\n", "");
    await operator.run(sync, [], TARGET);
    expect(held().meta).toEqual({ price: 3, colour: "red", theirs: 1 });
    operator.write("ainstein.yaml", `${operator.read("ainstein.yaml")}protect: { fields: [meta] }\n`);
    edit("colour: red", "colour: pink");
    edit("title: Lamp", "title: Lamps");
    await operator.run(sync, [], TARGET);
    expect(held()).toMatchObject({ title: "Lamps", meta: { colour: "red" } });
  });

  it("are pulled into a new file under the keys that the root maps", async () => {
    await operator.run(publish, [], TARGET);
    const other = operator.elsewhere(tempDir("other"));
    other.write("ainstein.yaml", operator.read("ainstein.yaml"));
    await other.run(pull, [], TARGET);
    const text = other.read("lamp.md");
    for (const line of ["price: 3\n", "meta:\n  colour: red\n  size: L\n", "seo:\n  title: A lamp\n"]) {
      expect(text).toContain(line);
    }
  });
});

describe("a mapping that changes", () => {
  it("is an edit of the files that have its keys, though no byte of them changed, and then no more", async () => {
    operator.write("vase.md", "---\ntitle: Vase\nweight: 7\n---\n\nText.\n");
    await operator.run(publish, [], TARGET);
    operator.write("ainstein.yaml", "targets: [site]\nfields: { price: meta.cost, weight: meta.weight }\n");
    const partly = await operator.run(sync, ["lamp.md"], TARGET);
    expect(partly.summary).toMatchObject({ updated: 1 });
    expect(held().meta).toEqual({ price: 3, cost: 3, colour: "red", size: "L" });
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.plan.steps).toMatchObject([{ path: "vase.md", changed: ["meta.weight"] }]);
    expect((onSite(site, "vase").fields as unknown as Own).meta).toEqual({ weight: 7 });
    await operator.run(sync, [], TARGET);
    const header = operator.read("ainstein.lock");
    operator.write("ainstein.yaml", `${operator.read("ainstein.yaml")}# no other mapping\n`);
    expect((await operator.run(sync, [], TARGET)).summary.writes).toBe(0);
    expect(operator.read("ainstein.lock")).toBe(header);
  });
});

describe("a key that is mapped no more", () => {
  it("leaves the field on the site as it is, now and when the file is edited", async () => {
    await operator.run(publish, [], TARGET);
    operator.write("ainstein.yaml", "targets: [site]\nfields: { price: false }\n");
    const idle = await operator.run(sync, [], TARGET);
    expect(idle.plan.steps).toEqual([]);
    edit("Text.", "Other text.");
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.plan.steps).toMatchObject([{ path: "lamp.md", changed: ["body"] }]);
    expect(held().meta).toMatchObject({ price: 3 });
    expect(await steps()).toEqual([]);
  });
});

describe("a key that is mapped after its document was sent", () => {
  it("is in conflict with what somebody wrote into the field meanwhile, never overwritten by it", async () => {
    operator.write("vase.md", "---\ntitle: Vase\nweight: 7\n---\n\nText.\n");
    await operator.run(publish, [], TARGET);
    editOnSite(site, "vase", () => ({ meta: { weight: 9 } }) as object);
    operator.write("ainstein.yaml", "targets: [site]\nfields: { price: meta.price, weight: meta.weight }\n");
    const ran = await operator.run(pull, [], TARGET);
    expect(ran.summary).toMatchObject({ pulled: 0, conflicts: 1 });
    expect(operator.read("vase.md")).toContain("weight: 7\n");
    expect((onSite(site, "vase").fields as unknown as Own).meta).toEqual({ weight: 9 });
  });
});

describe("a lockfile of a version that took a map for one field", () => {
  beforeEach(async () => {
    const newest = ALGORITHMS.get(2);
    if (newest === undefined) throw new Error("no version 2");
    // That version knew no mapping into a map.
    operator.write("ainstein.yaml", "targets: [site]\n");
    operator.write("lamp.md", LAMP.replace("price: 3 # net\n", ""));
    ALGORITHMS.delete(2);
    try {
      expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ created: 1 });
      expect(operator.read("ainstein.lock")).toContain('"meta":');
    } finally {
      ALGORITHMS.set(2, newest);
    }
  });

  it("makes no edit of anything", async () => {
    expect(await steps()).toEqual([]);
    edit("Text.", "Other text.");
    expect((await steps())[0]?.changed).toEqual(["body"]);
  });

  it("still tells a member edited in the file, and one edited on the site", async () => {
    edit("size: L", "size: XL");
    await operator.run(sync, [], TARGET);
    expect(held().meta).toEqual({ colour: "red", size: "XL" });
    expect(await steps()).toEqual([]);
  });

  it("merges members that both sides edited, and pulls what the site took away", async () => {
    edit("size: L", "size: XL");
    editThere(({ meta }) => ({ meta: { ...meta, colour: "blue" }, seo: {} }));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ conflicts: 0 });
    expect(operator.read("lamp.md")).toContain("meta:\n  colour: blue\n  size: XL\n");
    expect(operator.read("lamp.md")).not.toContain("seo");
    expect(held()).toMatchObject({ meta: { colour: "blue", size: "XL" }, seo: {} });
    expect(await steps()).toEqual([]);
  });
});

describe("fields", () => {
  it("shows the site's fields and saves a mapping for keys that nobody mapped, which check then knows", async () => {
    operator.write("vase.md", "---\ntitle: Vase\ndescription: Of glass\nodd: 1\n---\n\nText.\n");
    const shown = await operator.run(fields, ["site", "post"], {});
    expect(shown.exit).toBe(0);
    expect(shown.out.join("\n")).toMatch(/seo\.title\s+text/);
    expect(shown.out.join("\n")).toContain("  description: seo.description");
    expect(shown.out.join("\n")).not.toContain("odd:");
    expect(existsSync(join(operator.root, "ainstein.fields"))).toBe(false);
    await operator.run(fields, ["site"], { save: true });
    expect(operator.read("ainstein.yaml")).toBe(
      "# ours\ntargets: [site]\nfields: { price: meta.price, description: seo.description }\n",
    );
    const saved = operator.read("ainstein.fields");
    await operator.run(fields, ["site"], { save: true });
    expect(operator.read("ainstein.fields")).toBe(saved);
    expect((await operator.run(check)).exit).toBe(0);
    operator.write("vase.md", "---\ntitle: Vase\nseo:\n  titel: Of glass\n---\n\nText.\n");
    const wrong = await operator.run(check);
    expect(wrong.exit).toBe(2);
    expect(wrong.out.join("\n")).toMatch(/vase\.md:4.*seo\.titel.*Did you mean `seo\.title`/);
  });

  it("names the kinds there are for one that is not", async () => {
    const { fault } = await operator.run(fields, ["site", "pots"], {});
    expect(fault).toMatchObject({ code: "unknown-kind", hint: "did you mean post?" });
  });
});
