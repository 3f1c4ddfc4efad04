// What only some may read on one site, on its way to a site that knows no such thing.

import type { Loss, Refs } from "../connectors/contract.ts";
import type { Document } from "../content/document.ts";
import { foldName } from "../content/term-path.ts";

/** Fields of one platform that keep readers out, with the values of them that do. */
const CLOSED: Readonly<Record<string, ReadonlySet<string>>> = {
  access: new Set(["registered", "special", "super users"]),
  visibility: new Set(["members", "paid", "tiers"]),
};

/** One for each field by which a document is not for everybody, and which the kind does not have on this site. */
export function openedLosses({ fields }: Document, { kind }: Pick<Refs, "kind">): readonly Loss[] {
  const offered = new Set(kind.fields.map(({ name }) => name));
  return Object.entries(CLOSED).flatMap(([field, values]) => {
    const value = fields[field];
    if (typeof value !== "string" || offered.has(field) || !values.has(foldName(value))) return [];
    return [{ field, message: `everybody could read it: this site has no \`${field}\` of its own` }];
  });
}
