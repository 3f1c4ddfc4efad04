import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Event, Traffic } from "../../src/engine/events.ts";
import type { Standing } from "../../src/report/board.ts";
import { type Live, liveProgress, plainProgress, progressText } from "../../src/report/progress.ts";
import { displayWidth } from "../../src/report/width.ts";
import { page, SUMMARY, stoppedClock } from "./page.ts";

const STANDING: Standing = {
  label: "wp-client",
  phase: "write",
  done: 120,
  total: 200,
  rate: 12.4,
  requestRate: undefined,
  secondsLeft: 6.5,
  used: undefined,
  retries: 0,
  waiting: undefined,
};

const BUSY: Standing = {
  ...STANDING,
  requestRate: 15.2,
  used: 0.834,
  retries: 3,
  waiting: { why: "the site asks for it (HTTP 429)", seconds: 28, who: undefined },
};

const WIDTHS = [20, 40, 60, 80, 120, 200];

const progress = (target: string, done: number, total: number, phase = "write"): Event => ({
  type: "progress",
  target,
  phase,
  done,
  total,
});

function traffic(target: string, given: Partial<Traffic>): Event {
  const idle = { requests: 0, retries: 0, concurrency: 2, used: undefined, waiting: undefined };
  return { type: "traffic", target, traffic: { ...idle, ...given } };
}

describe("the progress line", () => {
  it("tells what, how far, how fast and how long", () => {
    expect(progressText(STANDING, 80, true)).toBe(
      "writing 120/200 █████████████████░░░░░░░░░░░ · 60% · 12/s · 7 s left · wp-client",
    );
    expect(progressText({ ...STANDING, total: 0, rate: undefined, secondsLeft: undefined }, 80, true)).toBe(
      "writing 120 · wp-client",
    );
  });

  it("fits every terminal from 20 to 200 columns, wide characters included", () => {
    const label = "日本語のサイト👩‍👩‍👧‍👦";
    for (let columns = 20; columns <= 200; columns++) {
      const text = progressText({ ...BUSY, label }, columns, true);
      expect(displayWidth(text)).toBeLessThanOrEqual(columns);
      expect(text).toContain("writing 120/200");
    }
  });

  it("shows more the wider the terminal is", () => {
    expect(WIDTHS.map((columns) => progressText(STANDING, columns, true))).toMatchInlineSnapshot(`
      [
        "writing 120/200",
        "writing 120/200 · 60% · 12/s · 7 s left",
        "writing 120/200 █████░░░ · 60% · 12/s · 7 s left · wp-client",
        "writing 120/200 █████████████████░░░░░░░░░░░ · 60% · 12/s · 7 s left · wp-client",
        "writing 120/200 ██████████████████░░░░░░░░░░░░ · 60% · 12/s · 7 s left · wp-client",
        "writing 120/200 ██████████████████░░░░░░░░░░░░ · 60% · 12/s · 7 s left · wp-client",
      ]
    `);
  });

  it("says first that it waits, and why where there is room for it", () => {
    expect(WIDTHS.map((columns) => progressText(BUSY, columns, true))).toMatchInlineSnapshot(`
      [
        "writing 120/200",
        "writing 120/200 · waiting 28 s · 60%",
        "writing 120/200 · waiting 28 s · 60% · 12/s · 7 s left",
        "writing 120/200 · waiting 28 s: the site asks for it (HTTP 429) · 60% · 12/s",
        "writing 120/200 · waiting 28 s: the site asks for it (HTTP 429) · 60% · 12/s · 7 s left · 15 requests/s · wp-client",
        "writing 120/200 ██████████████████░░░░░░░░░░░░ · waiting 28 s: the site asks for it (HTTP 429) · 60% · 12/s · 7 s left · 15 requests/s · 83% of the limit · 3 retries · wp-client",
      ]
    `);
  });

  it("names of several targets the one that waits", () => {
    const waiting = { why: "HTTP 429", seconds: 28, who: "shop-b" };
    const several = { ...BUSY, label: "3 targets, slowest shop-b", waiting };
    expect(WIDTHS.map((columns) => progressText(several, columns, true))).toMatchInlineSnapshot(`
      [
        "writing 120/200",
        "writing 120/200 · shop-b waits 28 s",
        "writing 120/200 · shop-b waits 28 s: HTTP 429 · 60% · 12/s",
        "writing 120/200 ██████░░░░ · shop-b waits 28 s: HTTP 429 · 60% · 12/s · 7 s left",
        "writing 120/200 · shop-b waits 28 s: HTTP 429 · 60% · 12/s · 7 s left · 15 requests/s · 3 targets, slowest shop-b",
        "writing 120/200 ██████████████████░░░░░░░░░░░░ · shop-b waits 28 s: HTTP 429 · 60% · 12/s · 7 s left · 15 requests/s · 83% of the limit · 3 retries · 3 targets, slowest shop-b",
      ]
    `);
  });
});

describe("progress on a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function shownOn(columns: number) {
    const shown: string[] = [];
    let visible = false;
    const live: Live = {
      show: (text) => {
        visible = true;
        shown.push(text);
      },
      refresh: (text) => {
        if (visible) shown.push(text);
      },
      hide: () => {
        visible = false;
        shown.push("hidden");
      },
      hold: () => () => {},
    };
    const clock = stoppedClock();
    return { shown, clock, progress: liveProgress(live, page({ columns }).ui, clock) };
  }

  it("adds several targets up and names the slowest", () => {
    const { shown, clock, progress: line } = shownOn(100);
    line.note({ type: "phase", target: "wp", phase: "connect" });
    line.note(progress("wp", 0, 100));
    clock.pass(10_000);
    line.note(progress("wp", 20, 100));
    line.note(progress("b", 0, 100));
    clock.pass(10_000);
    line.note(progress("b", 50, 100));
    line.note(progress("wp", 40, 100));
    line.end();
    expect(shown[0]).toBe("connecting · wp");
    expect(shown[2]).toMatch(/^writing 20\/100 █+░+ · 20% · 2\.0\/s · 40 s left · wp$/);
    expect(shown.at(-2)).toMatch(
      /^writing 90\/200 █+░+ · 45% · 7\.0\/s · 30 s left · 2 targets, slowest wp$/,
    );
    expect(shown.at(-1)).toBe("hidden");
  });

  it("keeps its rate while targets in other phases report, and tells the phase that most depends on", () => {
    const { shown, clock, progress: line } = shownOn(100);
    for (let done = 0; done <= 10; done++) {
      line.note(progress("wp", done, 100));
      line.note(progress("b", done, 0, "list"));
      clock.pass(1000);
    }
    line.note(progress("wp", 11, 100));
    expect(shown.at(-1)).toMatch(/^writing 11\/100 .* · 1\.0\/s · 1 min 29 s left · 2 targets, slowest wp$/);
    line.end();
  });

  it("goes on for the others when one target is done", () => {
    const { shown, progress: line } = shownOn(100);
    line.note(progress("wp", 100, 100));
    line.note(progress("b", 0, 100));
    const end = { ...SUMMARY, target: "wp" };
    line.note({ type: "summary", summary: end });
    expect(shown.at(-1)).toMatch(/^writing 100\/200 .* · b, 1 of 2 done$/);
    line.note({ type: "summary", summary: { ...end, target: "b" } });
    expect(shown.at(-1)).toBe("hidden");
    line.end();
  });

  it("ends with a target whose summary is told elsewhere", () => {
    const { shown, progress: line } = shownOn(100);
    line.note(progress("wp", 100, 100));
    line.note({ type: "ended", target: "wp" });
    expect(shown.at(-1)).toBe("hidden");
    line.end();
  });

  it("counts down what it waits for while nothing else happens", () => {
    const { shown, clock, progress: line } = shownOn(100);
    line.note(progress("wp", 1, 100));
    line.note(traffic("wp", { requests: 9, waiting: { why: "HTTP 429", until: clock.now() + 30_000 } }));
    for (let second = 0; second < 31; second++) {
      clock.pass(1000);
      vi.advanceTimersByTime(1000);
    }
    expect(shown[1]).toContain("waiting 30 s: HTTP 429");
    expect(shown[11]).toContain("waiting 20 s: HTTP 429");
    expect(shown.at(-1)).not.toContain("waiting");
    line.end();
  });
});

describe("progress in a pipe", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is silent for short runs, then a line now and then, never two a second", () => {
    const paper = page();
    const clock = stoppedClock();
    const line = plainProgress(paper.ui, clock);
    const at: number[] = [];
    for (let done = 0; done < 6000; done++) {
      clock.pass(100);
      const before = paper.notes.length;
      line.note(progress("wp", done, 6000));
      if (paper.notes.length > before) at.push(done / 10);
      if (done === 15) expect(paper.notes).toEqual([]);
    }
    line.end();
    const gaps = at.slice(1).map((seconds, index) => seconds - (at[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.99);
    expect(at.length).toBeLessThan(150);
    expect(paper.notes[3]).toBe("writing 49/6000 · 0% · 10/s · 9 min 56 s left · wp");
  });

  it("gives a sign of life every ten seconds while nothing answers", () => {
    const paper = page();
    const clock = stoppedClock();
    const line = plainProgress(paper.ui, clock);
    line.note({ type: "phase", target: "wp", phase: "list" });
    for (let second = 0; second < 35; second++) {
      clock.pass(1000);
      vi.advanceTimersByTime(1000);
    }
    expect(paper.notes).toEqual([
      "listing entries · wp · nothing new for 10 s",
      "listing entries · wp · nothing new for 20 s",
      "listing entries · wp · nothing new for 30 s",
    ]);
    line.end();
    vi.advanceTimersByTime(60_000);
    expect(paper.notes).toHaveLength(3);
  });

  it("says what it waits for when the wait begins, and how long yet", () => {
    const paper = page();
    const clock = stoppedClock();
    const line = plainProgress(paper.ui, clock);
    clock.pass(5000);
    line.note(progress("wp", 40, 100));
    clock.pass(1000);
    const waiting = { why: "HTTP 429 (Retry-After)", until: clock.now() + 25_000 };
    for (let event = 0; event < 5; event++) line.note(traffic("wp", { requests: 44, retries: 1, waiting }));
    for (let second = 0; second < 20; second++) {
      clock.pass(1000);
      vi.advanceTimersByTime(1000);
    }
    line.end();
    expect(paper.notes).toEqual([
      "writing 40/100 · 40% · wp",
      "writing 40/100 · waiting 25 s: HTTP 429 (Retry-After) · 40% · 1 retry · wp",
      "writing 40/100 · waiting 15 s: HTTP 429 (Retry-After) · 40% · 1 retry · wp",
      "writing 40/100 · waiting 5 s: HTTP 429 (Retry-After) · 40% · 1 retry · wp",
    ]);
  });
});
