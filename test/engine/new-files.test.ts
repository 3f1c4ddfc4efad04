import { afterAll, expect, it } from "vitest";
import { openRoot } from "../../src/engine/root.ts";
import { removeTempDirs, tempDir } from "../commands/bench.ts";

afterAll(removeTempDirs);

it("without `content:` new posts lie in the root, other kinds in a directory of their name, in the plural", async () => {
  const root = await openRoot(tempDir("root"), {});
  const pathOf = (kind: string) =>
    root.pathFor({ kind, locale: "", fields: { title: "Tea", slug: "tea" }, body: "" }, "1", new Set());
  expect(["post", "page", "posts", "topics", "story", "day"].map(pathOf)).toEqual([
    "tea.md",
    "pages/tea.md",
    "posts/tea.md",
    "topics/tea.md",
    "stories/tea.md",
    "days/tea.md",
  ]);
});
