import { GraphQLError } from "graphql";
import { isObject } from "../../lib/json.ts";

/** Arguments of every connection. */
export interface Slice {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
  readonly reverse?: boolean | null;
}

export interface Order<T> {
  /** What a page is sorted by before the id, and its cursors stand on. */
  readonly of: (entry: T) => string | number;
  readonly id: (entry: T) => number;
}

/** What graphql-js takes as a connection. */
export interface Connection {
  readonly nodes: readonly unknown[];
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** The most that one page, or one array of a request, may hold. */
export const PAGE_LIMIT = 250;
/** How deep a listing can be read by its pages. */
const DEPTH_LIMIT = 25_000;

/**
 * One page. A cursor stands for a place in the order, not for a count: what is removed meanwhile makes no other entry
 * skipped. Throws what Shopify answers to a page that is too large, or of no size.
 */
export function connection<T>(
  entries: readonly T[],
  slice: Slice,
  order: Order<T>,
  view: (entry: T) => unknown,
): Connection {
  const size = pageSize(slice);
  const down = slice.reverse === true ? -1 : 1;
  const place = (entry: T): Place => ({ value: order.of(entry), id: order.id(entry) });
  const sorted = [...entries].sort((a, b) => down * comparePlaces(place(a), place(b)));
  const from = cursorOf(slice.after);
  const to = cursorOf(slice.before);
  const between = sorted.filter(
    (entry) =>
      (from === undefined || down * comparePlaces(place(entry), from) > 0) &&
      (to === undefined || down * comparePlaces(place(entry), to) < 0),
  );
  const backwards = slice.first === null || slice.first === undefined;
  const page = backwards ? between.slice(-size) : between.slice(0, size);
  refuseDeep(sorted, page);
  const edges = page.map((entry) => ({ cursor: cursorTo(place(entry)), node: view(entry) }));
  const [head, tail] = [page[0], page.at(-1)];
  return {
    nodes: edges.map(({ node }) => node),
    edges,
    pageInfo: {
      hasNextPage: tail !== undefined && tail !== sorted.at(-1),
      hasPreviousPage: head !== undefined && head !== sorted[0],
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

interface Place {
  readonly value: string | number;
  readonly id: number;
}

function comparePlaces(a: Place, b: Place): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.id - b.id;
}

function pageSize({ first, last }: Slice): number {
  const name = typeof first === "number" ? "first" : "last";
  const size = first ?? last;
  if (typeof size !== "number") throw badRequest("you must provide one of first or last");
  if (typeof first === "number" && typeof last === "number") {
    throw badRequest("providing both first and last is not supported");
  }
  if (size < 0) throw badRequest(`${name} cannot be negative`);
  if (size > PAGE_LIMIT) throw badRequest(`${name} cannot exceed ${PAGE_LIMIT}`);
  return size;
}

function refuseDeep<T>(sorted: readonly T[], page: readonly T[]): void {
  const tail = page.at(-1);
  if (sorted.length <= DEPTH_LIMIT || tail === undefined) return;
  if (sorted.indexOf(tail) >= DEPTH_LIMIT) {
    throw badRequest(`Pagination is limited to ${DEPTH_LIMIT} objects. Add filters to narrow the results.`);
  }
}

export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });
}

function cursorTo({ value, id }: Place): string {
  return Buffer.from(JSON.stringify({ last_id: id, last_value: value })).toString("base64");
}

function cursorOf(cursor: string | null | undefined): Place | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    if (isObject(read) && typeof read.last_id === "number") {
      return { id: read.last_id, value: read.last_value as string | number };
    }
  } catch {
    // Refused below, as any other text is.
  }
  throw badRequest(`Invalid cursor: ${cursor.slice(0, 80)}`);
}
