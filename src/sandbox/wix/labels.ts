// Tags and categories of the blog: both flat.
import { isObject, type JsonObject } from "../../lib/json.ts";
import { slugify } from "./posts.ts";
import { invalid, refused } from "./reply.ts";
import { type Label, newId, type WixStore } from "./state.ts";

export const labelView = ({ id, label, slug, language }: Label): JsonObject => ({
  ...{ id, label, slug, language },
  postCount: 0,
});

const fold = (label: string) => label.normalize("NFC").toLowerCase();

/** A request's label stands at its top. Throws Wix's 409 for one that is there. */
export function createTag(store: WixStore, given: unknown): Label {
  const label = isObject(given) && typeof given.label === "string" ? given.label.trim() : "";
  if (label === "")
    throw invalid([{ field: "label", description: "must not be empty", ruleName: "REQUIRED_FIELD" }]);
  if (label.length > 50) {
    throw invalid([
      {
        field: "label",
        description: `has size ${label.length}, expected 50 or less`,
        ruleName: "MAX_LENGTH",
      },
    ]);
  }
  const there = [...store.tags.values()].some((tag) => fold(tag.label) === fold(label));
  if (there) throw refused(409, "ALREADY_EXISTS", `a tag with the label ${label} exists`);
  return keep(store, store.tags, label);
}

/** A request's label stands below `category`. Wix takes a label twice. */
export function createCategory(store: WixStore, given: unknown): Label {
  const category = isObject(given) && isObject(given.category) ? given.category : {};
  const label = typeof category.label === "string" ? category.label.trim() : "";
  if (label === "") {
    throw invalid([
      { field: "category.label", description: "must not be empty", ruleName: "REQUIRED_FIELD" },
    ]);
  }
  return keep(store, store.categories, label);
}

function keep(store: WixStore, labels: Map<string, Label>, label: string): Label {
  const id = newId(store);
  const made = { id, label, slug: slugify(label), language: store.site.language };
  labels.set(id, made);
  return made;
}
