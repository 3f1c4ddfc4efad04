import { codec } from "../../src/connectors/shopify/codec.ts";
import { startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { contractSuite, type Sent } from "./contract.ts";
import { define, openShopify, refsOf } from "./shopify/shop.ts";

contractSuite({
  name: "shopify",
  unknownId: "999999999",
  longestTitle: 255,
  exempt: {
    "restoring under a slug that another entry has now is a conflict and changes nothing":
      "an archived product keeps its handle",
  },
  samples: [
    {
      kind: "article",
      locale: "",
      fields: {
        title: "A loaf & its <crust>",
        status: "published",
        date: "2026-01-31T09:30:00",
        excerpt: "Short.",
        tags: ["rye", "Sour/dough"],
        author: "Mira",
        image: { src: "./loaf.png", alt: "A loaf" },
        template: "wide",
        "seo.title": "Loaf",
        "seo.description": "About a loaf",
        "metafields.custom.minutes": 5,
        "metafields.custom.fresh": true,
        "metafields.custom.steps": ["knead", "wait"],
        "metafields.custom.baked": "2026-01-30",
      },
      body: 'Flour, *water*, salt.\n\n![The loaf](./loaf.png "Crust")',
    },
    {
      kind: "page",
      locale: "",
      fields: { title: "Über uns", status: "draft", template: "wide" },
      body: "Wir.",
    },
    {
      kind: "product",
      locale: "",
      fields: { title: "Bread", status: "draft", tags: ["rye"], "seo.title": "Bread, fresh" },
      body: "Of *rye*.",
    },
  ],
  start: async () => {
    const sandbox = await startShopifySandbox({
      behaviours: { processingMs: 20, maximumAvailable: 1_000_000, restoreRate: 1_000_000 },
    });
    define(sandbox, "ARTICLE", "minutes", "number_integer");
    define(sandbox, "ARTICLE", "fresh", "boolean");
    define(sandbox, "ARTICLE", "steps", "list.single_line_text_field");
    define(sandbox, "ARTICLE", "baked", "date");
    const connector = openShopify(sandbox, { allow: "products" });
    return {
      connector,
      codec,
      refsFor: (document) => refsOf(connector, document),
      editElsewhere: async (id) => {
        const { store } = sandbox;
        const entry = store.articles.get(`gid://shopify/Article/${id}`);
        if (entry === undefined) throw new Error(`no article ${id}`);
        entry.title = `${entry.title} by hand`;
        entry.updatedAt = new Date(Date.now() + 1000).toISOString();
      },
      sent: () =>
        sandbox.requests.map(({ method, url, body }): Sent => {
          const write = url.startsWith("/staged") || body.includes('"query":"mutation');
          return { method, url, write };
        }),
      secrets: [sandbox.token],
      loseNextAnswer: () => {
        sandbox.behaviours.dropsAnswerAfterWrite = 1;
      },
      stop: () => sandbox.close(),
    };
  },
});
