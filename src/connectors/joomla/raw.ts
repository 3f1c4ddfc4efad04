// The text of an article as it is stored. What the interface shows went through Joomla's content plug-ins, and has lost
// where the intro ends; the stored text is in the versions that Joomla's content history keeps.
import { z } from "zod";
import type { EntryRef, Revision } from "../contract.ts";
import { allOf } from "./pages.ts";
import type { Body, Row } from "./rows.ts";
import { isoOf } from "./rows.ts";
import { ARTICLES, numberText, type Site } from "./site.ts";

/** Between the intro and the rest, as Joomla's editor shows it. */
export const READ_MORE = '<hr id="system-readmore">';
const READ_MORES = /<hr\s+id=(["'])system-readmore\1\s*\/*>/i;

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const versionSchema = z.object({
  id: numberText,
  attributes: z.object({
    save_date: z.string(),
    editor: z.string().nullish(),
    version_data: z.looseObject({
      introtext: text,
      fulltext: text,
      title: z.string().optional(),
      metadesc: z.string().nullish(),
      version: numberText.transform(Number).catch(-1),
    }),
  }),
});
export type Version = z.infer<typeof versionSchema>;

export function joinText(introtext: string, fulltext: string): string {
  return fulltext.trim() === "" ? introtext : `${introtext}${READ_MORE}${fulltext}`;
}

/** As Joomla itself parts it: at the first mark. */
export function splitText(body: string): { readonly introtext: string; readonly fulltext: string } {
  const mark = READ_MORES.exec(body);
  if (mark === null) return { introtext: body, fulltext: "" };
  return { introtext: body.slice(0, mark.index), fulltext: body.slice(mark.index + mark[0].length) };
}

const OFF =
  "Joomla's own editor: its content history is off (System > Global Configuration > Articles > Editing Layout > Enable Versions), so that the stored text cannot be read,";
const UNSEEN =
  "Joomla's own editor: its content history does not have the stored text (save the article there once)";

/**
 * The version of this very save; else one whose text no plug-in changed. Joomla keeps no version that equals an older one
 * but for its number.
 */
export function bodyOf(row: Row, versions: readonly Version[]): Body {
  const shown = row.attributes.text;
  const datas = versions.map(({ attributes }) => attributes.version_data);
  const found =
    datas.find(({ version }) => version === row.attributes.version) ??
    datas.find(({ introtext, fulltext }) => `${introtext} ${fulltext}` === shown);
  if (found !== undefined) return { raw: joinText(found.introtext, found.fulltext) };
  return { shown: steady(shown), why: versions.length === 0 ? OFF : UNSEEN };
}

/** Joomla hides e-mail addresses in elements that have another id each time. */
const steady = (shown: string) => shown.replace(/\bcloak[0-9a-f]{32}\b/g, "cloak");

/** Of those that are asked for first. Bodies come whole. */
const NEWEST = 3;

const someSchema = z.object({ data: z.array(versionSchema) });

export async function bodyOfRow(site: Site, row: Row): Promise<Body> {
  const path = historyOf(row.id);
  const { value } = await site.get(path, { "page[offset]": 0, "page[limit]": NEWEST }, (payload) =>
    someSchema.parse(payload),
  );
  const body = bodyOf(row, value.data);
  if ("raw" in body || value.data.length < NEWEST) return body;
  return bodyOf(row, await versionsOf(site, row.id));
}

const historyOf = (id: string) => `${ARTICLES}/${id}/contenthistory`;

function versionsOf(site: Site, id: string): Promise<readonly Version[]> {
  return allOf(site, historyOf(id), {}, (item) => versionSchema.parse(item));
}

export async function revisions(site: Site, { id }: EntryRef): Promise<readonly Revision[]> {
  const versions = await versionsOf(site, id);
  return versions
    .map(({ id: version, attributes: { save_date, editor, version_data } }): Revision => {
      const { title, metadesc, introtext, fulltext } = version_data;
      return {
        id: version,
        at: Date.parse(isoOf(save_date) ?? ""),
        author: editor ?? "",
        wire: {
          ...(title === undefined ? {} : { title }),
          ...(typeof metadesc === "string" ? { "seo.description": metadesc } : {}),
          body: joinText(introtext, fulltext),
        },
      };
    })
    .toSorted((a, b) => b.at - a.at || Number(b.id) - Number(a.id));
}
