import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { check } from "../../src/commands/check.ts";
import { init } from "../../src/commands/init.ts";
import { parseConfig } from "../../src/content/config.ts";
import { runOffline } from "./offline.ts";

const TREES = fileURLToPath(new URL("../../fixtures/trees", import.meta.url));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "init-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function initiated(tree: string) {
  await cp(join(TREES, tree), dir, { recursive: true });
  const outcome = await runOffline(init, dir, { flags: { yes: true } });
  expect(outcome.exit).toBe(0);
  const text = await readFile(join(dir, "ainstein.yaml"), "utf8");
  const config = parseConfig(Buffer.from(text));
  const rules = config.content.map(({ dir: place, kind, path }) => `${place || "."} ${kind} ${path}`);
  const fields = Object.fromEntries(
    Object.entries(config.fields).map(([key, rule]) => [key, rule.to ?? false]),
  );
  return { text, rules, fields, notes: outcome.notes };
}

describe("what is there decides what is proposed", () => {
  test("Hugo", async () => {
    const { rules, fields, text, notes } = await initiated("hugo");
    expect(rules).toEqual(["content/posts post {slug}.md", "content page {slug}/index.md"]);
    expect(fields).toEqual({ summary: "excerpt", aliases: false, layout: false, menu: false, weight: false });
    expect(text).toContain('#   "workshop_bay" is in 1 file\n');
    expect(notes[0]).toBe("Found 3 documents, laid out for Hugo.");
  });

  test("and what the targets call a post, where they are of one mind", async () => {
    const connection = (platform: string) =>
      JSON.stringify({ platform, url: "https://a.example", token: "t" });
    const env = {
      AINSTEIN_CONNECTION_SHOP: connection("shopify"),
      AINSTEIN_CONNECTION_BLOG: connection("wordpress"),
    };
    await cp(join(TREES, "hugo"), dir, { recursive: true });
    const kinds = async (...target: string[]) => {
      await runOffline(init, dir, { flags: { yes: true, force: true, target } }, { env });
      const config = parseConfig(await readFile(join(dir, "ainstein.yaml")));
      return config.content.map(({ kind }) => kind);
    };
    expect(await kinds("shop")).toEqual(["article", "page"]);
    expect(await kinds("blog")).toEqual(["post", "page"]);
    expect(await kinds("shop", "blog")).toEqual(["post", "page"]);
    expect(await kinds("not-connected-yet")).toEqual(["post", "page"]);
  });

  test("Jekyll", async () => {
    const { rules, fields } = await initiated("jekyll");
    expect(rules).toEqual(["_posts post {date}-{slug}.md", "pages page {slug}.md"]);
    expect(fields).toEqual({
      description: "excerpt",
      category: "categories",
      lang: "locale",
      layout: false,
      permalink: false,
    });
  });

  test("Astro", async () => {
    const { rules, fields } = await initiated("astro");
    expect(rules).toEqual(["src/content/blog post {slug}.md", "src/content/docs page {slug}.md"]);
    expect(fields).toEqual({
      description: "excerpt",
      heroImage: "image",
      pubDate: "date",
      sidebar_position: false,
    });
  });

  test("plain", async () => {
    const { rules, fields, text } = await initiated("plain");
    expect(rules).toEqual(["journal post {date}-{slug}.md"]);
    expect(fields).toEqual({});
    expect(text).toContain("# targets: [my-site]");
  });

  test("an empty directory gets one rule for all", async () => {
    const { exit } = await runOffline(init, dir, { flags: { yes: true, target: ["wp", "staging"] } });
    expect(exit).toBe(0);
    const config = parseConfig(await readFile(join(dir, "ainstein.yaml")));
    expect(config.content).toEqual([{ dir: "", kind: "post", path: "{slug}.md", where: {} }]);
    expect(config.targets?.map((target) => target.name)).toEqual(["wp", "staging"]);
  });

  test.each(["hugo", "jekyll", "astro", "plain"])("%s passes the check afterwards", async (tree) => {
    await initiated(tree);
    const { exit, out } = await runOffline(check, dir);
    expect(out).toEqual([]);
    expect(exit).toBe(0);
  });
});

describe("what is there stays", () => {
  test("an existing configuration is replaced only when that was said", async () => {
    await writeFile(join(dir, "ainstein.yaml"), "readOnly: true\n");
    await expect(runOffline(init, dir, { flags: { yes: true } })).rejects.toMatchObject({
      kind: "usage",
      code: "config-exists",
      hint: expect.stringContaining("--force") as string,
    });
    await expect(runOffline(init, dir, {}, { answers: [false] })).rejects.toMatchObject({
      code: "config-exists",
    });
    expect(await readFile(join(dir, "ainstein.yaml"), "utf8")).toBe("readOnly: true\n");
    expect((await runOffline(init, dir, { flags: { yes: true, force: true } })).exit).toBe(0);
    expect(await readFile(join(dir, "ainstein.yaml"), "utf8")).toContain("content:");
  });

  test("--dry-run prints and writes nothing", async () => {
    const { out, exit } = await runOffline(init, dir, { flags: { dryRun: true } });
    expect(exit).toBe(0);
    expect(parseConfig(Buffer.from(out.join("\n"))).content).toHaveLength(1);
    expect(await readdir(dir)).toEqual([]);
  });

  test("without a person it needs --yes, and a no writes nothing", async () => {
    await expect(runOffline(init, dir)).rejects.toMatchObject({
      message: expect.stringContaining("--yes") as string,
    });
    expect((await runOffline(init, dir, {}, { answers: [false] })).exit).toBe(2);
    expect(await readdir(dir)).toEqual([]);
  });

  test("the line for git is added once, in the file's own line ends", async () => {
    await writeFile(join(dir, ".gitattributes"), "*.png binary\r\n*.md text");
    for (let round = 0; round < 2; round += 1)
      await runOffline(init, dir, { flags: { yes: true, force: true } });
    expect(await readFile(join(dir, ".gitattributes"), "utf8")).toBe(
      "*.png binary\r\n*.md text\r\nainstein.lock merge=union\r\n",
    );
  });

  test("for scripts it is one JSON line", async () => {
    await cp(join(TREES, "hugo"), dir, { recursive: true });
    const { records, out } = await runOffline(init, dir, { flags: { yes: true } }, { json: true });
    expect(out).toEqual([]);
    expect(records).toMatchObject([
      { type: "init", written: true, generator: "hugo", documents: 3, unread: 0 },
    ]);
    await expect(runOffline(init, dir, { positionals: ["nowhere"] })).rejects.toMatchObject({
      kind: "usage",
    });
  });
});
