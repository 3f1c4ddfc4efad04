// PURE: words and the names of what has no name in the task.
import pluralize from "pluralize";
import { sha256Hex } from "../../lib/hash.ts";

/** PostgreSQL cuts longer names off silently; MySQL's limit is one more. */
const NAME_BYTES = 63;

/** Words that the rules of English plurals get wrong, or that name one and many alike. */
const SINGULAR: Readonly<Record<string, string>> = {
  status: "status",
  news: "news",
  data: "data",
  media: "media",
  metadata: "metadata",
  campus: "campus",
  bonus: "bonus",
  canvas: "canvas",
  address: "address",
  analysis: "analysis",
  analytics: "analytics",
};

/** `order_items` → `order_item`: of several words the last one counts. */
export function singularOf(table: string): string {
  const cut = table.lastIndexOf("_") + 1;
  const last = table.slice(cut);
  const one = Object.hasOwn(SINGULAR, last) ? SINGULAR[last] : pluralize.singular(last);
  return one === undefined || one === "" ? table : table.slice(0, cut) + one;
}

/** The parts joined by `_`; where that is too long, cut and told apart by a hash of the whole. */
export function joinedName(...parts: readonly string[]): string {
  return shortened(parts.join("_"), NAME_BYTES);
}

export function shortened(name: string, limit: number): string {
  return name.length <= limit ? name : `${name.slice(0, limit - 9)}_${sha256Hex(name).slice(0, 8)}`;
}

export const ROLES = ["owner", "app", "readonly", "backup"] as const;
export type Role = (typeof ROLES)[number];

/** Account names of MySQL end at 32 characters; the same are used on PostgreSQL. */
export function roleName(database: string, role: Role): string {
  return `${shortened(database, 32 - role.length - 1)}_${role}`;
}

/** The table in which migrate.js keeps what it has applied. */
export const LEDGER = "migration_ledger";

export const constraintName = {
  primary: (table: string) => joinedName(table, "pkey"),
  unique: (table: string, columns: readonly string[]) => joinedName(table, ...columns, "key"),
  index: (table: string, columns: readonly string[]) => joinedName(table, ...columns, "idx"),
  check: (table: string, column: string) => joinedName(table, column, "check"),
  reference: (table: string, column: string) => joinedName(table, column, "fkey"),
};
