// Tables that need no columns in a task: what they are elsewhere, as data.
import { singularOf } from "./names.ts";
import type { ColumnModel, TableModel } from "./types.ts";

type Entry = {
  readonly columns: readonly ColumnModel[];
  readonly uniques?: readonly (readonly string[])[];
  readonly indexes?: readonly (readonly string[])[];
};

const base = (name: string, type: ColumnModel["type"]): ColumnModel => ({ name, type, nullable: false });
const id = base("id", "id");
const created: ColumnModel = { ...base("created_at", "timestamp"), default: "now" };
const updated: ColumnModel = { ...base("updated_at", "timestamp"), default: "now" };
const string = (name: string, length: number): ColumnModel => ({ ...base(name, "string"), length });
const choice = (name: string, values: readonly [string, ...string[]]): ColumnModel => ({
  ...base(name, "enum"),
  values,
  default: values[0],
});
const money = (name: string): ColumnModel => ({ ...base(name, "money_cents"), check: { min: 0 } });
const optional = (column: ColumnModel): ColumnModel => ({ ...column, nullable: true });
const counted: ColumnModel = { ...base("quantity", "integer"), default: 1, check: { min: 1 } };

const ENTRIES: Readonly<Record<string, Entry>> = {
  users: {
    columns: [
      id,
      base("email", "email"),
      optional(string("name", 200)),
      string("password_hash", 255),
      created,
      updated,
    ],
    uniques: [["email"]],
  },
  roles: {
    columns: [id, string("name", 100), optional(string("description", 500)), created],
    uniques: [["name"]],
  },
  sessions: {
    columns: [id, string("token_hash", 64), base("expires_at", "timestamp"), created],
    uniques: [["token_hash"]],
    indexes: [["expires_at"]],
  },
  addresses: {
    columns: [
      id,
      string("line1", 200),
      optional(string("line2", 200)),
      string("city", 100),
      optional(string("region", 100)),
      string("postal_code", 20),
      string("country", 2),
      created,
      updated,
    ],
  },
  customers: {
    columns: [
      id,
      string("name", 200),
      base("email", "email"),
      optional(string("company", 200)),
      optional(string("phone", 40)),
      created,
      updated,
    ],
    uniques: [["email"]],
  },
  products: {
    columns: [
      id,
      string("sku", 64),
      string("name", 200),
      optional(base("description", "text")),
      money("price_cents"),
      string("currency", 3),
      { ...base("active", "boolean"), default: true },
      created,
      updated,
    ],
    uniques: [["sku"]],
  },
  orders: {
    columns: [
      id,
      choice("status", ["pending", "paid", "shipped", "cancelled", "refunded"]),
      { ...money("total_cents"), default: 0 },
      string("currency", 3),
      created,
      updated,
    ],
    indexes: [["status"], ["created_at"]],
  },
  order_items: {
    columns: [id, counted, money("unit_price_cents"), created],
  },
  payments: {
    columns: [
      id,
      choice("status", ["pending", "succeeded", "failed", "refunded"]),
      money("amount_cents"),
      string("currency", 3),
      string("provider", 40),
      optional(string("provider_reference", 255)),
      created,
      updated,
    ],
    uniques: [["provider", "provider_reference"]],
  },
  invoices: {
    columns: [
      id,
      string("number", 40),
      choice("status", ["draft", "open", "paid", "void"]),
      money("total_cents"),
      string("currency", 3),
      optional(base("issued_on", "date")),
      optional(base("due_on", "date")),
      created,
      updated,
    ],
    uniques: [["number"]],
  },
  posts: {
    columns: [
      id,
      string("title", 200),
      string("slug", 200),
      base("body", "text"),
      choice("status", ["draft", "published"]),
      optional(base("published_at", "timestamp")),
      created,
      updated,
    ],
    uniques: [["slug"]],
    indexes: [["published_at"]],
  },
  tags: {
    columns: [id, string("name", 100), string("slug", 100), created],
    uniques: [["slug"]],
  },
  categories: {
    columns: [id, string("name", 100), string("slug", 100), optional(base("description", "text")), created],
    uniques: [["slug"]],
  },
  comments: {
    columns: [
      id,
      string("author_name", 200),
      base("body", "text"),
      choice("status", ["pending", "approved", "spam"]),
      created,
    ],
    indexes: [["status"]],
  },
  contact_messages: {
    columns: [
      id,
      string("name", 200),
      base("email", "email"),
      base("message", "text"),
      optional(string("company", 200)),
      optional(string("phone", 40)),
      created,
    ],
    indexes: [["created_at"]],
  },
  newsletter_subscribers: {
    columns: [
      id,
      base("email", "email"),
      optional(string("name", 200)),
      choice("status", ["pending", "confirmed", "unsubscribed"]),
      optional(string("token_hash", 64)),
      optional(base("token_expires_at", "timestamp")),
      optional(base("confirmed_at", "timestamp")),
      optional(base("unsubscribed_at", "timestamp")),
      created,
      updated,
    ],
    uniques: [["email"], ["token_hash"]],
  },
  webhook_events: {
    columns: [id, string("source", 100), string("event_id", 255), base("payload", "json"), created],
    uniques: [["source", "event_id"]],
  },
  outbox: {
    columns: [
      base("id", "uuid"),
      string("kind", 40),
      base("payload", "json"),
      { ...base("attempts", "integer"), default: 0, check: { min: 0 } },
      { ...base("next_attempt_at", "timestamp"), default: "now" },
      optional(base("leased_until", "timestamp")),
      optional(string("last_error", 500)),
      created,
    ],
    indexes: [["next_attempt_at"]],
  },
};

export const CATALOGUE: readonly string[] = Object.keys(ENTRIES);

/** The usual table of that name, without references. */
export function catalogueTable(name: string): TableModel | undefined {
  const entry = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
  if (entry === undefined) return undefined;
  return {
    name,
    singular: singularOf(name),
    columns: entry.columns,
    primaryKey: ["id"],
    uniques: entry.uniques ?? [],
    indexes: entry.indexes ?? [],
    references: [],
  };
}

/** What a table is nothing without: its parent, where the task lists that, too. */
export const PARENTS: Readonly<Record<string, readonly string[]>> = {
  order_items: ["orders", "products"],
  sessions: ["users"],
  comments: ["posts"],
  payments: ["orders"],
};

/** Pairs that are many to many though a task names one direction: a product is sold more than once. */
export const PAIRS: readonly {
  readonly tables: readonly [string, string];
  readonly through: string;
  readonly columns: readonly ColumnModel[];
}[] = [
  {
    tables: ["orders", "products"],
    through: "order_products",
    columns: [counted, money("unit_price_cents")],
  },
  { tables: ["posts", "tags"], through: "post_tags", columns: [] },
  { tables: ["posts", "categories"], through: "post_categories", columns: [] },
  { tables: ["products", "categories"], through: "product_categories", columns: [] },
  { tables: ["products", "tags"], through: "product_tags", columns: [] },
  { tables: ["users", "roles"], through: "user_roles", columns: [] },
];

/** Join tables that are in the catalogue themselves. */
export const JOINS: readonly { readonly tables: readonly [string, string]; readonly through: string }[] = [
  { tables: ["orders", "products"], through: "order_items" },
];
