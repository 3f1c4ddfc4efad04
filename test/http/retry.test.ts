import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Attempt, decideRetry, parseRetryAfter, RETRY_RULES } from "../../src/http/retry.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const answered = (status: number, retryAfter?: string): Attempt => ({ was: "answered", status, retryAfter });
const decide = (attempt: number, outcome: Attempt, repeatable: boolean, random = 0.5) =>
  decideRetry(attempt, outcome, repeatable, () => random, NOW);

describe("decideRetry", () => {
  it("sends a read again after a lost answer, a 502 and a 503", () => {
    for (const outcome of [
      { was: "lost" } as const,
      answered(502),
      answered(503),
      answered(500),
      answered(408),
    ]) {
      expect(decide(1, outcome, true).retry).toBe(true);
    }
  });

  it("never sends a write again whose answer may be lost", () => {
    for (const outcome of [
      { was: "lost" } as const,
      answered(500),
      answered(502),
      answered(503),
      answered(504),
    ]) {
      expect(decide(1, outcome, false).retry).toBe(false);
    }
  });

  it("sends a write again that was refused before anything happened", () => {
    expect(decide(1, answered(429), false).retry).toBe(true);
    expect(decide(1, answered(503, "3"), false)).toMatchObject({ retry: true });
    expect(decide(1, { was: "unsent", passing: true }, false).retry).toBe(true);
  });

  it("gives up at once where waiting cannot help", () => {
    for (const outcome of [answered(400), answered(401), answered(404), answered(501)]) {
      expect(decide(1, outcome, true).retry).toBe(false);
    }
    expect(decide(1, { was: "unsent", passing: false }, true).retry).toBe(false);
  });

  it("stops after the last attempt", () => {
    expect(decide(RETRY_RULES.attempts - 1, answered(502), true).retry).toBe(true);
    expect(decide(RETRY_RULES.attempts, answered(502), true).retry).toBe(false);
    expect(decide(RETRY_RULES.unsentAttempts - 1, { was: "unsent", passing: true }, true).retry).toBe(true);
    expect(decide(RETRY_RULES.unsentAttempts, { was: "unsent", passing: true }, true).retry).toBe(false);
  });

  it("does not wait for a server that asks for more than its patience, and says what was asked", () => {
    expect(decide(1, answered(429, "3600"), true)).toEqual({ retry: false, askedMs: 3_600_000 });
  });

  it("never waits less than asked, nor longer than the cap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 120 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, seconds, random) => {
          const asked = decide(attempt, answered(429, String(seconds)), true, random);
          expect(asked.retry && asked.waitMs >= seconds * 1000 && asked.waitMs <= seconds * 1000 + 500).toBe(
            true,
          );
          const own = decide(attempt, answered(502), true, random);
          expect(own.retry && own.waitMs >= 0 && own.waitMs <= 500 * 2 ** (attempt - 1)).toBe(true);
        },
      ),
    );
  });
});

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["7", 7000],
    ["Sat, 31 Jan 2026 12:00:30 GMT", 30_000],
    ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
    ["99999999999999999999", 366 * 24 * 3600 * 1000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 366 * 24 * 3600 * 1000],
  ])("reads %s", (text, ms) => {
    expect(parseRetryAfter(text, NOW)).toBe(ms);
  });

  it.each([undefined, "", "-5", "soon", "1e9", "12:00", "NaN", "Infinity", "5, 6"])(
    "takes %s for none",
    (text) => {
      expect(parseRetryAfter(text, NOW)).toBeUndefined();
    },
  );
});
