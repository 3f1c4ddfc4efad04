// One request of the Admin interface: validated against the genuine schema, paid for, carried out on the store.
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getVariableValues,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { isObject } from "../../lib/json.ts";
import { articleCreate, articleDelete, articleUpdate } from "./articles.ts";
import { takes } from "./behaviours.ts";
import { blogCreate, blogDelete, blogUpdate } from "./blogs.ts";
import { bulkOperationCancel, bulkOperationRunMutation, bulkOperationRunQuery } from "./bulk.ts";
import { type Asking, demand, notModelled } from "./context.ts";
import {
  type Bucket,
  CONNECTION_COST,
  isCharged,
  isConnection,
  MUTATION_COST,
  refill,
  requestedCost,
} from "./cost.ts";
import { fileCreate, fileDelete, fileUpdate, stagedUploadsCreate } from "./files.ts";
import { PAGE_LIMIT } from "./listing.ts";
import { metafieldsDelete, metafieldsSet } from "./metafields.ts";
import { pageCreate, pageDelete, pageUpdate } from "./pages.ts";
import { productCreate, productDelete, productUpdate } from "./products.ts";
import { QUERIES } from "./queries.ts";
import { adminSchema, type Version } from "./schema.ts";
import type { ShopStore } from "./state.ts";
import { tagsAdd, tagsRemove } from "./tags.ts";
import {
  webhookSubscriptionCreate,
  webhookSubscriptionDelete,
  webhookSubscriptionUpdate,
} from "./webhooks.ts";

const MUTATIONS = {
  ...{ articleCreate, articleUpdate, articleDelete, blogCreate, blogUpdate, blogDelete },
  ...{ pageCreate, pageUpdate, pageDelete, productCreate, productUpdate, productDelete },
  ...{ tagsAdd, tagsRemove, metafieldsSet, metafieldsDelete },
  ...{ stagedUploadsCreate, fileCreate, fileUpdate, fileDelete },
  ...{ bulkOperationRunMutation, bulkOperationRunQuery, bulkOperationCancel },
  ...{ webhookSubscriptionCreate, webhookSubscriptionUpdate, webhookSubscriptionDelete },
};
const ROOTS: Readonly<Record<string, object>> = { query: QUERIES, mutation: MUTATIONS };

export interface GraphQLRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

export interface GraphQLAnswer {
  readonly payload: Readonly<Record<string, unknown>>;
  /** Something was changed. */
  readonly wrote: boolean;
  /** Deprecated fields that were asked for, as `Shop.products`. */
  readonly deprecated: readonly string[];
}

/** Never throws: what is wrong with a request is its answer. */
export function answerGraphQL(
  store: ShopStore,
  version: Version,
  scopes: readonly string[],
  request: GraphQLRequest,
  bucket: Bucket,
): GraphQLAnswer {
  const schema = adminSchema(version);
  const prepared = prepare(schema, request);
  if ("errors" in prepared) return refusal(prepared.errors);
  const { document, operation, variables } = prepared;
  const requested = requestedCost(schema, document, operation, variables);
  const { singleQueryMaximum } = store.behaviours;
  if (requested > singleQueryMaximum) return refusal([tooDear(requested, singleQueryMaximum)]);
  refill(bucket, store.behaviours, store.clock.now());
  if (takes(store.behaviours, "throttles") || bucket.available < requested) {
    return throttled(requested, bucket, store);
  }
  const asking = newAsking(store, version, scopes);
  const done = run(schema, document, operation, variables, asking);
  const actual = Math.min(requested, asking.spent);
  bucket.available -= actual;
  bucket.spent += actual;
  const lost = asking.wrote && takes(store.behaviours, "internalErrorAfterWrite");
  const result = lost ? { errors: [internalError()] } : plain(done);
  const search = asking.warnings.length === 0 ? {} : { search: searchNotes(asking) };
  const extensions = { cost: costOf(requested, actual, bucket, store), ...search };
  const deprecated = deprecatedFields(schema, document);
  return { payload: { ...result, extensions }, wrote: asking.wrote, deprecated };
}

interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

function prepare(
  schema: GraphQLSchema,
  { query, variables, operationName }: GraphQLRequest,
): Prepared | { readonly errors: readonly GraphQLError[] } {
  const read = readDocument(schema, query);
  if ("errors" in read) return read;
  const { document } = read;
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find(
    (one) => operationName === undefined || one.name?.value === operationName,
  );
  if (operation === undefined || (operationName === undefined && operations.length > 1)) {
    return { errors: [new GraphQLError("An operation name is required")] };
  }
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (values.coerced === undefined) return { errors: values.errors ?? [] };
  const large = largestArray(values.coerced);
  if (large <= PAGE_LIMIT) return { document, operation, variables: values.coerced };
  const message = `The input array size of ${large} is greater than the maximum allowed of ${PAGE_LIMIT}.`;
  return { errors: [new GraphQLError(message, { extensions: { code: "MAX_INPUT_SIZE_EXCEEDED" } })] };
}

type ReadDocument = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** A client sends the same few documents again and again: each is validated once. */
const documents = new WeakMap<GraphQLSchema, Map<string, ReadDocument>>();
const REMEMBERED = 500;

function readDocument(schema: GraphQLSchema, query: string): ReadDocument {
  const known = documents.get(schema) ?? new Map<string, ReadDocument>();
  documents.set(schema, known);
  const former = known.get(query);
  if (former !== undefined) return former;
  const read = parseDocument(schema, query);
  if (known.size >= REMEMBERED) known.clear();
  known.set(query, read);
  return read;
}

function parseDocument(schema: GraphQLSchema, query: string): ReadDocument {
  try {
    const document = parse(query, { maxTokens: 50_000 });
    const errors = validate(schema, document);
    return errors.length > 0 ? { errors } : { document };
  } catch (thrown) {
    return { errors: [thrown instanceof GraphQLError ? thrown : new GraphQLError(String(thrown))] };
  }
}

function largestArray(value: unknown): number {
  if (Array.isArray(value)) return Math.max(value.length, ...value.map(largestArray));
  return isObject(value) ? Math.max(0, ...Object.values(value).map(largestArray)) : 0;
}

function newAsking(store: ShopStore, version: Version, scopes: readonly string[]): Asking {
  return {
    ...{ store, version, scopes, spent: 0, wrote: false, warnings: [] },
    runMutation: (mutation, variables) => runBulkLine(store, version, scopes, { mutation, variables }),
  };
}

/** One line of a bulk operation: nothing is throttled. */
function runBulkLine(
  store: ShopStore,
  version: Version,
  scopes: readonly string[],
  {
    mutation,
    variables,
  }: { readonly mutation: string; readonly variables: Readonly<Record<string, unknown>> },
): string {
  const schema = adminSchema(version);
  const prepared = prepare(schema, { query: mutation, variables, operationName: undefined });
  if ("errors" in prepared) return JSON.stringify({ errors: prepared.errors });
  const { document, operation, variables: coerced } = prepared;
  const asking = newAsking(store, version, scopes);
  return JSON.stringify(plain(run(schema, document, operation, coerced, asking)));
}

function run(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  asking: Asking,
): ExecutionResult {
  const result = execute({
    schema,
    document,
    rootValue: ROOTS[operation.operation],
    contextValue: asking,
    variableValues: variables,
    ...(operation.name === undefined ? {} : { operationName: operation.name.value }),
    fieldResolver: resolveField,
    typeResolver: (value) => (isObject(value) ? String(value.__typename) : undefined),
  });
  if (result instanceof Promise) throw new Error("a resolver of the sandbox is asynchronous");
  return result as ExecutionResult;
}

/** A value, or a function of the field's arguments; its right and its cost are looked after here, once for all fields. */
const resolveField: GraphQLFieldResolver<Readonly<Record<string, unknown>>, Asking> = (
  source,
  args,
  asking,
  info,
) => {
  const { parentType, fieldName } = info;
  if (!Object.hasOwn(source, fieldName)) {
    if (info.parentType.name.endsWith("Error")) return null;
    throw notModelled(`${parentType.name}.${fieldName}`);
  }
  demand(asking, `${parentType.name}.${fieldName}`, fieldName);
  demandType(asking, info);
  const property = source[fieldName];
  const value: unknown = typeof property === "function" ? property(args, asking, info) : property;
  charge(asking, info, value);
  for (const one of Array.isArray(value) ? value : [value]) {
    if (isObject(one) && typeof one.__typename === "string") demand(asking, one.__typename, fieldName);
  }
  return knownCode(info.returnType, value);
};

/** What a field returns may ask for a scope of its own, and so may the nodes of a connection. */
function demandType(asking: Asking, { returnType, fieldName, parentType }: GraphQLResolveInfo): void {
  if (parentType.name === "Mutation") return;
  const named = getNamedType(returnType);
  if (!isObjectType(named)) return;
  demand(asking, named.name, fieldName);
  if (!isConnection(named.name)) return;
  const nodes = named.getFields().nodes;
  if (nodes !== undefined) demand(asking, getNamedType(nodes.type).name, fieldName);
}

function charge(
  asking: Asking,
  { returnType, parentType, operation }: GraphQLResolveInfo,
  value: unknown,
): void {
  const mutation = operation.operation === "mutation";
  if (parentType.name === "Mutation") asking.spent += MUTATION_COST;
  if (!isObject(value) && !Array.isArray(value)) return;
  const { name } = getNamedType(returnType);
  if (isConnection(name)) {
    const nodes = isObject(value) && Array.isArray(value.nodes) ? value.nodes.length : 0;
    asking.spent += CONNECTION_COST + (name === "StringConnection" ? 0 : nodes);
    return;
  }
  if (mutation || !isCharged(name) || /Connection$|Edge$/.test(parentType.name) || name === "JSON") return;
  asking.spent += Array.isArray(value) ? value.filter(isObject).length : 1;
}

/** A code that this mutation's errors do not have is told as INVALID. */
function knownCode(type: GraphQLOutputType, value: unknown): unknown {
  const bare = isNonNullType(type) ? type.ofType : type;
  if (typeof value !== "string" || isListType(bare) || !isEnumType(bare)) return value;
  return bare.getValue(value) === null || bare.getValue(value) === undefined ? "INVALID" : value;
}

function plain({ data, errors }: ExecutionResult): Readonly<Record<string, unknown>> {
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}

function refusal(errors: readonly GraphQLError[]): GraphQLAnswer {
  return { payload: { errors }, wrote: false, deprecated: [] };
}

function throttled(requested: number, bucket: Bucket, store: ShopStore): GraphQLAnswer {
  const error = {
    message: "Throttled",
    extensions: { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" },
  };
  bucket.throttled += 1;
  const cost = costOf(requested, null, bucket, store);
  return { payload: { errors: [error], extensions: { cost } }, wrote: false, deprecated: [] };
}

function costOf(requested: number, actual: number | null, bucket: Bucket, { behaviours }: ShopStore): object {
  const { maximumAvailable, restoreRate } = behaviours;
  const currentlyAvailable = Math.floor(bucket.available);
  return {
    requestedQueryCost: requested,
    actualQueryCost: actual,
    throttleStatus: { maximumAvailable, currentlyAvailable, restoreRate },
  };
}

function tooDear(cost: number, maxCost: number): GraphQLError {
  const message = `Query cost is ${cost}, which exceeds the single query max cost limit (${maxCost}).`;
  const documentation = "https://shopify.dev/api/usage/rate-limits";
  return new GraphQLError(message, {
    extensions: { code: "MAX_COST_EXCEEDED", cost, maxCost, documentation },
  });
}

function internalError(): object {
  const message = "Internal error. Looks like something went wrong on our end.\nRequest ID: sandbox";
  return { message, extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "sandbox" } };
}

function searchNotes({ warnings }: Asking): readonly object[] {
  return warnings.map(({ path, query, field }) => ({
    path,
    query,
    warnings: [{ field, message: "Invalid search field for this query.", code: "invalid_field" }],
  }));
}

function deprecatedFields(schema: GraphQLSchema, document: DocumentNode): readonly string[] {
  const types = new TypeInfo(schema);
  const found = new Set<string>();
  const field = (): void => {
    const used = types.getFieldDef();
    const parent = types.getParentType();
    if (used?.deprecationReason && parent) found.add(`${parent.name}.${used.name}`);
  };
  visit(document, visitWithTypeInfo(types, { Field: field }));
  return [...found];
}
