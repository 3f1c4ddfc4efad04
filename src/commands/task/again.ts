// Recorded runs of tasks, once more: one of them, or all that were cut off.
import { existsSync } from "node:fs";
import { z } from "zod";
import type { ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { canonicalJson } from "../../lib/json.ts";
import type { Store } from "../../store/db.ts";
import { listRuns, type RunRecord } from "../../store/runs.ts";
import type { Context } from "../context.ts";
import { stateOf } from "../runs-find.ts";
import type { Order } from "./order.ts";
import { carryOut } from "./run.ts";

const chosen = { paths: z.array(z.string()), only: z.array(z.string()) };

const recorded = z.object({
  /** The task itself. */
  ...chosen,
  /** What the command that it was part of was asked for. */
  asked: z.object(chosen).optional(),
  base: z.string(),
  out: z.string(),
  assumed: z.array(z.string()),
  apply: z.boolean(),
});
/** What is said anew each time. */
export type Manner = Pick<Order, "yes" | "quiet">;

type Recorded = z.infer<typeof recorded>;

/** A recorded run of a task once more. Throws `usage` where its record does not say what it was. */
export async function againTask(context: Context, record: RunRecord, manner: Manner): Promise<ExitCode> {
  const { data } = recorded.safeParse(record.options);
  if (data !== undefined) return carried(context, data, manner);
  throw new Fault("usage", `what run ${record.id.slice(0, 8)} was told is not recorded`, {
    code: "run.not-recorded",
    hint: "run the task itself again: ainstein-cms task run <files>",
  });
}

function carried(
  context: Context,
  { base, asked: _, ...order }: Recorded,
  manner: Manner,
): Promise<ExitCode> {
  return carryOut({ ...context, cwd: base }, { ...order, ...manner, anew: false });
}

const LOOK_BACK = 1000;

/**
 * Commands that were stopped or cut off, the earliest first, each to be carried out as it was asked for: of its tasks, those
 * that were completed are found so. What was carried out since, or has lost its directory, is left out.
 */
export function tasksToResume(
  context: Context,
  manner: Manner,
): readonly ((context: Context) => Promise<ExitCode>)[] {
  const orders = new Map(
    cutOff(context.store()).map((told) => {
      const order = { ...told, ...told.asked, asked: undefined };
      return [canonicalJson({ ...order, asked: null }), order] as const;
    }),
  );
  return [...orders.values()].map((order) => (own) => carried(own, order, manner));
}

function cutOff(store: Store): readonly Recorded[] {
  const seen = new Set<string>();
  const found: Recorded[] = [];
  for (const record of listRuns(store, LOOK_BACK)) {
    if (record.command !== "task" || record.imported === true || seen.has(record.root)) continue;
    seen.add(record.root);
    const state = stateOf(record);
    const { data } = recorded.safeParse(record.options);
    if (data === undefined || (state !== "interrupted" && state !== "cut-off")) continue;
    if (existsSync(record.root)) found.push(data);
  }
  return found.reverse();
}
