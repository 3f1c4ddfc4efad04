// PURE: templates of requests as JavaScript that a person would have written: `{event.email}` is `event.email`.
import { isObject } from "../../lib/json.ts";
import type { JsonTemplate, Template } from "../../services/provider.ts";

const WIDTH = 100;
const NAME = /^[A-Za-z_$][\w$]*$/;
const PLACES = /(\{[a-zA-Z][\w.:*-]*\??\})/;

/** JavaScript as it stands, where data would be quoted. */
export interface Code {
  readonly code: string;
}

/** Data, regular expressions and code among it, as source. Members that are undefined are left out. */
export type Written =
  | Code
  | RegExp
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Written[]
  | { readonly [member: string]: Written };

/** `ruleName` gives the function that stands for a rule; undefined for what is none. */
export type RuleNames = (name: string) => string | undefined;

/** What stands for the name between the braces, where `event`, `values`, `id`, `at` and `point` are of `what`. */
function placeCode(place: string, ruleName: RuleNames): string {
  const optional = place.endsWith("?}");
  const name = place.slice(1, optional ? -2 : -1);
  const rule = ruleName(name);
  if (rule !== undefined) return optional ? `${rule}(what)` : `must(${rule}(what), ${JSON.stringify(name)})`;
  switch (name) {
    case "id":
    case "point":
      return `what.${name}`;
    case "at.iso":
      return "what.at.toISOString()";
    case "at.seconds":
      return "Math.floor(what.at.getTime() / 1000)";
    case "at.ms":
      return "what.at.getTime()";
    default:
      return name.startsWith("event.") ? `what.${name}` : `what.values.${name}`;
  }
}

/** A text; one that is a place and nothing else keeps the type of its value. `wrap` names what escapes each. */
export function textCode(template: Template, ruleName: RuleNames, wrap?: string): Code | string {
  const pieces = template.split(PLACES).filter((piece) => piece !== "");
  const wrapped = (piece: string): string => {
    const code = placeCode(piece, ruleName);
    return wrap === undefined ? code : `${wrap}(${code})`;
  };
  if (!pieces.some((piece) => PLACES.test(piece))) return template;
  const [first = ""] = pieces;
  if (pieces.length === 1) return { code: wrapped(first) };
  const parts = pieces.map((piece) =>
    PLACES.test(piece) ? `\${${wrapped(piece)}}` : piece.replace(/[`\\]|\$(?=\{)/g, "\\$&"),
  );
  return { code: `\`${parts.join("")}\`` };
}

/** A body, its places filled in. A member `...` is all that was told, and `name[...]` of a form each under its name. */
export function bodyCode(template: JsonTemplate, ruleName: RuleNames): Written {
  if (typeof template === "string") return textCode(template, ruleName);
  if (Array.isArray(template)) return template.map((item: JsonTemplate) => bodyCode(item, ruleName));
  if (!isObject(template)) return template as Written;
  return Object.fromEntries(
    Object.entries(template as Record<string, JsonTemplate>).map(([member, value]) => [
      member,
      member === "..." ? { code: "what.picked" } : bodyCode(value, ruleName),
    ]),
  );
}

function isCode(value: Written): value is Code {
  return (
    isObject(value) && "code" in value && typeof value.code === "string" && Object.keys(value).length === 1
  );
}

/** On one line where that is short, else a member to a line. `column`: where it begins. */
export function written(value: Written, indent = 0, column = indent): string {
  const flat = flatOf(value);
  if (column + flat.length <= WIDTH || isScalar(value)) return flat;
  const pad = " ".repeat(indent + 2);
  if (Array.isArray(value)) {
    const items = value.map((item: Written) => `${pad}${written(item, indent + 2)},\n`);
    return `[\n${items.join("")}${" ".repeat(indent)}]`;
  }
  const members = membersOf(value).map(([head, each]) => {
    return `${pad}${head}${written(each, indent + 2, indent + 2 + head.length)},\n`;
  });
  return `{\n${members.join("")}${" ".repeat(indent)}}`;
}

function isScalar(value: Written): boolean {
  return typeof value !== "object" || value === null || value instanceof RegExp || isCode(value);
}

function flatOf(value: Written): string {
  if (value instanceof RegExp) return String(value);
  if (isCode(value)) return value.code;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (Array.isArray(value)) return `[${value.map(flatOf).join(", ")}]`;
  const members = membersOf(value).map(([head, each]) => head + flatOf(each));
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** Each member's name as it is written, its colon included, and its value. */
function membersOf(value: Written): readonly (readonly [string, Written])[] {
  return Object.entries(value as Record<string, Written>).flatMap(([name, each]): [string, Written][] => {
    if (each === undefined) return [];
    if (name === "...") return [["...", each]];
    return [[`${NAME.test(name) ? name : JSON.stringify(name)}: `, each]];
  });
}
