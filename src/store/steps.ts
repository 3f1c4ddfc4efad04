import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

export const STEP_STATUSES = ["planned", "ok", "failed", "conflict", "skipped", "not-attempted"] as const;

/** A step of a run's plan and what became of it. */
export interface RunStep {
  /** Its place in the plan. */
  readonly n: number;
  readonly path: string;
  readonly locale: string;
  readonly action: string;
  /** The plan's step. */
  readonly step: Json;
  readonly status: (typeof STEP_STATUSES)[number];
  /** Of the entry. */
  readonly id?: string;
  readonly url?: string;
  readonly fault?: Json;
}

function fromRow(row: Row): RunStep {
  const read = columns("steps", row);
  const id = read.optionalText("id");
  const url = read.optionalText("url");
  const fault = read.optionalJson("fault");
  return {
    n: read.number("n"),
    path: read.text("path"),
    locale: read.text("locale"),
    action: read.text("action"),
    step: read.json("step"),
    status: read.oneOf("status", STEP_STATUSES),
    ...(id === undefined ? {} : { id }),
    ...(url === undefined ? {} : { url }),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Records all steps of a recorded run, each `planned`, in one transaction. */
export function recordSteps(
  store: Store,
  run: string,
  steps: readonly Pick<RunStep, "n" | "path" | "locale" | "action" | "step">[],
): void {
  store.transaction(() => {
    for (const { n, path, locale, action, step } of steps) {
      store.run(
        `INSERT INTO steps (run, n, path, locale, action, step, status)
         VALUES (@run, @n, @path, @locale, @action, @step, 'planned')`,
        { run, n, path, locale, action, step: JSON.stringify(step) },
      );
    }
  });
}

/** Records what became of a step; a later result, as of reading back, takes the place of an earlier one. Throws `defect` for an unknown step. */
export function recordResult(
  store: Store,
  run: string,
  n: number,
  result: {
    readonly status: Exclude<RunStep["status"], "planned">;
    readonly id?: string;
    readonly url?: string;
    readonly fault?: Json;
  },
): void {
  const { changes } = store.run(
    "UPDATE steps SET status = @status, id = @id, url = @url, fault = @fault WHERE run = @run AND n = @n",
    {
      run,
      n,
      status: result.status,
      id: result.id ?? null,
      url: result.url ?? null,
      fault: result.fault === undefined ? null : JSON.stringify(result.fault),
    },
  );
  if (changes === 0) throw new Fault("defect", `The run ${run} has no step ${n}.`);
}

/** In the order of the plan. */
export function stepsOf(store: Store, run: string): readonly RunStep[] {
  return store.all("SELECT * FROM steps WHERE run = @run ORDER BY n", { run }).map(fromRow);
}
