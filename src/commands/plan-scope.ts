import { z } from "zod";
import { FILE_FORMATS, STATES } from "../content/document.ts";
import type { PlanScope } from "../sync/plan.ts";

/** What a command was asked to look at, as saved plans and records of runs hold it. */
export const planScopeShape = {
  paths: z.array(z.string()),
  kinds: z.array(z.string()),
  states: z.array(z.enum(STATES)),
  since: z.string().optional(),
  limit: z.number().optional(),
  remove: z.boolean(),
  format: z.enum(FILE_FORMATS).optional(),
} satisfies Record<keyof PlanScope, z.ZodType>;
