// What was expected, what was seen, and whether the one is the other.
import type { ProbeResult } from "../answer.ts";
import type { Reply } from "./ask.ts";
import { replyWords } from "./ask.ts";

/** What a probe is about. `security` decides whether a result may be called ready for production. */
export type About =
  | "install"
  | "configuration"
  | "health"
  | "input"
  | "storage"
  | "security"
  | "documentation"
  | "delivery"
  | "resilience";

export interface Seen {
  readonly ok: boolean;
  readonly seen: string;
  /** It could not be tried here; `seen` says why. */
  readonly skipped?: true;
}

export interface Probe {
  readonly name: string;
  readonly about: About;
  readonly expected: string;
  /** What it throws is what was seen. */
  readonly look: () => Promise<Seen>;
}

export async function tried({ name, about, expected, look }: Probe): Promise<ProbeResult> {
  try {
    const { ok, seen, skipped } = await look();
    const result = skipped === true ? "skipped" : ok ? "passed" : "failed";
    return { name, about, expected, seen, result };
  } catch (thrown) {
    const seen = thrown instanceof Error ? thrown.message : String(thrown);
    return { name, about, expected, seen, result: "failed" };
  }
}

/** One after the other. Throws between two of them where the signal aborts it. */
export async function inTurn(probes: readonly Probe[], signal: AbortSignal): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const probe of probes) {
    signal.throwIfAborted();
    results.push(await tried(probe));
  }
  return results;
}

/** A reply of this status and, where it is a refusal, in the form of all refusals (RFC 9457). */
export function seenStatus(reply: Reply, ...statuses: readonly number[]): Seen {
  const right = statuses.includes(reply.status);
  if (!right || reply.status < 400) return { ok: right, seen: replyWords(reply) };
  const problem = isProblem(reply);
  return {
    ok: problem,
    seen: problem ? replyWords(reply) : `${replyWords(reply)}, not as application/problem+json`,
  };
}

export function isProblem({ headers, json, status }: Reply): boolean {
  if (headers["content-type"]?.startsWith("application/problem+json") !== true) return false;
  return (
    typeof json === "object" && json !== null && "title" in json && "status" in json && json.status === status
  );
}

export const seen = (ok: boolean, words: string): Seen => ({ ok, seen: words });
export const skipped = (why: string): Seen => ({ ok: false, seen: why, skipped: true });

/** Looks until it is so, for as long as that may take. */
export async function until(patienceMs: number, look: () => Promise<boolean> | boolean): Promise<boolean> {
  const end = Date.now() + patienceMs;
  for (;;) {
    if (await look()) return true;
    if (Date.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
