import { EXIT, type ExitCode, exitOf } from "../lib/exit.ts";
import type { Step } from "../sync/plan.ts";
import type { Applied } from "./apply.ts";
import type { DocumentResult, Summary } from "./events.ts";
import type { Prepared } from "./prepare.ts";
import type { Verification } from "./verify.ts";

export interface Done {
  readonly applied: Applied;
  readonly verification: Verification;
  readonly writes: number;
}

interface Input {
  readonly prepared: Prepared;
  readonly command: string;
  readonly id: string;
  /** Absent when nothing was carried out. */
  readonly done: Done | undefined;
  readonly seconds: number;
}

type Count = "created" | "updated" | "renamed" | "deleted" | "published" | "pulled" | "merged" | "adopted";

const COUNTED: Partial<Record<Step["action"], Count>> = {
  create: "created",
  update: "updated",
  unpublish: "updated",
  restore: "updated",
  rename: "renamed",
  delete: "deleted",
  publish: "published",
  pull: "pulled",
  merge: "merged",
  adopt: "adopted",
};

/** Counts of what was read back, and the exit codes that apply. */
export function summarize(input: Input): { readonly summary: Summary; readonly exits: readonly ExitCode[] } {
  const { prepared, command, done } = input;
  const counts: Record<Count, number> = {
    created: 0,
    updated: 0,
    renamed: 0,
    deleted: 0,
    published: 0,
    pulled: 0,
    merged: 0,
    adopted: 0,
  };
  const exits = new Set<ExitCode>();
  const counted = new Set<string>();
  let conflicts = 0;
  let skipped = 0;
  let failed = prepared.gathered.problems.length;
  for (const problem of prepared.gathered.problems) exits.add(documentExit(problem.fault.kind));
  for (const { step, result } of outcomes(input)) {
    const count = COUNTED[step.action];
    if (result === "ok") {
      // Links that are filled in later belong to the document's first step.
      if (count !== undefined && !counted.has(step.path)) counts[count] += 1;
      if (count !== undefined) counted.add(step.path);
    } else if (result === "conflict") conflicts += 1;
    else if (result === "skipped") skipped += 1;
    else if (result === "failed") failed += 1;
  }
  if (conflicts > 0) exits.add(EXIT.conflicts);
  if (failed > 0) exits.add(EXIT.failed);
  const stopped = done?.applied.stopped;
  if (stopped !== undefined) exits.add(exitOf(stopped.kind));
  const unread = [...(done?.verification.faults.values() ?? [])].find(({ code }) => code === "not-verified");
  if (unread !== undefined) exits.add(exitOf(unread.kind));
  return {
    summary: {
      target: prepared.plan.target,
      command,
      run: input.id,
      ...counts,
      unchanged: prepared.plan.unchanged + counts.adopted,
      skipped,
      conflicts,
      failed,
      writes: done?.writes ?? 0,
      requests: prepared.site.target.requests(),
      verified: done?.verification.verified.size ?? 0,
      seconds: Math.round(input.seconds * 1000) / 1000,
    },
    exits: [...exits],
  };
}

/** What became of each document step, as read back. Where nothing was carried out only what stays undone counts. */
function outcomes({ prepared, done }: Input): readonly { step: Step; result: DocumentResult["status"] }[] {
  if (done === undefined) {
    return prepared.plan.steps.flatMap((step) => {
      if (prepared.isRefused(step)) return { step, result: "failed" as const };
      if (step.action === "conflict") return { step, result: "conflict" as const };
      return step.action === "skip" ? { step, result: "skipped" as const } : [];
    });
  }
  return done.applied.results.map(({ step, result }) => {
    const unproven = done.verification.faults.has(step.path) && result.status === "ok";
    return { step, result: unproven ? "failed" : result.status };
  });
}

/** One document that cannot be used is a failed document, whatever the reason. */
function documentExit(kind: Parameters<typeof exitOf>[0]): ExitCode {
  return kind === "conflict" ? EXIT.conflicts : EXIT.failed;
}
