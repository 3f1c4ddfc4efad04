import { codec } from "../../src/connectors/wix/codec.ts";
import { isWrite } from "../../src/sandbox/wix/routes.ts";
import { contractSuite } from "./contract.ts";
import { addRecipes, refsOf, startSite } from "./wix/site.ts";

contractSuite({
  name: "wix",
  unknownId: "a15e11f0-0000-4000-9000-ffffffffffff",
  longestTitle: 200,
  samples: [
    {
      kind: "post",
      locale: "",
      fields: {
        title: "A loaf & its <crust>",
        status: "published",
        date: "2026-01-31T09:30:00",
        excerpt: "Short & plain.",
        tags: ["rye", "Sour/dough"],
        categories: ["News"],
        author: "ada",
        image: { src: "./loaf.png", alt: "A loaf" },
        featured: true,
        comments: false,
        "seo.title": "Loaf",
        "seo.description": "About a loaf",
      },
      body: 'Flour, *water*, salt.\n\n![The loaf](./loaf.png "Crust")\n\n1. knead\n2. wait\n   - an hour\n\n> Bread.\n\n---\n\n```js\nlet loaf = "<b>";\n```',
    },
    { kind: "post", locale: "", fields: { title: "Über uns", status: "draft", tags: ["rye"] }, body: "Wir." },
  ],
  start: async () => {
    const { sandbox, connector } = await startSite();
    return {
      connector,
      codec,
      refsFor: (document) => refsOf(connector, document),
      editElsewhere: async (id) => {
        const post = sandbox.store.posts.get(id);
        if (post === undefined) throw new Error(`no post ${id}`);
        post.draft = { ...post.draft, title: `${String(post.draft.title)} by hand` };
        post.editedAt += 5000;
      },
      sent: () =>
        sandbox.requests.map(({ method, url }) => ({ method, url, write: isWrite({ method, url }) })),
      secrets: [sandbox.key],
      loseNextAnswer: () => {
        sandbox.behaviours.dropsAnswerAfterWrite = 1;
      },
      stop: () => sandbox.close(),
    };
  },
});

contractSuite({
  name: "wix collections",
  exempt: {
    "a scheduled entry is scheduled, where the platform can":
      "posts are; items are live at once, and that is told",
    "a change of state alone keeps the content": "items have no states",
    "the server's values say the same as what was sent, and every loss was told":
      "its documents are drafts, which items cannot be",
    "values that say something else are not the same": "the same",
    "a document comes back as it went": "the same",
  },
  unknownId: "a15e11f0-0000-4000-9000-ffffffffffff",
  samples: [
    {
      kind: "Recipes",
      locale: "",
      fields: {
        title: "A loaf & its <crust>",
        status: "published",
        minutes: 55,
        fresh: true,
        steps: ["knead", "wait"],
        baked: "2026-01-30",
        tasted: "2026-01-31T09:30:00",
      },
      body: "Flour, *water*, salt.\n\n![The loaf](./loaf.png)\n\n> Bread.",
    },
  ],
  start: async () => {
    const { sandbox, connector } = await startSite({}, { collections: "Recipes" });
    const items = addRecipes(sandbox);
    return {
      connector,
      codec,
      refsFor: (document) => refsOf(connector, document),
      editElsewhere: async (id) => {
        const data = items.get(id);
        if (data === undefined) throw new Error(`no item ${id}`);
        const _updatedDate = { $date: new Date(Date.now() + 60_000).toISOString() };
        items.set(id, { ...data, name: `${String(data.name)} by hand`, _updatedDate });
      },
      sent: () =>
        sandbox.requests.map(({ method, url }) => ({ method, url, write: isWrite({ method, url }) })),
      secrets: [sandbox.key],
      loseNextAnswer: () => {
        sandbox.behaviours.dropsAnswerAfterWrite = 1;
      },
      stop: () => sandbox.close(),
    };
  },
});
