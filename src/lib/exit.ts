import type { FaultKind } from "./fault.ts";

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  pending: 3,
  conflicts: 4,
  auth: 5,
  unavailable: 6,
  locked: 7,
  defect: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where several apply, the first of these is the exit code. */
const ORDER: readonly ExitCode[] = [130, 70, 2, 5, 7, 6, 1, 4, 3];

export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return ORDER.find((code) => seen.has(code)) ?? EXIT.done;
}

export function exitOf(kind: FaultKind): ExitCode {
  switch (kind) {
    case "usage":
      return EXIT.usage;
    case "auth":
      return EXIT.auth;
    case "rate-limited":
    case "unavailable":
    case "protocol":
      return EXIT.unavailable;
    case "locked":
      return EXIT.locked;
    case "conflict":
      return EXIT.conflicts;
    case "interrupted":
      return EXIT.interrupted;
    case "defect":
      return EXIT.defect;
    default:
      return EXIT.failed;
  }
}
