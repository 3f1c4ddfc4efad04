import type { Verdict } from "../../services/service.ts";
import type { countDeliveries } from "../../store/occurrences.ts";
import type { ServiceRecord } from "../../store/services.ts";

/** One line. */
export function verdictWords({ verdict, seen, mode, account }: Verdict): string {
  const as = account === undefined ? "" : ` as ${account}`;
  const how = mode === "unknown" ? "" : `, ${mode}`;
  switch (verdict) {
    case "verified":
      return `verified${as}${how}: ${seen}`;
    case "not-verifiable":
      return `not verifiable${how}: ${seen}`;
    case "refused":
      return `refused: ${seen}`;
    case "unreachable":
      return `not reached: ${seen}`;
  }
}

/** Of what, how often, and with what. */
export function tellingLines({
  points,
  fields,
  every,
}: Pick<ServiceRecord, "points" | "fields" | "every">): readonly string[] {
  if (points.length === 0) return ["  told of nothing"];
  return [
    `  told of ${points.join(", ")}, ${every}`,
    `  sent ${fields.length === 0 ? "all fields" : `${fields.join(", ")}, and what it cannot do without`}`,
  ];
}

/** `5 waiting`, `1 dead` of a service. */
export function unsentOf(counts: ReturnType<typeof countDeliveries>, name: string): readonly string[] {
  return counts
    .filter(({ service, state }) => service === name && state !== "sent")
    .map(({ state, count }) => `${count} ${state}`);
}
