// Whether the record of what sites were asked is as it was written.
import type { Finding } from "../../report/findings.ts";
import { type Chain, INSTALLATION, listChains, strayChains, verifyAudit } from "../../store/audit.ts";
import type { Flaw } from "../../store/audit-chain.ts";
import type { Store } from "../../store/db.ts";
import { auditKey } from "../audit.ts";
import { note, trouble, well } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

export async function record({ context }: Machine): Promise<readonly Finding[]> {
  const store = storeOf(context);
  const chains = store === undefined ? [] : listChains(store);
  if (store === undefined || chains.length === 0)
    return [note("record", "no request to a site is on record yet")];
  const key = await auditKey(context, "quiet");
  if (key === undefined)
    return [note("record", "it cannot be verified: the key that signs it is not at hand")];
  const checked = chains.map((chain) => ({ chain, ...verifyAudit(store, key, chain.chain) }));
  const flawed = checked.filter(({ flaws, journal }) => flaws.length + journal.length > 0);
  const rows = checked.reduce((sum, one) => sum + one.rows, 0);
  const found = [
    ...flawed.map(({ chain, flaws, journal }) => tampered(chain, journal.length === 0 && isUnsigned(flaws))),
    ...strays(store),
  ];
  return found.length > 0 ? found : [well("record", `${rows} rows of requests are as they were written`)];
}

/** Rows that were written while the key could not be had prove nothing, and accuse nobody. */
function isUnsigned(flaws: readonly Flaw[]): boolean {
  return flaws.every(({ what }) => what === "unsigned");
}

function tampered({ connection }: Chain, onlyUnsigned: boolean): Finding {
  const whose = connection === INSTALLATION ? "of this installation" : `of ${connection}`;
  return trouble("record", onlyUnsigned ? "warning" : "broken", {
    code: onlyUnsigned ? "record-unsigned" : "record-changed",
    seen: onlyUnsigned
      ? `The record ${whose} has rows that nobody signed.`
      : `The record ${whose} is not as it was written: rows were changed, taken out or put in.`,
    means: onlyUnsigned
      ? "They were written while the key could not be had: anybody could have written them."
      : "What it says of requests to the site cannot be relied on.",
    cure: `ainstein-cms history verify${connection === INSTALLATION ? "" : ` ${connection}`} says which rows.`,
  });
}

function strays(store: Store): readonly Finding[] {
  const { gone, unknown } = strayChains(store);
  if (gone.length + unknown.length === 0) return [];
  return [
    trouble("record", "broken", {
      code: "record-stray",
      seen: `${gone.length} records were taken away whole, and ${unknown.length} were put in from elsewhere.`,
      means: "What it says of requests to sites cannot be relied on.",
      cure: "ainstein-cms history verify says which.",
    }),
  ];
}
