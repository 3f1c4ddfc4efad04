import { mediaRefs } from "../../content/markdown/format.ts";
import type { Json } from "../../lib/json.ts";
import type { Codec } from "../contract.ts";
import { decode } from "./decode.ts";
import { encode, fileSource, GROUPS, isAddress, lossOf, termNames } from "./encode.ts";
import { addressesOf } from "./images.ts";
import { wiringOf } from "./kinds.ts";
import { webflowBody } from "./rich-text.ts";
import { same } from "./same.ts";
import { siteSlug } from "./slug.ts";

const FILES: ReadonlySet<string> = new Set(["Image", "MultiImage", "File", "ExtFileRef"]);

export const codec: Codec = {
  slug: siteSlug,
  fields: (kind) => kind.fields.map((field) => field.name),
  groups: GROUPS,
  loses: (name, kind) => lossOf(name, { kind }).length > 0,
  needs: ({ fields, body }, kind) => {
    const wired = kind.fields.flatMap((field) => {
      const value = fields[field.name];
      const wiring = wiringOf(field);
      return wiring === undefined || value === undefined || value === null ? [] : [{ wiring, value }];
    });
    const files = wired.flatMap(({ wiring, value }) => {
      if (!FILES.has(wiring.type)) return [];
      const items: readonly Json[] = Array.isArray(value) ? value : [value];
      return items.map((item) => fileSource(wiring.part, item));
    });
    return {
      terms: wired
        .filter(({ wiring }) => wiring.isTaxonomy)
        .flatMap(({ wiring: { part, target }, value }) =>
          termNames(part, value).map((name) => ({ field: part, taxonomy: target, path: [name] })),
        ),
      media: [
        ...files
          .filter(({ src }) => src !== "" && !isAddress(src))
          .map(({ src, alt }) => ({ ref: src, alt })),
        ...mediaRefs(body),
      ],
      authors: [],
    };
  },
  mediaIds: () => [],
  encode,
  decode,
  patchBody: (local, remoteBody, refs) =>
    typeof remoteBody === "string" ? webflowBody.patch(local, remoteBody, addressesOf(refs)) : local,
  same,
};
