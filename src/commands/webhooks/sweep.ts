// Webhooks are hints: a look at the whole inventory finds what they missed, and what they tell that is no news.
import type { Event } from "../../engine/events.ts";
import { EXIT, type ExitCode, exitOf } from "../../lib/exit.ts";
import { asFault } from "../../lib/fault.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { canonicalJson } from "../../lib/json.ts";
import { lastPull, receiveEvent } from "../../store/events.ts";
import type { Plan, Step } from "../../sync/plan.ts";
import type { Context } from "../context.ts";
import type { WebhookRule } from "../home-config.ts";
import { pull } from "../pull.ts";

export const SWEEP_TOPIC = "sweep";

/** What changed at the site, as a plan has it. */
const INCOMING: ReadonlySet<string> = new Set(["pull", "merge", "conflict"]);

export interface Seen {
  readonly exit: ExitCode;
  /** What a pull would bring, or would leave to `resolve`. */
  readonly steps: readonly Step[];
  /** Why there is no plan. */
  readonly trouble?: string;
}

/** What the site has that the root has not. Changes nothing, here or there, and never throws. */
export async function lookInto(context: Context, connection: string, root: string): Promise<Seen> {
  let plan: Plan | undefined;
  let trouble: string | undefined;
  const emit = (event: Event): void => {
    if (event.type === "plan" && event.target === connection) plan = event.plan;
    if (event.type === "fault") trouble = event.fault.message;
  };
  const ui = { ...context.ui, out: () => {}, record: () => {} };
  const flags = { target: [connection], quiet: true, dryRun: true };
  let exit: ExitCode;
  try {
    exit = await pull({ ...context, cwd: root, emit, ui }, { positionals: [], flags });
  } catch (thrown) {
    const fault = asFault(thrown);
    exit = exitOf(fault.kind);
    trouble = fault.message;
  }
  if (plan === undefined) {
    return { exit: exit === EXIT.done ? EXIT.failed : exit, steps: [], trouble: trouble ?? `exit ${exit}` };
  }
  return { exit, steps: plan.steps.filter(({ action }) => INCOMING.has(action)) };
}

/**
 * Compares the root with the site and, where something changed there, records that as an event: each state of the site
 * once between two pulls. Without a root there is nothing to compare with. Returns why it could not look, where it
 * could not.
 */
export async function sweep(
  context: Context,
  connection: string,
  { root }: WebhookRule,
): Promise<{ readonly found: boolean; readonly trouble?: string }> {
  if (root === undefined) return { found: false };
  const { steps, trouble } = await lookInto(context, connection, root);
  if (trouble !== undefined) return { found: false, trouble };
  if (steps.length === 0) return { found: false };
  const state = steps.map(({ action, path, expects }) => ({ action, path, ...expects }));
  const since = steps.some(({ action }) => action !== "conflict")
    ? lastPull(context.store(), connection)
    : "";
  const digest = sha256Hex(canonicalJson(JSON.parse(JSON.stringify([since, state]))));
  const receivedAt = new Date(context.clock.now()).toISOString();
  const event = { connection, key: `sweep:${digest}`, topic: SWEEP_TOPIC, removed: false, receivedAt };
  return { found: !receiveEvent(context.store(), event).again };
}
