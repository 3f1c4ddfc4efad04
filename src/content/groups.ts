// Fields within a map of front matter (`meta: {price: 3}`) are fields of their own, named with a dot: `meta.price`.
import { isObject, type JsonObject } from "../lib/json.ts";

/** What a site's fields are called in front matter. */
export interface Naming {
  /** Maps of front matter whose members are fields of their own. */
  readonly groups: readonly string[];
  /** Names that every platform understands -> the site's own: `seo.title` -> `meta._yoast_wpseo_title`. */
  readonly aliases: Readonly<Record<string, string>>;
}

export const NO_NAMING: Naming = { groups: [], aliases: {} };

/** What stands before the first dot of a field's name; undefined for a field of no group. */
export function groupOf(field: string): string | undefined {
  const dot = field.indexOf(".");
  return dot > 0 ? field.slice(0, dot) : undefined;
}

/** Whether a list names a field, by its own name, by its group, or by the name every platform understands. */
export function isNamedIn(list: readonly string[], field: string, naming: Naming): boolean {
  return namesOf(field, naming).some((name) => list.includes(name));
}

/** What `ainstein.yaml` may call a field by: its own name, the common one, and the groups of both; the nearest first. */
export function namesOf(field: string, { aliases }: Naming): readonly string[] {
  const common = commonName(field, aliases);
  return [field, common, groupOf(common), groupOf(field)].filter((name) => name !== undefined);
}

/** How every platform calls a field of the site; its own name where there is no other. */
export function commonName(field: string, aliases: Naming["aliases"]): string {
  return Object.entries(aliases).find(([, own]) => own === field)?.[0] ?? field;
}

/** Where a field's key stands in front matter: a key of its own, or a member of a map. */
export type KeyPath = readonly [key: string] | readonly [map: string, member: string];

/** A key that the front matter has as it is stays that, also where it has dots; else it is a member of a map. */
export function keyPath(fields: JsonObject, key: string): KeyPath {
  if (Object.hasOwn(fields, key)) return [key];
  const map = Object.keys(fields).find((name) => key.startsWith(`${name}.`) && isObject(fields[name]));
  const top = map ?? groupOf(key);
  if (top === undefined) return [key];
  // What is no map cannot take a member.
  const old = fields[top] ?? null;
  return old === null || isObject(old) ? [top, key.slice(top.length + 1)] : [key];
}
