// Lists of items: filters, order and pages.
import { json, type Reply } from "../serve.ts";
import { invalid, malformed } from "./errors.ts";
import { type ItemCall, shown } from "./items.ts";
import { type Item, itemsOf, primaryOf } from "./state.ts";

const PARAMETERS =
  /^(?:cmsLocaleId|offset|limit|name|slug|sortBy|sortOrder|(?:createdOn|lastPublished|lastUpdated)\[(?:gte|lte)\])$/;
const SORTS = ["createdOn", "lastPublished", "lastUpdated", "name", "slug"] as const;
const MOST = 100;

type Shown = ReturnType<typeof shown>;

export function listItems(call: ItemCall, live: boolean): Reply {
  const { query } = call;
  for (const name of query.keys()) {
    if (!PARAMETERS.test(name)) throw malformed(`Unknown parameter: ${name}`);
  }
  const found = inOrder(matching(call, live), query);
  const limit = countIn(query, "limit", MOST);
  if (limit > MOST) throw invalid({ param: "limit", description: `must be at most ${MOST}` });
  const offset = countIn(query, "offset", 0);
  return json(200, {
    items: found.slice(offset, offset + limit),
    pagination: { limit, offset, total: found.length },
  });
}

function matching({ store, collection, query }: ItemCall, live: boolean): readonly Shown[] {
  const locales = query.get("cmsLocaleId")?.split(",") ?? [primaryOf(store)];
  for (const locale of locales) {
    if (store.site.locales.some(({ cmsLocaleId }) => cmsLocaleId === locale)) continue;
    throw invalid({ param: "cmsLocaleId", description: `Locale not found: '${locale}'` });
  }
  const seen = store.clock.now() - store.behaviours.listLagMs;
  const lags = store.behaviours.listLagMs > 0;
  const isShown = (item: Item) => !lags || Date.parse(item.createdOn) <= seen;
  return [...itemsOf(store, collection.id).values()]
    .filter((item) => locales.includes(item.cmsLocaleId) && (!live || item.live !== undefined))
    .filter(isShown)
    .map((item) => shown(item, live))
    .filter((item) => fits(item, query));
}

function fits(item: Shown, query: URLSearchParams): boolean {
  for (const name of ["name", "slug"]) {
    const wanted = query.get(name);
    if (wanted !== null && item.fieldData[name] !== wanted) return false;
  }
  for (const name of ["createdOn", "lastPublished", "lastUpdated"] as const) {
    const at = Date.parse(item[name] ?? "");
    const [from, to] = ["gte", "lte"].map((end) => momentIn(query, `${name}[${end}]`));
    if (from !== undefined && !(at >= from)) return false;
    if (to !== undefined && !(at <= to)) return false;
  }
  return true;
}

function momentIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid({ param: name, description: `Value (${text}) is no date` });
  return at;
}

function countIn(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid({ param: name, description: `Value (${text}) is no number` });
}

function inOrder(items: readonly Shown[], query: URLSearchParams): readonly Shown[] {
  const wanted = query.get("sortBy") ?? "createdOn";
  const by = SORTS.find((one) => one === wanted);
  const order = query.get("sortOrder") ?? (query.has("sortBy") ? "asc" : "desc");
  if (by === undefined) throw invalid({ param: "sortBy", description: `must be one of ${SORTS.join(", ")}` });
  if (order !== "asc" && order !== "desc")
    throw invalid({ param: "sortOrder", description: "must be asc or desc" });
  const keyOf = (item: Shown) =>
    String((by === "name" || by === "slug" ? item.fieldData[by] : item[by]) ?? "");
  const sign = order === "asc" ? 1 : -1;
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...items].sort((a, b) => sign * (compare(keyOf(a), keyOf(b)) || compare(a.id, b.id)));
}
