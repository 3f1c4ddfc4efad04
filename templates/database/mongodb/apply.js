// Makes the collections of collections.json with their validators and indexes, and brings those that are there up to
// date. Nothing is dropped; a document that is there and breaks a validator stays, and is refused when it is changed.
//   MONGODB_URI=mongodb+srv://… node apply.js
import { readFile } from "node:fs/promises";
import { MongoClient } from "mongodb";

const NOT_THERE = 26;

async function apply(database, { name, validator, indexes }) {
  const rule = { validator, validationLevel: "strict", validationAction: "error" };
  try {
    await database.command({ collMod: name, ...rule });
  } catch (error) {
    if (error.code !== NOT_THERE) throw error;
    await database.createCollection(name, rule);
  }
  for (const { key, ...options } of indexes) await database.collection(name).createIndex(key, options);
  process.stdout.write(`${name}: validator and ${indexes.length} indexes\n`);
}

const uri = process.env.MONGODB_URI ?? "";
if (uri === "") {
  process.stderr.write("apply: MONGODB_URI is not set\n");
  process.exit(2);
}
const { database, collections } = JSON.parse(
  await readFile(new URL("collections.json", import.meta.url), "utf8"),
);
const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
try {
  await client.connect();
  // The address may name another database than the one that was planned, such as one for tests.
  const named = client.db().databaseName;
  for (const collection of collections)
    await apply(client.db(named === "test" ? database : named), collection);
} catch (error) {
  process.stderr.write(`apply: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await client.close();
}
