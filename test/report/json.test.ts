import { describe, expect, it, vi } from "vitest";
import { Fault } from "../../src/lib/fault.ts";
import { toJsonLine } from "../../src/report/json.ts";
import { createReporter } from "../../src/report/reporter.ts";
import { page, plan, SUMMARY, step, stoppedClock } from "./page.ts";

const MANNER = { command: "push", quiet: false, verbose: false, looks: false, paths: [], live: undefined };

function reported(
  work: (emit: ReturnType<typeof createReporter>["emit"], pass: (ms: number) => void) => void,
) {
  const paper = page({ json: true });
  const clock = stoppedClock();
  const reporter = createReporter(paper.ui, clock, MANNER);
  work(reporter.emit, clock.pass);
  reporter.end();
  expect(paper.notes).toEqual([]);
  return paper.out.map((line) => JSON.parse(line) as unknown);
}

describe("JSON lines", () => {
  it("print one line per step of a plan", () => {
    const steps = [
      step({ action: "create", path: "a.md", title: "A", reason: "new" }),
      step({ action: "update", path: "b.md", id: "7", reason: "changed here" }),
    ];
    expect(reported((emit) => emit({ type: "plan", target: "wp", plan: plan(steps) }))).toEqual([
      {
        v: 1,
        type: "plan",
        target: "wp",
        action: "create",
        path: "a.md",
        id: null,
        reason: "new",
        changed: [],
        from: null,
        to: null,
      },
      {
        v: 1,
        type: "plan",
        target: "wp",
        action: "update",
        path: "b.md",
        id: "7",
        reason: "changed here",
        changed: [],
        from: null,
        to: null,
      },
    ]);
  });

  it("print a result with its cause when it failed", () => {
    const fault = new Fault("invalid", "Invalid parameter: date", {
      code: "rest_invalid_param",
      hint: "Mend the date.",
      httpStatus: 400,
    });
    const lines = reported((emit) => {
      emit({
        type: "result",
        target: "wp",
        result: { path: "a.md", id: "9", action: "create", status: "ok", url: "https://example.org/a" },
      });
      emit({
        type: "result",
        target: "wp",
        result: { path: "b.md", id: undefined, action: "create", status: "failed", fault },
      });
      emit({
        type: "result",
        target: "wp",
        result: { path: "c.md", id: "3", action: "publish", status: "skipped", reason: "a draft" },
      });
    });
    expect(lines).toEqual([
      {
        v: 1,
        type: "result",
        target: "wp",
        path: "a.md",
        id: "9",
        action: "create",
        status: "ok",
        url: "https://example.org/a",
      },
      {
        v: 1,
        type: "result",
        target: "wp",
        path: "b.md",
        id: null,
        action: "create",
        status: "failed",
        url: null,
        code: "rest_invalid_param",
        message: "Invalid parameter: date",
        hint: "Mend the date.",
        httpStatus: 400,
        place: null,
      },
      {
        v: 1,
        type: "result",
        target: "wp",
        path: "c.md",
        id: "3",
        action: "publish",
        status: "skipped",
        url: null,
        reason: "a draft",
      },
    ]);
  });

  it("print the summary of a target with every count of the format", () => {
    expect(reported((emit) => emit({ type: "summary", summary: SUMMARY }))).toEqual([
      { v: 1, type: "summary", ...SUMMARY },
    ]);
  });

  it("add up several targets in a last summary without a target", () => {
    const lines = reported((emit, pass) => {
      emit({ type: "summary", summary: SUMMARY });
      pass(4000);
      emit({ type: "summary", summary: { ...SUMMARY, target: "joomla", created: 10, requests: 1 } });
    });
    expect(lines).toHaveLength(3);
    expect(lines[2]).toEqual({
      v: 1,
      type: "summary",
      ...SUMMARY,
      target: null,
      created: 11,
      updated: 4,
      unchanged: 10,
      conflicts: 2,
      failed: 2,
      writes: 6,
      requests: 21,
      verified: 6,
      seconds: 4,
    });
  });

  it("print progress at most once a second, and always its end", () => {
    const lines = reported((emit, pass) => {
      for (let done = 0; done <= 30; done++) {
        emit({ type: "progress", target: "wp", phase: "write", done, total: 30 });
        pass(100);
      }
    });
    expect(lines.map((line) => (line as { done: number }).done)).toEqual([0, 10, 20, 30]);
    expect(lines[2]).toEqual({
      v: 1,
      type: "progress",
      target: "wp",
      phase: "write",
      done: 20,
      total: 30,
      rate: 10,
      secondsLeft: 1,
      requests: null,
      requestRate: null,
      retries: null,
      concurrency: null,
      used: null,
      waiting: null,
      waitingSeconds: null,
    });
  });

  it("print how the connection is doing, and at once what it waits for", () => {
    const lines = reported((emit, pass) => {
      const state = { requests: 10, retries: 0, concurrency: 2, used: 0.5, waiting: undefined };
      emit({ type: "phase", target: "wp", phase: "list" });
      emit({ type: "traffic", target: "wp", traffic: state });
      pass(2000);
      const waiting = { why: "HTTP 429", until: 1_000_000 + 32_000 };
      const held = { ...state, requests: 50, retries: 1, used: 1, waiting };
      for (let event = 0; event < 3; event++) emit({ type: "traffic", target: "wp", traffic: held });
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      phase: "list",
      requests: 50,
      requestRate: 20,
      retries: 1,
      concurrency: 2,
      used: 1,
      waiting: "HTTP 429",
      waitingSeconds: 30,
    });
  });

  it("print each target that is under way before ten seconds are silent", () => {
    vi.useFakeTimers();
    try {
      const lines = reported((emit, pass) => {
        emit({ type: "phase", target: "a", phase: "list" });
        emit({ type: "phase", target: "b", phase: "connect" });
        emit({ type: "phase", target: "c", phase: "write" });
        emit({ type: "summary", summary: { ...SUMMARY, target: "c" } });
        for (let second = 0; second < 10; second++) {
          pass(1000);
          vi.advanceTimersByTime(1000);
        }
      });
      expect(lines.slice(1)).toMatchObject([
        { type: "progress", target: "a", phase: "list" },
        { type: "progress", target: "b", phase: "connect" },
        { type: "summary", target: null },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("print notices and errors with a place and a way out", () => {
    const fault = new Fault("auth", "Wrong password for https://u:hunter22@example.org/", {
      hint: "ainstein-cms connect wordpress --name wp",
      place: { file: "a.md", line: 3, column: 5, field: "date" },
    });
    const lines = reported((emit) => {
      emit({ type: "notice", level: "warning", message: "kses is on" });
      emit({ type: "fault", target: "wp", fault });
      emit({ type: "fault", fault });
    });
    expect(lines).toEqual([
      {
        v: 1,
        type: "notice",
        target: null,
        level: "warning",
        message: "kses is on",
        hint: null,
        place: null,
      },
      {
        v: 1,
        type: "error",
        target: "wp",
        code: "auth",
        message: "Wrong password for https://[hidden]@example.org/",
        hint: "ainstein-cms connect wordpress --name wp",
        place: "a.md:3:5 (date)",
      },
    ]);
  });

  it("hold nothing a terminal acts on, and lose nothing either", () => {
    const path = "a\u001b[31m\u009b2J\u202e\u2028b";
    const line = toJsonLine({ type: "x", path });
    expect(line).toMatch(/^[\u0020-\u007e]*$/);
    expect(JSON.parse(line)).toEqual({ v: 1, type: "x", path });
  });
});
