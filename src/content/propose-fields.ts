// Which of a site's fields the keys of front matter may stand for, where nobody has said it.

import type { Json } from "../lib/json.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Config } from "./config.ts";
import type { FieldType } from "./config-schema.ts";
import { isDate } from "./date.ts";
import type { Reading } from "./read.ts";
import { coerce, type SiteField } from "./site-fields.ts";

/** A key of front matter and the field it is to stand for. */
export interface ProposedField {
  readonly key: string;
  readonly to: string;
  /** Where the field's own type is not what the values are. */
  readonly type: FieldType | undefined;
  readonly documents: number;
}

/** Values looked at for one key. */
const SAMPLES = 50;

/**
 * For keys that nothing is known of, the field of the same name, case and `-`, `_` aside, else the nearest one, if it takes
 * the values that the files have. A field is proposed once, and not where a key of the same file stands for it already.
 */
export function proposeFields(
  readings: readonly Reading[],
  config: Config,
  kind: { readonly known: readonly string[]; readonly fields: readonly SiteField[] },
): readonly ProposedField[] {
  const values = unknownKeys(readings, kind.known);
  const mapped = new Set(Object.values(config.fields).map((rule) => rule.to));
  const free = kind.fields.filter(
    ({ name, alias, readOnly }) =>
      name.includes(".") && readOnly === undefined && !mapped.has(name) && !mapped.has(alias ?? name),
  );
  const proposed: ProposedField[] = [];
  for (const [key, found] of values) {
    const besides = readings.filter(({ names }) => names.has(key)).flatMap(({ names }) => [...names.keys()]);
    const left = free.filter(
      ({ name, alias }) => !besides.includes(name) && !proposed.some(({ to }) => to === (alias ?? name)),
    );
    for (const field of candidates(key, left)) {
      const type = typeFor(field, found.slice(0, SAMPLES));
      if (type === "none") continue;
      proposed.push({ key, to: field.alias ?? field.name, type, documents: found.length });
      break;
    }
  }
  return proposed;
}

function unknownKeys(
  readings: readonly Reading[],
  known: readonly string[],
): ReadonlyMap<string, readonly Json[]> {
  const values = new Map<string, Json[]>();
  for (const { document, names } of readings) {
    for (const [name, value] of Object.entries(document.fields)) {
      const key = names.get(name);
      if (known.includes(name) || key !== name || value === null) continue;
      values.set(key, [...(values.get(key) ?? []), value]);
    }
  }
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The likeliest first. */
function candidates(key: string, fields: readonly SiteField[]): readonly SiteField[] {
  const last = (name: string) => folded(name.slice(name.lastIndexOf(".") + 1));
  const wanted = last(key);
  const same = fields.filter(({ name, alias }) => last(name) === wanted || last(alias ?? "") === wanted);
  if (same.length > 0) return same;
  const near = nearestName(
    wanted,
    fields.map(({ name }) => last(name)),
  );
  return fields.filter(({ name }) => last(name) === near);
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

/** The type that the values need said for this field; undefined for none, "none" where it takes them as nothing. */
function typeFor(field: SiteField, values: readonly Json[]): FieldType | "none" | undefined {
  const fits = (type: FieldType | undefined) =>
    values.every((value) => "value" in coerce(field, type, value));
  if (values.every((value) => typeof value === "string" && isDate(value)) && fits("date")) return "date";
  if (fits(undefined)) return undefined;
  const images = values.every(
    (value) => typeof value === "string" && /\.(png|jpe?g|gif|webp|avif|svg)$/i.test(value),
  );
  return images && fits("image") ? "image" : "none";
}
