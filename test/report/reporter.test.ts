import { expect, it } from "vitest";
import type { Summary } from "../../src/engine/events.ts";
import { Fault } from "../../src/lib/fault.ts";
import { createReporter } from "../../src/report/reporter.ts";
import type { Ui } from "../../src/report/ui.ts";

const clock = { now: () => 0, sleep: async () => {} };
const manner = { quiet: false, verbose: false, looks: false, command: "push", paths: [], live: undefined };

/** Targets of the summaries that scripts get for these targets, of which one is not reached. */
function summed(reached: readonly string[], away?: string): readonly unknown[] {
  const lines: Record<string, unknown>[] = [];
  const ui = { json: true, record: (line: Record<string, unknown>) => lines.push(line) } as unknown as Ui;
  const { emit, end } = createReporter(ui, clock, manner);
  const phase = (target: string) => emit({ type: "phase", target, phase: "connect" });
  if (away !== undefined) {
    phase(away);
    emit({ type: "fault", target: away, fault: new Fault("unavailable", "no answer") });
  }
  for (const target of reached) {
    phase(target);
    emit({ type: "summary", summary: { target, created: 1 } as Summary });
  }
  end();
  return lines.filter(({ type }) => type === "summary").map(({ target }) => target);
}

it("several targets have one more summary, also where only one of them was reached", () => {
  expect(summed(["a", "b"])).toEqual(["a", "b", null]);
  expect(summed(["a"], "b")).toEqual(["a", null]);
});

it("a single target has its own alone", () => {
  expect(summed(["a"])).toEqual(["a"]);
});
