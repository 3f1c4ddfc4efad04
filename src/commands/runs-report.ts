// The report of a run from its record.
import type { Summary } from "../engine/events.ts";
import type { Timeline } from "../engine/timeline.ts";
import { isObject } from "../lib/json.ts";
import type { DocumentReport, RunReport } from "../report/report-model.ts";
import { stepView } from "../report/runs.ts";
import type { Store } from "../store/db.ts";
import type { RunRecord } from "../store/runs.ts";
import { type RunStep, stepsOf } from "../store/steps.ts";
import { timelineOf } from "../store/timelines.ts";
import { provenBy } from "./runs-again.ts";

/** As the command itself would have reported it, except for notices, which are not recorded. */
export function reportOfRun(store: Store, record: RunRecord, version: string): RunReport {
  const { id, command, target, site, startedAt, endedAt = null } = record;
  const summary = isObject(record.summary) ? (record.summary as unknown as Summary) : null;
  const proven = provenBy(store, record);
  const documents = stepsOf(store, id).map((step) => documentReport(step, proven));
  const timeline = (timelineOf(store, id) as unknown as Timeline | undefined) ?? null;
  return {
    v: 1,
    type: "report",
    command,
    version,
    startedAt,
    endedAt,
    exit: null,
    summary: summary === null ? null : { ...summary, target: null },
    error: null,
    notices: [],
    targets: [{ target, root: null, site, run: id, summary, error: null, notices: [], documents, timeline }],
  };
}

function documentReport(step: RunStep, proven: ReadonlySet<string>): DocumentReport {
  const view = stepView(step, proven);
  const plan = isObject(step.step) ? step.step : {};
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  return {
    path: view.path,
    title: text(plan.title),
    id: view.id ?? null,
    action: view.action,
    status: view.status as DocumentReport["status"],
    url: view.url ?? null,
    reason: text(plan.reason),
    code: view.code ?? null,
    message: view.code === undefined ? null : (view.message ?? null),
    hint: view.hint ?? null,
    httpStatus: view.httpStatus ?? null,
    place: null,
  };
}
