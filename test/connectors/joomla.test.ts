import { codec } from "../../src/connectors/joomla/codec.ts";
import { startJoomla } from "../fakes/joomla.ts";
import { contractSuite } from "./contract.ts";
import { openJoomla, refsOf } from "./joomla/site.ts";

contractSuite({
  name: "joomla",
  unknownId: "99999999",
  longestTitle: 255,
  samples: [
    {
      kind: "article",
      locale: "",
      fields: {
        title: "A loaf & its crust",
        status: "published",
        date: "2026-01-31T09:30:00",
        publishDown: "2090-07-31T09:30:00",
        categories: ["News/Local"],
        tags: ["rye", "Sour/dough"],
        author: "ann",
        authorAlias: "Mira",
        image: { src: "./loaf.png", alt: "A loaf", caption: "Rye" },
        imageFull: "./loaf.png",
        featured: true,
        access: "Registered",
        note: "check it",
        "seo.description": "About a loaf",
        "seo.keywords": "loaf, rye",
        "fields.minutes": "5",
        "fields.flour": "rye",
        "fields.steps": ["knead", "wait"],
      },
      body: 'Flour, *water*, salt.\n\n<!--more-->\n\n![The loaf](./loaf.png "Crust")',
    },
    { kind: "article", locale: "", fields: { title: "Über uns", status: "draft" }, body: "Wir." },
  ],
  exempt: {
    "a term is created once and found again": "Joomla takes what looks like markup out of names",
    "a document comes back as it went": "Joomla takes markup out of titles",
    "the server's values say the same as what was sent, and every loss was told":
      "one of the documents has markup in its title, and its loss is told",
    "restoring under a slug that another entry has now is a conflict and changes nothing":
      "what lies in Joomla's trash keeps its alias: no other article can take it",
    "revisions tell what an entry said before somebody else edited it, newest first":
      "Joomla says nowhere whose token it is, so that no version's author can be ours",
  },
  start: async () => {
    const fake = await startJoomla({ behaviours: { siteZone: "America/New_York" } });
    const options = { rye: "Rye", wheat: "Wheat" };
    fake.store.fields.push(
      { name: "minutes", title: "Minutes", type: "text" },
      { name: "flour", title: "Flour", type: "radio", options },
      { name: "steps", title: "Steps", type: "checkboxes", options: { knead: "Knead", wait: "Wait" } },
    );
    const connector = openJoomla(fake);
    return {
      connector,
      codec,
      refsFor: (document) => refsOf(connector, document),
      editElsewhere: async (id) => {
        const title = fake.store.articles.get(Number(id))?.title ?? "";
        fake.save(Number(id), { title: `${title} by hand` });
      },
      sent: () =>
        fake.requests.map(({ method, url, body }) => ({
          method,
          url,
          write: fake.isWrite({ method, url, body }),
        })),
      secrets: [...fake.secrets],
      loseNextAnswer: () => {
        fake.behaviours.dropsAnswerAfterWrite = 1;
      },
      stop: () => fake.close(),
    };
  },
});
