// Whose words went under: somebody's who saved in the moment between our look and our write. Joomla cannot be asked to write only
// if nobody has, but it counts saves, and keeps them.
import { Fault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Entry } from "../contract.ts";
import { joinText, type Version, versionsOf } from "./raw.ts";
import { catidOf, type Row } from "./rows.ts";
import type { Site } from "./site.ts";

/** Columns of Joomla's table, which its versions hold, by the parts that they are. */
const COLUMNS: Readonly<Record<string, string>> = {
  title: "title",
  slug: "alias",
  status: "state",
  date: "publish_up",
  publishDown: "publish_down",
  categories: "catid",
  author: "created_by",
  authorAlias: "created_by_alias",
  featured: "featured",
  access: "access",
  note: "note",
  "seo.description": "metadesc",
  "seo.keywords": "metakey",
};

/** Enough to hold the one before ours, where nobody saves all the time. */
const SOME = 10;

/** Throws `conflict` where `sent` went over what somebody had saved between `before`, which is `entry`, and `after`. */
export async function refuseOverwritten(
  site: Site,
  before: Row,
  entry: Entry,
  after: Row,
  sent: JsonObject,
): Promise<void> {
  if (after.attributes.version <= before.attributes.version + 1) return;
  const saves = savesBefore(after, await versionsOf(site, before.id, SOME));
  const isOver = (part: string) =>
    saves.length === 0 || saves.some((save) => isUnder(part, save, before, entry, after, sent));
  const lost = Object.keys(sent).filter(isOver);
  if (lost.length === 0) return;
  throw new Fault(
    "conflict",
    `somebody saved article ${before.id} in the moment before this write, which went over it: ${lost.join(", ")}`,
    {
      code: "moved",
      hint: "what they wrote is in Joomla, in the article's screen under Versions: bring it into the file, or restore it there and pull",
    },
  );
}

/**
 * The save before the last one. Joomla keeps none that equals an older one, and 6.1 numbers none: then those that it may have
 * been. None where Joomla kept none.
 */
function savesBefore({ attributes }: Row, versions: readonly Version[]): readonly Version[] {
  const isNumbered = versions.some((one) => one.attributes.version_data.version !== undefined);
  if (!isNumbered) return versions.toSorted((a, b) => Number(b.id) - Number(a.id)).slice(0, 2);
  const before = versions.filter((one) => one.attributes.version_data.version === attributes.version - 1);
  return before.length > 0 ? before : versions;
}

/** Whether the save changed the part to what is not there now; so it is taken to be where that cannot be told. */
function isUnder(
  part: string,
  { attributes: { version_data } }: Version,
  before: Row,
  entry: Entry,
  after: Row,
  sent: JsonObject,
): boolean {
  if (part === "body") {
    const text = joinText(version_data.introtext, version_data.fulltext);
    return text !== entry.wire.body && text !== sent.body;
  }
  const column = COLUMNS[part];
  if (column === undefined) return true;
  const value = plain(version_data[column]);
  return value !== plain(columnIn(before, column)) && value !== plain(columnIn(after, column));
}

const columnIn = (row: Row, column: string) => (column === "catid" ? catidOf(row) : row.attributes[column]);

const plain = (value: unknown) => String(value ?? "").replace(/^0000-.*$/, "");
