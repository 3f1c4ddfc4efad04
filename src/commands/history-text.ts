import { type AsDocument, asDocument } from "../engine/history-document.ts";
import type { HistoryVersion } from "../engine/history-lanes.ts";
import type { Root } from "../engine/root.ts";
import { renderDiff } from "../report/diff.ts";
import type { Ui } from "../report/ui.ts";
import type { SiteAnswer } from "./history-sites.ts";

/** A document with every version of it that is known. */
export interface History {
  readonly root: Root;
  readonly path: string;
  /** Newest first. */
  readonly versions: readonly HistoryVersion[];
  /** By connection. */
  readonly answers: ReadonlyMap<string, SiteAnswer>;
}

/** A version's text as a file would have it; undefined where it is not to be had. */
export async function textOf(
  { root, path, answers }: History,
  { text, target, id }: HistoryVersion,
): Promise<(Pick<AsDocument, "raw"> & { readonly text: string }) | undefined> {
  if (text.type === "file") return { text: Buffer.from(text.bytes).toString("utf8"), raw: [] };
  const answer = answers.get(target);
  if (text.type !== "wire" || answer === undefined) return undefined;
  const { bytes, raw } = await asDocument(root, { ...answer.place, id }, path, text.wire, answer.reader);
  return { text: Buffer.from(bytes).toString("utf8"), raw };
}

/** What the later one says differently, word by word; nothing where a text is missing. */
export async function differenceLines(
  found: History,
  before: HistoryVersion,
  after: HistoryVersion,
  { colour, columns }: Ui,
): Promise<readonly string[]> {
  const [old, now] = [await textOf(found, before), await textOf(found, after)];
  return old === undefined || now === undefined ? [] : renderDiff(old.text, now.text, { colour, columns });
}
