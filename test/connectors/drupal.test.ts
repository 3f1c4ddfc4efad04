import { codec } from "../../src/connectors/drupal/codec.ts";
import { startDrupal } from "../fakes/drupal.ts";
import { contractSuite } from "./contract.ts";
import { openDrupal, refsOf } from "./drupal/site.ts";

contractSuite({
  name: "drupal",
  unknownId: "00000000-0000-4000-8000-000000000000",
  longestTitle: 255,
  listingSize: 60,
  samples: [
    {
      kind: "article",
      locale: "",
      fields: {
        title: "A loaf & its <crust>",
        status: "published",
        date: "2026-01-31T09:30:00",
        excerpt: "Short.",
        tags: ["rye", "Sour\\/dough", "Bread/White"],
        author: "editor",
        image: { src: "./loaf.png", alt: "A loaf" },
        sticky: true,
        field_link: { uri: "https://example.com/", title: "There" },
        field_moment: "2026-02-01T10:00:00",
        field_day: "2026-02-01",
        field_count: 5,
        field_price: "1.5",
        field_flag: true,
        field_names: ["one", "two"],
        field_teaser: "<p>Teaser</p>",
      },
      body: 'Flour, *water*, salt.\n\n![The loaf](./loaf.png "Crust")',
    },
    { kind: "page", locale: "", fields: { title: "Über uns", status: "draft" }, body: "Wir." },
    { kind: "news", locale: "", fields: { title: "New", status: "published" }, body: "News." },
  ],
  start: async () => {
    const fake = await startDrupal();
    const { connector, sent } = openDrupal(fake.url, fake.admin, { trees: "tags" });
    const authors = (await connector.authors?.()) ?? [];
    return {
      connector,
      codec,
      refsFor: async (document) => ({ ...(await refsOf(connector, document)), authors }),
      editElsewhere: async (id) => {
        const path =
          [...fake.state.nodes.values()].find(({ uuid }) => uuid === id)?.texts.get("en")?.alias ?? "";
        fake.edit(path.slice(1), { title: "Edited elsewhere" });
      },
      sent: () => sent,
      secrets: fake.secrets,
      loseNextAnswer: () => {
        fake.behaviours.dropsAnswerAfterWrite = 1;
      },
      stop: () => fake.close(),
    };
  },
});
