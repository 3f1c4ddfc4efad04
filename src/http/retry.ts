/** Why one attempt did not give an answer that counts. */
export type Attempt =
  /** Nothing was sent: the connection was refused or its name not found just now. */
  | { readonly was: "unsent"; readonly passing: boolean }
  /** Sent, and then no answer, or half of one. */
  | { readonly was: "lost" }
  | { readonly was: "answered"; readonly status: number; readonly retryAfter: string | undefined };

export interface RetryRules {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** The same where no connection could be made: a site that is down is reported soon. */
  readonly unsentAttempts: number;
  /** The first back-off is at most this long, each further one at most twice the one before. */
  readonly baseMs: number;
  /** No back-off of ours is longer. */
  readonly capMs: number;
  /** A server that asks for more is not waited for. */
  readonly patienceMs: number;
}

export const RETRY_RULES: RetryRules = {
  attempts: 5,
  unsentAttempts: 3,
  baseMs: 500,
  capMs: 30_000,
  patienceMs: 120_000,
};

export type Decision =
  | { readonly retry: true; readonly waitMs: number }
  /** `askedMs`: what the server asked to be left alone for, where it said so. */
  | { readonly retry: false; readonly askedMs: number | undefined };

const PASSING_STATUS: ReadonlySet<number> = new Set([
  408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524,
]);

/**
 * Whether to send again after attempt number `attempt` (from 1), and after how long: full jitter, never sooner than
 * the server asked. A call that is not repeatable is sent again only where the server refused before doing anything.
 */
export function decideRetry(
  attempt: number,
  outcome: Attempt,
  repeatable: boolean,
  random: () => number,
  now: number,
  rules: RetryRules = RETRY_RULES,
): Decision {
  const askedMs = outcome.was === "answered" ? parseRetryAfter(outcome.retryAfter, now) : undefined;
  const stop: Decision = { retry: false, askedMs };
  const most = outcome.was === "unsent" ? Math.min(rules.unsentAttempts, rules.attempts) : rules.attempts;
  if (attempt >= most || !mayRepeat(outcome, repeatable, askedMs)) return stop;
  if (askedMs !== undefined && askedMs > rules.patienceMs) return stop;
  const backOff = random() * Math.min(rules.capMs, rules.baseMs * 2 ** (attempt - 1));
  return {
    retry: true,
    waitMs: Math.ceil(askedMs === undefined ? backOff : askedMs + random() * rules.baseMs),
  };
}

function mayRepeat(outcome: Attempt, repeatable: boolean, askedMs: number | undefined): boolean {
  if (outcome.was === "unsent") return outcome.passing;
  if (outcome.was === "lost") return repeatable;
  if (outcome.status === 429) return true;
  if (outcome.status === 503 && askedMs !== undefined) return true;
  return repeatable && PASSING_STATUS.has(outcome.status);
}

const MAX_SECONDS = 366 * 24 * 3600;

/**
 * `Retry-After` of RFC 9110 10.2.3 in milliseconds from `now`: seconds or an HTTP date. Undefined for what is neither;
 * 0 for a moment already past; bounded to a year.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text), MAX_SECONDS) * 1000;
  if (!/[a-z]{3}/i.test(text)) return undefined;
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) return undefined;
  return Math.min(Math.max(0, moment - now), MAX_SECONDS * 1000);
}
