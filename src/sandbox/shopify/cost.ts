// PURE: what a request may cost before it is carried out, as documented: scalars 0, objects 1, connections 2 and their nodes by
// `first` or `last`, mutations 10, of several possible types the dearest; and the bucket that is paid from.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";

/** Not charged by themselves: their connection or mutation was. */
const CARRIERS = /Connection$|Edge$|^PageInfo$/;
export const MUTATION_COST = 10;
export const CONNECTION_COST = 2;

export function isConnection(typeName: string): boolean {
  return typeName.endsWith("Connection");
}

/** Costs an object something by itself? */
export function isCharged(typeName: string): boolean {
  return !CARRIERS.test(typeName);
}

interface Walk {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly mutation: boolean;
}

export function requestedCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const mutation = operation.operation === "mutation";
  const root = mutation ? schema.getMutationType() : schema.getQueryType();
  if (root === null || root === undefined) return 0;
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  );
  const walk = { schema, fragments, variables, mutation };
  if (!mutation) return costOf(operation.selectionSet, root, walk);
  const fields = [...fieldsOf(operation.selectionSet, root, walk).values()];
  return fields.reduce((sum, field) => {
    const payload = getNamedType(root.getFields()[field.name.value]?.type);
    return sum + MUTATION_COST + (isCompositeType(payload) ? inside(field, payload, walk) : 0);
  }, 0);
}

function inside(field: FieldNode, type: GraphQLCompositeType, walk: Walk): number {
  return field.selectionSet === undefined ? 0 : costOf(field.selectionSet, type, walk);
}

function costOf(selections: SelectionSetNode, type: GraphQLCompositeType, walk: Walk): number {
  if (isAbstractType(type)) {
    const possible = walk.schema.getPossibleTypes(type);
    return Math.max(0, ...possible.map((one) => costOf(selections, one, walk)));
  }
  if (!isObjectType(type)) return 0;
  const fields = [...fieldsOf(selections, type, walk).values()];
  return fields.reduce((sum, field) => {
    const named = getNamedType(type.getFields()[field.name.value]?.type);
    return sum + (isCompositeType(named) ? fieldCost(field, named, type, walk) : 0);
  }, 0);
}

function fieldCost(
  field: FieldNode,
  type: GraphQLCompositeType,
  parent: GraphQLCompositeType,
  walk: Walk,
): number {
  const below = inside(field, type, walk);
  if (isConnection(type.name)) {
    const size = Number(argument(field, "first", walk) ?? argument(field, "last", walk) ?? 0);
    const strings = type.name === "StringConnection";
    return CONNECTION_COST + Math.max(0, size) * (strings ? 0 : Math.max(1, below));
  }
  if (type.name.endsWith("Edge") || type.name === "PageInfo") return below;
  // What a mutation answers is paid for with it; nodes of a connection in it are not.
  const own = walk.mutation && isCharged(parent.name) ? 0 : 1;
  const ids = argument(field, "ids", walk);
  return (Array.isArray(ids) ? ids.length : 1) * (own + below);
}

/** By the name in the answer, so that a field selected twice counts once; of fragments, those that fit the type. */
function fieldsOf(
  selections: SelectionSetNode,
  type: GraphQLCompositeType,
  walk: Walk,
  into = new Map<string, FieldNode>(),
): Map<string, FieldNode> {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const former = into.get(key);
      into.set(key, former === undefined ? selection : merged(former, selection));
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    if (fragment !== undefined && fits(type, condition, walk.schema)) {
      fieldsOf(fragment.selectionSet, type, walk, into);
    }
  }
  return into;
}

function merged(a: FieldNode, b: FieldNode): FieldNode {
  if (a.selectionSet === undefined || b.selectionSet === undefined) return a;
  const selections = [...a.selectionSet.selections, ...b.selectionSet.selections];
  return { ...a, selectionSet: { ...a.selectionSet, selections } };
}

function fits(type: GraphQLCompositeType, condition: string | undefined, schema: GraphQLSchema): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wanted = schema.getType(condition);
  return (
    wanted !== undefined && isAbstractType(wanted) && isObjectType(type) && schema.isSubType(wanted, type)
  );
}

function argument(field: FieldNode, name: string, walk: Walk): unknown {
  const given = field.arguments?.find((one) => one.name.value === name);
  return given === undefined ? undefined : valueFromASTUntyped(given.value, walk.variables);
}

/** Points of one app in one shop. */
export interface Bucket {
  available: number;
  /** When `available` was true, in ms since 1970. */
  at: number;
  /** Points of all requests so far. */
  spent: number;
  /** Requests that were refused as throttled. */
  throttled: number;
}

export interface BucketSize {
  readonly maximumAvailable: number;
  readonly restoreRate: number;
}

/** Fills up what has come back since the last look. */
export function refill(bucket: Bucket, { maximumAvailable, restoreRate }: BucketSize, now: number): void {
  const back = (Math.max(0, now - bucket.at) / 1000) * restoreRate;
  bucket.available = Math.min(maximumAvailable, bucket.available + back);
  bucket.at = now;
}
