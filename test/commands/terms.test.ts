import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, renameTermOnSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const post = (front: string, body = "Text.") => `---\n${front}\n---\n\n${body}\n`;

interface TermRecord {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly parent: string | null;
}

let operator: Bench;
let site: string;

beforeEach(() => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
});

const fileOf = (taxonomy: string) => join(site, "terms", `${taxonomy}.json`);
const termsOn = (taxonomy: string) => JSON.parse(readFileSync(fileOf(taxonomy), "utf8")) as TermRecord[];

/** Changes the site's terms as a person in the CMS would. */
function editTerms(taxonomy: string, edit: (terms: readonly TermRecord[]) => readonly TermRecord[]): void {
  writeFileSync(fileOf(taxonomy), JSON.stringify(edit(termsOn(taxonomy)), null, 2));
}

const idOf = (taxonomy: string, name: string) => termsOn(taxonomy).find((term) => term.name === name)?.id;
const stepsOf = ({ plan }: Ran) => plan.steps.map(({ action, path }) => `${action} ${path}`);
const termsOf = (slug: string, field: "tags" | "categories") =>
  (onSite(site, slug).fields as unknown as Record<string, string[]>)[field];

describe("terms that documents name", () => {
  it("are found by name in any case, by slug, by path, and by the name alone where only one has it", async () => {
    operator.write("a.md", post("title: A\ntags: [Fresh Bread]\ncategories: [Recipes/Bread, Shop]"));
    await operator.run(publish, [], TARGET);
    const before = [termsOn("tags"), termsOn("categories")];
    operator.write("b.md", post("title: B\ntags: [fresh bread]\ncategories: [recipes/BREAD, SHOP]"));
    operator.write("c.md", post("title: C\ntags: [fresh-bread]\ncategories: [Bread, shop]"));
    const ran = await operator.run(publish, [], TARGET);
    expect(stepsOf(ran)).toEqual(["create b.md", "create c.md"]);
    expect([termsOn("tags"), termsOn("categories")]).toEqual(before);
    for (const slug of ["b", "c"]) {
      expect(termsOf(slug, "tags")).toEqual(termsOf("a", "tags"));
      expect(termsOf(slug, "categories")).toEqual(termsOf("a", "categories"));
    }
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ unchanged: 3, writes: 0 });
  });

  it("are refused with both paths where a name means two, and found by the path", async () => {
    operator.write("a.md", post("title: A\ncategories: [Recipes/Bread, Shop/Bread]"));
    await operator.run(publish, [], TARGET);
    operator.write("b.md", post("title: B\ncategories: [Bread]"));
    const refused = await operator.run(publish, [], TARGET);
    expect(refused.exit).toBe(1);
    expect(refused.summary).toMatchObject({ created: 0, writes: 0, unchanged: 1 });
    expect(refused.results[0]?.fault).toMatchObject({
      code: "ambiguous-term",
      message: expect.stringMatching(/Recipes\/Bread, Shop\/Bread/) as string,
    });
    operator.write("b.md", post("title: B\ncategories: [Shop/Bread]"));
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ created: 1 });
    operator.write("c.md", post("title: C\ncategories: [/Bread]"));
    const atTop = await operator.run(publish, [], TARGET);
    expect(stepsOf(atTop)).toEqual(["term Bread", "create c.md"]);
    expect(termsOn("categories").find(({ id }) => id === termsOf("c", "categories")?.[0])).toMatchObject({
      name: "Bread",
      parent: null,
    });
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ unchanged: 3, writes: 0 });
  });

  it("are known by aliases, of paths and of what lies below them", async () => {
    operator.write(
      "ainstein.yaml",
      'terms:\n  categories: { aliases: { Rezepte: Recipes, "Rezepte/Brot": Recipes/Bread } }\n',
    );
    operator.write("a.md", post("title: A\ncategories: [Rezepte/Brot, Rezepte/Suppe]"));
    const ran = await operator.run(publish, [], TARGET);
    expect(stepsOf(ran).filter((step) => step.startsWith("term"))).toEqual([
      "term Recipes",
      "term Recipes/Bread",
      "term Recipes/Suppe",
    ]);
    editOnSite(site, "a", (fields) => ({ title: `${fields.title} there` }));
    editOnSite(site, "a", () => ({ categories: [idOf("categories", "Suppe")] }) as never);
    await operator.run(pull, [], TARGET);
    expect(operator.read("a.md")).toContain("categories: [Rezepte/Suppe]");
  });

  it("are said to be like one that the site has before they are made, and in the refusal", async () => {
    operator.write("a.md", post("title: A\ntags: [Recipes]"));
    await operator.run(publish, [], TARGET);
    operator.write("b.md", post("title: B\ntags: [Receipes, Gardening]"));
    const shown = await operator.run(push, [], { ...TARGET, dryRun: true });
    const reasons = shown.plan.steps.filter(({ action }) => action === "term").map(({ reason }) => reason);
    expect(reasons).toEqual(['not on the site yet; it has "Recipes"', "not on the site yet"]);
    operator.write("ainstein.yaml", "terms: { tags: refuse }\n");
    const refused = await operator.run(push, [], TARGET);
    expect(refused.results[0]?.fault).toMatchObject({
      code: "unknown-term",
      message: 'the site has no tags "Receipes" (it has "Recipes"), "Gardening"',
    });
    expect(termsOn("tags")).toHaveLength(1);
  });

  it("are refused by field: where tags may not be made, categories still may", async () => {
    operator.write("ainstein.yaml", "terms: { tags: refuse, categories: create }\n");
    operator.write("a.md", post("title: A\ncategories: [News]"));
    operator.write("b.md", post("title: B\ncategories: [News]\ntags: [new]"));
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 1, failed: 1 });
    expect(termsOn("categories").map(({ name }) => name)).toEqual(["News"]);
  });
});

describe("a term that was renamed on the site", () => {
  it("is one line of the plan once; what files call it goes on meaning it, and nothing is sent", async () => {
    for (const name of ["a", "b"]) operator.write(`${name}.md`, post(`title: ${name}\ntags: [Cats]`));
    await operator.run(publish, [], TARGET);
    renameTermOnSite(site, "Cats", "Felines");
    const seen = await operator.run(status, [], TARGET);
    expect(seen.plan.steps).toMatchObject([
      {
        action: "relink",
        path: "Felines",
        kind: "tags",
        reason: 'renamed on the site to "Felines"; files that say "Cats" mean it',
      },
    ]);
    const ran = await operator.run(push, [], TARGET);
    expect(stepsOf(ran)).toEqual(["relink Felines"]);
    expect(ran.summary).toMatchObject({ unchanged: 2, writes: 0, failed: 0, skipped: 0 });
    expect(ran.exit).toBe(0);
    operator.write("c.md", post("title: C\ntags: [Cats]"));
    operator.write("d.md", post("title: D\ntags: [Felines]"));
    const later = await operator.elsewhere().run(publish, [], TARGET);
    expect(stepsOf(later)).toEqual(["create c.md", "create d.md"]);
    expect(termsOn("tags").map(({ name }) => name)).toEqual(["Felines"]);
    expect([termsOf("c", "tags"), termsOf("d", "tags")]).toEqual([
      termsOf("a", "tags"),
      termsOf("a", "tags"),
    ]);
  });

  it("keeps the file's own word when a pull or a merge writes the list for another reason", async () => {
    operator.write("a.md", post("title: A\ntags: [Cats, dogs] # ours"));
    operator.write("b.md", post("title: B\ntags: [cats, Dogs, Birds]"));
    operator.write("c.md", post("title: C\ntags: [Fish]"));
    await operator.run(publish, [], TARGET);
    renameTermOnSite(site, "Cats", "Felines");
    const fish = idOf("tags", "Fish") ?? "";
    editOnSite(site, "a", ({ tags }) => ({ tags: [...tags, fish] }));
    editOnSite(site, "b", ({ tags }) => ({ tags: [...tags, fish] }));
    operator.write("b.md", operator.read("b.md").replace(", Birds", ""));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ conflicts: 0, failed: 0, pulled: 1, merged: 1 });
    expect(operator.read("a.md")).toContain("tags: [Cats, dogs, Fish] # ours");
    expect(operator.read("b.md")).toContain("tags: [cats, Dogs, Fish]");
    expect(termsOn("tags")).toHaveLength(4);
    expect((await operator.run(sync, [], TARGET)).plan.steps).toEqual([]);
  });

  it("is followed by its id where a new term took the name, which is told and has another word", async () => {
    operator.write("a.md", post("title: A\ntags: [Cats]"));
    operator.write("b.md", post("title: B"));
    await operator.run(publish, [], TARGET);
    editTerms("tags", (terms) => [
      ...terms.map((term) => ({ ...term, name: "Felines", slug: "felines" })),
      { id: "the-new-one", name: "Cats", slug: "cats-musical", parent: null },
    ]);
    const told = await operator.run(push, [], TARGET);
    expect(told.plan.steps.map(({ reason }) => reason)).toEqual([
      'renamed on the site to "Felines"; files that say "Cats" mean it, not its new "Cats" (slug cats-musical)',
    ]);
    editOnSite(site, "b", () => ({ tags: ["the-new-one"] }));
    await operator.run(pull, [], TARGET);
    expect(operator.read("b.md")).toContain("tags:\n  - cats-musical\n");
    operator.write("c.md", post("title: C\ntags: [Cats]"));
    await operator.run(publish, [], TARGET);
    expect(termsOf("c", "tags")).toEqual(termsOf("a", "tags"));
    expect((await operator.run(sync, [], TARGET)).plan.steps).toEqual([]);
    expect(termsOn("tags")).toHaveLength(2);
  });

  it("is told once for a whole branch that was moved, and new terms go below the parent as it is called now", async () => {
    operator.write("a.md", post("title: A\ncategories: [Animals/Cats, Animals/Dogs]"));
    await operator.run(publish, [], TARGET);
    editTerms("categories", (terms) => [
      ...terms.map((term) => (term.name === "Animals" ? { ...term, parent: "top" } : term)),
      { id: "top", name: "Nature", slug: "nature", parent: null },
    ]);
    const moved = await operator.run(push, [], TARGET);
    expect(stepsOf(moved)).toEqual(["relink Nature/Animals"]);
    operator.write("b.md", post("title: B\ncategories: [Animals/Birds]"));
    const ran = await operator.run(publish, [], TARGET);
    expect(stepsOf(ran)).toEqual(["term Animals/Birds", "create b.md"]);
    expect(termsOn("categories").find(({ name }) => name === "Birds")?.parent).toBe(
      idOf("categories", "Animals"),
    );
    expect((await operator.run(push, [], TARGET)).plan.steps).toEqual([]);
  });

  it("is made anew where it was removed and a document that names it is sent, and the plan says so", async () => {
    operator.write("a.md", post("title: A\ntags: [Cats, Dogs]"));
    await operator.run(publish, [], TARGET);
    editTerms("tags", (terms) => terms.filter(({ name }) => name !== "Cats"));
    editOnSite(site, "a", ({ tags }) => ({
      tags: tags.filter((id) => termsOn("tags").some((term) => term.id === id)),
    }));
    const idle = await operator.run(push, [], TARGET);
    expect(stepsOf(idle)).toEqual(["skip a.md"]);
    operator.write("b.md", post("title: B\ntags: [Cats]"));
    const shown = await operator.run(publish, ["b.md"], { ...TARGET, dryRun: true });
    expect(shown.plan.steps[0]).toMatchObject({
      action: "term",
      reason: expect.stringContaining("removed from the site since; made anew") as string,
    });
    operator.write("ainstein.yaml", "terms: { tags: refuse }\n");
    expect((await operator.run(publish, ["b.md"], TARGET)).results[0]?.fault?.code).toBe("unknown-term");
  });
});

describe("two terms of one name", () => {
  it("are told apart by their slugs, in both directions", async () => {
    operator.write("a.md", post("title: A\ntags: [Other]"));
    await operator.run(publish, [], TARGET);
    editTerms("tags", (terms) => [
      ...terms,
      { id: "one", name: "News", slug: "news", parent: null },
      { id: "two", name: "News", slug: "news-2", parent: null },
    ]);
    editOnSite(site, "a", () => ({ tags: ["one", "two"] }));
    await operator.run(pull, [], TARGET);
    expect(operator.read("a.md")).toContain("tags: [news, news-2]");
    operator.write("b.md", post("title: B\ntags: [news-2]"));
    operator.write("c.md", post("title: C\ntags: [News]"));
    const ran = await operator.elsewhere().run(publish, [], TARGET);
    expect(termsOf("b", "tags")).toEqual(["two"]);
    expect(ran.results.find(({ path }) => path === "c.md")?.fault).toMatchObject({
      code: "ambiguous-term",
      message: expect.stringContaining("News (slug news), News (slug news-2)") as string,
    });
  });
});
