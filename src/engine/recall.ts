import type { Entry, Listing } from "../connectors/contract.ts";
import { changedParts } from "../sync/detect.ts";
import type { Base } from "../sync/model.ts";
import { newestVersion, wireFingerprint } from "./fingerprint.ts";
import type { GatherInput } from "./gather.ts";
import { keptWires } from "./texts.ts";

/**
 * The entry whole without reading it, where its revision says that it is as it was at the base, and the text of then was
 * kept: its fingerprint proves that it is the same. Undefined where it has to be read.
 */
export async function recalled(
  { site, root, recovery, memory, sealing }: GatherInput,
  base: Base,
  row: Listing,
): Promise<Entry | undefined> {
  const { recall } = site.target.connector;
  // Of a write that was cut off only the site itself can tell how far it came.
  const isOpen = recovery.cutOff(row.id) !== undefined;
  if (recall === undefined || memory === undefined || isOpen || base.remote.v !== newestVersion()) {
    return undefined;
  }
  const owner = { site: site.account.site, rootId: root.id, ...base };
  for await (const { wire } of keptWires(memory, sealing, owner, 1)) {
    // The fingerprint takes this state for another one.
    const isSame =
      wire.status !== "scheduled" && changedParts(base.remote, wireFingerprint(wire)).length === 0;
    if (isSame) return recall(row, wire);
  }
  return undefined;
}
