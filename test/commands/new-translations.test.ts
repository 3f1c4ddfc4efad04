import { afterAll, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { startDrupal } from "../fakes/drupal.ts";
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
