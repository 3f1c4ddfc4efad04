// The drill of MongoDB, in a database of its own on the given server.
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Db, Document, MongoClient } from "mongodb";
import { Fault } from "../../lib/fault.ts";
import { type Drilled, type DrillOptions, inCopy } from "./drill.ts";
import { collections } from "./mongodb.ts";
import { npmCi } from "./npm.ts";
import { allRefused, type Probes, probes, type Seen } from "./probes.ts";
import { type Env, runProgram } from "./programs.ts";
import { SCRATCH_URL, wordsOf } from "./server.ts";
import type { ColumnModel, DatabaseModel, TableModel } from "./types.ts";

type Driver = typeof import("mongodb");

const PATIENCE_MS = "10000";
const NOT_VALID = ["121"];
const TWICE = ["11000"];

/**
 * Proves the files of `dir` on the server that the environment names, in a database whose name is new and that is
 * dropped afterwards. Fault `unavailable` (`server_unavailable`) where no server is named or none answers.
 */
export async function mongoDrill(
  dir: string,
  model: DatabaseModel,
  options: DrillOptions,
): Promise<Drilled & { readonly host: string }> {
  const uri =
    mongoUri(options.env) ?? unavailable("none is named, and MongoDB is not among what is started here");
  const driver = await import("mongodb").catch(() => unavailable("the package mongodb is not installed"));
  const scratch = scratchUri(uri, `${model.name.slice(0, 20)}_drill_${randomBytes(4).toString("hex")}`);
  const client = new driver.MongoClient(scratch);
  try {
    await client.connect().catch((error: unknown) => unavailable(wordsOf(error)));
    const { version } = await client.db().admin().serverInfo();
    const host = client.options.hosts[0]?.host ?? "";
    return await inCopy(dir, async (copy) => {
      const proofs = await drilled(copy, model, scratch, client, driver, options);
      return { proofs, version: String(version), host };
    });
  } finally {
    await client.close();
  }
}

function mongoUri(env: Env): string | undefined {
  const scratch = env[SCRATCH_URL] ?? "";
  const own = scratch.startsWith("mongodb") ? scratch : (env.MONGODB_URI ?? "");
  return own === "" ? undefined : own;
}

function unavailable(why: string): never {
  throw new Fault("unavailable", `There is no MongoDB server to prove it on: ${why}`, {
    code: "server_unavailable",
    scope: "item",
    hint: "Give the address of a server in MONGODB_URI, with an account that may create and drop databases.",
  });
}

/** The parts of an address, which may name several servers. */
const URI = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

/** The same server and account, another database. Accounts are looked up where the address says, or in its database. */
export function scratchUri(uri: string, name: string): string {
  const [, server, before = "", query] = URI.exec(uri) ?? unavailable("its address is no mongodb:// address");
  const options = new URLSearchParams(query);
  if (server?.includes("@") && before !== "" && !options.has("authSource")) options.set("authSource", before);
  if (!options.has("serverSelectionTimeoutMS")) options.set("serverSelectionTimeoutMS", PATIENCE_MS);
  return `${server}/${name}?${options.toString()}`;
}

async function drilled(
  dir: string,
  model: DatabaseModel,
  uri: string,
  client: MongoClient,
  driver: Driver,
  { env, signal, install }: DrillOptions,
): Promise<Drilled["proofs"]> {
  const setUp = probes("setup");
  const storage = probes("storage");
  const apply = async (): Promise<Seen> => {
    const ran = await runProgram(["node", "apply.js"], {
      env: { PATH: env.PATH, HOME: env.HOME, MONGODB_URI: uri },
      cwd: dir,
      signal,
    });
    return { ok: ran.code === 0, seen: ran.output };
  };
  const db = client.db();
  try {
    const ready =
      (await setUp.probe("npm ci --engine-strict", "every package of the lockfile is installed", async () => {
        const ran = await (install ?? ((at) => npmCi(at, env, signal)))(dir);
        return { ok: ran.code === 0, seen: ran.code === 0 ? "installed" : ran.output };
      })) &&
      (await setUp.probe("apply.js", "every collection is made", apply)) &&
      (await setUp.probe("apply.js, again", "carried out without harm", apply));
    if (ready) await validators(model, db, driver, storage);
  } finally {
    await db.dropDatabase();
  }
  return [...setUp.results, ...storage.results];
}

async function validators(model: DatabaseModel, db: Db, driver: Driver, { probe }: Probes): Promise<void> {
  await probe("the collections", model.tables.map(({ name }) => name).join(", "), async () => {
    const there = await db.listCollections().toArray();
    const wrong = collections(model).filter(({ name, validator }) => {
      const found = there.find((one) => one.name === name);
      return found === undefined || !isDeepStrictEqual((found as Document).options?.validator, validator);
    });
    return {
      ok: wrong.length === 0,
      seen:
        wrong.length === 0
          ? `${there.length}`
          : `not as they are meant: ${wrong.map(({ name }) => name).join(", ")}`,
    };
  });
  for (const table of model.tables) {
    const collection = db.collection(table.name);
    await probe(`a document of ${table.name}`, "stored", async () => {
      await collection.insertOne(sample(table, driver, 0));
      return { ok: (await collection.countDocuments()) === 1, seen: "stored" };
    });
    const wrong = wrongDocuments(table, driver);
    await probe(`wrong documents of ${table.name}`, `${wrong.length} refused`, () =>
      allRefused(
        wrong.map(({ what, document, codes }) => ({
          what,
          codes,
          attempt: () => collection.insertOne(document),
        })),
      ),
    );
  }
}

function sample(table: TableModel, driver: Driver, at: number): Document {
  const fields = table.columns.filter(({ type }) => type !== "id");
  const refers = (name: string) => table.references.some(({ column }) => column === name);
  return Object.fromEntries(
    fields.map((column) => [
      column.name,
      refers(column.name) && column.type === "bigint" ? new driver.ObjectId() : sampleOf(column, driver, at),
    ]),
  );
}

function sampleOf(column: ColumnModel, driver: Driver, at: number): unknown {
  const number = (column.check?.min ?? Math.min(0, column.check?.max ?? 0)) + at;
  switch (column.type) {
    case "integer":
      return new driver.Int32(number);
    case "bigint":
    case "money_cents":
      return driver.Long.fromNumber(number);
    case "decimal":
      return driver.Decimal128.fromString(String(number));
    case "boolean":
      return at % 2 === 1;
    case "date":
    case "timestamp":
      return new Date(Date.UTC(2025, 0, 1 + at));
    case "uuid":
      return new driver.UUID();
    case "json":
      return { at };
    case "enum":
      return column.values?.[at % column.values.length];
    case "email":
      return `person${at}@example.test`;
    default:
      return at.toString(36);
  }
}

interface WrongDocument {
  readonly what: string;
  readonly document: Document;
  readonly codes: readonly string[];
}

function wrongDocuments(table: TableModel, driver: Driver): readonly WrongDocument[] {
  const fresh = () => sample(table, driver, 1);
  const invalid = (what: string, change: Document): WrongDocument => ({
    what,
    document: { ...fresh(), ...change },
    codes: NOT_VALID,
  });
  return [
    invalid("an unknown field", { nobody_knows: 1 }),
    ...table.columns
      .filter(({ type, nullable }) => type !== "id" && !nullable)
      .map(({ name }) => invalid(`no ${name}`, { [name]: undefined })),
    ...table.columns
      .filter(({ type }) => type === "enum")
      .map(({ name }) => invalid(`${name} out of its values`, { [name]: "~" })),
    ...table.uniques
      .filter((key) => key.every((name) => table.references.every(({ column }) => column !== name)))
      .map((key) => {
        const first = sample(table, driver, 0);
        const same = Object.fromEntries(key.map((name) => [name, first[name]]));
        return { what: `${key.join("+")} twice`, document: { ...fresh(), ...same }, codes: TWICE };
      }),
  ];
}
