import { afterAll, expect, it } from "vitest";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { type DrupalFake, startDrupal } from "../fakes/drupal.ts";
import { bench, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };

it("a translation that the platform lets nobody make is refused in the plan, and the rest goes up", async () => {
  const fake = await startDrupal({ languages: ["en", "de"] });
  try {
    const connection = { ...fake.connection(), settings: { languages: "en, de" } };
    const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) } });
    operator.write("ainstein.yaml", 'locale: en\ncontent: [{ dir: "{locale}/posts", kind: article }]\n');
    operator.write("en/posts/loaf.md", "---\ntitle: Loaf\n---\n\nRye.\n");
    operator.write("de/posts/loaf.md", "---\ntitle: Laib\n---\n\nRoggen.\n");
    operator.write("de/posts/alone.md", "---\ntitle: Allein\n---\n\nNur hier.\n");
    const refused = {
      path: "de/posts/loaf.md",
      status: "failed",
      fault: { kind: "unsupported", code: "translation-not-made" },
    };
    const plan = await operator.run(status, [], TARGET);
    expect(plan.results).toMatchObject([refused]);
    expect(fake.requests.filter((request) => fake.isWrite(request))).toEqual([]);
    for (const created of [2, 0]) {
      const ran = await operator.run(push, [], TARGET);
      expect(ran.summary).toMatchObject({ created, failed: 1 });
      expect(ran.results.filter(({ status: said }) => said === "failed")).toMatchObject([refused]);
    }
    expect(fake.census().entries).toHaveLength(2);
  } finally {
    await fake.close();
  }
});

/** Adds a German text to the entry at this address, as the site's own screen does. */
function translate(fake: DrupalFake, alias: string, title: string, german: string): void {
  const node = [...fake.state.nodes.values()].find(({ texts }) => texts.get("en")?.alias === alias);
  const text = node?.texts.get("en");
  if (node === undefined || text === undefined) throw new Error(`no entry at ${alias}`);
  const body = { value: "<p>Roggen.</p>", format: "full_html", processed: "<p>Roggen.</p>", summary: null };
  node.texts.set(
    "de",
    structuredClone({ ...text, attributes: { ...text.attributes, title, body }, alias: german, pid: 99 }),
  );
}

it("an entry and its translation of one id come down as two documents, and each goes back to itself", async () => {
  const fake = await startDrupal({ languages: ["en", "de"] });
  try {
    const env = { AINSTEIN_CONNECTION_SITE: JSON.stringify(fake.connection()) };
    const author = bench({ env });
    author.write("ainstein.yaml", "locale: en\ncontent: [{ dir: posts, kind: article }]\n");
    author.write("posts/loaf.md", "---\ntitle: Loaf\nstatus: published\n---\n\nRye.\n");
    await author.run(push, [], TARGET);
    translate(fake, "/loaf", "Laib", "/laib");
    const reader = bench({ env });
    reader.write("ainstein.yaml", 'locale: en\ncontent: [{ dir: "{locale}/posts", kind: article }]\n');
    expect((await reader.run(pull, [], TARGET)).summary).toMatchObject({ pulled: 2, failed: 0 });
    expect(reader.read("en/posts/loaf.md")).toContain("Rye.");
    expect(reader.read("de/posts/laib.md")).toContain("Roggen.");
    reader.write("de/posts/laib.md", reader.read("de/posts/laib.md").replace("Roggen.", "Dinkel."));
    expect((await reader.run(push, [], TARGET)).summary).toMatchObject({
      updated: 1,
      failed: 0,
      unchanged: 1,
    });
    const bodies = [...fake.state.nodes.values()].flatMap(({ texts }) =>
      [...texts].map(([code, { attributes }]) => [code, (attributes.body as { value: string }).value]),
    );
    expect(bodies).toEqual([
      ["en", "<p>Rye.</p>"],
      ["de", "<p>Dinkel.</p>"],
    ]);
  } finally {
    await fake.close();
  }
});
