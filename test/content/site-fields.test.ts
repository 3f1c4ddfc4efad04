import { expect, it } from "vitest";
import { didYouMean } from "../../src/content/site-fields.ts";

const NAMES = ["title", "excerpt", "meta.price", "acf.subtitle"];

it.each([
  ["exerpt", "Did you mean `excerpt`?"],
  ["price", "Did you mean `meta.price`?"],
  ["meta.prise", "Did you mean `meta.price`?"],
  ["meta.subtitle", "Did you mean `acf.subtitle`?"],
  // A field of a group is no slip of the pen for one of every document.
  ["seo.title", ""],
  ["acf.excerpt", ""],
  ["colour", ""],
])("the nearest name for %s: %s", (name, said) => {
  expect(didYouMean(name, NAMES)).toBe(said);
});
