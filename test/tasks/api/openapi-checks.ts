// What an OpenAPI 3.0 document must be beyond its form, and what its schemas must take.
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

type Data = Readonly<Record<string, unknown>>;

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every object in the document, with its place. */
function* objects(value: unknown, at = "#"): Generator<readonly [string, Data]> {
  if (Array.isArray(value))
    for (const [index, each] of value.entries()) yield* objects(each, `${at}/${index}`);
  if (!isData(value)) return;
  yield [at, value];
  for (const [key, each] of Object.entries(value)) yield* objects(each, `${at}/${key.replaceAll("/", "~1")}`);
}

function resolve(document: Data, ref: string): unknown {
  return ref
    .slice(2)
    .split("/")
    .reduce<unknown>((value, key) => (isData(value) ? value[key] : undefined), document);
}

const METHODS = ["get", "post", "put", "patch", "delete"];

interface Operation {
  readonly operationId: string;
  readonly security?: readonly Data[];
  readonly parameters?: readonly Data[];
  readonly requestBody?: Data;
  readonly responses: Data;
}

/** Operations by `METHOD path`. */
export function operationsOf(document: Data): ReadonlyMap<string, Operation> {
  const found = new Map<string, Operation>();
  for (const [path, item] of Object.entries(isData(document.paths) ? document.paths : {}))
    for (const [method, operation] of Object.entries(isData(item) ? item : {}))
      if (METHODS.includes(method)) found.set(`${method.toUpperCase()} ${path}`, operation as Operation);
  return found;
}

/** Everything that is wrong, a sentence each. */
export function faultsOf(document: Data): readonly string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const schemes = resolve(document, "#/components/securitySchemes");
  if (document.openapi !== "3.0.3") faults.push("no 3.0.3");
  if (!isData(document.info) || typeof document.info.title !== "string") faults.push("no info");
  for (const [key, operation] of operationsOf(document)) {
    if (ids.has(operation.operationId)) faults.push(`${key}: operationId ${operation.operationId} is taken`);
    ids.add(operation.operationId);
    const inPath = [...key.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = (operation.parameters ?? [])
      .filter((each) => each.in === "path")
      .map((each) => each.name);
    if (inPath.join() !== declared.join()) faults.push(`${key}: parameters ${declared.join()}`);
    for (const name of (operation.security ?? []).flatMap((each) => Object.keys(each)))
      if (!isData(schemes) || schemes[name] === undefined) faults.push(`${key}: no security scheme ${name}`);
    const statuses = Object.keys(operation.responses);
    if (!statuses.some((status) => status.startsWith("2"))) faults.push(`${key}: nothing ever goes well`);
    for (const [status, response] of Object.entries(operation.responses))
      if (!/^[1-5]\d\d$/.test(status) || !isData(response) || typeof response.description !== "string")
        faults.push(`${key}: ${status}`);
    if (operation.requestBody !== undefined && key.startsWith("GET")) faults.push(`${key}: a body`);
  }
  for (const [at, { $ref: ref }] of objects(document))
    if (typeof ref === "string" && resolve(document, ref) === undefined)
      faults.push(`${at}: ${ref} is not there`);
  return [...faults, ...schemaFaults(document)];
}

function compiler(document: Data): (schema: Data) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: "doc", ...document });
  const absolute = (schema: unknown): unknown =>
    JSON.parse(JSON.stringify(schema), (key, value) => (key === "$ref" ? `doc${value}` : value));
  return (schema) => ajv.compile(absolute(schema) as Data);
}

function schemaFaults(document: Data): readonly string[] {
  const compile = compiler(document);
  const faults: string[] = [];
  for (const [at, each] of objects(document)) {
    if (!isData(each.schema)) continue;
    try {
      const check = compile(each.schema);
      if ("example" in each && !check(each.example))
        faults.push(`${at}: its example: ${JSON.stringify(check.errors)}`);
    } catch (error) {
      faults.push(`${at}: ${String(error)}`);
    }
  }
  return faults;
}
