// The query language, as far as the sandbox knows it. https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval/about-the-wix-api-query-language
import { isObject, type JsonObject } from "../../lib/json.ts";
import { refused } from "./reply.ts";

export interface Found {
  readonly items: readonly JsonObject[];
  readonly pagingMetadata: JsonObject;
}

/** Filters by field; what is not listed cannot be filtered by. */
export type Filters = Readonly<Record<string, readonly string[]>>;

const MOST = 100;

/** Throws Wix's 400 for what it does not offer. */
export function query(all: readonly JsonObject[], given: unknown, filters: Filters): Found {
  const { filter, sort, paging } = isObject(given) ? given : {};
  const conditions = conditionsOf(isObject(filter) ? filter : {}, filters);
  const kept = all.filter((item) =>
    conditions.every(({ field, operator, wanted: value }) => holds(item[field], operator, value)),
  );
  const sorted = sortedBy(kept, Array.isArray(sort) ? (sort as readonly unknown[]) : []);
  const { limit = 50, offset = 0 } = (isObject(paging) ? paging : {}) as { limit?: number; offset?: number };
  if (limit > MOST) throw refused(400, "INVALID_ARGUMENT", `paging.limit must be at most ${MOST}`);
  const items = sorted.slice(offset, offset + limit);
  return { items, pagingMetadata: { count: items.length, offset, total: kept.length } };
}

interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly wanted: unknown;
}

function conditionsOf(filter: Readonly<Record<string, unknown>>, filters: Filters): readonly Condition[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    const operators = filters[field];
    if (operators === undefined) {
      throw refused(400, "INVALID_ARGUMENT", `field ${field} is not supported in a filter`);
    }
    return Object.entries(isObject(condition) ? condition : { $eq: condition }).map(([operator, wanted]) => {
      if (operators.includes(operator)) return { field, operator, wanted };
      throw refused(400, "INVALID_ARGUMENT", `${operator} is not supported for ${field}`);
    });
  });
}

function holds(value: unknown, operator: string, wanted: unknown): boolean {
  const list = Array.isArray(wanted) ? (wanted as readonly unknown[]) : [wanted];
  switch (operator) {
    case "$eq":
      return value === wanted;
    case "$ne":
      return value !== wanted;
    case "$in":
      return list.includes(value);
    case "$hasSome":
      return Array.isArray(value) ? value.some((one) => list.includes(one)) : list.includes(value);
    case "$gte":
      return String(value) >= String(wanted);
    case "$lte":
      return String(value) <= String(wanted);
    case "$gt":
      return String(value) > String(wanted);
    case "$lt":
      return String(value) < String(wanted);
    case "$startsWith":
      return String(value).startsWith(String(wanted));
    default:
      return false;
  }
}

function sortedBy(items: readonly JsonObject[], sort: readonly unknown[]): readonly JsonObject[] {
  const [first] = sort;
  if (!isObject(first)) return items;
  const field = String(first.fieldName);
  const sign = first.order === "DESC" ? -1 : 1;
  return items.toSorted((a, b) => {
    const [x, y] = [String(a[field] ?? ""), String(b[field] ?? "")];
    return x < y ? -sign : x > y ? sign : 0;
  });
}
