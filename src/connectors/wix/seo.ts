// A post's SEO tags: two of them are fields of documents, one is the mark of the create, the others are somebody else's. Pure.
import { z } from "zod";
import type { Json, JsonObject } from "../../lib/json.ts";

const record = z.record(z.string(), z.unknown()).nullish();
const tagSchema = z.looseObject({
  type: z.string().catch(""),
  props: record,
  children: z.string().nullish(),
});
export const seoSchema = z.looseObject({ tags: z.array(tagSchema).nullish() });
export type Seo = z.infer<typeof seoSchema>;
type Tag = z.infer<typeof tagSchema>;

/** Parts of documents that stand in SEO tags. */
export const SEO_PARTS = ["seo.title", "seo.description"] as const;
type SeoPart = (typeof SEO_PARTS)[number];

/**
 * Name of the tag that holds the create's key. It is the one place that a create can set, that every listing gives back,
 * and that visitors and editors do not look at: hashtags are shown, and an id of the rich content goes when it is edited.
 */
export const MARKER = "ainstein-cms";

const isMeta = (tag: Tag, name: string) => tag.type === "meta" && tag.props?.name === name;

const IS: Readonly<Record<SeoPart, (tag: Tag) => boolean>> = {
  "seo.title": ({ type }) => type === "title",
  "seo.description": (tag) => isMeta(tag, "description"),
};

const contentOf = (tag: Tag | undefined): string =>
  typeof tag?.props?.content === "string" ? tag.props.content : "";

/** "" where the post has none. */
export function seoPart(seo: Seo | null | undefined, part: SeoPart): string {
  const tag = seo?.tags?.find(IS[part]);
  return part === "seo.title" ? (tag?.children ?? "") : contentOf(tag);
}

/** The create's key; "" where there is none. */
export function markerIn(seo: Seo | null | undefined): string {
  return contentOf(seo?.tags?.find((tag) => isMeta(tag, MARKER)));
}

/** What is to be sent: the tags there are, with these parts as they shall be. Undefined where nothing is to change. */
export function seoWith(
  seo: Seo | null | undefined,
  wire: JsonObject,
  key: string | undefined,
): JsonObject | undefined {
  const given = SEO_PARTS.filter((part) => wire[part] !== undefined);
  if (given.length === 0 && key === undefined) return undefined;
  const kept = (seo?.tags ?? []).filter((tag) => !given.some((part) => IS[part](tag)));
  const made = given.flatMap((part) => {
    const text = String(wire[part] ?? "");
    return text === "" ? [] : [tagOf(part, text)];
  });
  const marker = key === undefined ? [] : [meta(MARKER, key)];
  return { ...(seo as JsonObject | null | undefined), tags: [...(kept as Json[]), ...made, ...marker] };
}

const meta = (name: string, content: string): JsonObject => ({ type: "meta", props: { name, content } });

function tagOf(part: SeoPart, text: string): JsonObject {
  return part === "seo.title" ? { type: "title", children: text } : meta("description", text);
}
