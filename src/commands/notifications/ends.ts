// How runs end, as far as somebody is to know of it.
import { randomUUID } from "node:crypto";
import type { Fault, FaultKind } from "../../lib/fault.ts";
import type { FactsContent } from "../../report/notification.ts";
import { type Told, tell, tellOver } from "./rules.ts";

/** Nothing has failed: somebody stopped it, another run is at it, or a person has to decide. */
const NO_FAILURE: ReadonlySet<FaultKind> = new Set(["interrupted", "locked", "conflict"]);

const SIGN_IN = "sign-in";

/** A run, or one that did not come to begin. */
export interface Ended {
  readonly connection: string;
  readonly command: string;
  /** Id that it has, or would have had. */
  readonly run: string | undefined;
  /** What helps, as a command to type. */
  readonly help: string;
}

const told = new WeakSet<object>();

/** What was thrown and is no fault becomes another one each time. */
function originOf(fault: Fault): object {
  return fault.kind === "defect" && fault.cause instanceof Error ? fault.cause : fault;
}

/** A fault ended it. Told once, wherever the fault comes by; to who sits before it a refusal of theirs is no news. */
export function tellEndedBy(
  context: Told,
  { connection, command, run, help }: Ended,
  fault: Fault,
  content: FactsContent = {},
): void {
  const { kind, code, message } = fault;
  if (kind === "auth") tellRefused(context, connection, fault);
  if (NO_FAILURE.has(kind) || (kind === "usage" && context.ui.interactive) || told.has(originOf(fault)))
    return;
  told.add(originOf(fault));
  const unless =
    kind === "auth" ? "auth-failed" : code === "circuit-open" ? ("circuit-open" as const) : undefined;
  tell(context, {
    kind: "run-failed",
    connection,
    incident: run ?? randomUUID(),
    facts: { help, command, code, ...(run === undefined ? {} : { run }) },
    content: { message, ...content },
    unless,
  });
}

/** Documents failed in it. */
export function tellFailed(
  context: Told,
  { connection, command, run, help }: Ended,
  failed: number,
  documents: NonNullable<FactsContent["documents"]>,
): void {
  const codes: Record<string, number> = {};
  for (const { code } of documents) codes[code] = (codes[code] ?? 0) + 1;
  tell(context, {
    kind: "run-failed",
    connection,
    incident: run ?? randomUUID(),
    facts: { help, command, failed, codes, ...(run === undefined ? {} : { run }) },
    content: { documents },
  });
}

/** The connection cannot sign in. Told once until it could again. */
export function tellRefused(context: Told, connection: string, { code, message }: Fault): void {
  tell(context, {
    kind: "auth-failed",
    connection,
    incident: SIGN_IN,
    facts: { help: `ainstein-cms connections test ${connection}`, code },
    content: { message },
  });
}

export function tellSignedIn(context: Told, connection: string): void {
  tellOver(context, "auth-failed", connection, SIGN_IN);
}
