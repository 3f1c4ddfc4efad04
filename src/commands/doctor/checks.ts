// What a check is, and how several are carried out one after the other.
import { asFault, type Fault, formatPlace } from "../../lib/fault.ts";
import { stopFault } from "../../lib/stop.ts";
import type { Finding, FindingState } from "../../report/findings.ts";
import { cureFor } from "./cures.ts";
import { linkFor } from "./links.ts";

/** One thing to look at. What it throws, other than an interruption or a defect, is what is broken. */
export interface Check<S> {
  readonly id: string;
  /** Checks that this one builds on: after one of them found what breaks, it is skipped. */
  readonly after?: readonly string[];
  readonly look: (subject: S) => Promise<readonly Finding[]> | readonly Finding[];
}

export interface Listener {
  /** Called with each finding at once. */
  readonly tell: (finding: Finding) => void;
  /** After it is aborted no check is begun. */
  readonly signal: AbortSignal;
}

/** Throws what it was interrupted by. */
export async function lookAt<S>(
  checks: readonly Check<S>[],
  subject: S,
  { tell, signal }: Listener,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const failed = new Set<string>();
  for (const check of checks) {
    if (signal.aborted) throw stopFault(signal, "interrupted");
    const cause = check.after?.find((id) => failed.has(id));
    const findings = cause === undefined ? await outcomeOf(check, subject) : [skipped(check.id, cause)];
    if (cause !== undefined || findings.some(({ state }) => state === "broken")) failed.add(check.id);
    for (const finding of findings) tell(finding);
    found.push(...findings);
  }
  return found;
}

async function outcomeOf<S>(check: Check<S>, subject: S): Promise<readonly Finding[]> {
  try {
    return await check.look(subject);
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind === "interrupted" || fault.kind === "deadline" || fault.kind === "defect") throw thrown;
    return [broken(check.id, fault)];
  }
}

export function well(check: string, seen: string): Finding {
  return { check, state: "ok", code: check, seen };
}

export function note(check: string, seen: string): Finding {
  return { check, state: "note", code: check, seen };
}

function skipped(check: string, cause: string): Finding {
  return { check, state: "skipped", code: "skipped", seen: `not looked at, because of: ${cause}` };
}

/** What was not in order and now is. */
export function mended(check: string, code: string, seen: string): Finding {
  return { check, state: "mended", code, seen };
}

type Trouble = Pick<Finding, "code" | "seen"> & Partial<Pick<Finding, "means" | "cure" | "fixable" | "link">>;

/** Something that is not in order, with the page that tells more. */
export function trouble(
  check: string,
  state: Extract<FindingState, "warning" | "broken">,
  what: Trouble,
): Finding {
  return { check, state, ...what, link: what.link ?? linkFor(what.code) };
}

export function broken(check: string, fault: Fault, means?: string): Finding {
  const { code, message, hint, place } = fault;
  const seen =
    place === undefined || message.includes(place.file) ? message : `${formatPlace(place)}: ${message}`;
  return trouble(check, "broken", {
    code,
    seen,
    link: linkFor(code, fault.kind),
    ...(means === undefined ? {} : { means }),
    cure: hint ?? cureFor(code, fault.kind),
  });
}
