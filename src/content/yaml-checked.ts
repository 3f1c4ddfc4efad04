// YAML that a schema describes: what is wrong with it is told with line, column, field and, where one is near, the right name.
import { isMap, isScalar } from "yaml";
import { z } from "zod";
import type { Place } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import { nearestName } from "../lib/suggest.ts";
import { placeOf } from "./text.ts";
import type { Origin, Yaml } from "./yaml-front.ts";

export type FieldPath = readonly PropertyKey[];

/** One thing that is wrong. `message` begins with the field. */
export interface Wrong {
  readonly message: string;
  readonly place: Place;
  readonly hint: string | undefined;
  readonly path: FieldPath;
}

/** The value as the schema has it, or what is wrong with it: at least one. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: readonly [Wrong, ...Wrong[]] };

export function checkYaml<T>(
  schema: z.ZodType<T>,
  value: JsonObject,
  document: Yaml,
  origin: Origin,
): Checked<T> {
  const checked = schema.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data };
  const [first, ...others] = checked.error.issues.flatMap((issue) =>
    wrongOf(issue, [], { schema, value, document, origin }),
  );
  if (first === undefined) throw new Error("a schema refused without an issue");
  return { ok: false, wrong: [first, ...others] };
}

/** What is said of one field, with its place. */
export function wrongAt(
  path: FieldPath,
  message: string,
  document: Yaml,
  origin: Origin,
  hint?: string,
): Wrong {
  const field = path.map(String).join(".");
  const said = field === "" ? message : `\`${field}\` ${message}`;
  return { message: said, place: fieldPlace(path, document, origin), hint, path };
}

/** Of the key, or of the nearest thing around it that is there. */
export function fieldPlace(path: FieldPath, document: Yaml, origin: Origin): Place {
  const place = placeOf(origin.path, origin.lf, origin.offset + offsetOf(document, path));
  const field = path.map(String).join(".");
  return field === "" ? place : { ...place, field };
}

type Issue = z.core.$ZodIssue;

interface Subject {
  readonly schema: z.ZodType;
  readonly value: JsonObject;
  readonly document: Yaml;
  readonly origin: Origin;
}

function wrongOf(issue: Issue, above: FieldPath, subject: Subject): readonly Wrong[] {
  const { schema, value, document, origin } = subject;
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      const hint = near === undefined ? knownWords(known) : `Did you mean \`${near}\`?`;
      return wrongAt([...path, key], "is not known here", document, origin, hint);
    });
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const meant = meantBranch(issue.errors);
    return meant.flatMap((inner) => wrongOf(inner, path, subject));
  }
  const values = issue.code === "invalid_value" ? issue.values.map(String).join(", ") : undefined;
  if (!isThere(value, path)) {
    const hint = values === undefined ? undefined : `There are: ${values}.`;
    return [wrongAt(path, "is missing", document, origin, hint)];
  }
  const said = values === undefined ? inWords(issue) : `must be one of ${values}`;
  return [wrongAt(path, said, document, origin, meantInstead(issue, valueAt(value, path)))];
}

/** How what is there would be right, where that can be told. */
function meantInstead(issue: Issue, there: unknown): string | undefined {
  if (issue.code === "invalid_value") {
    const near = typeof there === "string" ? nearestName(there, issue.values.map(String)) : undefined;
    return near === undefined ? undefined : `Did you mean \`${near}\`?`;
  }
  if (issue.code !== "invalid_type") return undefined;
  const isPlain = ["string", "number", "boolean"].includes(typeof there);
  if (issue.expected === "string" && isPlain) return `Put it in quotes: "${there}"`;
  return issue.expected === "array" && isPlain ? `A list of one is written [${there}]` : undefined;
}

function isThere(value: unknown, path: FieldPath): boolean {
  return valueAt(value, path) !== undefined;
}

function valueAt(value: unknown, path: FieldPath): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, first)) return undefined;
  return valueAt((value as Readonly<Record<PropertyKey, unknown>>)[first], rest);
}

function inWords({ code, message }: Issue): string {
  if (code !== "invalid_type") return message;
  const expected = /expected (\w+)/.exec(message)?.[1];
  const words: Readonly<Record<string, string>> = {
    string: "text",
    array: "a list",
    object: "`key: value` lines",
    record: "`key: value` lines",
    int: "a whole number",
    boolean: "true or false",
  };
  return expected === undefined ? message : `must be ${words[expected] ?? `a ${expected}`}`;
}

function knownWords(known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : `There are: ${known.join(", ")}.`;
}

/** Of several forms, the one that was begun: it is not wrong at its very root. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const begun = branches.filter((issues) =>
    issues.every(({ path }) => path.length > 0 || !isWrongForm(issues)),
  );
  return begun[0] ?? branches.findLast((issues) => issues.length > 0) ?? [];
}

function isWrongForm(issues: readonly Issue[]): boolean {
  return issues.some(({ code, path }) => path.length === 0 && code === "invalid_type");
}

/** Names that a schema knows at this path; none where it is no map of known names. */
export function keysAt(schema: z.ZodType, path: FieldPath): readonly string[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) {
    return [...new Set((inner.options as readonly z.ZodType[]).flatMap((option) => keysAt(option, path)))];
  }
  const [first, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    const shape = inner.shape as Readonly<Record<string, z.ZodType>>;
    if (first === undefined) return Object.keys(shape);
    const member = shape[String(first)];
    return member === undefined ? [] : keysAt(member, rest);
  }
  if (first === undefined) return [];
  if (inner instanceof z.ZodArray) return keysAt(inner.element as z.ZodType, rest);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType as z.ZodType, rest);
  return [];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return unwrapped(schema.unwrap() as z.ZodType);
  }
  return schema;
}

function offsetOf(document: Yaml, path: FieldPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const name = String(path[length - 1]);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined;
    const key = pair !== undefined && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
    const found = key ?? node?.range?.[0];
    if (found !== undefined) return found;
  }
  return document.contents?.range?.[0] ?? 0;
}
