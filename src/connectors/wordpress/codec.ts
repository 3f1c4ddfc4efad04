import { mediaRefs } from "../../content/markdown/format.ts";
import type { Codec, Entry, Needs } from "../contract.ts";
import { decode } from "./decode.ts";
import { bodyFormat, encode, imageSource, isAddress, termPaths } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => [
    ...new Set([...kind.fields.map((field) => field.name), ...Object.keys(kind.taxonomies)]),
  ],
  needs: (document, kind): Needs => {
    const { author, image } = document.fields;
    const terms = Object.entries(kind.taxonomies).flatMap(([field, taxonomy]) =>
      termPaths(field, document.fields[field] ?? [], taxonomy.hierarchical).map((path) => ({
        field,
        taxonomy: taxonomy.id,
        path,
      })),
    );
    const featured = image === undefined || image === null ? undefined : imageSource(image);
    const local = featured === undefined || featured.src === "" || isAddress(featured.src) ? [] : [featured];
    return {
      terms,
      media: [
        ...local.map(({ src, alt }) => ({ ref: src, alt })),
        ...(kind.body ? mediaRefs(document.body) : []),
      ],
      authors: typeof author === "string" ? [author] : [],
    };
  },
  mediaIds: (entry: Entry) => {
    const { image, body } = entry.wire;
    const inBody =
      typeof body === "string" ? [...body.matchAll(/\bwp-image-(\d{1,15})\b/g)].map(([, id]) => id) : [];
    return [...new Set([...(typeof image === "number" ? [String(image)] : []), ...inBody])].filter(
      (id) => id !== undefined,
    );
  },
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string"
      ? bodyFormat(refs.settings).patch(local, remoteBody, addressesOf(refs))
      : local,
  same,
};
