import { mediaRefs } from "../../content/markdown/format.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Codec } from "../contract.ts";
import { postBody } from "./body.ts";
import { decode } from "./decode.ts";
import { encode, imageSource, isAddress, termNames } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { CATEGORIES, GROUPS, TAGS } from "./kinds.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => kind.fields.map((field) => field.name),
  groups: GROUPS,
  needs: ({ fields, body }) => {
    const given = (name: string): readonly Json[] => {
      const value = fields[name];
      return value === undefined || value === null ? [] : [value];
    };
    const terms = (field: string, taxonomy: string) =>
      given(field)
        .flatMap((value) => termNames(field, value))
        .map((name) => ({ field, taxonomy, path: [name] }));
    return {
      terms: [...terms("tags", TAGS), ...terms("categories", CATEGORIES)],
      media: [
        ...given("image")
          .map(imageSource)
          .filter(({ src }) => src !== "" && !isAddress(src))
          .map(({ src, alt }) => ({ ref: src, alt })),
        ...mediaRefs(body),
      ],
      authors: given("author").map(String),
    };
  },
  mediaIds: ({ wire }) => {
    const { image } = wire;
    return isObject(image) ? [String((image as JsonObject).id)] : [];
  },
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string" ? postBody.patch(local, remoteBody, addressesOf(refs)) : local,
  same,
};
