import { mediaRefs } from "../../content/markdown/format.ts";
import type { Codec } from "../contract.ts";
import { decode } from "./decode.ts";
import { encode, imageSource, isAddress, lossOf, termPaths } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { html, same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => [
    ...kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => field.name),
    ...Object.keys(kind.taxonomies),
  ],
  groups: ["fields", "seo"],
  loses: (name, kind) => lossOf(name, { kind }).length > 0,
  needs: ({ fields, body }, kind) => {
    const terms = Object.entries(kind.taxonomies).flatMap(([field, { id }]) =>
      termPaths(field, fields[field] ?? null).map((path) => ({ field, taxonomy: id, path })),
    );
    const images = ["image", "imageFull"].flatMap((name) => {
      const value = fields[name] ?? null;
      if (value === null) return [];
      const { src, alt } = imageSource(name, value);
      return src === "" || isAddress(src) ? [] : [{ ref: src, alt }];
    });
    const { author } = fields;
    return {
      terms,
      media: [...images, ...mediaRefs(body)],
      authors: typeof author === "string" ? [author] : [],
    };
  },
  mediaIds: () => [],
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string" ? html.patch(local, remoteBody, addressesOf(refs)) : local,
  same,
};
