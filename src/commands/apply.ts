import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { findRoot } from "../content/config.ts";
import { STATES } from "../content/document.ts";
import { openRoot } from "../engine/root.ts";
import { Fault } from "../lib/fault.ts";
import { ACTIONS, type Plan, type PlannedLoss, type Step } from "../sync/plan.ts";
import { planScopeShape } from "./plan-scope.ts";
import { reported } from "./report.ts";
import { forEngine, targetNames } from "./session.ts";
import { openTarget } from "./target.ts";
import { DIRECTIONS, transfer } from "./transfer.ts";

const MAKE_ONE = "make one with `ainstein-cms push --dry-run --plan-out plan.json`";

const state = z.enum(STATES);
/** Every key that a plan can have, or a plan that has it would never be found to hold. */
const loss = {
  field: z.string(),
  message: z.string(),
  changed: z.literal(true).optional(),
  line: z.number().optional(),
} satisfies Record<keyof PlannedLoss, z.ZodType>;
const step = {
  action: z.enum(ACTIONS),
  path: z.string(),
  locale: z.string(),
  id: z.string().optional(),
  kind: z.string(),
  scope: z.string(),
  slug: z.string(),
  title: z.string(),
  url: z.string().optional(),
  reason: z.string(),
  changed: z.array(z.string()),
  incoming: z.array(z.string()).optional(),
  from: state.optional(),
  to: state.optional(),
  date: z.object({ site: z.string(), utc: z.string() }).optional(),
  links: z.array(z.string()).optional(),
  pass: z.literal(2).optional(),
  losses: z.array(z.object(loss)).optional(),
  previous: z.string().optional(),
  expects: z.object({ base: z.string(), local: z.string(), remote: z.string() }),
} satisfies Record<keyof Step, z.ZodType>;
const plan = {
  v: z.literal(1),
  target: z.string(),
  platform: z.string(),
  site: z.string(),
  command: z.enum(["push", "pull", "publish", "sync"]),
  scope: z.object(planScopeShape),
  made: z.string(),
  unchanged: z.number(),
  steps: z.array(z.object(step)),
} satisfies Record<keyof Plan, z.ZodType>;
const planShape = z.object(plan);

/** Carries out a plan that `--plan-out` saved: all of it, or nothing when anything has moved since. */
export const apply = reported("apply", async (context, args) => {
  const [file] = args.positionals;
  if (file === undefined)
    throw new Fault("usage", "apply needs the file of a saved plan", { code: "no-plan" });
  const plan = await readPlan(resolve(context.cwd, file), file);
  const root = await openRoot(await findRoot(context.cwd), context.env);
  const [name] = targetNames({ ...args, flags: { ...args.flags, target: [plan.target] } }, root);
  const target = forEngine(await openTarget(context, name ?? plan.target, root), root);
  const direction = DIRECTIONS.find((known) => known === plan.command) ?? "push";
  return (await transfer(context, args, direction, target, root, plan.scope, { saved: plan })).exit;
});

async function readPlan(path: string, shown: string): Promise<Plan> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Fault("usage", "there is no plan to read", {
      code: "no-plan",
      cause,
      place: { file: shown },
      hint: MAKE_ONE,
    });
  });
  try {
    return planShape.parse(JSON.parse(text)) as Plan;
  } catch (cause) {
    throw new Fault("usage", "this is not a plan of this program", {
      code: "bad-plan",
      cause,
      place: { file: shown },
      hint: MAKE_ONE,
    });
  }
}
