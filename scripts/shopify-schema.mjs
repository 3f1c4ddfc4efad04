// Writes fixtures/shopify/ from the introspection results that Shopify publishes in its package @shopify/dev-mcp (ISC):
//   npm pack @shopify/dev-mcp@1.16.0 && tar -xzf shopify-dev-mcp-1.16.0.tgz
//   node scripts/shopify-schema.mjs package/dist/data package/LICENSE
// Kept is what a content tool works with, field by field as Shopify has it: a type that is left out takes the fields that
// lead to it along, and nothing else is changed. Descriptions are left out, deprecations stay.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { buildClientSchema, printSchema, validateSchema } from "graphql";

const VERSIONS = ["2026-04", "2026-07", "2026-10"];
const QUERIES = `
  article articles articleAuthors articleTags blog blogs blogsCount page pages pagesCount product products
  productByIdentifier productsCount files node nodes shop currentAppInstallation publicApiVersions metafieldDefinitions
  bulkOperation bulkOperations webhookSubscription webhookSubscriptions`;
const MUTATIONS = `
  articleCreate articleUpdate articleDelete blogCreate blogUpdate blogDelete pageCreate pageUpdate pageDelete
  productCreate productUpdate productDelete tagsAdd tagsRemove metafieldsSet metafieldsDelete stagedUploadsCreate
  fileCreate fileUpdate fileDelete bulkOperationRunMutation bulkOperationRunQuery bulkOperationCancel
  webhookSubscriptionCreate webhookSubscriptionUpdate webhookSubscriptionDelete`;
/** Objects and interfaces. Their connections, and the payloads of mutations with their user errors, follow. */
const TYPES = `
  AccessScope ApiVersion App AppInstallation Article ArticleAuthor Blog BulkOperation Count DisplayableError Domain File
  FileError GenericFile HasMetafields Image Media MediaError MediaImage MediaImageOriginalSource MediaPreviewImage
  MediaWarning Metafield MetafieldDefinition MetafieldDefinitionType MetafieldIdentifier Node Page PageInfo Product SEO
  Shop StagedMediaUploadTarget StagedUploadParameter UserError WebhookSubscription`;

const words = (text) => new Set(text.trim().split(/\s+/));
const nameOf = (type) =>
  type.ofType === null || type.ofType === undefined ? type.name : nameOf(type.ofType);

function subset({ __schema: schema }) {
  const all = new Map(schema.types.map((type) => [type.name, type]));
  const kept = words(TYPES);
  const roots = { [schema.queryType.name]: words(QUERIES), [schema.mutationType.name]: words(MUTATIONS) };
  addConnections(all, kept);
  addPayloads(all.get(schema.mutationType.name), roots[schema.mutationType.name], all, kept);
  const types = new Map();
  for (const name of [...Object.keys(roots), ...kept]) {
    types.set(name, pruned(all.get(name), roots[name], all, kept));
  }
  addLeaves(types, all);
  for (const directive of schema.directives) {
    for (const { type } of directive.args) addType(nameOf(type), types, all);
  }
  const listed = schema.types.flatMap(({ name }) => types.get(name) ?? []);
  return { __schema: { ...schema, types: listed, directives: schema.directives.map(bare) } };
}

function addConnections(all, kept) {
  for (const [name, type] of all) {
    const nodes = name.endsWith("Connection")
      ? type.fields?.find((field) => field.name === "nodes")
      : undefined;
    if (nodes === undefined || !(kept.has(nameOf(nodes.type)) || nameOf(nodes.type) === "String")) continue;
    kept.add(name);
    kept.add(nameOf(type.fields.find((field) => field.name === "edges").type));
  }
}

function addPayloads(mutation, names, all, kept) {
  for (const field of mutation.fields) {
    if (!names.has(field.name)) continue;
    const payload = nameOf(field.type);
    kept.add(payload);
    for (const inner of all.get(payload).fields) {
      if (nameOf(inner.type).endsWith("UserError")) kept.add(nameOf(inner.type));
    }
  }
}

/** The type without fields that lead out of what is kept; a root with its chosen fields only. */
function pruned(type, chosen, all, kept) {
  const stays = (name) => kept.has(name) || ["SCALAR", "ENUM"].includes(all.get(name).kind);
  const fields = type.fields
    .filter((field) => (chosen === undefined || chosen.has(field.name)) && stays(nameOf(field.type)))
    .map((field) => ({ ...bare(field), args: field.args.map(bare) }));
  return {
    ...bare(type),
    fields,
    interfaces: (type.interfaces ?? []).filter(({ name }) => kept.has(name)),
    possibleTypes: type.possibleTypes?.filter(({ name }) => kept.has(name)) ?? null,
  };
}

/** Scalars, enums and whole input objects that the kept fields and their arguments name. */
function addLeaves(types, all) {
  for (const type of [...types.values()]) {
    for (const field of type.fields) {
      addType(nameOf(field.type), types, all);
      for (const { type: argument } of field.args) addType(nameOf(argument), types, all);
    }
  }
}

function addType(name, types, all) {
  if (types.has(name)) return;
  const type = all.get(name);
  const inputFields = type.inputFields?.map(bare) ?? null;
  types.set(name, { ...bare(type), inputFields, enumValues: type.enumValues?.map(bare) ?? null });
  for (const field of inputFields ?? []) addType(nameOf(field.type), types, all);
}

function bare(element) {
  return { ...element, description: null };
}

/** Which scopes open a type or field, any one of them being enough: `{"Article": {scopes, says}}`. */
function access(offlineScopes, schema) {
  const entries = {};
  for (const { typeName, fieldName, offlineScopes: scopes, requiredAccess } of offlineScopes.items) {
    const type = schema.getType(typeName);
    const there = fieldName === undefined ? type !== undefined : type?.getFields?.()[fieldName] !== undefined;
    if (!there || scopes.length === 0) continue;
    entries[fieldName === undefined ? typeName : `${typeName}.${fieldName}`] = {
      scopes,
      says: requiredAccess,
    };
  }
  return entries;
}

const [source, licence] = process.argv.slice(2);
if (source === undefined || licence === undefined) {
  console.error("Usage: node scripts/shopify-schema.mjs <directory of admin_*.json.gz> <its LICENSE>");
  process.exit(2);
}
const target = fileURLToPath(new URL("../fixtures/shopify/", import.meta.url));
mkdirSync(target, { recursive: true });
const accesses = {};
for (const version of VERSIONS) {
  const file = gunzipSync(readFileSync(path.join(source, `admin_${version}.json.gz`)));
  const { data, offline_scopes: offlineScopes } = JSON.parse(file.toString("utf8"));
  const schema = buildClientSchema(subset(data));
  const faults = validateSchema(schema);
  if (faults.length > 0) throw new Error(`${version}: ${faults[0].message}`);
  const head = `# Part of Shopify's Admin GraphQL schema ${version}, from its package @shopify/dev-mcp@1.16.0 (ISC, see LICENSE).\n`;
  writeFileSync(path.join(target, `admin-${version}.graphql`), `${head}${printSchema(schema)}\n`);
  accesses[version] = access(offlineScopes, schema);
}
const texts = Object.values(accesses).map((entries) => JSON.stringify(entries));
if (new Set(texts).size > 1) console.warn("The versions differ in access scopes: the newest is kept.");
writeFileSync(path.join(target, "access.json"), `${JSON.stringify(accesses[VERSIONS.at(-1)], null, 1)}\n`);
copyFileSync(licence, path.join(target, "LICENSE"));
