// Several fields as one GraphQL document. Pure.
import type { JsonObject } from "../../lib/json.ts";
import { FRAGMENT_VARIABLES, FRAGMENTS, type Operation } from "./queries.ts";

/** One field with the values of its variables. */
export interface Part {
  readonly operation: Operation;
  readonly values: JsonObject;
}

export interface Composed {
  readonly query: string;
  readonly variables: JsonObject;
}

/** Name of the answer to the part with this index. */
export const aliasOf = (index: number) => `o${index}`;

/**
 * One document of parts of one type, done in their order. `shared`: values of variables that fragments use; others of
 * them are left out.
 */
export function compose(parts: readonly Part[], shared: JsonObject): Composed {
  const fragments = fragmentsOf(parts.map(({ operation }) => operation.field));
  const used = Object.keys(FRAGMENT_VARIABLES).filter((name) => fragments.some((text) => names(text, name)));
  const declared = used.map((name) => `$${name}: ${FRAGMENT_VARIABLES[name]}`);
  const variables = Object.fromEntries(used.map((name) => [name, shared[name] ?? null]));
  const fields: string[] = [];
  for (const [index, { operation, values }] of parts.entries()) {
    let { field } = operation;
    for (const [name, type] of Object.entries(operation.variables)) {
      field = field.replace(new RegExp(`\\$${name}\\b`, "g"), `$${name}${index}`);
      declared.push(`$${name}${index}: ${type}`);
      if (values[name] !== undefined) variables[`${name}${index}`] = values[name];
    }
    fields.push(`${aliasOf(index)}: ${field}`);
  }
  const head = declared.length === 0 ? "" : `(${declared.join(", ")})`;
  const text = `${parts[0]?.operation.type ?? "query"}${head} {\n${fields.join("\n")}\n}`;
  return { query: [text, ...fragments].join("\n"), variables };
}

/**
 * The document of one operation for many lines of variables, under this name. With nothing in it but a field: what else
 * a bulk operation takes is not documented.
 */
export function composeBulk({ type, variables, field }: Operation, name: string): string {
  const text = inlined(field);
  const all = Object.entries({ ...variables, ...FRAGMENT_VARIABLES }).filter(([own]) => names(text, own));
  return `${type} ${name}(${all.map(([own, kind]) => `$${own}: ${kind}`).join(", ")}) { ${text} }`;
}

/** With the fields of its fragments in their place. */
function inlined(text: string): string {
  return text.replace(/\.\.\.([A-Z]\w*)/g, (_, name: string) =>
    inlined((FRAGMENTS[name] ?? "").replace(/^[^{]*\{|\}$/g, "").trim()),
  );
}

const names = (text: string, variable: string) => new RegExp(`\\$${variable}\\b`).test(text);

/** Those that the texts name, and those that these name in turn. */
function fragmentsOf(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const look = (text: string): void => {
    for (const [, name = ""] of text.matchAll(/\.\.\.([A-Z]\w*)/g)) {
      const fragment = FRAGMENTS[name];
      if (fragment === undefined || found.has(fragment)) continue;
      found.add(fragment);
      look(fragment);
    }
  };
  for (const text of texts) look(text);
  return [...found];
}
