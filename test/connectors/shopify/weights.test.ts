import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { compose } from "../../../src/connectors/shopify/documents.ts";
import { API_VERSION, OPERATIONS } from "../../../src/connectors/shopify/queries.ts";
import { weightOf } from "../../../src/connectors/shopify/shop.ts";
import { requestedCost } from "../../../src/sandbox/shopify/cost.ts";
import { adminSchema, servedVersion } from "../../../src/sandbox/shopify/schema.ts";

const IDS = 20;

describe("before any answer has told, a request is taken for what Shopify asks for it", () => {
  const version = servedVersion(API_VERSION);
  if (version === undefined) throw new Error(`the sandbox does not know ${API_VERSION}`);
  const schema = adminSchema(version);
  const shared = { articleMetafields: 2, pageMetafields: 5, productMetafields: 31 };

  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))("%s", (_, operation) => {
    const ids = Array.from({ length: IDS }, (_, n) => `gid://shopify/Article/${n}`);
    const values = {
      ...(operation.variables.ids === undefined ? {} : { ids }),
      ...(operation.variables.first === undefined ? {} : { first: 250 }),
    };
    const { query, variables } = compose([{ operation, values }], shared);
    const document = parse(query);
    const [definition] = document.definitions;
    if (definition?.kind !== "OperationDefinition") throw new Error("no operation");
    const asked = requestedCost(schema, document, definition, variables);
    expect(weightOf({ operation, values }, shared)).toBe(asked);
  });
});
