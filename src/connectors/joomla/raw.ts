// The text of an article as it is stored. What the interface shows went through Joomla's content plug-ins, and has lost
// where the intro ends; the stored text is in the versions that Joomla's content history keeps.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { EntryRef, Revision } from "../contract.ts";
import type { Body, Row } from "./rows.ts";
import { isoOf } from "./rows.ts";
import { MORE } from "./same.ts";
import { ARTICLES, numberText, type Site } from "./site.ts";

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
      version: numberText.transform(Number).optional().catch(undefined),
    }),
  }),
});
export type Version = z.infer<typeof versionSchema>;

export function joinText(introtext: string, fulltext: string): string {
  return fulltext.trim() === "" ? introtext : `${introtext}${MORE}${fulltext}`;
}

/** As Joomla itself parts it: at the first mark. */
export function splitText(body: string): { readonly introtext: string; readonly fulltext: string } {
  const mark = READ_MORES.exec(body);
  if (mark === null) return { introtext: body, fulltext: "" };
  return { introtext: body.slice(0, mark.index), fulltext: body.slice(mark.index + mark[0].length) };
}

const OFF =
  "Joomla's own editor: its content history is off (System > Global Configuration > Articles > Editing Layout > Enable Versions), so that the stored text cannot be read,";
const CLOSED =
  "Joomla's own editor: the token's user may not edit the article, and is not shown its versions with the stored text,";
const UNSEEN =
  "Joomla's own editor: its content history does not have the stored text (save the article there once)";

/**
 * The version of this very save: by its number, which 6.1 leaves out, then by its time. Joomla keeps no version that equals
 * an older one but for these: then by its words, where no plug-in changed them.
 */
export function bodyOf(row: Row, versions: readonly Version[]): Body {
  const shown = row.attributes.text;
  const newestFirst = versions.toSorted((a, b) => Number(b.id) - Number(a.id));
  const isShown = ({ attributes: { version_data } }: Version) =>
    `${version_data.introtext} ${version_data.fulltext}` === shown;
  const numbered = newestFirst.find(
    ({ attributes }) => attributes.version_data.version === row.attributes.version,
  );
  const alike = newestFirst.find(isShown);
  const [newest] = newestFirst;
  const timed = newest !== undefined && isOfLastSave(newest, row, versions.length) ? newest : undefined;
  // Of two saves in one second the time says nothing.
  const isUnsure = timed !== undefined && alike !== undefined && !isShown(timed);
  const found = numbered ?? (isUnsure ? undefined : (timed ?? alike));
  if (found !== undefined) {
    const { introtext, fulltext } = found.attributes.version_data;
    return { raw: joinText(introtext, fulltext) };
  }
  return { shown, why: versions.length === 0 ? OFF : UNSEEN };
}

/** A version is stored right after its article, perhaps in the next second. */
const STORED_MS = 2000;

/** Of the newest version, which has no number: each save left one, or it is as old as the article's last save. */
function isOfLastSave({ attributes }: Version, { attributes: now }: Row, versions: number): boolean {
  if (attributes.version_data.version !== undefined) return false;
  if (versions === now.version) return true;
  const after = Date.parse(isoOf(attributes.save_date) ?? "") - Date.parse(isoOf(now.modified) ?? "");
  return after >= 0 && after <= STORED_MS;
}

/** Versions that are asked for first, each with its text whole: those of one second come in any order. */
const SOME = 10;
/** Pages of them do not fit together for the same reason. */
const ALL = 5000;

const someSchema = z.object({ data: z.array(versionSchema) });

export const decodeVersions = (payload: unknown): readonly Version[] => someSchema.parse(payload).data;

/** What was read of this very save is not asked for again: a save has a number, and shows another time or text. */
export async function bodyOfRow(site: Site, row: Row): Promise<Body> {
  const { version, modified, text: shown } = row.attributes;
  const known = site.texts.get(row.id);
  if (known?.version === version && known.modified === modified && known.shown === shown) {
    return { raw: known.raw };
  }
  const body = await askedBody(site, row);
  if ("raw" in body) site.texts.keep(row.id, { version, modified, shown, raw: body.raw });
  return body;
}

async function askedBody(site: Site, row: Row): Promise<Body> {
  try {
    const some = await versionsOf(site, row.id, SOME);
    const body = bodyOf(row, some);
    return "raw" in body || some.length < SOME ? body : bodyOf(row, await versionsOf(site, row.id, ALL));
  } catch (thrown) {
    if (!isFault(thrown, "forbidden")) throw thrown;
    return { shown: row.attributes.text, why: CLOSED };
  }
}

export async function versionsOf(site: Site, id: string, most: number): Promise<readonly Version[]> {
  const path = `${ARTICLES}/${id}/contenthistory`;
  const query = { "page[offset]": 0, "page[limit]": most };
  return (await site.get(path, query, decodeVersions)).value;
}

export async function revisions(site: Site, { id }: EntryRef): Promise<readonly Revision[]> {
  const versions = await versionsOf(site, id, ALL);
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
