// `notifications list`: the rules, and what became of what they are for.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { printable } from "../../lib/redact.ts";
import { tableLines } from "../../report/table.ts";
import { listNotifications, type Notification } from "../../store/notifications.ts";
import type { Args, Context } from "../context.ts";
import { loadHomeConfig, type NotificationRule } from "../home-config.ts";
import { receiverName, receiverOf } from "./rules.ts";

/** What became of the notifications of one receiver. Times are ISO 8601, UTC. */
interface Standing {
  readonly lastSent: string | null;
  readonly waiting: number;
  readonly givenUp: number;
  /** Why the latest that was tried could not be sent. */
  readonly trouble: string | null;
}

export async function list(context: Context, _: Args): Promise<ExitCode> {
  const { ui } = context;
  const { notifications: rules } = loadHomeConfig(context);
  const known = rules.length === 0 ? [] : listNotifications(context.store());
  const rows = rules.map((rule, index) => {
    const mine = known.filter(({ receiver }) => receiver === receiverOf(rule));
    return { number: index + 1, rule, standing: standingOf(mine.filter((one) => isFor(rule, one))) };
  });
  for (const { number, rule, standing } of rows) {
    const { on, connections = null, content } = rule;
    const receiver = receiverName(rule);
    ui.record({ type: "notification-rule", rule: number, receiver, on, connections, content, ...standing });
  }
  if (ui.json) return EXIT.done;
  if (rows.length === 0) ui.out("Nobody is told of anything: config.yaml has no `notifications`");
  const cells = rows.map(({ number, rule, standing }) => [
    `${number}`,
    printable(receiverName(rule)),
    rule.on.join(", "),
    rule.connections?.join(", ") ?? "all",
    standing.lastSent ?? "never",
    `${standing.waiting}`,
    `${standing.givenUp}`,
  ]);
  if (cells.length > 0) for (const line of tableLines(HEAD, cells, ui)) ui.out(line);
  for (const { number, standing } of rows) {
    if (standing.trouble !== null) ui.out(printable(`Rule ${number}: ${standing.trouble}`));
  }
  return EXIT.done;
}

const HEAD = ["RULE", "RECEIVER", "OF", "CONNECTIONS", "LAST SENT", "WAITING", "GIVEN UP"] as const;

function isFor({ on, connections }: NotificationRule, { kind, connection }: Notification): boolean {
  return on.includes(kind) && connections?.includes(connection) !== false;
}

function standingOf(mine: readonly Notification[]): Standing {
  const of = (state: Notification["state"]) => mine.filter((one) => one.state === state);
  const sent = of("sent").map(({ settledMs = 0 }) => settledMs);
  const trouble = mine.find(({ error }) => error !== undefined)?.error;
  return {
    lastSent: sent.length === 0 ? null : new Date(Math.max(...sent)).toISOString(),
    waiting: of("waiting").length,
    givenUp: of("given-up").length,
    trouble: trouble ?? null,
  };
}
