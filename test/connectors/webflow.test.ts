import { afterAll, describe, expect } from "vitest";
import { codec } from "../../src/connectors/webflow/codec.ts";
import { startWebflowSandbox } from "../../src/sandbox/webflow/server.ts";
import { itemsOf } from "../../src/sandbox/webflow/state.ts";
import { contractSuite } from "./contract.ts";
import { leapingClock, openWebflow, refsOf } from "./webflow/site.ts";
import { watchVendor } from "./webflow/vendor.ts";

let problems: readonly string[] = [];
afterAll(() => {
  expect([...new Set(problems)]).toEqual([]);
});

// As it was sent, and as Webflow's editor leaves it.
describe.each(["none", "designer"] as const)("texts: %s", (cleansHtml) => {
  contractSuite({
    name: `webflow, HTML ${cleansHtml}`,
    unknownId: "0123456789abcdef01234567",
    longestTitle: 256,
    samples: [
      {
        kind: "posts",
        locale: "",
        fields: {
          title: "A loaf & its <crust>",
          status: "published",
          date: "2026-01-31T09:30:00",
          excerpt: "Short.",
          tags: ["rye", "Sour/dough"],
          author: "ada-sandbox",
          image: { src: "./loaf.png", alt: "A loaf" },
          gallery: ["./loaf.png"],
          format: "Recipe",
          featured: true,
          "reading-minutes": 5,
          color: "#aa5500",
          source: "https://example.com/loaf",
          contact: "baker@example.com",
          phone: "+49 30 123",
          film: "https://www.youtube.com/watch?v=abc",
          "side-note": "<p>Of <em>rye</em></p>",
        },
        body: 'Flour, *water*, salt.\n\n![The loaf](./loaf.png "Crust")',
      },
      { kind: "posts", locale: "", fields: { title: "Über uns", status: "draft" }, body: "Wir." },
      { kind: "topics", locale: "", fields: { title: "Bread", status: "pending" }, body: "" },
    ],
    start: async () => {
      const clock = leapingClock();
      const sandbox = await startWebflowSandbox({ clock, behaviours: { perMinute: 1_000_000, cleansHtml } });
      problems = watchVendor(sandbox);
      const { store } = sandbox;
      const [posts, authors] = ["posts", "authors"].map((slug) => {
        const found = [...store.collections.values()].find((one) => one.slug === slug);
        if (found === undefined) throw new Error(`no collection ${slug}`);
        return found;
      });
      const settings = { codeBlocks: "embed" };
      const connector = openWebflow(sandbox, settings, clock);
      const ada = {
        ...{ kind: "authors", locale: "", scope: "", slug: "ada-sandbox", key: "ada" },
        wire: { title: "Ada", status: "published" },
      };
      await connector.create(ada, await connector.prepare(ada));
      expect(authors).toBeDefined();
      return {
        connector,
        codec,
        refsFor: (document) => refsOf(connector, document, settings),
        editElsewhere: async (id) => {
          const item = [...itemsOf(store, posts?.id ?? "").values()].find((one) => one.id === id);
          if (item === undefined) throw new Error(`no item ${id}`);
          item.fieldData = { ...item.fieldData, name: `${String(item.fieldData.name)} by hand` };
          item.lastUpdated = new Date(clock.now()).toISOString();
          item.isDraft = true;
        },
        sent: () => sandbox.requests.map(({ method, url }) => ({ method, url, write: method !== "GET" })),
        secrets: [sandbox.token],
        loseNextAnswer: () => {
          sandbox.behaviours.dropsAnswerAfterWrite = 1;
        },
        stop: () => sandbox.close(),
      };
    },
  });
});
