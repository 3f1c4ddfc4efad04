import type { Verdict } from "../../services/service.ts";

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
