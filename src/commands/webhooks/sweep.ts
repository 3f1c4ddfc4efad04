// Webhooks are hints: a look at the whole inventory finds what they missed.
import type { Event } from "../../engine/events.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { canonicalJson } from "../../lib/json.ts";
import { receiveEvent } from "../../store/events.ts";
import type { Plan } from "../../sync/plan.ts";
import type { Context } from "../context.ts";
import type { WebhookRule } from "../home-config.ts";
import { pull } from "../pull.ts";

export const SWEEP_TOPIC = "sweep";

/** What changed at the site, as a plan has it. */
const INCOMING: ReadonlySet<string> = new Set(["pull", "merge", "conflict"]);

/**
 * Compares the root with the site and, where something changed there, records that as an event: each state of the site
 * once. Without a root there is nothing to compare with. Throws what a pull throws.
 */
export async function sweep(context: Context, connection: string, { root }: WebhookRule): Promise<boolean> {
  if (root === undefined) return false;
  let plan: Plan | undefined;
  const emit = (event: Event): void => {
    if (event.type === "plan" && event.target === connection) plan = event.plan;
    if (event.type === "fault") context.emit(event);
  };
  const ui = { ...context.ui, out: () => {}, record: () => {} };
  await pull(
    { ...context, cwd: root, emit, ui },
    { positionals: [], flags: { target: [connection], quiet: true, dryRun: true } },
  );
  const changed = (plan?.steps ?? []).filter(({ action }) => INCOMING.has(action));
  if (changed.length === 0) return false;
  const state = changed.map(({ action, path, expects }) => ({ action, path, ...expects }));
  const key = `sweep:${sha256Hex(canonicalJson(JSON.parse(JSON.stringify(state))))}`;
  const receivedAt = new Date(context.clock.now()).toISOString();
  const event = { connection, key, topic: SWEEP_TOPIC, removed: false, receivedAt };
  return !receiveEvent(context.store(), event).again;
}
