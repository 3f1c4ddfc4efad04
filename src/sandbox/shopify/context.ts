import { GraphQLError } from "graphql";
import { accessTo } from "./schema.ts";
import type { ShopStore } from "./state.ts";

/** What the resolvers of one request share. */
export interface Asking {
  readonly store: ShopStore;
  /** Of the token that the request came with. */
  readonly scopes: readonly string[];
  readonly version: string;
  /** Points spent so far. */
  spent: number;
  /** Did a mutation succeed in changing anything? */
  wrote: boolean;
  /** Of filters that do not exist. */
  readonly warnings: SearchWarning[];
  /** Carries out one mutation of a bulk operation; its line of the result. */
  readonly runMutation: (mutation: string, variables: Readonly<Record<string, unknown>>) => string;
}

export interface SearchWarning {
  readonly path: readonly (string | number)[];
  readonly query: string;
  readonly field: string;
}

/** All that content needs. */
export const ALL_SCOPES: readonly string[] = [
  "read_content",
  "write_content",
  "read_online_store_pages",
  "write_online_store_pages",
  "read_files",
  "write_files",
  "read_products",
  "write_products",
];

/** Any one of `wanted` is enough; `write_x` includes `read_x`. */
export function mayAny(scopes: readonly string[], wanted: readonly string[]): boolean {
  return wanted.some((scope) => scopes.includes(scope) || scopes.includes(scope.replace(/^read_/, "write_")));
}

/** Without the rights to read that a right to write includes. */
export function withoutImplied(scopes: readonly string[]): readonly string[] {
  return scopes.filter(
    (scope) => !(scope.startsWith("read_") && scopes.includes(scope.replace("read_", "write_"))),
  );
}

/** Throws Shopify's ACCESS_DENIED where the token lacks what `name`, a type or a field, asks for. */
export function demand(asking: Asking, name: string, field: string): void {
  const access = accessTo(name);
  if (access === undefined || mayAny(asking.scopes, access.scopes)) return;
  throw accessDenied(field, access.says);
}

export function accessDenied(field: string, says: string): GraphQLError {
  return new GraphQLError(`Access denied for ${field} field. Required access: ${says}`, {
    extensions: {
      code: "ACCESS_DENIED",
      documentation: "https://shopify.dev/api/usage/access-scopes",
      requiredAccess: says,
    },
  });
}

/** What the sandbox does not show is said, rather than made up. */
export function notModelled(what: string): GraphQLError {
  return new GraphQLError(`The sandbox does not model ${what}.`, {
    extensions: { code: "SANDBOX_NOT_MODELLED" },
  });
}

export interface UserError {
  readonly field: readonly string[] | null;
  readonly message: string;
  readonly code: string | null;
}

export function userError(field: readonly string[] | null, code: string | null, message: string): UserError {
  return { field, message, code };
}
