// `integrate_service` as a task: a service is connected and its credentials proven; the client gets a module and a guide.
import { Fault } from "../../lib/fault.ts";
import type { Provider } from "../../services/provider.ts";
import { findProvider, providerId } from "../../services/registry.ts";
import type { Verdict } from "../../services/service.ts";
import type { IntegrationOutput, ProbeResult } from "../../tasks/answer.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { ServiceIntegration } from "../../tasks/schema.ts";
import { serviceFiles } from "../../tasks/services/files.ts";
import { type Making, NOTHING_MADE, type Proven } from "../../tasks/settle.ts";
import { connectService } from "../services/connected.ts";
import type { Carrier, Scene } from "./carrier.ts";

const AT = "service_integration";

export const serviceCarrier: Carrier = {
  make: (one) => serviceMaking(specOf(one)),
  prove: (one, scene) => provenService(specOf(one), scene),
};

function specOf({ task }: ReadTask): ServiceIntegration {
  if (task.task_type === "integrate_service") return task.specifications.service_integration;
  throw new Fault("defect", `${task.task_type} integrates no service`);
}

/** Of the connection. */
function nameOf({ name, provider }: ServiceIntegration): string {
  return name ?? providerId(provider) ?? provider;
}

export async function serviceMaking(spec: ServiceIntegration): Promise<Making> {
  const provider = await providerOf(spec);
  refuseStrangePoints(spec, provider);
  const { integration_points: points, fields_to_sync: fields, settings } = spec;
  const name = nameOf(spec);
  return {
    ...NOTHING_MADE,
    files: serviceFiles(provider, { name, points, fields, settings }),
    effects: [`connects ${provider.title} as ${name}, its secrets sealed in the vault, once they are proven`],
  };
}

async function providerOf({ provider: name, service_type: type }: ServiceIntegration): Promise<Provider> {
  if (providerId(name) === undefined) {
    await findProvider(name).catch((thrown: Fault) => refuse(`${AT}.provider`, thrown.message, thrown.hint));
  }
  const provider = await findProvider(name);
  if (provider.types.includes(type)) return provider;
  return refuse(
    `${AT}.service_type`,
    `${provider.title} is no service for ${type}.`,
    `Write \`service_type: ${provider.types[0]}\`.`,
  );
}

function refuse(field: string, message: string, hint = ""): never {
  throw new Fault("invalid", message, { code: "tasks.service-invalid", hint, place: { file: "", field } });
}

function refuseStrangePoints({ integration_points: points }: ServiceIntegration, provider: Provider): void {
  const known = new Set(provider.actions.flatMap((action) => action.points));
  for (const [index, point] of points.entries()) {
    if (known.has(point)) continue;
    const list = [...known].join(", ");
    refuse(
      `${AT}.integration_points.${index}`,
      `${provider.title} does nothing with ${point}.`,
      list === "" ? "Leave integration_points out: it is only connected." : `There are: ${list}.`,
    );
  }
}

/** Connected as well, once its credentials are proven. Throws where they are missing. */
export async function provenService(spec: ServiceIntegration, { context }: Scene): Promise<Proven> {
  const provider = await providerOf(spec);
  const { settings, integration_points: points, fields_to_sync: fields, data_sync_frequency: every } = spec;
  const name = nameOf(spec);
  const wish = { provider: provider.id, name, settings, points, fields, every, ask: context.ui.interactive };
  const { verdict, steps, idle } = await connectService(context, wish);
  return {
    proofs: [proofOf(provider, verdict)],
    output: { integrations: [integrationOf(name, verdict)] },
    warnings: [...(verdict.hint === undefined ? [] : [verdict.hint]), ...idle],
    nextSteps: steps.map((step) =>
      step.replaceAll("{hook.url}", `https://<the receiver's host>/services/${name}`),
    ),
  };
}

const RESULTS: Readonly<Record<Verdict["verdict"], ProbeResult["result"]>> = {
  verified: "passed",
  refused: "failed",
  unreachable: "failed",
  "not-verifiable": "skipped",
};

function proofOf({ title }: Provider, { verdict, expected, seen }: Verdict): ProbeResult {
  return { name: `${title}: the credentials`, about: "service", expected, seen, result: RESULTS[verdict] };
}

function integrationOf(service: string, { verdict, mode, account, details }: Verdict): IntegrationOutput {
  return {
    ...details,
    service,
    status: verdict === "not-verifiable" ? "not_verifiable" : verdict,
    ...(mode === "unknown" ? {} : { mode }),
    ...(account === undefined ? {} : { account }),
  };
}
