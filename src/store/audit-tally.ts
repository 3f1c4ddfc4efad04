// What the calls of a connection came to, counted as they are recorded: reckoning it from all rows would take too long.
import { isObject, type Json, type JsonObject } from "../lib/json.ts";

export interface Tally {
  /** Calls by what came of them: `2xx` to `5xx`, or `fault` where no answer came. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Calls that took at most so long as `BOUNDS_MS` says at that place, and longer than at the place before; last the others. */
  readonly times: readonly number[];
  /** Of all calls together. */
  readonly ms: number;
  /** Sent more than once. */
  readonly again: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

export const BOUNDS_MS = [25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000] as const;

export const NO_TALLY: Tally = {
  outcomes: {},
  times: Array.from({ length: BOUNDS_MS.length + 1 }, () => 0),
  ms: 0,
  again: 0,
  bytesOut: 0,
  bytesIn: 0,
};

/** A tally that was kept; an empty one for what is none. */
export function tallyOf(kept: Json): Tally {
  return isObject(kept) && Array.isArray(kept.times) ? (kept as unknown as Tally) : NO_TALLY;
}

/** The tally with one more row of the audit: those that say what came of a call count. */
export function countInto(tally: Tally, row: JsonObject): Tally {
  if (row.type !== "read" && row.type !== "answered") return tally;
  const { status, ms, attempt, bytesOut, bytesIn } = row;
  const outcome = typeof status === "number" ? `${Math.floor(status / 100)}xx` : "fault";
  const took = Number(ms);
  const bound = BOUNDS_MS.findIndex((most) => took <= most);
  const place = bound === -1 ? BOUNDS_MS.length : bound;
  return {
    outcomes: { ...tally.outcomes, [outcome]: (tally.outcomes[outcome] ?? 0) + 1 },
    times: tally.times.map((count, index) => (index === place ? count + 1 : count)),
    ms: tally.ms + took,
    again: tally.again + (Number(attempt) > 1 ? 1 : 0),
    bytesOut: tally.bytesOut + Number(bytesOut),
    bytesIn: tally.bytesIn + Number(bytesIn),
  };
}
