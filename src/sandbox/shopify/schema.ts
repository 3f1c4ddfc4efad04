import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLSchema } from "graphql";
import { isObject } from "../../lib/json.ts";
import { FIXTURES } from "../fixtures.ts";

/** Stable versions of the Admin interface, oldest first. */
export const VERSIONS = ["2026-04", "2026-07", "2026-10"] as const;
export type Version = (typeof VERSIONS)[number];

const NEWEST: Version = "2026-10";
const schemas = new Map<Version, GraphQLSchema>();

/** The part of the genuine schema that content needs. Read once. */
export function adminSchema(version: Version): GraphQLSchema {
  const known = schemas.get(version);
  if (known !== undefined) return known;
  const schema = buildSchema(readFileSync(new URL(`shopify/admin-${version}.graphql`, FIXTURES), "utf8"));
  schemas.set(version, schema);
  return schema;
}

/** The version that serves a request for `asked`: an older one falls forward to the oldest. Undefined where there is none. */
export function servedVersion(asked: string): Version | undefined {
  if (asked === "unstable") return NEWEST;
  if (!/^\d{4}-\d{2}$/.test(asked) || asked > NEWEST) return undefined;
  return VERSIONS.find((version) => version >= asked);
}

export interface Access {
  /** Any one of them opens it; a scope to write is one to read too. */
  readonly scopes: readonly string[];
  /** The same in Shopify's words. */
  readonly says: string;
}

let accesses: ReadonlyMap<string, Access> | undefined;

/** What a type (`Article`) or a field (`Mutation.articleCreate`) asks for; undefined where it is open to all apps. */
export function accessTo(name: string): Access | undefined {
  accesses ??= readAccesses();
  return accesses.get(name);
}

function readAccesses(): ReadonlyMap<string, Access> {
  const read: unknown = JSON.parse(readFileSync(new URL("shopify/access.json", FIXTURES), "utf8"));
  return new Map(Object.entries(isObject(read) ? (read as Record<string, Access>) : {}));
}
