// The table at the end of a command over several targets: what became of each.
import type { ExitCode } from "../lib/exit.ts";
import { redact } from "../lib/redact.ts";
import { headline } from "../report/headline.ts";
import { countsText } from "../report/summary.ts";
import { tableLines } from "../report/table.ts";
import type { Context } from "./context.ts";
import type { Done } from "./jobs.ts";

/** What became of one target of one root. */
export interface OutcomeRow {
  /** Undefined where the command is about one root. */
  readonly root: string | undefined;
  /** Undefined of a root that cannot be read. */
  readonly target: string | undefined;
  readonly run: string | undefined;
  readonly did: string;
  readonly exit: ExitCode;
}

/** `looks`: nothing was to be done, so what counts is the plan. */
export function outcomeRow({ job, exit, fault, summary, plan }: Done, looks: boolean): OutcomeRow {
  const seen = plan === undefined ? "nothing" : headline(plan, summary?.failed);
  const done = looks || summary === undefined ? seen : countsText(summary);
  const { root, target } = job;
  const did =
    fault === undefined ? done : summary === undefined ? fault.message : `${done}; ${fault.message}`;
  return { root, target, run: looks ? undefined : summary?.run, did, exit };
}

/** For scripts, as records of the type `outcome`. */
export function recordOutcomes({ ui }: Context, rows: readonly OutcomeRow[]): void {
  for (const { root, target = null, run = null, did, exit } of rows) {
    ui.record({ type: "outcome", target, root, run, done: redact(did, []), exit });
  }
}

const HEAD = ["TARGET", "RUN", "DONE", "EXIT"] as const;

/** For people, and for `cut` and `awk`. */
export function tellOutcomes({ ui }: Context, rows: readonly OutcomeRow[]): void {
  if (ui.json) return;
  const ofRoots = rows.some(({ root }) => root !== undefined);
  const cells = rows.map(({ root = "", target = "", run = "", did, exit }) => {
    return [...(ofRoots ? [root] : []), target, run.slice(0, 8), redact(did, []), `${exit}`];
  });
  for (const line of tableLines(ofRoots ? ["ROOT", ...HEAD] : HEAD, cells, ui)) ui.out(line);
}
