// Lists of a fake Drupal: pages, sparse fields, sorting and filters.
import { type Answer, type Asked, badRequest, data, Refused } from "./answers.ts";
import type { Shown } from "./show.ts";
import { BUNDLES } from "./state.ts";

export function listed({ path, query }: Asked, all: readonly Shown[], omitted = false): Answer {
  const limit = Math.min(50, Number(query.get("page[limit]") ?? 50));
  const offset = Number(query.get("page[offset]") ?? 0);
  const rows = sorted(filtered(all, query, path), query.get("sort"));
  const page = rows.slice(offset, offset + limit).map((row) => sparse(row, query));
  const links = rows.length > offset + limit ? { next: { href: "x" } } : {};
  return data(200, page, {
    links,
    ...(omitted ? { meta: { omitted: { detail: "Some resources have been omitted" } } } : {}),
  });
}

function sparse(row: Shown, query: URLSearchParams): Shown {
  const wanted = query.get(`fields[${row.type}]`)?.split(",");
  if (wanted === undefined) return row;
  const only = <T>(map: Record<string, T>) =>
    Object.fromEntries(Object.entries(map).filter(([name]) => wanted.includes(name)));
  return { ...row, attributes: only(row.attributes), relationships: only(row.relationships) };
}

function sorted(rows: readonly Shown[], sort: string | null): readonly Shown[] {
  if (sort === null) return rows;
  const name = sort.replace(/^-/, "");
  const up = rows.toSorted((a, b) => Number(a.attributes[name] ?? 0) - Number(b.attributes[name] ?? 0));
  return sort.startsWith("-") ? up.toReversed() : up;
}

/** `filter[name]=x`, and conditions with CONTAINS and IN. */
function filtered(rows: readonly Shown[], query: URLSearchParams, asked: string): readonly Shown[] {
  const conditions = new Map<string, { path: string; operator: string; values: string[] }>();
  for (const [name, value] of query) {
    const parts = [...name.matchAll(/\[([^\]]*)\]/g)].map(([, part]) => part ?? "");
    if (!name.startsWith("filter[")) continue;
    const [label = "", , key] = parts;
    const condition = conditions.get(label) ?? { path: label, operator: "=", values: [] };
    conditions.set(label, condition);
    if (parts.length === 1 || key === "value") condition.values.push(value);
    else if (key === "path") condition.path = value;
    else if (key === "operator") condition.operator = value;
  }
  for (const { path } of conditions.values()) refuseStrangePath(path, asked);
  return rows.filter((row) =>
    [...conditions.values()].every(({ path, operator, values }) => {
      if (path === "path.alias")
        throw new Refused(500, "Internal Server Error", "Call to a member function getColumns() on bool");
      if (path === "parent.id" && operator === "IS NOT NULL") return hasParent(row);
      if (path.startsWith("body.")) return false;
      const own = path === "id" ? row.id : row.attributes[path];
      if (own === undefined)
        throw badRequest(
          `Invalid nested filtering. The field \`${path}\`, given in the path \`${path}\`, does not exist.`,
        );
      const text = String(own);
      if (operator === "CONTAINS") return text.includes(values[0] ?? "");
      return values.some((value) =>
        path === "name" ? value.toLowerCase() === text.toLowerCase() : value === text,
      );
    }),
  );
}

const hasParent = ({ relationships: { parent } }: Shown) =>
  JSON.stringify(parent ?? null).includes('"id"') && !JSON.stringify(parent).includes('"virtual"');

/** Names of fields are looked at even where there is nothing to filter. */
function refuseStrangePath(path: string, asked: string): void {
  const [field = "", inner] = path.split(".");
  if (inner === undefined || path === "path.alias" || path === "parent.id") return;
  const type = BUNDLES[/\/node\/(\w+)$/.exec(asked)?.[1] ?? ""]?.[field]?.type;
  if (type?.startsWith("text_") && (inner === "value" || type === `text_with_${inner}`)) return;
  const strange = type === undefined ? field : inner;
  throw badRequest(
    `Invalid nested filtering. The field \`${strange}\`, given in the path \`${path}\`, does not exist.`,
  );
}
