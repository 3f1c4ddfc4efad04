import { html, mediaRefs } from "../../content/markdown/format.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Codec } from "../contract.ts";
import { postBody } from "./body.ts";
import { decode } from "./decode.ts";
import { encode, imageSource, isAddress, lossOf, termNames } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { decodeItem, encodeItem, itemLossOf, itemMediaIds, itemNeeds } from "./item-codec.ts";
import { CATEGORIES, GROUPS, POST, TAGS } from "./kinds.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => [...(kind.name === POST ? [] : ["status"]), ...kind.fields.map((field) => field.name)],
  groups: GROUPS,
  loses: (name, kind) => (kind.name === POST ? lossOf : itemLossOf)(name).length > 0,
  needs: ({ fields, body }, kind, types = {}) => {
    if (kind.name !== POST) return itemNeeds(fields, body, types);
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
  mediaIds: ({ kind, wire }, types = {}) => {
    if (kind !== POST) return itemMediaIds(wire, types);
    const { image } = wire;
    return isObject(image) ? [String((image as JsonObject).id)] : [];
  },
  encode: (document, refs, remote) => (refs.kind.name === POST ? encode : encodeItem)(document, refs, remote),
  decode: (entry, refs) => (refs.kind.name === POST ? decode : decodeItem)(entry, refs),
  patchBody: (local, remoteBody, refs) => {
    if (typeof remoteBody !== "string") return local;
    const format = refs.kind.name === POST ? postBody : html;
    return format.patch(local, remoteBody, addressesOf(refs));
  },
  same,
};
