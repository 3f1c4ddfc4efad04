// What stores keep of an occurrence, and what their drivers share.
import type { Occurrence, OpenParts, Verdict } from "./service.ts";
import { cleanWords } from "./words.ts";

export interface EventRecord {
  readonly id: string;
  readonly point: string;
  /** ISO 8601. */
  readonly at: string;
  readonly fields: Occurrence["fields"];
}

/** Only fields that may be sent; all of them where none are named. */
export function recordOf(
  { id, point, atMs, fields }: Occurrence,
  wanted: readonly string[] = [],
): EventRecord {
  const kept = Object.entries(fields).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  return { id, point, at: new Date(atMs).toISOString(), fields: Object.fromEntries(kept) };
}

/** How long a store may take to answer. */
export function patienceMs({ answerMs = 10_000 }: OpenParts): number {
  return answerMs;
}

/** Nobody who may put it right is quick: a table that is missing, a right that was not given. */
export const MENDED_MS = 15 * 60_000;

export interface Failure {
  readonly code: string;
  readonly words: string;
}

/** What was thrown, without the address, in which the password stands, and without what was sent. */
export function failureOf(thrown: unknown, hidden: readonly string[]): Failure {
  const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
  return {
    code: typeof code === "string" || typeof code === "number" ? String(code) : "",
    words: cleanWords(
      typeof message === "string" && message !== "" ? message : String(code ?? thrown),
      hidden,
    ),
  };
}

/** Of an address with a password: itself and the password, which no message may show. */
export function secretsOf(url: string): readonly string[] {
  const password = URL.canParse(url) ? new URL(url).password : "";
  return [url, password, decodeURIComponent(password)].filter((text) => text !== "");
}

/** Without its changing parts, for verdicts. */
export function verdict(
  kind: Verdict["verdict"],
  expected: string,
  seen: string,
  more: Partial<Pick<Verdict, "account" | "details" | "hint">> = {},
): Verdict {
  return { verdict: kind, expected, seen, mode: "unknown", details: {}, ...more };
}
