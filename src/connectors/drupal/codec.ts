import { mediaRefs } from "../../content/markdown/format.ts";
import { isObject, type Json } from "../../lib/json.ts";
import type { Codec, Needs } from "../contract.ts";
import { imagesIn, sourceOf } from "../typed.ts";
import { decode } from "./decode.ts";
import { encode, lossOf, termPaths } from "./encode.ts";
import { filesIn, isWhole, patchBody } from "./images.ts";
import { drupalOf } from "./kinds.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => field.name),
  loses: (name, kind) => lossOf(name, { kind }).length > 0,
  needs: (document, kind, types = {}): Needs => {
    const { author } = document.fields;
    const files = kind.fields.flatMap((field) => {
      const type = drupalOf(field)?.type;
      const value = document.fields[field.name];
      if ((type !== "image" && type !== "file") || value === undefined || value === null) return [];
      const items: readonly Json[] = Array.isArray(value) ? value : [value];
      return items.flatMap((item) => {
        const ref = sourceOf(item);
        const alt = isObject(item) && typeof item.alt === "string" ? item.alt : "";
        return isWhole(ref) ? [] : [{ ref, alt, field: true as const }];
      });
    });
    return {
      terms: Object.entries(kind.taxonomies).flatMap(([field, { id, hierarchical }]) =>
        termPaths(field, document.fields[field] ?? [], hierarchical).map((path) => ({
          field,
          taxonomy: id,
          path,
        })),
      ),
      media: [
        ...files,
        ...imagesIn(document.fields, types).map((ref) => ({ ref, alt: "" })),
        ...(kind.body ? mediaRefs(document.body) : []),
      ],
      authors: typeof author === "string" ? [author] : [],
    };
  },
  mediaIds: ({ wire }) => {
    const inFields = Object.values(wire).flatMap((value) => {
      const items: readonly Json[] = Array.isArray(value) ? value : [value];
      return items.flatMap((item) => (isObject(item) && typeof item.id === "string" ? [item.id] : []));
    });
    const inBody = typeof wire.body === "string" ? filesIn(wire.body) : [];
    return [...new Set([...inFields, ...inBody])];
  },
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string" ? patchBody(local, remoteBody, refs) : local,
  same,
};
