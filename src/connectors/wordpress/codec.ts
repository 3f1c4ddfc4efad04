import { mediaRefs } from "../../content/markdown/format.ts";
import type { Codec, Entry, Needs } from "../contract.ts";
import { imagesIn } from "../typed.ts";
import { customMediaIds, GROUPS } from "./custom-fields.ts";
import { decode } from "./decode.ts";
import { bodyFormat, encode, imageSource, isAddress, MAPPED, termPaths, unsent } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { losses } from "./losses.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => [
    ...new Set([
      ...kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => field.name),
      ...Object.keys(kind.taxonomies),
    ]),
  ],
  groups: GROUPS,
  loses: (name) => MAPPED.has(name),
  needs: (document, kind, types = {}): Needs => {
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
        ...local.map(({ src, alt }) => ({ ref: src, alt, field: true as const })),
        ...imagesIn(document.fields, types).map((ref) => ({ ref, alt: "" })),
        ...(kind.body ? mediaRefs(document.body) : []),
      ],
      authors: typeof author === "string" ? [author] : [],
    };
  },
  mediaIds: (entry: Entry, types = {}) => {
    const { image, body } = entry.wire;
    const inBody =
      typeof body === "string" ? [...body.matchAll(/\bwp-image-(\d{1,15})\b/g)].map(([, id]) => id) : [];
    const featured = typeof image === "number" ? [String(image)] : [];
    const custom = customMediaIds(entry.wire, types);
    return [...new Set([...featured, ...custom, ...inBody])].filter((id) => id !== undefined);
  },
  encode,
  losses,
  unsent,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string"
      ? bodyFormat(refs.settings).patch(local, remoteBody, addressesOf(refs))
      : local,
  same,
};
