// What is handed out for a database: SQL made from the model, programs copied as they are.
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { OutputFile } from "../answer.ts";
import { COLUMN_TYPES } from "../schema.ts";
import { TEMPLATES } from "../templates.ts";
import { grantsSql, rolesSql } from "./access.ts";
import { changes } from "./changes.ts";
import type { Change } from "./ddl.ts";
import { mongoFiles } from "./mongodb.ts";
import { shortened } from "./names.ts";
import { refuse } from "./refuse.ts";
import type { DatabaseModel, TableModel } from "./types.ts";

/** Migrations that were made before: they stay as they are, and the next one adds to them. */
export interface MadeDatabase {
  readonly dialect: DatabaseModel["dialect"];
  /** What the migrations lead to. */
  readonly tables: readonly TableModel[];
  readonly migrations: readonly OutputFile[];
  /** The highest number of any migration, whoever wrote it. */
  readonly last: number;
}

const DATABASES = "databases";
const MODEL = "migrations/model.json";

/**
 * Every file of `databases/`, the migrations of `made` among them and, where the model has grown since, one more.
 * Throws a Fault `invalid` where the model has lost or changed something.
 */
export function databaseFiles(model: DatabaseModel, made?: MadeDatabase): readonly OutputFile[] {
  const at = (path: string) => `${DATABASES}/${path}`;
  if (model.dialect === "mongodb") return mongoFiles(model);
  const template = (name: string) => readTemplate(`${model.dialect}/${name}`);
  const whole = changes(model.dialect, [], model.tables);
  return [
    { path: at("schema.sql"), text: sqlText(model, "The whole schema, to read and to compare.", ups(whole)) },
    { path: at("roles.sql"), text: rolesSql(model) },
    { path: at("grants.sql"), text: grantsSql(model) },
    ...migrationFiles(model, DATABASES, made),
    { path: at("connection-config.js"), text: template("connection-config.js") },
    { path: at("backup.sh"), text: template("backup.sh"), executable: true },
    { path: at("restore.sh"), text: template("restore.sh"), executable: true },
    { path: at("package.json"), text: template("package.json") },
    { path: at("package-lock.json"), text: template("package-lock.json") },
  ];
}

/** The migrations and what carries them out, below `base`; a driver must be installed there. */
export function migrationFiles(
  model: DatabaseModel,
  base: string,
  made?: MadeDatabase,
): readonly OutputFile[] {
  if (model.dialect === "mongodb") throw new Error("MongoDB has no migrations");
  if (made !== undefined && made.dialect !== model.dialect)
    refuse(
      "database_config.type",
      `Its migrations are for ${made.dialect}`,
      "Use another task_id for another database.",
    );
  const steps = changes(model.dialect, made?.tables ?? [], model.tables);
  const added = steps.length === 0 ? [] : migration(model, steps, made, base);
  const migrations = [...(made?.migrations ?? []), ...added];
  const names = migrations.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
  const snapshot = { dialect: model.dialect, migrations: names, tables: model.tables };
  return [
    ...migrations.map((file, index) => ({ ...file, path: `${base}/migrations/${names[index] ?? ""}` })),
    { path: `${base}/${MODEL}`, text: `${JSON.stringify(snapshot, undefined, 2)}\n` },
    { path: `${base}/migrate.js`, text: readTemplate("migrate.js") },
    { path: `${base}/migrate-engine.js`, text: readTemplate(`${model.dialect}/migrate-engine.js`) },
  ];
}

function migration(
  model: DatabaseModel,
  steps: readonly Change[],
  made: MadeDatabase | undefined,
  base: string,
): readonly OutputFile[] {
  const number = String((made?.last ?? 0) + 1).padStart(4, "0");
  const name = made === undefined ? "initial" : shortened(`add_${newNames(model, made).join("_")}`, 40);
  const path = `${base}/migrations/${number}_${name}`;
  const downs = steps.toReversed().flatMap(({ down }) => (down === "" ? [] : [down]));
  return [
    {
      path: `${path}.up.sql`,
      text: sqlText(model, "Applied by migrate.js. Not to be edited afterwards.", ups(steps)),
    },
    {
      path: `${path}.down.sql`,
      text: sqlText(model, "Takes the migration back, and what is stored there with it.", downs),
    },
  ];
}

function newNames(model: DatabaseModel, made: MadeDatabase): readonly string[] {
  const fresh = model.tables.filter(({ name }) => made.tables.every((table) => table.name !== name));
  if (fresh.length > 0) return fresh.map(({ name }) => name);
  const columns = model.tables.flatMap((table) => {
    const old = made.tables.find(({ name }) => name === table.name);
    return table.columns
      .filter(({ name }) => old?.columns.every((column) => column.name !== name))
      .map(({ name }) => name);
  });
  return columns.length > 0 ? columns : ["keys"];
}

function ups(steps: readonly Change[]): readonly string[] {
  return steps.map(({ up }) => up);
}

function sqlText(model: DatabaseModel, about: string, statements: readonly string[]): string {
  const title = `-- ${model.name} on ${model.dialect === "mysql" ? "MySQL and MariaDB" : "PostgreSQL"}. ${about}`;
  const notes = model.notes.length === 0 ? [] : ["-- Assumed:", ...model.notes.map((note) => `--   ${note}`)];
  return `${[title, ...notes].join("\n")}\n\n${statements.map((statement) => `${statement};\n`).join("\n")}`;
}

function readTemplate(name: string): string {
  return readFileSync(new URL(`database/${name}`, TEMPLATES), "utf8");
}

const names = z.array(z.string());
const snapshotSchema = z.object({
  dialect: z.enum(["postgresql", "mysql"]),
  migrations: names,
  tables: z.array(
    z.object({
      name: z.string(),
      singular: z.string(),
      columns: z.array(
        z.object({
          name: z.string(),
          type: z.enum(COLUMN_TYPES),
          length: z.number().exactOptional(),
          values: names.exactOptional(),
          precision: z.number().exactOptional(),
          scale: z.number().exactOptional(),
          nullable: z.boolean(),
          default: z.union([z.string(), z.number(), z.boolean()]).exactOptional(),
          check: z
            .object({ min: z.number().exactOptional(), max: z.number().exactOptional() })
            .exactOptional(),
        }),
      ),
      primaryKey: names,
      uniques: z.array(names),
      indexes: z.array(names),
      references: z.array(
        z.object({
          column: z.string(),
          table: z.string(),
          target: z.string(),
          onDelete: z.enum(["restrict", "cascade", "set_null"]),
        }),
      ),
    }),
  ),
});

/** What an earlier run left in `dir`, a `databases/` or the directory of an API. Undefined where it left nothing. */
export async function madeDatabase(dir: string): Promise<MadeDatabase | undefined> {
  const file = join(dir, MODEL);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const snapshot = readSnapshot(text, file);
  const migrations = await Promise.all(
    snapshot.migrations.map(async (name) => ({
      path: `migrations/${name}`,
      text: await readFile(join(dir, "migrations", name), "utf8").catch(() =>
        missing(join(dir, "migrations", name)),
      ),
    })),
  );
  const numbers = (await readdir(join(dir, "migrations"))).map((name) => Number.parseInt(name, 10));
  return {
    dialect: snapshot.dialect,
    tables: snapshot.tables,
    migrations,
    last: Math.max(0, ...numbers.filter(Number.isInteger)),
  };
}

function readSnapshot(text: string, file: string): z.infer<typeof snapshotSchema> {
  try {
    const snapshot = snapshotSchema.parse(JSON.parse(text));
    if (snapshot.migrations.every((name) => /^\d{4}_[a-z0-9_]+\.(?:up|down)\.sql$/.test(name)))
      return snapshot;
    throw new Error("a migration's name is no name of a migration");
  } catch (error) {
    throw new Fault("invalid", `${file} is not what was written there`, {
      code: "tasks.database-snapshot",
      hint: "Put it back as it was: it says what the migrations lead to.",
      place: { file },
      cause: error,
    });
  }
}

function missing(file: string): never {
  throw new Fault("invalid", `The migration ${file} is gone`, {
    code: "tasks.database-migration-missing",
    hint: "Put it back: databases that have applied it ask for it.",
    place: { file },
  });
}
