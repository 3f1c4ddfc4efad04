// What waits for a person before services are told of it.
import { serviceVariable } from "../../auth/environment.ts";
import type { Finding } from "../../report/findings.ts";
import { findProvider } from "../../services/registry.ts";
import type { Store } from "../../store/db.ts";
import { countDeliveries } from "../../store/occurrences.ts";
import { listSecrets } from "../../store/secrets.ts";
import { listServices, type ServiceRecord } from "../../store/services.ts";
import type { Context } from "../context.ts";
import { vaultName } from "../services/connected.ts";
import { trouble } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

/** Nothing is said where nothing waits for a person. */
export async function services({ context }: Machine): Promise<readonly Finding[]> {
  const store = storeOf(context);
  if (store === undefined) return [];
  const lost = await Promise.all(listServices(store).map((record) => lostSecrets(context, store, record)));
  return [...lost.flat(), ...stuck(store)];
}

/** What it cannot be asked without is neither kept here nor given. */
async function lostSecrets(
  { env }: Context,
  store: Store,
  { name, provider }: ServiceRecord,
): Promise<readonly Finding[]> {
  if ((env[serviceVariable(name)] ?? "") !== "") return [];
  const kept = new Set(listSecrets(store, vaultName(name)).map((secret) => secret.name));
  const { fields } = await findProvider(provider);
  const needed = fields.filter(({ secret, need = "calls" }) => secret && need === "calls");
  const lost = needed.filter((field) => !kept.has(field.name)).map((field) => field.name);
  if (lost.length === 0) return [];
  return [
    trouble("services", "broken", {
      code: "service-secret-gone",
      seen: `${name}: ${lost.join(", ")} ${lost.length === 1 ? "is" : "are"} not in the vault, and ${serviceVariable(name)} is not set.`,
      means: "Nothing can be sent to it.",
      cure: `ainstein-cms services connect ${provider} --name ${name}`,
    }),
  ];
}

function stuck(store: Store): readonly Finding[] {
  return countDeliveries(store).flatMap(({ service, state, count }) => {
    if (state !== "parked" && state !== "dead") return [];
    const times = count === 1 ? "one delivery" : `${count} deliveries`;
    const why = state === "parked" ? "may have arrived" : "could not be sent";
    return [
      trouble("services", "warning", {
        code: `service-${state}`,
        seen: `${service}: ${times} ${why}, and nothing is done about ${count === 1 ? "it" : "them"} any more.`,
        cure: `ainstein-cms services events --state ${state} shows why; \`services replay\` sends again.`,
      }),
    ];
  });
}
