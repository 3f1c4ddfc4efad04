import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Live,
  liveProgress,
  plainProgress,
  progressText,
  type Standing,
} from "../../src/report/progress.ts";
import { displayWidth } from "../../src/report/width.ts";
import { page, stoppedClock } from "./page.ts";

const STANDING: Standing = {
  label: "wp-client",
  phase: "write",
  done: 120,
  total: 200,
  rate: 12.4,
  waiting: undefined,
};

describe("the progress line", () => {
  it("tells what, how far, how fast and how long", () => {
    expect(progressText(STANDING, 80, true)).toBe(
      "writing 120/200 █████████████████░░░░░░░░░░░ · 60% · 12/s · 7 s left · wp-client",
    );
    expect(progressText({ ...STANDING, total: 0, rate: undefined }, 80, true)).toBe(
      "writing 120 · wp-client",
    );
  });

  it("fits every terminal from 20 to 200 columns, wide characters included", () => {
    const label = "日本語のサイト👩‍👩‍👧‍👦";
    for (let columns = 20; columns <= 200; columns++) {
      const text = progressText({ ...STANDING, label, waiting: "waiting 30 s (HTTP 429)" }, columns, true);
      expect(displayWidth(text)).toBeLessThanOrEqual(columns);
      expect(text).toContain("writing 120/200");
    }
  });

  it("shows more the wider the terminal is", () => {
    expect([20, 40, 60, 90].map((columns) => progressText(STANDING, columns, true))).toMatchInlineSnapshot(`
      [
        "writing 120/200",
        "writing 120/200 · 60% · 12/s · 7 s left",
        "writing 120/200 █████░░░ · 60% · 12/s · 7 s left · wp-client",
        "writing 120/200 ██████████████████░░░░░░░░░░░░ · 60% · 12/s · 7 s left · wp-client",
      ]
    `);
  });
});

describe("progress on a terminal", () => {
  it("adds several targets up and tells rate and time left from what moved", () => {
    const shown: string[] = [];
    const live: Live = { show: (text) => void shown.push(text), hide: () => void shown.push("hidden") };
    const clock = stoppedClock();
    const progress = liveProgress(live, page({ columns: 100 }).ui, clock);
    progress.phase({ type: "phase", target: "wp", phase: "connect" });
    progress.progress({ type: "progress", target: "wp", phase: "write", done: 0, total: 100 });
    clock.pass(10_000);
    progress.progress({ type: "progress", target: "wp", phase: "write", done: 20, total: 100 });
    progress.progress({ type: "progress", target: "b", phase: "write", done: 0, total: 100 });
    progress.end();
    expect(shown[0]).toBe("connecting · wp");
    expect(shown[2]).toMatch(/^writing 20\/100 █+░+ · 20% · 2\.0\/s · 40 s left · wp$/);
    expect(shown[3]).toMatch(/^writing 20\/200 █+░+ · 10% · 2\.0\/s · 1 min 30 s left · 2 targets$/);
    expect(shown[4]).toBe("hidden");
  });
});

describe("progress in a pipe", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is silent for short runs, then a line now and then, never two a second", () => {
    const paper = page();
    const clock = stoppedClock();
    const progress = plainProgress(paper.ui, clock);
    for (let done = 0; done < 100; done++) {
      clock.pass(100);
      progress.progress({ type: "progress", target: "wp", phase: "write", done, total: 100 });
      if (done === 10) expect(paper.notes).toEqual([]);
    }
    progress.end();
    expect(paper.notes).toHaveLength(5);
    expect(paper.notes[4]).toBe("writing 99/100 · 99% · 10/s · 1 s left · wp");
  });

  it("gives a sign of life every ten seconds while nothing answers", () => {
    const paper = page();
    const clock = stoppedClock();
    const progress = plainProgress(paper.ui, clock);
    progress.phase({ type: "phase", target: "wp", phase: "list" });
    for (let second = 0; second < 35; second++) {
      clock.pass(1000);
      vi.advanceTimersByTime(1000);
    }
    expect(paper.notes).toEqual([
      "listing entries · wp · nothing new for 10 s",
      "listing entries · wp · nothing new for 20 s",
      "listing entries · wp · nothing new for 30 s",
    ]);
    progress.end();
    vi.advanceTimersByTime(60_000);
    expect(paper.notes).toHaveLength(3);
  });
});
