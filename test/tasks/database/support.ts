import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { OutputFile } from "../../../src/tasks/answer.ts";
import { databaseModel } from "../../../src/tasks/database/model.ts";
import type { Ran } from "../../../src/tasks/database/programs.ts";
import { type Scratch, scratchServer } from "../../../src/tasks/database/server.ts";
import type { DatabaseModel } from "../../../src/tasks/database/types.ts";
import { type DatabaseConfig, databaseConfig } from "../../../src/tasks/schema.ts";

const without = (process.env.AINSTEIN_TEST_WITHOUT ?? "").split(",");

export type Dialect = Scratch["dialect"];
/** MariaDB comes with what a WordPress needs. */
const GROUP: Readonly<Record<Dialect, string>> = { postgresql: "postgresql", mysql: "wordpress" };

/** The servers that are on this machine. */
export const DIALECTS = (["postgresql", "mysql"] as const).filter(
  (dialect) => !without.includes(GROUP[dialect]),
);

/** The servers that are not, to skip their tests by name. */
export function missing(dialect: Dialect): boolean {
  return !DIALECTS.includes(dialect);
}

/** A server for all tests of a `describe`. */
export function sharedServer(dialect: Dialect): () => Scratch {
  let scratch: Scratch | undefined;
  beforeAll(async () => {
    scratch = await scratchServer(dialect, { env: { PATH: process.env.PATH } });
  });
  afterAll(() => scratch?.close());
  return () => {
    if (scratch === undefined) throw new Error("the server has not started");
    return scratch;
  };
}

/** A `database_config` as the file has it, defaults filled in. */
export function config(
  type: DatabaseConfig["type"],
  tables: readonly unknown[],
  relationships: readonly unknown[] = [],
  more: Readonly<Record<string, unknown>> = {},
): DatabaseConfig {
  return databaseConfig.parse({ type, ...more, schema_requirements: { tables, relationships } });
}

/** The database of the task that is the first example everywhere. */
export function shop(type: DatabaseConfig["type"], name = "shop"): DatabaseModel {
  const tables = ["users", "orders", "products"];
  const relationships = ["users_to_orders", "orders_to_products"];
  return databaseModel(config(type, tables, relationships, { environment: "production", name })).model;
}

/** A directory for one test. */
export function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), "ainstein-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function put(dir: string, files: readonly OutputFile[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(dir, file.path)), { recursive: true });
    writeFileSync(join(dir, file.path), file.text);
  }
}

const MODULES = new URL("../../../node_modules", import.meta.url).pathname;

/** Stands in for `npm ci`, which one test carries out for real: the same drivers, of the same versions. */
export async function linked(dir: string): Promise<Ran> {
  symlinkSync(MODULES, join(dir, "node_modules"));
  return { code: 0, output: "" };
}

export function copyOf(dir: string): string {
  const copy = directory();
  cpSync(dir, copy, { recursive: true });
  return copy;
}

export const ENV = { PATH: process.env.PATH, HOME: process.env.HOME };
