import { expect, it } from "vitest";
import { didYouMean } from "../../src/content/site-fields.ts";

const NAMES = ["title", "excerpt", "meta.price", "acf.subtitle", "metafields.custom.care_guide"];

it.each([
  ["exerpt", "Did you mean `excerpt`?"],
  ["price", "Did you mean `meta.price`?"],
  ["meta.prise", "Did you mean `meta.price`?"],
  ["meta.subtitle", "Did you mean `acf.subtitle`?"],
  // A field of a group is no slip of the pen for one of every document.
  ["seo.title", ""],
  ["acf.excerpt", ""],
  ["colour", ""],
  ["metafields.custom.care_gide", "Did you mean `metafields.custom.care_guide`?"],
  ["metafields.costum.care_guide", "Did you mean `metafields.custom.care_guide`?"],
  // A long group in front makes no two names near.
  ["metafields.custom.size_guid", ""],
])("the nearest name for %s: %s", (name, said) => {
  expect(didYouMean(name, NAMES)).toBe(said);
});
