import type { Needs } from "../connectors/contract.ts";
import type { MediaFile } from "../content/document.ts";
import { linkedMedia, resolveMedia } from "../content/media.ts";
import type { Reading } from "../content/read.ts";
import { referencesIn } from "../content/references.ts";
import { lineOf } from "../content/source.ts";
import type { Root } from "./root.ts";

/** The local files that a document refers to, each reference once. Throws `invalid` with the line of one that is not to be used. */
export async function mediaFiles(
  root: Pick<Root, "dir" | "config">,
  reading: Reading,
  needed: Needs["media"],
): Promise<readonly MediaFile[]> {
  const files = new Map<string, MediaFile>();
  for (const { ref, alt, link } of needed) {
    if (files.has(ref)) continue;
    const line = () => mediaLine(reading, ref);
    const options = { ...root.config.media, line };
    const resolving = link === true ? linkedMedia : resolveMedia;
    const file = await resolving(root.dir, reading.source.path, ref, options);
    if (file !== undefined) files.set(ref, { ...file, alt });
  }
  return [...files.values()];
}

/** Line of the file, from 1, where a document names a file of the operator's. */
export function mediaLine(
  { source, names }: Pick<Reading, "source" | "names">,
  ref: string,
): number | undefined {
  const found = referencesIn(source.body).find((reference) => reference.ref === ref)?.line;
  const index = source.body.split("\n").findIndex((text) => text.includes(ref));
  const line = found ?? (index < 0 ? undefined : index + 1);
  if (line === undefined) return lineOf(source, names.get("image") ?? "image");
  return source.format === "json" ? source.bodyLine : source.bodyLine + line - 1;
}
