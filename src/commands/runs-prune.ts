import { EXIT } from "../lib/exit.ts";
import type { Command } from "./context.ts";
import { countFlag, switchFlag } from "./flags.ts";
import { type Pruned, pruneNow, retentionOf, wouldPrune } from "./retention.ts";

/** `runs prune`: deletes texts and the record of runs that are older than they are to be kept. */
export const pruneRuns: Command = async (context, args) => {
  const { ui } = context;
  const usual = retentionOf(context.env);
  const retention = {
    texts: countFlag(args, "keepTexts") ?? usual.texts,
    audit: countFlag(args, "keepAudit") ?? usual.audit,
  };
  const dryRun = switchFlag(args, "dryRun");
  const done = await (dryRun ? wouldPrune(context, retention) : pruneNow(context, retention));
  if (!dryRun && done.texts + done.runs + done.calls > 0) context.store().compact();
  ui.record({
    type: "pruned",
    target: null,
    dryRun,
    ...done,
    keepTexts: retention.texts,
    keepAudit: retention.audit,
  });
  const rule = `texts are kept for ${days(retention.texts)}, runs and requests for ${days(retention.audit)}`;
  ui.out(`${dryRun ? "Would delete" : "Deleted"} ${countsText(done)}; ${rule}.`);
  return EXIT.done;
};

function countsText({ texts, runs, trash, calls }: Pruned): string {
  return `${count(texts, "text")}, ${count(runs, "run")}, ${count(calls, "row")} of the signed record and the removed files of ${count(trash, "run")}`;
}

function days(number: number): string {
  return count(number, "day");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
