import { describe, expect, it } from "vitest";
import { addressesOf } from "../../../src/connectors/joomla/images.ts";
import { plainName } from "../../../src/connectors/joomla/names.ts";
import { html } from "../../../src/connectors/joomla/same.ts";
import { mediaRefs } from "../../../src/content/markdown/format.ts";
import { startJoomla } from "../../fakes/joomla.ts";
import { openJoomla } from "./site.ts";

describe("Names on Joomla", () => {
  it.each([
    ["Bread & salt", "Bread & salt"],
    ["A <b>bold</b> loaf", "A bold loaf"],
    ["Quotes <1>: a title", "Quotes : a title"],
    // Joomla itself would keep "3 ", and lose what stands behind.
    ["3 < 5 loaves", "3  5 loaves"],
    ["5 > 3", "5 > 3"],
    ["AT&amp;T", "AT&T"],
    ["a &lt;i&gt;loaf&lt;/i&gt;", "a loaf"],
    ["a &amp;lt;i&amp;gt;loaf", "a loaf"],
    ["caf&#233; &#x1F35E;", "café 🍞"],
    ["Fish &c; more", "Fish &c; more"],
  ])("%s is sent as %s, which its filter leaves alone", (written, sent) => {
    expect(plainName(written)).toBe(sent);
    expect(plainName(sent)).toBe(sent);
  });
});

describe("An image that Joomla's own editor put into a text", () => {
  it("is the site's, no file of the operator's, and stays as it is stored", () => {
    const nothing = { toSite: () => undefined, toLocal: () => undefined };
    const addresses = addressesOf({
      ...{ media: [], files: [], siteUrl: "https://bakery.example" },
      links: nothing,
    });
    const image =
      '<img src="images/a.png" alt="A" width="2" loading="lazy" data-path="local-images:/a.png" />';
    const stored = `<p>The loaf ${image}</p>`;
    const body = html.decode(stored, addresses);
    expect(body).toContain('src="https://bakery.example/images/a.png"');
    expect(mediaRefs(body)).toEqual([]);
    expect(html.encodeOnto(body.replace("loaf", "bun"), stored, addresses)).toBe(`<p>The bun ${image}</p>`);
  });
});

describe("Tags of one alias", () => {
  it("are all made, each once", async () => {
    const fake = await startJoomla();
    try {
      const { terms } = openJoomla(fake);
      for (const name of ["C", "C++", "C#", "C++"]) await terms?.create("tag", name, undefined);
      const made = (await terms?.list("tag")) ?? [];
      expect(made.map(({ name }) => name).toSorted()).toEqual(["C", "C#", "C++"]);
    } finally {
      await fake.close();
    }
  });
});
