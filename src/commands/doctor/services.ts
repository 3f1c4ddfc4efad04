// What waits for a person before services are told of it.
import type { Finding } from "../../report/findings.ts";
import { countDeliveries } from "../../store/occurrences.ts";
import { trouble } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

/** Nothing is said where nothing waits for a person. */
export function services({ context }: Machine): readonly Finding[] {
  const store = storeOf(context);
  const counts = store === undefined ? [] : countDeliveries(store);
  return counts.flatMap(({ service, state, count }) => {
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
