import { describe, expect, it } from "vitest";
import type { Event, Traffic } from "../../src/engine/events.ts";
import { recordTimeline } from "../../src/engine/timeline.ts";

const START = 1_700_000_000_000;

const written = (done: number): Event => ({ type: "progress", target: "wp", phase: "write", done, total: 1 });

function traffic(given: Partial<Traffic>): Event {
  const idle = { requests: 0, retries: 0, concurrency: 1, used: undefined, waiting: undefined };
  return { type: "traffic", target: "wp", traffic: { ...idle, ...given } };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("a time line", () => {
  it("tells when how much was done, sent and sent again", () => {
    const recorder = recordTimeline(START);
    recorder.note({ type: "phase", target: "wp", phase: "write" }, START);
    recorder.note(traffic({ requests: 3 }), START + 100);
    recorder.note(written(2), START + 300);
    recorder.note(written(5), START + 800);
    recorder.note(traffic({ requests: 9, retries: 2 }), START + 900);
    expect(recorder.read(START + 1000)).toEqual({
      v: 1,
      startedAt: START,
      everyMs: 250,
      length: 5,
      done: [0, 2, 0, 3, 0],
      requests: [3, 0, 0, 6, 0],
      retries: [0, 0, 0, 2, 0],
      waited: [],
      why: [],
      causes: [],
    });
  });

  it("tells how long requests were held up, by what, and ends a wait that nobody ended", () => {
    const recorder = recordTimeline(START);
    const until = (seconds: number) => START + seconds * 1000;
    recorder.note(traffic({ waiting: { why: "HTTP 429", until: until(2) } }), START);
    recorder.note(traffic({}), until(1));
    recorder.note(traffic({ waiting: { why: "the hour's budget", until: until(4) } }), until(3));
    const { waited, why, causes } = recorder.read(until(10));
    expect(causes).toEqual([
      { why: "HTTP 429", ms: 1000 },
      { why: "the hour's budget", ms: 1000 },
    ]);
    expect(waited.map((ms, index) => (ms > 0 ? index : -1)).filter((index) => index >= 0)).toEqual([
      0, 1, 2, 3, 12, 13, 14, 15,
    ]);
    expect([why[0], why[12], why[20]]).toEqual([0, 1, -1]);
  });

  it.each([3, 60, 3600, 48 * 3600])("of %i seconds has at most 600 steps and loses nothing", (seconds) => {
    const recorder = recordTimeline(START);
    const events = 5000;
    for (let index = 1; index <= events; index++) {
      const at = START + (index / events) * seconds * 1000;
      recorder.note(written(index), at);
      const waiting = index % 2 === 0 ? { why: `cause ${index}`, until: at + 86_400_000 } : undefined;
      recorder.note(traffic({ requests: index * 3, retries: index, waiting }), at);
    }
    const line = recorder.read(START + seconds * 1000);
    expect(line.length).toBeLessThanOrEqual(600);
    expect(line.length * line.everyMs).toBeGreaterThanOrEqual(seconds * 1000);
    expect(line.done).toHaveLength(line.length);
    expect([sum(line.done), sum(line.requests), sum(line.retries)]).toEqual([events, events * 3, events]);
    expect(line.causes).toHaveLength(20);
    expect(line.causes.at(-1)?.why).toBe("other causes");
    const waited = sum(line.causes.map(({ ms }) => ms));
    expect(Math.abs(waited - seconds * 500)).toBeLessThan(seconds + 20);
  });

  it("counts a connection that was opened anew from nought", () => {
    const recorder = recordTimeline(START);
    recorder.note(traffic({ requests: 10 }), START);
    recorder.note(traffic({ requests: 4 }), START + 1000);
    expect(sum(recorder.read(START + 1000).requests)).toBe(14);
  });
});
