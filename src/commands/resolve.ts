import { NO_NAMING, namesOf } from "../content/groups.ts";
import { type Ask, type Resolved, resolve as settle, type Told } from "../engine/resolve.ts";
import { byTime, STRATEGIES, type Strategy } from "../engine/resolve-strategy.ts";
import type { Root } from "../engine/root.ts";
import type { OpenTarget } from "../engine/site.ts";
import { Fault } from "../lib/fault.ts";
import { quoted } from "../report/summary.ts";
import type { PlanScope } from "../sync/plan.ts";
import type { Args, Context } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { askPerson } from "./resolve-dialogue.ts";
import { eachTarget, placeOf, runParts } from "./session.ts";
import { gatherOptions, policyOf, scopeOf } from "./transfer.ts";
import { tellUndoable, undoFileOf } from "./undo-out.ts";

/** Settles conflicts: at the prompt, by strategy, or by the rules of `ainstein.yaml`. */
export const resolve = async (context: Context, args: Args) => {
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(args, place.paths);
  const strategy = strategyOf(args);
  return eachTarget(context, args, place, async (target, root) => {
    const resolved = await resolveTarget(context, args, target, root, scope, strategy);
    for (const told of resolved.told) record(context, target.name, told);
    sayNext(context, target.name, resolved.told);
    return resolved;
  });
};

function strategyOf(args: Args): Strategy | undefined {
  const given = textFlag(args, "strategy");
  const strategy = STRATEGIES.find((known) => known === given);
  if (given === undefined || strategy !== undefined) return strategy;
  throw new Fault("usage", `--strategy ${given}: a strategy is one of ${STRATEGIES.join(", ")}`, {
    code: "bad-flag",
  });
}

/** Settles the conflicts of one target. */
export async function resolveTarget(
  context: Context,
  args: Args,
  target: OpenTarget,
  root: Root,
  scope: PlanScope,
  strategy: Strategy | undefined,
): Promise<Resolved> {
  const write = !switchFlag(args, "dryRun");
  const asks = write && strategy === undefined && context.ui.interactive;
  const ask: Ask | undefined = asks ? (question) => askPerson(context, question) : undefined;
  const undoFile = write ? undoFileOf(context, args) : undefined;
  const resolved = await settle(runParts(context, write, undoFile), target, root, {
    commandLine: `ainstein-cms resolve --target ${target.name}`,
    planning: {
      command: "resolve",
      policy: policyOf("sync", false),
      scope,
      // Entries without a file are in no conflict: they are looked at as a push does, which is not at all.
      gather: gatherOptions("push", scope, root, target.name),
      saved: undefined,
      skipMoved: false,
      allowLossy: false,
    },
    named: scope.paths,
    policy: {
      strategy,
      ruleOf: (part) =>
        namesOf(part, NO_NAMING)
          .map((name) => root.config.onConflict[name])
          .find((rule) => rule !== undefined),
      newest: byTime(root.dir, context.env),
    },
    write,
    ask,
  });
  tellUndoable(context, undoFile, resolved.summary);
  return resolved;
}

/** One line per document: by part how it was settled, or would be, and what is still open. */
function record({ ui }: Context, target: string, { dispute, how, settled, refusal }: Told): void {
  const { step, kind, open } = dispute;
  ui.record({
    type: "resolve",
    target,
    path: step.path,
    id: step.id ?? null,
    conflict: kind,
    reason: step.reason,
    settled,
    parts: how ?? {},
    open: how === undefined ? open : [],
    code: refusal?.code ?? null,
    hint: settled ? null : (refusal?.hint ?? `ainstein-cms resolve ${quoted(step.path)} --target ${target}`),
  });
}

/** Settling sends nothing; what does depends on what was settled. */
const SENDS: Partial<Record<Told["dispute"]["kind"], (path: string) => string>> = {
  "removed-here-edited-there": (path) => `push ${path} --delete`,
  "off-line": (path) => `publish ${path}`,
};

function sayNext({ emit }: Context, target: string, told: readonly Told[]): void {
  const own = told.filter(({ keeps, settled }) => keeps && settled);
  if (own.length === 0) return;
  const commands = own.map(({ dispute: { kind, step } }) => SENDS[kind]?.(quoted(step.path)) ?? "push");
  emit({
    type: "notice",
    target,
    level: "info",
    message: "nothing was sent yet; to send what was kept of the files:",
    hint: [...new Set(commands)].map((words) => `ainstein-cms ${words} --target ${target}`).join("; "),
  });
}
