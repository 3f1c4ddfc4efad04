// Which events are our own writes coming back. No clock decides that: what the root agrees with is no news, however late
// it is told, and what it does not agree with is news, however soon after our write.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { removedHere, sentFrom, type WebhookEvent } from "../../store/events.ts";
import type { Context } from "../context.ts";
import type { WebhookRule } from "../home-config.ts";
import { lookInto } from "./sweep.ts";

/** Nothing is wrong with an event that ends so: the site, the credentials or another run were in the way. */
export const WAITS: ReadonlySet<ExitCode> = new Set([
  EXIT.unavailable,
  EXIT.locked,
  EXIT.auth,
  EXIT.interrupted,
]);

export interface Sifted {
  readonly echoes: readonly WebhookEvent[];
  readonly news: readonly WebhookEvent[];
  /** It could not be found out now, and why. Both are empty then. */
  readonly later?: string;
}

/**
 * Events of entries that we never sent a text of are news. For the others the site is looked at: by the rule's root, else
 * by the one that the text was sent from. In doubt, as where that one is gone, it is news.
 */
export async function siftEvents(
  context: Context,
  connection: string,
  rule: WebhookRule,
  events: readonly WebhookEvent[],
): Promise<Sifted> {
  const store = context.store();
  const named = events.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  const sent = sentFrom(store, connection, [...new Set(named)]);
  const rootOf = ({ entry, removed }: WebhookEvent): string | undefined => {
    const from = entry === undefined || removed ? undefined : sent.get(entry);
    return from === undefined ? undefined : (rule.root ?? from);
  };
  const behind = new Map<string, ReadonlySet<string> | undefined>();
  for (const root of new Set(events.map(rootOf))) {
    if (root === undefined) continue;
    const { exit, steps, trouble } = await lookInto(context, connection, root);
    if (trouble !== undefined && WAITS.has(exit)) return { echoes: [], news: [], later: trouble };
    behind.set(root, trouble === undefined ? new Set(steps.map(({ id }) => id ?? "")) : undefined);
  }
  const isEcho = (event: WebhookEvent): boolean => {
    const { entry, removed } = event;
    if (entry === undefined) return false;
    if (removed) return removedHere(store, connection, entry);
    const root = rootOf(event);
    return root !== undefined && behind.get(root)?.has(entry) === false;
  };
  const echoes = new Set(events.filter(isEcho));
  return { echoes: [...echoes], news: events.filter((event) => !echoes.has(event)) };
}
