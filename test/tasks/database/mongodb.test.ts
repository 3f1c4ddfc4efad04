// Files and addresses alone: no MongoDB is among the real parts of these tests.
import { describe, expect, it } from "vitest";
import { databaseDocument } from "../../../src/tasks/database/docs.ts";
import { scratchUri } from "../../../src/tasks/database/drill-mongodb.ts";
import { databaseFiles } from "../../../src/tasks/database/files.ts";
import { collections } from "../../../src/tasks/database/mongodb.ts";
import { shop } from "./support.ts";

describe("collections of MongoDB", () => {
  it("hold what the model holds, but references", () => {
    const [users, orders, products, join] = collections(shop("mongodb"));
    expect(users?.indexes).toEqual([
      { name: "users_email_key", key: { email: 1 }, unique: true, collation: { locale: "en", strength: 2 } },
    ]);
    expect(orders?.validator.$jsonSchema).toMatchObject({
      additionalProperties: false,
      required: ["user_id", "status", "total_cents", "currency", "created_at", "updated_at"],
      properties: {
        _id: {},
        user_id: { bsonType: ["objectId"] },
        status: { enum: ["pending", "paid", "shipped", "cancelled", "refunded"] },
        total_cents: { bsonType: ["int", "long"], minimum: 0 },
      },
    });
    expect(products?.validator.$jsonSchema).toMatchObject({
      properties: { description: { bsonType: ["string", "null"] } },
    });
    expect(join?.indexes[0]).toEqual({
      name: "order_products_pkey",
      key: { order_id: 1, product_id: 1 },
      unique: true,
    });
  });

  it("are handed out with what makes them", () => {
    const paths = databaseFiles(shop("mongodb")).map(({ path }) => path);
    expect(paths).toEqual(
      ["collections.json", "apply.js", "package.json", "package-lock.json"].map(
        (name) => `databases/${name}`,
      ),
    );
    expect(databaseDocument(shop("mongodb"))).toContain("MONGODB_URI=… node apply.js");
  });

  it.each([
    ["mongodb://h/app", "mongodb://h/new?serverSelectionTimeoutMS=10000"],
    [
      "mongodb://u:p@h:1,i:2/app?replicaSet=r",
      "mongodb://u:p@h:1,i:2/new?replicaSet=r&authSource=app&serverSelectionTimeoutMS=10000",
    ],
    [
      "mongodb+srv://u:p@h/app?authSource=admin&serverSelectionTimeoutMS=5",
      "mongodb+srv://u:p@h/new?authSource=admin&serverSelectionTimeoutMS=5",
    ],
    ["mongodb://u:p@h", "mongodb://u:p@h/new?serverSelectionTimeoutMS=10000"],
  ])("are tried at %s in a database of their own", (uri, scratch) =>
    expect(scratchUri(uri, "new")).toBe(scratch),
  );

  it("are not tried at an address of another kind, which is not repeated", () => {
    expect(() => scratchUri("postgresql://u:secret@h/app", "new")).toThrow("no mongodb:// address");
  });
});
