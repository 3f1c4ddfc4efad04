import type { Emit, Summary } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";
import type { Fault } from "../lib/fault.ts";
import { jsonReport } from "./json.ts";
import { totalOf } from "./summary.ts";
import { type TextManner, textReport } from "./text.ts";
import type { Ui } from "./ui.ts";

export interface Reporter {
  /** A fault that was already reported is not reported again when it is thrown on. */
  readonly emit: Emit;
  /** After the last event: stops what moves, and adds up the summaries of several targets. */
  readonly end: () => void;
}

export function createReporter(ui: Ui, clock: Clock, manner: TextManner): Reporter {
  const report = ui.json ? jsonReport(ui, clock) : textReport(ui, clock, manner);
  const started = clock.now();
  const faults = new WeakSet<Fault>();
  const summaries: Summary[] = [];
  const targets = new Set<string>();
  return {
    emit: (event) => {
      if (event.type === "fault") {
        if (faults.has(event.fault)) return;
        faults.add(event.fault);
      }
      if (event.type === "phase") targets.add(`${event.root ?? ""} ${event.target}`);
      if (event.type === "summary") summaries.push(event.summary);
      report.emit(event);
    },
    end: () => {
      const [first, ...rest] = summaries;
      // Of several targets all but one may have failed before there was anything to sum up.
      if (first !== undefined && Math.max(targets.size, 1 + rest.length) > 1) {
        const seconds = (clock.now() - started) / 1000;
        report.emit({ type: "summary", summary: totalOf(first, rest, seconds) });
      }
      report.end();
    },
  };
}
