// Probes: what was tried, what had to come, what came.
import type { ProbeResult } from "../answer.ts";
import { wordsOf } from "./server.ts";

export interface Seen {
  readonly ok: boolean;
  readonly seen: string;
}

export interface Probes {
  readonly results: readonly ProbeResult[];
  /** Notes one probe. What `attempt` throws is what was seen, and not what was expected. Returns whether it passed. */
  probe(name: string, expected: string, attempt: () => Promise<Seen>): Promise<boolean>;
}

export function probes(about: string): Probes {
  const results: ProbeResult[] = [];
  return {
    results,
    async probe(name, expected, attempt) {
      const { ok, seen } = await attempt().catch((error: unknown) => ({ ok: false, seen: wordsOf(error) }));
      results.push({ name, about, expected, seen: firstWords(seen), result: ok ? "passed" : "failed" });
      return ok;
    },
  };
}

const WORDS_AT_MOST = 600;

function firstWords(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= WORDS_AT_MOST ? line : `${line.slice(0, WORDS_AT_MOST)} …`;
}

/** What a server refuses with: PostgreSQL's and MongoDB's code; MySQL's number, for which MariaDB has names of its own. */
export function codeOf(error: unknown): string {
  const { code, errno } = (error ?? {}) as { readonly code?: unknown; readonly errno?: unknown };
  if (typeof errno === "number" && errno > 0) return String(errno);
  return typeof code === "string" || typeof code === "number" ? String(code) : wordsOf(error);
}

/** Was each of these refused, and with one of the codes? What was not is named. */
export async function allRefused(
  tries: readonly {
    readonly what: string;
    readonly codes: readonly string[];
    readonly attempt: () => Promise<unknown>;
  }[],
): Promise<Seen> {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const { what, codes, attempt } of tries) {
    const code = await attempt().then(
      () => "carried out",
      (error: unknown) => codeOf(error),
    );
    if (codes.includes(code)) seen.add(code);
    else wrong.push(`${what}: ${code}`);
  }
  return wrong.length > 0
    ? { ok: false, seen: wrong.join("; ") }
    : { ok: true, seen: `${tries.length} refused: ${[...seen].join(", ")}` };
}
