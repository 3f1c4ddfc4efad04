import type { Base } from "../sync/model.ts";
import { type GatherInput, itemFault, type Problem } from "./gather.ts";
import type { AddressBook } from "./links.ts";
import type { Pair } from "./pair.ts";
import { factsAimed, factsOf, loadFile } from "./scan.ts";

/**
 * The pairs with the links of their files leading to where the documents are now. An untouched file that links to a
 * document whose address is another one is read: its body says something else than before.
 */
export async function followLinks(
  { root, site }: GatherInput,
  pairs: readonly Pair[],
  problems: Problem[],
): Promise<readonly Pair[]> {
  const followed: Pair[] = [];
  for (const pair of pairs) {
    const { base, scanned } = pair;
    const stale =
      scanned !== undefined && base !== undefined && sendsBody(pair) && moved(site.addresses, base);
    if (pair.file === undefined && !stale) {
      followed.push(pair);
      continue;
    }
    try {
      const loaded =
        pair.file === undefined ? await loadFile(root, site, scanned?.path ?? "", base?.links) : undefined;
      const file = pair.file ?? (loaded && factsOf(site, loaded));
      if (file === undefined) continue;
      const stays = !sendsBody(pair) || file.protectedBy !== undefined;
      const now = await factsAimed(root, site, file, base?.links ?? {}, stays);
      followed.push(now === pair.file ? pair : { ...pair, file: now });
    } catch (thrown) {
      problems.push({ path: scanned?.path ?? "", fault: itemFault(thrown) });
    }
  }
  return followed;
}

/** What nobody can send is no change: an entry that is gone, or whose body another tool owns. */
function sendsBody({ base, row }: Pair): boolean {
  return base === undefined || (row !== undefined && row.bodyOwner === undefined);
}

function moved(addresses: AddressBook, { links = {} }: Base): boolean {
  return Object.entries(links).some(([path, sent]) => addresses.of(path, sent) !== sent);
}
