// `configure_database` as a task: the files of a database, the drill that proves them, and the target where one is given.
import { join } from "node:path";
import { Fault } from "../../lib/fault.ts";
import type { DatabaseOutput, OutputFile, ProbeResult } from "../../tasks/answer.ts";
import { databaseDocument } from "../../tasks/database/docs.ts";
import { drill } from "../../tasks/database/drill.ts";
import { mongoDrill } from "../../tasks/database/drill-mongodb.ts";
import { pgliteDrill } from "../../tasks/database/drill-pglite.ts";
import { databaseFiles, madeDatabase } from "../../tasks/database/files.ts";
import { type DatabaseModel, databaseModel } from "../../tasks/database/model.ts";
import { openPglite, type Pglite } from "../../tasks/database/pglite.ts";
import { noServer, type Scratch, SERVER_HINT } from "../../tasks/database/server.ts";
import { migrateTarget, type Targeted } from "../../tasks/database/target.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { DatabaseConfig } from "../../tasks/schema.ts";
import { isSecure, type Making, NOTHING_MADE, type Proven } from "../../tasks/settle.ts";
import type { Carrier, Scene } from "./carrier.ts";
import { onScratch } from "./scratch.ts";

const DIRECTORY = "databases";

export const databaseCarrier: Carrier = {
  make: (one, scene) => databaseMaking(configOf(one), scene),
  async prove(one, scene) {
    const config = configOf(one);
    const { model } = databaseModel(config);
    const drilled = await proveDatabase(config, model, scene);
    return onTarget(drilled, model, scene);
  },
};

function configOf({ task }: ReadTask): DatabaseConfig {
  if (task.task_type === "configure_database") return task.specifications.database_config;
  throw new Fault("defect", `${task.task_type} configures no database`);
}

async function databaseMaking(config: DatabaseConfig, scene: Scene): Promise<Making> {
  const { model, assumptions, warnings } = databaseModel(config);
  const migrates = scene.apply && targetOf(scene.context.env) !== undefined;
  return {
    ...NOTHING_MADE,
    files: await databaseParts(model, scene),
    assumptions,
    warnings,
    effects: migrates ? ["carries its migrations out on the database of DATABASE_URL"] : [],
  };
}

/** Every file of a database, and its document. */
export async function databaseParts(
  model: DatabaseModel,
  { dir }: Pick<Scene, "dir">,
): Promise<readonly OutputFile[]> {
  const made = await madeDatabase(join(dir, DIRECTORY));
  const document = { path: "documentation/database-schema.md", text: databaseDocument(model) };
  return [...databaseFiles(model, made), document];
}

function targetOf(env: Scene["context"]["env"]): string | undefined {
  return env.DATABASE_URL === "" ? undefined : env.DATABASE_URL;
}

export async function drillDatabase(
  model: DatabaseModel,
  scratch: Scratch,
  { dir, context: { env, signal }, tell }: Scene,
): Promise<readonly ProbeResult[]> {
  tell(`its database is tried on ${scratch.verifiedOn ?? `${scratch.dialect} ${scratch.version}`}`);
  return (await drill(join(dir, DIRECTORY), model, scratch, { env, signal })).proofs;
}

/** Only where every proof of it passed. */
export function verifiedDatabase(
  model: DatabaseModel,
  { host, version, verifiedOn }: Pick<Scratch, "host" | "version" | "verifiedOn">,
  proofs: readonly ProbeResult[],
): { readonly database?: DatabaseOutput } {
  if (proofs.some(({ result }) => result !== "passed")) return {};
  const on = verifiedOn === undefined ? {} : { verified_on: verifiedOn };
  return { database: { host, name: model.name, status: "verified", version, ...on } };
}

async function proveDatabase(config: DatabaseConfig, model: DatabaseModel, scene: Scene): Promise<Proven> {
  const { env, signal } = scene.context;
  if (config.type === "mongodb") {
    const drilled = await mongoDrill(join(scene.dir, DIRECTORY), model, { env, signal });
    return provenOn(drilled, model, drilled.proofs);
  }
  return onScratch(
    config.type,
    scene,
    async (scratch) => provenOn(scratch, model, await drillDatabase(model, scratch, scene)),
    () => provenEmbedded(model, scene),
  );
}

const PGLITE = "@electric-sql/pglite";

/** Where there is no server: what can be proven without one. */
async function provenEmbedded(model: DatabaseModel, scene: Scene): Promise<Proven> {
  if (model.dialect !== "postgresql") throw noServer(model.dialect);
  const pglite = await openPglite();
  if (pglite === undefined)
    throw noServer(model.dialect, `A part of it is proven without any server where ${PGLITE} is installed.`);
  try {
    return await provenOnPglite(pglite, model, scene);
  } finally {
    await pglite.close();
  }
}

async function provenOnPglite(
  pglite: Pglite,
  model: DatabaseModel,
  { dir, context: { env, signal }, tell }: Scene,
): Promise<Proven> {
  const { version } = pglite;
  const on = `pglite ${version}`;
  tell(`its database is tried on ${on}, since there is no server`);
  const proofs = await pgliteDrill(join(dir, DIRECTORY), model, pglite, { env, signal });
  const isTried = proofs.every(({ result }) => result !== "failed");
  const database = { name: model.name, status: "generated", version, verified_on: on } as const;
  return {
    proofs,
    output: { ...(isTried ? { database } : {}), metadata: { database_version: version } },
    warnings: ["PGlite asks nobody for a password: what each account may do was tried by SET ROLE"],
    nextSteps: [`For the whole drill, and before --apply: ${SERVER_HINT.postgresql}`],
  };
}

function provenOn(
  server: Pick<Scratch, "host" | "version" | "verifiedOn">,
  model: DatabaseModel,
  proofs: readonly ProbeResult[],
): Proven {
  const metadata = {
    database_version: server.version,
    ...(isSecure(proofs) ? { security_level: "production_ready" as const } : {}),
  };
  const output = { ...verifiedDatabase(model, server, proofs), metadata };
  return { proofs, output, warnings: [], nextSteps: [] };
}

/** Nothing is written to a target before the same migrations were proven elsewhere. */
async function onTarget(
  drilled: Proven,
  model: DatabaseModel,
  { dir, context, apply }: Scene,
): Promise<Proven> {
  const url = targetOf(context.env);
  if (drilled.output.database?.status !== "verified" || model.dialect === "mongodb") return drilled;
  if (url === undefined)
    return { ...drilled, nextSteps: [`${DIRECTORY}/: with DATABASE_URL set, --apply migrates it`] };
  const { env, signal } = context;
  const target = await migrateTarget(join(dir, DIRECTORY), model, url, { env, signal, apply });
  const isMigrated = target.pending.length === 0 && target.proofs.every(({ result }) => result === "passed");
  const { host, name, version } = target;
  const output = isMigrated
    ? { ...drilled.output, database: { host, name, status: "migrated" as const, version } }
    : drilled.output;
  return {
    ...drilled,
    proofs: [...drilled.proofs, ...target.proofs],
    output,
    nextSteps: apply ? [] : pendingSteps(target),
  };
}

function pendingSteps({ pending, host, name }: Targeted): readonly string[] {
  if (pending.length === 0) return [];
  return [`${pending.join(", ")} wait for ${name} on ${host}: run it again with --apply`];
}
