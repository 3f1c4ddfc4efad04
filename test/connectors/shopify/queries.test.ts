import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLSchema,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { describe, expect, test } from "vitest";
import { compose, composeBulk } from "../../../src/connectors/shopify/documents.ts";
import { inputOf } from "../../../src/connectors/shopify/inputs.ts";
import * as queries from "../../../src/connectors/shopify/queries.ts";
import {
  API_VERSION,
  CREATE_ARTICLE,
  CREATE_PAGE,
  ENDPOINT,
  FRAGMENT_VARIABLES,
  FRAGMENTS,
  OPERATIONS,
} from "../../../src/connectors/shopify/queries.ts";

const VERSIONS = ["2026-04", "2026-07", "2026-10"];
const schemaOf = (version: string): GraphQLSchema =>
  buildSchema(readFileSync(`fixtures/shopify/admin-${version}.graphql`, "utf8"));

/** One, and three of a kind, and mutations as they travel together. */
const DOCUMENTS = OPERATIONS.flatMap((operation) =>
  [1, 3].map((count) => ({
    name: `${operation.name} ×${count}`,
    query: compose(
      Array.from({ length: count }, () => ({ operation, values: {} })),
      {},
    ).query,
  })),
);
/** What each line of a bulk operation does. */
const IN_BULK = [CREATE_ARTICLE, CREATE_PAGE].map((operation) => ({
  name: `${operation.name} in bulk`,
  query: composeBulk(operation, "ainstein_0"),
}));
const ALL_MUTATIONS = compose(
  OPERATIONS.filter(({ type }) => type === "mutation").map((operation) => ({ operation, values: {} })),
  {},
).query;

/** Words of what a content tool has no business with. */
const TRADE =
  /price|variant|inventor|sellingplan|selling_plan|collection|publication|publishable|channel|productset|options?\b|quantity|\bsku|barcode|weight|giftcard|compareat/i;

describe("what is sent to a shop", () => {
  test("every operation is in the list, and every fragment is used", () => {
    const exported = Object.values(queries).filter(
      (value) => typeof value === "object" && value !== null && "field" in value,
    );
    expect(new Set(exported)).toEqual(new Set(OPERATIONS));
    const texts = [...OPERATIONS.map(({ field }) => field), ...Object.values(FRAGMENTS)].join("\n");
    for (const name of Object.keys(FRAGMENTS)) expect(texts).toMatch(new RegExp(`\\.\\.\\.${name}\\b`));
    for (const name of Object.keys(FRAGMENT_VARIABLES)) expect(texts).toContain(`$${name}`);
    expect(ENDPOINT).toBe(`/admin/api/${API_VERSION}/graphql.json`);
    expect(VERSIONS).toContain(API_VERSION);
  });

  test.each(VERSIONS)(
    "every document is one of version %s, with nothing in it that is to be dropped",
    (version) => {
      const schema = schemaOf(version);
      for (const { name, query } of [
        ...DOCUMENTS,
        ...IN_BULK,
        { name: "all mutations", query: ALL_MUTATIONS },
      ]) {
        const document = parse(query);
        expect([name, validate(schema, document).map(({ message }) => message)]).toEqual([name, []]);
        const info = new TypeInfo(schema);
        const dropped: string[] = [];
        visit(
          document,
          visitWithTypeInfo(info, {
            Field: (node) => {
              if (info.getFieldDef()?.deprecationReason) dropped.push(node.name.value);
            },
          }),
        );
        expect([name, dropped]).toEqual([name, []]);
      }
    },
  );

  test("no document names a price, a variant, an option, stock, a collection or a sales channel", () => {
    expect("productVariants { price }").toMatch(TRADE);
    for (const { name, query } of [...DOCUMENTS, ...IN_BULK])
      expect([name, TRADE.exec(query)?.[0]]).toEqual([name, undefined]);
  });

  test("no mutation but these can be sent", () => {
    const fields = OPERATIONS.filter(({ type }) => type === "mutation").map(({ field }) =>
      field.slice(0, field.indexOf("(")),
    );
    expect(fields.sort()).toEqual([
      ...["articleCreate", "articleDelete", "articleUpdate", "bulkOperationRunMutation"],
      ...["fileCreate", "metafieldsDelete"],
      ...["pageCreate", "pageDelete", "pageUpdate", "productCreate", "productUpdate"],
      ...["stagedUploadsCreate", "tagsAdd", "tagsRemove"],
      ...["webhookSubscriptionCreate", "webhookSubscriptionDelete"],
    ]);
  });

  test("an input holds what the document says, and refuses what no document may say", () => {
    const around = { kind: "product", definitions: [], now: Date.now() } as const;
    const input = inputOf(
      {
        title: "Bread",
        slug: "bread",
        body: "<p>Rye.</p>",
        tags: ["rye"],
        "seo.title": "Bread",
        template: "",
      },
      around,
    );
    expect(input.fields).toEqual({
      ...{ title: "Bread", handle: "bread", descriptionHtml: "<p>Rye.</p>", templateSuffix: "" },
      ...{ seo: { title: "Bread" }, status: "DRAFT", tags: ["rye"] },
    });
    for (const part of [
      "price",
      "compareAtPrice",
      "variants",
      "options",
      "inventory",
      "collections",
      "vendor",
    ]) {
      expect(() => inputOf({ [part]: 1 }, around)).toThrow(
        expect.objectContaining({ code: "unknown-field" }),
      );
    }
  });

  test("what is done in bulk is one named field without fragments, with the variables it uses", () => {
    for (const { query } of IN_BULK) {
      expect(query).not.toMatch(/fragment|\.\.\./);
      expect(query).toMatch(
        /^mutation ainstein_0\(\$(article|page): \w+!, \$\1Metafields: Int!, \$\1Keys: \[String!\]\) \{ \1Create\(/,
      );
    }
  });

  test("parts of one document keep their own variables", () => {
    const [operation] = OPERATIONS.filter(({ name }) => name === "pageDelete");
    if (operation === undefined) throw new Error("no such operation");
    const { query, variables } = compose(
      [
        { operation, values: { id: "a" } },
        { operation, values: { id: "b" } },
      ],
      {},
    );
    expect(variables).toEqual({ id0: "a", id1: "b" });
    expect(query).toContain("o0: pageDelete(id: $id0)");
    expect(query).toContain("o1: pageDelete(id: $id1)");
  });
});
