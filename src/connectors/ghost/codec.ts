import { mediaRefs } from "../../content/markdown/format.ts";
import type { Json } from "../../lib/json.ts";
import type { Codec } from "../contract.ts";
import { decode } from "./decode.ts";
import { encode, imageSource, isAddress, lossOf, tagNames } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { GROUPS, IMAGES, TAGS } from "./kinds.ts";
import { ghostBody } from "./lexical.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => kind.fields.map((field) => field.name),
  groups: GROUPS,
  loses: (name, kind) => lossOf(name, { kind }).length > 0,
  needs: ({ fields, body }) => {
    const given = (name: string): readonly Json[] => {
      const value = fields[name];
      return value === undefined || value === null ? [] : [value];
    };
    const images = [
      ...given("image").map((value) => imageSource(value)),
      ...Object.keys(IMAGES).flatMap((name) => given(name).map((src) => ({ src: String(src), alt: "" }))),
    ];
    return {
      terms: given("tags")
        .flatMap(tagNames)
        .map((name) => ({ field: "tags", taxonomy: TAGS, path: [name] })),
      media: [
        ...images
          .filter(({ src }) => src !== "" && !isAddress(src))
          .map(({ src, alt }) => ({ ref: src, alt })),
        ...mediaRefs(body),
      ],
      authors: given("author").flatMap((value) =>
        Array.isArray(value) ? value.map(String) : [String(value)],
      ),
    };
  },
  mediaIds: () => [],
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string" ? ghostBody.patch(local, remoteBody, addressesOf(refs)) : local,
  same,
};
