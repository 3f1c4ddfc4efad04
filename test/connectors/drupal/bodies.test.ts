// Content types whose body is of another type than Drupal's own ones had, or that have none.
import { describe, expect, it } from "vitest";
import { openDrupal } from "./site.ts";
import { article, change, drupal, put, stored } from "./trapped.ts";

describe.each(["admin", "editor"] as const)("to the account %s", (who) => {
  const format = who === "admin" ? "full_html" : "basic_html";

  it("a body that has no summary is written without one, and offers no excerpt", async () => {
    const { fake, connector } = await drupal({}, who);
    const note = (await connector.model()).kinds.find(({ name }) => name === "note");
    expect([note?.body, note?.fields.some(({ name }) => name === "excerpt")]).toEqual([true, false]);
    const entry = await put(connector, { ...article("Long"), kind: "note" }, "long");
    expect(stored(fake, entry).body).toMatchObject({ format });
    const now = await change(connector, entry, { body: "<p>New.</p>" });
    expect(now.wire.body).toBe("<p>New.</p>");
    expect(stored(fake, entry).body).not.toHaveProperty("summary");
  });

  it("a content type without a body takes entries without one", async () => {
    const { fake, connector } = await drupal({}, who);
    const bare = (await connector.model()).kinds.find(({ name }) => name === "bare");
    expect(bare?.body).toBe(false);
    const entry = await put(connector, { ...article("Bare"), kind: "bare", body: "" }, "bare");
    expect(stored(fake, entry)).not.toHaveProperty("body");
    expect(entry.title).toBe("Bare");
  });

  it("what has entries is learned from them as well", async () => {
    const { connector, fake } = await drupal({}, "admin");
    await put(connector, { ...article("Long"), kind: "note" }, "long");
    const again = openDrupal(fake.url, fake[who]).connector;
    const kinds = (await again.model()).kinds;
    const excerptIn = (kind: string) =>
      kinds.find(({ name }) => name === kind)?.fields.some(({ name }) => name === "excerpt");
    expect([excerptIn("note"), excerptIn("article")]).toEqual([false, true]);
  });
});
