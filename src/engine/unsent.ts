import type { RemoteMedia } from "../connectors/contract.ts";
import { lineOf } from "../content/source.ts";
import { formatPlace } from "../lib/fault.ts";
import type { Emit } from "./events.ts";
import type { Item } from "./gather.ts";
import type { LoadedFile } from "./scan.ts";
import type { Site } from "./site.ts";
import type { Support } from "./support.ts";

/**
 * Says what a document words otherwise than the site does for all its entries, when the part is new or was edited: an
 * agreed one was told before.
 */
export function tellUnsent(
  site: Site,
  items: readonly Item[],
  { files }: Pick<Support, "files">,
  emit: Emit,
): void {
  const { unsent } = site.target.codec;
  if (unsent === undefined) return;
  const uploads = files.map(
    ({ digest, type, alt = "" }): RemoteMedia => ({ id: "0", digest, url: "", type, alt, variants: [] }),
  );
  for (const { file, subject } of items) {
    if (file === undefined) continue;
    const refs = site.refs(file.document.kind, file.files, { links: file.linksOnto(undefined) });
    const told = unsent(file.document, { ...refs, media: [...refs.media, ...uploads] });
    for (const { field, message } of told) {
      if (subject.base?.local.parts[field] === file.fingerprint.parts[field]) continue;
      const place = formatPlace({ file: file.path, field, ...lineAt(file, field) });
      emit({ type: "notice", target: site.target.name, level: "warning", message, place });
    }
  }
}

function lineAt({ reading: { source, names } }: LoadedFile, field: string): { readonly line?: number } {
  const line = lineOf(source, names.get(field) ?? field);
  return line === undefined ? {} : { line };
}
