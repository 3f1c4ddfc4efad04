import type { Document } from "../../../src/content/document.ts";

/** Documents that Ghost can hold whole, with every field it maps. */
export const SAMPLES: readonly [Document, ...Document[]] = [
  {
    kind: "post",
    locale: "",
    fields: {
      title: "A loaf & its <crust>",
      status: "published",
      date: "2026-01-31T09:30:00",
      excerpt: "Short & plain.",
      tags: ["rye", "#internal", "Sour/dough"],
      image: { src: "./loaf.png", alt: "A loaf", caption: "Baked <b>today</b>" },
      visibility: "members",
      featured: true,
      template: "custom-wide",
      canonical_url: "https://elsewhere.example/loaf/",
      codeinjection_head: "<style>.loaf { color: brown }</style>",
      codeinjection_foot: "<!-- foot -->",
      "seo.title": "Loaf",
      "seo.description": "About a loaf",
      "og.title": "Loaf, shared",
      "og.description": "Shared words",
      "og.image": "https://elsewhere.example/og.png",
      "twitter.title": "Loaf, tweeted",
      "twitter.description": "Tweeted words",
      "twitter.image": "https://elsewhere.example/t.png",
    },
    body: 'Flour, *water*, salt.\n\n![The loaf](./loaf.png "Crust")\n\n1. knead\n2. wait\n   - an hour\n\n> Bread.\n\n---\n\n```js\nlet loaf = "<b>";\n```',
  },
  {
    kind: "page",
    locale: "",
    fields: { title: "Über uns", status: "draft", tags: ["rye"] },
    body: "Wir.\n\n<!--members-only-->\n\nAlle.",
  },
];
