// `setup_api` as a task: a service of its own, its database, and what a stranger sees of both.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { asFault, Fault, type FaultKind } from "../../lib/fault.ts";
import type { AnswerOutput, EndpointOutput, ProbeResult } from "../../tasks/answer.ts";
import { apiDocument } from "../../tasks/api/docs.ts";
import { apiFiles } from "../../tasks/api/files.ts";
import { apiModel } from "../../tasks/api/model.ts";
import type { ApiModel } from "../../tasks/api/types.ts";
import { madeDatabase } from "../../tasks/database/files.ts";
import type { Scratch } from "../../tasks/database/server.ts";
import { proveApi } from "../../tasks/prove/prove-api.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { TaskOf } from "../../tasks/schema.ts";
import { isSecure, type Making, NOTHING_MADE, type Proven } from "../../tasks/settle.ts";
import type { Carrier, Scene } from "./carrier.ts";
import { databaseParts, drillDatabase, verifiedDatabase } from "./database.ts";
import { onScratch } from "./scratch.ts";
import { provenService, serviceMaking } from "./service.ts";

type ApiTask = TaskOf<"setup_api">;

export const apiCarrier: Carrier = {
  make: (one, scene) => apiMaking(taskOf(one), scene),
  async prove(one, scene) {
    const task = taskOf(one);
    const model = apiModel(task);
    if ("needs" in model) throw new Fault("defect", `${one.task.task_id} was not complete`);
    const proven = await onScratch(model.dialect, scene, (scratch) => provenOn(scratch, task, model, scene));
    return withService(proven, task, scene);
  },
};

function taskOf({ task }: ReadTask): ApiTask {
  if (task.task_type === "setup_api") return task;
  throw new Fault("defect", `${task.task_type} sets no API up`);
}

/** A task that says what database it wants is handed out that database, too: its roles, backup and restore. */
function wantsDatabase({ specifications }: ApiTask): boolean {
  return specifications.database_config !== undefined;
}

function directoryOf({ name }: ApiModel, { dir }: Scene): string {
  return join(dir, "apis", name);
}

async function apiMaking(task: ApiTask, scene: Scene): Promise<Making> {
  const model = apiModel(task);
  if ("needs" in model) return { ...NOTHING_MADE, needs: model.needs };
  const made = await madeDatabase(directoryOf(model, scene));
  const { assumptions, warnings } = model;
  const document = { path: "documentation/api-reference.md", text: apiDocument(model) };
  const database = wantsDatabase(task) ? await databaseParts(model.database, scene) : [];
  const { service_integration: wanted } = task.specifications;
  const service = wanted === undefined ? NOTHING_MADE : await serviceMaking(wanted);
  return {
    ...service,
    files: [...apiFiles(model, made), document, ...database, ...service.files],
    assumptions,
    warnings,
  };
}

/** Faults that are not about the service. */
const OF_THE_RUN: ReadonlySet<FaultKind> = new Set(["interrupted", "deadline", "defect"]);

/**
 * With the service that it is to pass its forms on to, which is connected once the rest is proven. That it cannot be takes
 * nothing from what was proven.
 */
async function withService(proven: Proven, task: ApiTask, scene: Scene): Promise<Proven> {
  const { service_integration: wanted } = task.specifications;
  if (wanted === undefined) return proven;
  if (proven.proofs.some(({ result }) => result === "failed")) {
    const later = `${wanted.provider} is connected by the next run in which every proof of the API passes.`;
    return { ...proven, nextSteps: [...proven.nextSteps, later] };
  }
  try {
    const { proofs, output, warnings, nextSteps } = await provenService(wanted, scene);
    return {
      proofs: [...proven.proofs, ...proofs],
      output: { ...proven.output, ...output },
      warnings: [...proven.warnings, ...warnings],
      nextSteps: [...proven.nextSteps, ...nextSteps],
    };
  } catch (thrown) {
    const fault = asFault(thrown);
    if (scene.context.signal.aborted || OF_THE_RUN.has(fault.kind)) throw thrown;
    return { ...proven, fault };
  }
}

async function provenOn(scratch: Scratch, task: ApiTask, model: ApiModel, scene: Scene): Promise<Proven> {
  const { env, signal } = scene.context;
  const drilled = wantsDatabase(task) ? await drillDatabase(model.database, scratch, scene) : undefined;
  const dir = directoryOf(model, scene);
  const asked = await proveApi({ dir, task, scratch, signal, env, tell: scene.tell });
  const proofs = [...(drilled ?? []), ...asked];
  const version = await versionOf(dir);
  const output: Omit<AnswerOutput, "format" | "location"> = {
    endpoints: task.specifications.api_requirements.endpoints.map((spec) => endpointOutput(spec, asked)),
    ...(drilled === undefined ? {} : verifiedDatabase(model.database, scratch, drilled)),
    metadata: {
      ...(version === undefined ? {} : { api_version: version }),
      database_version: scratch.version,
      ...([asked, drilled ?? asked].every(isSecure) ? { security_level: "production_ready" as const } : {}),
      monitoring_enabled: isMonitored(asked),
    },
  };
  const start = `cd apis/${model.name}, fill in .env as .env.example says, node migrate.js up, node server.js`;
  return { proofs, output, warnings: [], nextSteps: [start] };
}

/** What tells of its health was asked, and told it. */
function isMonitored(proofs: readonly ProbeResult[]): boolean {
  const own = proofs.filter(({ name }) => /^GET \/(?:healthz|metrics)\b/.test(name));
  return own.length >= 2 && own.every(({ result }) => result === "passed");
}

function endpointOutput(
  { method, path, authentication }: ApiTask["specifications"]["api_requirements"]["endpoints"][number],
  proofs: readonly ProbeResult[],
): EndpointOutput {
  const about = `${method} ${path}`;
  const own = proofs.filter(
    ({ name }) => name === about || new RegExp(`^${escaped(about)}[^/\\w-]`).test(name),
  );
  const isVerified = own.length > 0 && own.every(({ result }) => result === "passed");
  return { method, path, authentication, status: isVerified ? "verified" : "failed" };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const described = z.object({ info: z.object({ version: z.string() }) });

/** As the service's own description says it; undefined where its owner has made another of it. */
async function versionOf(dir: string): Promise<string | undefined> {
  const text = await readFile(join(dir, "openapi.json"), "utf8").catch(() => "");
  try {
    return described.safeParse(JSON.parse(text)).data?.info.version;
  } catch {
    return undefined;
  }
}
