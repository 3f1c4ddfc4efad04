import type { RemoteMedia } from "../connectors/contract.ts";
import { lineOf } from "../content/source.ts";
import { formatPlace, isFault } from "../lib/fault.ts";
import type { Emit } from "./events.ts";
import { type Item, itemFault } from "./gather.ts";
import type { Root } from "./root.ts";
import { type LoadedFile, wholeFile } from "./scan.ts";
import type { Site } from "./site.ts";
import type { Support } from "./support.ts";

/**
 * Says what a document words otherwise than the site does for all its entries, when the part is new or was edited: an
 * agreed one was told before.
 */
export async function tellUnsent(
  root: Root,
  site: Site,
  items: readonly Item[],
  { files }: Pick<Support, "files">,
  emit: Emit,
): Promise<void> {
  const { unsent } = site.target.codec;
  if (unsent === undefined) return;
  const uploads = files.map(
    ({ digest, type, alt = "" }): RemoteMedia => ({ id: "0", digest, url: "", type, alt, variants: [] }),
  );
  const media = [...site.refs("", []).media, ...uploads];
  for (const { file: known, subject } of items) {
    if (known?.says.includes("image") !== true) continue;
    const file = await wholeFile(root, site, known).catch(itemFault);
    if (isFault(file)) continue;
    const refs = site.refs(file.kind, file.files, { links: file.linksOnto(undefined) });
    const told = unsent(file.document, { ...refs, media });
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
