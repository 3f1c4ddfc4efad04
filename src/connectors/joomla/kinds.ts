// The one kind of entry: articles.
import { joinTermPath } from "../../content/term-path.ts";
import type { Field, Model } from "../contract.ts";
import { modelField } from "./custom-fields.ts";
import type { Site } from "./site.ts";
import { CATEGORY, TAG } from "./terms.ts";

const FIELDS: readonly Field[] = [
  { name: "title", type: "text", required: true },
  { name: "slug", type: "text" },
  { name: "status", type: "text", values: ["draft", "published", "scheduled", "archived"] },
  { name: "date", type: "date" },
  { name: "publishDown", type: "date" },
  { name: "author", type: "text" },
  { name: "authorAlias", type: "text", fallback: "" },
  { name: "image", type: "media" },
  { name: "imageFull", type: "media" },
  { name: "featured", type: "boolean", fallback: false },
  { name: "note", type: "text", fallback: "" },
  { name: "seo.description", type: "text", fallback: "" },
  { name: "seo.keywords", type: "text", fallback: "" },
];

/** Access level of articles that name none, as Joomla is installed. */
const PUBLIC = "1";

export async function modelOf(site: Site): Promise<Model> {
  const [levels, custom, fallback, languages] = await Promise.all([
    site.levels(),
    site.customFields(),
    site.defaultCategory(),
    site.languages(),
  ]);
  const values = [...levels.values()];
  const access: Field = {
    name: "access",
    type: "text",
    fallback: levels.get(PUBLIC) ?? PUBLIC,
    ...(values.length === 0 ? {} : { values }),
  };
  const model: Model = {
    kinds: [
      {
        name: "article",
        title: "Articles",
        fields: [...FIELDS, access, ...custom.map(modelField)],
        taxonomies: {
          categories: { id: CATEGORY, hierarchical: true, fallback: fallback.id },
          tags: { id: TAG, hierarchical: false },
        },
        body: true,
        scopeField: { name: "categories", fallback: joinTermPath(fallback.path) },
      },
    ],
  };
  return languages.length < 2 ? model : { ...model, languages: { locales: languages, fallback: "" } };
}
