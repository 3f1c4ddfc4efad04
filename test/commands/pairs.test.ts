import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { addPost } from "../fakes/wordpress-state.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const connectionTo = (fake: FakeWordPress) =>
  JSON.stringify({
    platform: "wordpress",
    url: fake.api,
    auth: "app-password",
    username: "admin",
    password: fake.users.admin,
  });
const TARGET = { target: ["site"] };
const post = (front: string, body = "Text.") => `---\n${front}\n---\n\n${body}\n`;

const BREAD = [
  "Wheat is milled between two stones. The flour is left to rest for a week.",
  "Salt goes in last, with the rest of the water. Knead until the dough lets go of the bowl.",
  "It rises for four hours. Then it is shaped, and rises once more.",
  "The oven is hot when bread goes in, and cools while it bakes.",
];
const TEA = [
  "Leaves are picked by hand in April. They wither in the shade until evening.",
  "A pan of iron stops them from turning brown. They are rolled, and dried over coal.",
  "Water just off the boil brings out the scent. Three minutes are enough.",
];

let operator: Bench;
let site: string;

beforeEach(() => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
});

const stepsOf = (ran: Ran) =>
  ran.plan.steps.map(({ action, path, changed }) => [action, path, ...changed].join(" "));
const reasonOf = (ran: Ran, path: string) => ran.plan.steps.find((step) => step.path === path)?.reason ?? "";

function commit(): void {
  if (!existsSync(join(operator.root, ".git"))) operator.git("init", "-q");
  operator.git("add", "-A");
  operator.git("commit", "-qm", "posts");
}

/** As somebody in the CMS would: for good, or to its trash. */
function removeOnSite(slug: string, how: "missing" | "trashed" = "missing"): void {
  const name = `${onSite(site, slug).id}.json`;
  const from = join(site, "entries", name);
  if (how === "missing") rmSync(from);
  else {
    mkdirSync(join(site, "trash"), { recursive: true });
    renameSync(from, join(site, "trash", name));
  }
}

/** Nothing is left to do, whichever way one looks. */
async function expectSettled(): Promise<void> {
  expect(stepsOf(await operator.run(status, [], TARGET))).toEqual([]);
}

describe("a file that is moved and edited at once", () => {
  const edited = BREAD.with(2, "It rises over night, in the cold.");

  async function publishBoth(): Promise<string> {
    operator.write("bread.md", post("title: Bread", BREAD.join("\n\n")));
    operator.write("tea.md", post("title: Tea", TEA.join("\n\n")));
    await operator.run(publish, [], TARGET);
    commit();
    return onSite(site, "bread").id;
  }

  it("keeps its entry and its address, under another name", async () => {
    const id = await publishBoth();
    operator.git("mv", "bread.md", "sourdough.md");
    operator.write("sourdough.md", post("title: Sourdough", edited.join("\n\n")));
    operator.write("coffee.md", post("title: Coffee", "Beans are roasted slowly."));
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(stepsOf(ran)).toEqual(["create coffee.md body title", "update sourdough.md body title"]);
    expect(ran.summary).toMatchObject({ created: 1, updated: 1, deleted: 0 });
    expect(onSite(site, "bread")).toMatchObject({ id, fields: { title: "Sourdough" } });
    expect(slugsOn(site)).toEqual(["bread", "coffee", "tea"]);
    await expectSettled();
  });

  it("is found by its last committed text when what was sent was never committed", async () => {
    await publishBoth();
    operator.write("bread.md", post("title: Bread", [...BREAD, "Eat it."].join("\n\n")));
    await operator.run(push, [], TARGET);
    rmSync(join(operator.root, "bread.md"));
    operator.write("sourdough.md", post("title: Bread", edited.join("\n\n")));
    expect(stepsOf(await operator.run(push, [], TARGET))).toEqual(["update sourdough.md body"]);
    expect(slugsOn(site)).toEqual(["bread", "tea"]);
  });

  it("is a new document, and the plan says why, when two new files are as like to it", async () => {
    await publishBoth();
    rmSync(join(operator.root, "bread.md"));
    operator.write("one.md", post("title: One", edited.join("\n\n")));
    operator.write("two.md", post("title: Two", BREAD.with(0, "Rye is milled coarse.").join("\n\n")));
    const ran = await operator.run(push, [], TARGET);
    expect(stepsOf(ran)).toEqual(["create one.md body title", "create two.md body title", "skip bread.md"]);
    expect(reasonOf(ran, "bread.md")).toContain("like one.md and two.md");
    expect(reasonOf(ran, "one.md")).toContain("like bread.md");
    expect(reasonOf(ran, "one.md")).toContain("`link`");
    expect(onSite(site, "bread").fields.title).toBe("Bread");
  });

  it("is a new document when two files that are gone were as like to it", async () => {
    await publishBoth();
    operator.write("loaf.md", post("title: Loaf", BREAD.with(3, "Bake it.").join("\n\n")));
    await operator.run(publish, [], TARGET);
    commit();
    for (const name of ["bread.md", "loaf.md"]) rmSync(join(operator.root, name));
    operator.write("sourdough.md", post("title: Sourdough", edited.join("\n\n")));
    const ran = await operator.run(push, [], TARGET);
    expect(stepsOf(ran)).toEqual(["create sourdough.md body title", "skip bread.md", "skip loaf.md"]);
    expect(reasonOf(ran, "sourdough.md")).toContain("like bread.md and loaf.md");
  });

  it("is a new document with an address of its own when it says `slug:`, or when little of it is left", async () => {
    await publishBoth();
    for (const name of ["bread.md", "tea.md"]) rmSync(join(operator.root, name));
    operator.write("loaf.md", post("title: Bread\nslug: my-loaf", edited.join("\n\n")));
    operator.write(
      "green.md",
      post("title: Tea", [TEA[0], "Cold brew takes a night, and no heat. Ice goes in last."].join("\n\n")),
    );
    const ran = await operator.run(push, [], TARGET);
    expect(stepsOf(ran).filter((step) => step.startsWith("create"))).toHaveLength(2);
    expect(slugsOn(site)).toEqual(["bread", "green", "my-loaf", "tea"]);
  });

  it("is never taken for a document of another kind, and nothing is guessed where nobody has the old text", async () => {
    await publishBoth();
    rmSync(join(operator.root, "bread.md"));
    operator.write("loaf.md", post("title: Bread\nkind: page", edited.join("\n\n")));
    expect(stepsOf(await operator.run(push, [], TARGET))).toEqual([
      "create loaf.md body title",
      "skip bread.md",
    ]);
    operator.write("loaf.md", post("title: Bread", edited.join("\n\n")));
    rmSync(join(operator.root, ".git"), { recursive: true });
    rmSync(join(operator.root, "tea.md"));
    operator.write("green.md", post("title: Tea", TEA.with(0, "Leaves.").join("\n\n")));
    const paths = ["green.md", "tea.md"];
    const elsewhere = await operator.elsewhere().run(push, paths, { ...TARGET, dryRun: true });
    expect(stepsOf(elsewhere)).toEqual(["create green.md body title", "skip tea.md"]);
    expect(stepsOf(await operator.run(push, paths, TARGET))).toEqual(["update green.md body"]);
  });
});

describe("files that only moved", () => {
  it("are renames in the plan, a thousand of them, and no guard counts them", async () => {
    const count = 1000;
    const fake = await startFakeWordPress();
    try {
      for (let n = 0; n < count; n += 1) {
        addPost(fake.state, {
          slug: `p-${n}`,
          title: `P ${n}`,
          content: `<p>Text ${n}.</p>`,
          date: "2026-01-01T00:00:00",
        });
        operator.write(`posts/p-${n}.md`, post(`title: P ${n}`, `Text ${n}.`));
      }
      operator.env = { ...operator.env, AINSTEIN_CONNECTION_WP: connectionTo(fake) };
      const flags = { target: ["wp"], delete: true };
      expect((await operator.run(push, [], flags)).summary).toMatchObject({ adopted: count, writes: 0 });
      commit();
      operator.git("mv", "posts", "archive");
      const ran = await operator.run(push, [], flags);
      expect(ran.exit).toBe(0);
      expect(new Set(ran.plan.steps.map((step) => step.action))).toEqual(new Set(["rename"]));
      expect(ran.summary).toMatchObject({ created: 0, deleted: 0, updated: 0, renamed: count, writes: 0 });
      expect(ran.plan.steps[0]).toMatchObject({ path: "archive/p-0.md", previous: "posts/p-0.md" });
      expect((await operator.run(push, [], flags)).plan.steps).toEqual([]);
      expect(fake.requests.filter((request) => request.write)).toEqual([]);
    } finally {
      await fake.stop();
    }
  }, 120_000);

  it("keep their entries when another system spells the name otherwise, edited or not", async () => {
    operator.write("Cafe\u0301.md", post("title: Café"));
    operator.write("Read.md", post("title: Read\nslug: read"));
    await operator.run(publish, [], TARGET);
    const ids = ["café", "read"].map((slug) => onSite(site, slug).id);
    for (const name of ["Cafe\u0301.md", "Read.md"]) rmSync(join(operator.root, name));
    operator.write("Caf\u00e9.md", post("title: Café", "Edited."));
    operator.write("read.md", post("title: Read\nslug: read", "Edited."));
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(ran.summary).toMatchObject({ created: 0, deleted: 0, updated: 2 });
    expect(["café", "read"].map((slug) => onSite(site, slug).id)).toEqual(ids);
  });
});

describe("a change here that meets a change on the site", () => {
  beforeEach(async () => {
    operator.write("bread.md", post("title: Bread", BREAD.join("\n\n")));
    operator.write("tea.md", post("title: Tea", TEA.join("\n\n")));
    await operator.run(publish, [], TARGET);
    commit();
  });

  const theirs = () =>
    editOnSite(site, "bread", ({ body }) => ({
      body: body.replace("Salt goes in last", "Salt goes in first"),
    }));

  it("moved here, edited there: the edit comes into the file where it is now", async () => {
    operator.git("mv", "bread.md", "loaf.md");
    theirs();
    expect(stepsOf(await operator.run(pull, [], TARGET))).toEqual(["pull loaf.md body"]);
    expect(operator.read("loaf.md")).toContain("Salt goes in first");
    expect(existsSync(join(operator.root, "bread.md"))).toBe(false);
    expect((await operator.run(push, [], { ...TARGET, delete: true })).summary).toMatchObject({ writes: 0 });
    await expectSettled();
  });

  it("another slug here, edited there: the address changes, the edit stays", async () => {
    operator.write("bread.md", post("title: Bread\nslug: loaf", BREAD.join("\n\n")));
    theirs();
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(stepsOf(ran)).toEqual(["update bread.md slug"]);
    expect(onSite(site, "loaf").fields.body).toContain("Salt goes in first");
    expect(stepsOf(await operator.run(pull, [], TARGET))).toEqual(["pull bread.md body"]);
    expect(operator.read("bread.md")).toContain("slug: loaf");
    await expectSettled();
  });

  it("another slug on both sides: a conflict, unless it is the same one", async () => {
    editOnSite(site, "bread", () => ({ slug: "pane" }));
    operator.write("bread.md", post("title: Bread\nslug: loaf", BREAD.join("\n\n")));
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(ran.exit).toBe(4);
    expect(stepsOf(ran)).toEqual(["conflict bread.md slug"]);
    expect(slugsOn(site)).toEqual(["pane", "tea"]);
    operator.write("bread.md", post("title: Bread\nslug: pane", BREAD.join("\n\n")));
    expect(stepsOf(await operator.run(push, [], TARGET))).toEqual(["adopt bread.md"]);
    await expectSettled();
  });

  it("moved here, another slug there: the file gets the slug, and stays where it is", async () => {
    operator.git("mv", "bread.md", "loaf.md");
    editOnSite(site, "bread", () => ({ slug: "pane" }));
    expect((await operator.run(push, [], { ...TARGET, delete: true })).summary).toMatchObject({ writes: 0 });
    expect(stepsOf(await operator.run(pull, [], TARGET))).toEqual(["pull loaf.md slug"]);
    expect(operator.read("loaf.md")).toContain("slug: pane");
    expect(slugsOn(site)).toEqual(["pane", "tea"]);
    await expectSettled();
  });

  it("moved and edited here, another slug there: one document still", async () => {
    rmSync(join(operator.root, "bread.md"));
    operator.write("loaf.md", post("title: Loaf", BREAD.join("\n\n")));
    editOnSite(site, "bread", () => ({ slug: "pane" }));
    expect(stepsOf(await operator.run(push, [], { ...TARGET, delete: true }))).toEqual([
      "update loaf.md title",
    ]);
    expect(onSite(site, "pane").fields.title).toBe("Loaf");
    expect(slugsOn(site)).toEqual(["pane", "tea"]);
  });

  it("created on both sides under one slug: a conflict, or nothing to do when both say the same", async () => {
    const elsewhere = bench({ env: operator.env });
    elsewhere.write("coffee.md", post("title: Coffee", "Black."));
    elsewhere.write("cocoa.md", post("title: Cocoa", "Hot."));
    await elsewhere.run(publish, [], TARGET);
    operator.write("coffee.md", post("title: Coffee", "With milk."));
    operator.write("cocoa.md", post("title: Cocoa", "Hot."));
    const ran = await operator.run(publish, [], { ...TARGET, delete: true });
    expect(ran.exit).toBe(4);
    expect(stepsOf(ran)).toEqual(["adopt cocoa.md", "conflict coffee.md body"]);
    expect(reasonOf(ran, "coffee.md")).toContain("same slug");
    expect(onSite(site, "coffee").fields.body).toContain("Black.");
    expect(slugsOn(site)).toEqual(["bread", "cocoa", "coffee", "tea"]);
  });

  it("removed here, edited there: a conflict, and neither side is touched", async () => {
    rmSync(join(operator.root, "bread.md"));
    theirs();
    for (const command of [push, pull]) {
      const ran = await operator.run(command, [], { ...TARGET, delete: true });
      expect(ran.exit).toBe(4);
      expect(stepsOf(ran)).toEqual(["conflict bread.md body"]);
      expect(reasonOf(ran, "bread.md")).toBe("removed here, edited on the site");
    }
    expect(slugsOn(site)).toEqual(["bread", "tea"]);
    expect(existsSync(join(operator.root, "bread.md"))).toBe(false);
  });

  it.each(["missing", "trashed"] as const)("edited here, %s there: a conflict", async (how) => {
    operator.write("bread.md", post("title: Our bread", BREAD.join("\n\n")));
    removeOnSite("bread", how);
    for (const command of [push, pull]) {
      const ran = await operator.run(command, [], { ...TARGET, delete: true });
      expect(ran.exit).toBe(4);
      expect(stepsOf(ran)).toEqual(["conflict bread.md title"]);
      expect(reasonOf(ran, "bread.md")).toBe("edited here, removed on the site");
    }
    expect(slugsOn(site)).toEqual(["tea"]);
    expect(operator.read("bread.md")).toContain("Our bread");
  });

  it("moved and edited here, removed there: a conflict, never a second entry", async () => {
    rmSync(join(operator.root, "bread.md"));
    operator.write("loaf.md", post("title: Loaf", BREAD.join("\n\n")));
    removeOnSite("bread", "trashed");
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(ran.exit).toBe(4);
    expect(stepsOf(ran)).toEqual(["conflict loaf.md title"]);
    expect(slugsOn(site)).toEqual(["tea"]);
  });

  it("removed on both sides: only the lockfile forgets it", async () => {
    rmSync(join(operator.root, "bread.md"));
    removeOnSite("bread");
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(stepsOf(ran)).toEqual(["relink bread.md"]);
    expect(ran.summary).toMatchObject({ writes: 0, deleted: 0 });
    expect(operator.read("ainstein.lock")).not.toContain("bread.md");
    await expectSettled();
  });

  it("removed here, untouched there: gone with --delete only; and the other way round", async () => {
    rmSync(join(operator.root, "bread.md"));
    removeOnSite("tea");
    expect(stepsOf(await operator.run(push, [], TARGET))).toEqual(["skip bread.md", "skip tea.md"]);
    expect(stepsOf(await operator.run(pull, [], TARGET))).toEqual(["skip bread.md", "skip tea.md"]);
    expect(slugsOn(site)).toEqual(["bread"]);
    expect((await operator.run(push, [], { ...TARGET, delete: true })).summary).toMatchObject({ deleted: 1 });
    expect((await operator.run(pull, [], { ...TARGET, delete: true })).summary).toMatchObject({ deleted: 1 });
    expect(slugsOn(site)).toEqual([]);
    expect(readdirSync(operator.root).filter((name) => name.endsWith(".md"))).toEqual([]);
  });
});
