import { groupOf } from "../../content/groups.ts";
import { html, mediaRefs } from "../../content/markdown/format.ts";
import type { Json } from "../../lib/json.ts";
import type { Codec } from "../contract.ts";
import { imagesIn } from "../typed.ts";
import { decode } from "./decode.ts";
import { encode, imageSource, isAddress, lossOf } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { GROUP } from "./metafields.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => kind.fields.map((field) => field.name),
  groups: [GROUP, "seo"],
  loses: (name, kind) => lossOf(name, { kind }).length > 0,
  needs: (document, kind, types = {}) => {
    const offered = kind.fields.some((field) => field.name === "image");
    const { image } = document.fields;
    const own = !offered || image === undefined || image === null ? undefined : imageSource(image);
    const local = own === undefined || own.src === "" || isAddress(own.src) ? [] : [own];
    const typed = Object.fromEntries(Object.entries(types).filter(([name]) => groupOf(name) === GROUP));
    return {
      terms: [],
      media: [
        ...local.map(({ src, alt }) => ({ ref: src, alt })),
        ...imagesIn(document.fields, typed).map((ref) => ({ ref, alt: "" })),
        ...mediaRefs(document.body),
      ],
      authors: [],
    };
  },
  mediaIds: (entry, types = {}) =>
    Object.entries(types).flatMap(([name, type]) => {
      const value: Json = type === "image" ? (entry.wire[name] ?? null) : null;
      const items: readonly Json[] = Array.isArray(value) ? value : [value];
      return items.flatMap((item) => {
        const id = typeof item === "string" ? /^gid:\/\/shopify\/(\w+\/\d+)$/.exec(item)?.[1] : undefined;
        return id ?? [];
      });
    }),
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string" ? html.patch(local, remoteBody, addressesOf(refs)) : local,
  same,
};
