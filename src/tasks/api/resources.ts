// PURE: tables as GraphQL shows them.
import type { ColumnModel, TableModel } from "../database/types.ts";
import { inputColumns, rowInput, shownColumns, unfillable } from "./schemas.ts";
import type { Need, Resource } from "./types.ts";

/** The resource of a table; none where its rows have no single key. `needs` takes what is ambiguous. */
export function resourceOf(name: string, tables: readonly TableModel[], needs: Need[]): readonly Resource[] {
  const table = tables.find((each) => each.name === name);
  if (table === undefined || table.primaryKey.length !== 1) return [];
  if (table.singular === table.name) {
    needs.push({
      field: "database_config.schema_requirements.tables",
      message: `One and many of ${name} have the same name`,
      hint: `Write the table with its columns, and \`singular: ${name}_entry\`.`,
    });
    return [];
  }
  const type = pascal(table.singular);
  const given = ["id", "created_at", "updated_at", ...inputColumns(table).map((column) => column.name)];
  const creatable = unfillable(table, given).length === 0 && inputColumns(table).length > 0;
  return [
    {
      table: name,
      type,
      list: name,
      one: table.singular,
      ...(creatable ? { create: { name: `create${type}`, input: rowInput(table) } } : {}),
    },
  ];
}

function pascal(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What is not in GraphQL itself. */
const SCALARS = `"""A whole number that may be larger than 32 bits."""
scalar Whole

"""Any JSON value."""
scalar JSON
`;

/** The schema that the service answers by. */
export function graphqlSchema(resources: readonly Resource[], tables: readonly TableModel[]): string {
  const shown = resources.flatMap((resource) => {
    const table = tables.find(({ name }) => name === resource.table);
    return table === undefined ? [] : [{ resource, table }];
  });
  const types = shown.map(({ resource, table }) => typeText(resource, table));
  const queries = resources.flatMap(({ list, one, type }) => [
    `  """Rows by their key: at most 100, those behind \`after\`."""`,
    `  ${list}(first: Int = 20, after: ID): ${type}Page!`,
    `  ${one}(id: ID!): ${type}`,
  ]);
  const mutations = resources.flatMap(({ type, create }) =>
    create === undefined ? [] : [`  ${create.name}(input: ${type}Input!): ${type}!`],
  );
  const mutation = mutations.length === 0 ? [] : [block("type Mutation", mutations)];
  return [SCALARS, ...types, block("type Query", queries), ...mutation].join("\n");
}

function typeText({ type, create }: Resource, table: TableModel): string {
  const fields = shownColumns(table).map(
    (column) => `  ${column.name}: ${scalarOf(table, column)}${column.nullable ? "" : "!"}`,
  );
  const page = block(`type ${type}Page`, [`  items: [${type}!]!`, "  next: ID"]);
  const own = `${block(`type ${type}`, fields)}\n${page}`;
  if (create === undefined) return own;
  const input = inputColumns(table).map((column) => {
    const needed = !column.nullable && column.default === undefined;
    return `  ${column.name}: ${scalarOf(table, column)}${needed ? "!" : ""}`;
  });
  return `${own}\n${block(`input ${type}Input`, input)}`;
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.join("\n")}\n}\n`;
}

function scalarOf(table: TableModel, { name, type }: ColumnModel): string {
  const key = table.primaryKey[0] === name || table.references.some(({ column }) => column === name);
  if (key) return "ID";
  if (type === "integer") return "Int";
  if (type === "money_cents") return "Whole";
  if (type === "boolean") return "Boolean";
  return type === "json" ? "JSON" : "String";
}
