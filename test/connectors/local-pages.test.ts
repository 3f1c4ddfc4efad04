import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { at, draftOf, editByHand, openAt, PNG, page, pagesIn, place, put, SAMPLE } from "./local-site.ts";

describe("pages", () => {
  test("show what is published, safely, and go away with it", async () => {
    const directory = place();
    const connector = openAt(directory, { title: "Bread & <Butter>", timezone: "Europe/Vienna" });
    const evil =
      '<script>alert(1)</script><div onclick="x()">open<img src="https://example.com/x.png"><!-- <p>tail</p>';
    const entry = await put(connector, { ...SAMPLE, body: `${SAMPLE.body}\n\n${evil}` }, "loaf");
    await put(connector, page("Hidden", { status: "draft" }), "hidden");
    expect(pagesIn(directory)).toEqual(["post/loaf.html"]);
    const html = readFileSync(join(directory, "public/post/loaf.html"), "utf8");
    expect(html).toContain("<h1>A loaf &amp; its &lt;crust&gt;</h1>");
    expect(html).toContain("Bread &amp; &lt;Butter&gt;");
    expect(html).toContain("2026-01-31 09:30 · by Mira");
    expect(html).toContain('<span class="tag">rye</span>');
    expect(html).toMatch(/<img src="\.\.\/media\/[0-9a-f]{16}-loaf\.png" alt="A loaf">/);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toContain("<script");
    expect(html.trimEnd().endsWith("</main>")).toBe(true);
    const image = /src="\.\.\/(media\/[^"]+)"/.exec(html)?.[1] ?? "";
    expect(readFileSync(join(directory, "public", image))).toEqual(PNG);
    const index = readFileSync(join(directory, "public/index.html"), "utf8");
    expect(index).toContain('<a href="post/loaf.html" dir="auto">A loaf &amp; its &lt;crust&gt;</a>');
    expect(index).not.toContain("Hidden");
    const draft = await draftOf(connector, SAMPLE, "loaf");
    const moved = await connector.update(entry.id, { ...draft, wire: { slug: "brot" } }, at(entry));
    expect(pagesIn(directory)).toEqual(["post/brot.html"]);
    await connector.remove?.(entry.id, "post", at(moved));
    expect(pagesIn(directory)).toEqual([]);
    expect(readFileSync(join(directory, "public/index.html"), "utf8")).toContain("Nothing is published yet.");
  });

  test("follow edits by hand with the next write, and leave files of others alone", async () => {
    const directory = place();
    const entry = await put(openAt(directory), SAMPLE, "loaf");
    const own = join(directory, "public", "post", "own.html");
    writeFileSync(own, "<p>mine</p>");
    editByHand(directory, entry.id, { title: "By hand" });
    const loaf = join(directory, "public/post/loaf.html");
    const before = statSync(loaf).mtimeMs;
    const second = openAt(directory);
    await put(second, SAMPLE, "second");
    expect(readFileSync(loaf, "utf8")).toContain("<h1>By hand</h1>");
    expect(readFileSync(own, "utf8")).toBe("<p>mine</p>");
    const after = statSync(loaf).mtimeMs;
    expect(after).toBeGreaterThan(before);
    await put(openAt(directory), SAMPLE, "third");
    expect(statSync(loaf).mtimeMs).toBe(after);
  });

  test("names too long for a file are cut and kept apart", async () => {
    const directory = place();
    const connector = openAt(directory);
    const entries = [];
    for (const last of ["一", "二"]) {
      entries.push(await put(connector, page("長い"), `${"長".repeat(200)}${last}`));
    }
    const [first, second] = pagesIn(directory);
    expect(first).not.toBe(second);
    for (const entry of entries) expect(statSync(fileURLToPath(entry.url)).size).toBeGreaterThan(100);
  });
});
