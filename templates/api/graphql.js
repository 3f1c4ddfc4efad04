// GraphQL over HTTP, from the same tables: one operation, or a list of them. What a client may ask for at once is bounded.
import { readFile } from "node:fs/promises";
import {
  buildSchema,
  execute,
  GraphQLError,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { resources, tables } from "./endpoints.js";
import { clientOf } from "./limits.js";
import { invalidField, Problem } from "./problems.js";
import { isKey, newRow, pageOf, shown } from "./rows.js";

const DEPTH = 8;
const ALIASES = 15;
const BATCH = 10;
const MOST = 100;
const TOKENS = 2000;
/** Where a client says it knows the newer media type, a request that cannot be carried out is a 400. */
const NEWER = "application/graphql-response+json";

const schema = buildSchema(await readFile(new URL("./schema.graphql", import.meta.url), "utf8"));

export function graphql(_endpoint, { app, store, config }) {
  const rules = [
    ...specifiedRules,
    boundedRule,
    ...(config.production ? [NoSchemaIntrospectionCustomRule] : []),
  ];
  return async (request, reply) => {
    const operations = Array.isArray(request.body) ? request.body : [request.body];
    if (operations.length === 0 || operations.length > BATCH)
      throw new Problem(400, `A request holds 1 to ${BATCH} operations.`);
    // The request itself was counted when it came.
    app.limiter.take(clientOf(request), operations.length - 1);
    operations.forEach(checkOperation);
    const context = { request, store };
    const results = await Promise.all(operations.map((operation) => answer(operation, { rules, context })));
    const newer = (request.headers.accept ?? "").includes(NEWER);
    const failed = results.every(({ data }) => data === undefined);
    return reply
      .code(newer && failed ? 400 : 200)
      .type(`${newer ? NEWER : "application/json"}; charset=utf-8`)
      .send(JSON.stringify(Array.isArray(request.body) ? results : results[0]));
  };
}

function checkOperation(operation) {
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(operation)) throw invalidField("", "must be an object");
  const { query, variables = null, operationName = null, extensions = null, ...rest } = operation;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalidField(unknown, "is not known here");
  if (typeof query !== "string" || query === "") throw invalidField("query", "is required");
  if (variables !== null && !isObject(variables)) throw invalidField("variables", "must be an object");
  if (operationName !== null && typeof operationName !== "string")
    throw invalidField("operationName", "must be a text");
  if (extensions !== null && !isObject(extensions)) throw invalidField("extensions", "must be an object");
}

async function answer({ query, variables, operationName }, { rules, context }) {
  let document;
  try {
    document = parse(query, { maxTokens: TOKENS });
  } catch (error) {
    return { errors: [error] };
  }
  const errors = validate(schema, document, rules);
  if (errors.length > 0) return { errors };
  const operation = getOperationAST(document, operationName);
  if (!operation)
    return { errors: [new GraphQLError("Which operation is meant is not clear: give operationName.")] };
  const result = await execute({
    schema,
    document,
    rootValue,
    contextValue: context,
    variableValues: variables ?? undefined,
    operationName: operationName ?? undefined,
  });
  return result.errors === undefined ? result : { ...result, errors: result.errors.map(told) };
}

/** A refusal of a value is one field's matter. The database being away is not: then the whole request fails. */
function told(error) {
  const { originalError } = error;
  if (originalError === undefined || originalError instanceof GraphQLError) return error;
  if (!(originalError instanceof Problem) || originalError.status >= 500) throw originalError;
  const { status, errors } = originalError;
  return { ...error.toJSON(), extensions: { status, errors } };
}

const rootValue = Object.fromEntries(resources.flatMap(resolversOf));

function resolversOf({ table, list, one, create }) {
  const resolvers = [
    [list, ({ first, after }, { store }) => readPage(store, table, first, after)],
    [one, ({ id }, { store }) => readRow(store, table, id)],
  ];
  if (create === undefined) return resolvers;
  return [
    ...resolvers,
    [create.name, ({ input }, context) => makeRow(context, table, create.input, { ...input })],
  ];
}

function readPage(store, table, limit, after) {
  if (!(limit >= 1 && limit <= MOST)) throw invalidField("first", `must be from 1 to ${MOST}`);
  if (after != null && !isKey(table, after))
    throw invalidField("after", "must be the `next` of a page before");
  return pageOf(store, table, { limit, after: after ?? undefined });
}

async function readRow(store, table, id) {
  const row = isKey(table, id) ? await store.find(table, { [tables[table].key]: id }) : undefined;
  return row === undefined ? null : shown(table, row);
}

/** The same rules as everywhere: GraphQL's types know no lengths and no ranges. */
async function makeRow({ request, store }, table, rules, input) {
  const check = request.compileValidationSchema(rules);
  if (!check(input)) {
    const [{ instancePath, message }] = check.errors;
    throw invalidField(instancePath.slice(1), message);
  }
  return shown(table, await store.insert(table, newRow(table, input)));
}

/** Refuses documents that nest deeper or rename more often than anybody needs. Fragments count where they are used. */
function boundedRule(context) {
  const { definitions } = context.getDocument();
  const fragments = new Map(
    definitions
      .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  // Each fragment is measured once: those that hold each other twice over would double the work with every step.
  const measured = new Map();

  function measure({ selectionSet }) {
    const parts = (selectionSet?.selections ?? []).map(step);
    return {
      depth: Math.max(0, ...parts.map(({ depth }) => depth)),
      aliases: parts.reduce((sum, { aliases }) => sum + aliases, 0),
    };
  }

  function step(selection) {
    if (selection.kind === Kind.INLINE_FRAGMENT) return measure(selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(selection.name.value);
    // How deep a schema may be described has a rule of its own.
    const inner = selection.name.value.startsWith("__") ? { depth: 0, aliases: 0 } : measure(selection);
    return { depth: inner.depth + 1, aliases: inner.aliases + (selection.alias === undefined ? 0 : 1) };
  }

  function measureFragment(name) {
    const fragment = fragments.get(name);
    if (!measured.has(name)) {
      // While it is measured: one that holds itself is refused by another rule.
      measured.set(name, { depth: 0, aliases: 0 });
      if (fragment !== undefined) measured.set(name, measure(fragment));
    }
    return measured.get(name);
  }

  return {
    OperationDefinition(node) {
      const { depth, aliases } = measure(node);
      if (depth > DEPTH) context.reportError(new GraphQLError(`Deeper than ${DEPTH} levels.`));
      if (aliases > ALIASES) context.reportError(new GraphQLError(`More than ${ALIASES} aliases.`));
    },
  };
}
