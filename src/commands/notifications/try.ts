// `notifications test` and `notifications check`: whether receivers can be told, and what they are to be told now.
import { randomUUID } from "node:crypto";
import { secretsIn } from "../../auth/environment.ts";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { messageOf } from "../../report/notification.ts";
import type { Args, Context } from "../context.ts";
import { countFlag, switchFlag } from "../flags.ts";
import { loadHomeConfig, type NotificationRule } from "../home-config.ts";
import { HOME_CONFIG } from "../home-file.ts";
import { receiverName } from "./rules.ts";
import { deliver, sendDue } from "./send.ts";
import { surveyCircuits, surveyRuns, surveyTokens } from "./survey.ts";

/** Sends each rule's receiver, or that of one rule, a message that says it is a test. */
export async function test(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const failed: string[] = [];
  for (const { number, rule } of chosen(context, args)) {
    const trouble = await deliver(context, rule, sample(context, rule));
    const receiver = receiverName(rule);
    ui.record({ type: "notification-test", rule: number, receiver, sent: trouble === undefined, trouble });
    ui.out(
      printable(
        `Rule ${number}: ${receiver} ${trouble === undefined ? "was told" : `was not told: ${trouble}`}`,
      ),
    );
    if (trouble !== undefined) failed.push(receiver);
  }
  return failed.length === 0 ? EXIT.done : EXIT.failed;
}

function chosen(context: Context, args: Args): readonly { number: number; rule: NotificationRule }[] {
  const rules = loadHomeConfig(context).notifications.map((rule, index) => ({ number: index + 1, rule }));
  if (rules.length === 0) throw noRules();
  const wanted = countFlag(args, "rule");
  if (wanted === undefined) return rules;
  const found = rules.filter(({ number }) => number === wanted);
  if (found.length > 0) return found;
  throw new Fault("usage", `There is no rule ${wanted} for notifications, but ${rules.length}.`, {
    code: "notifications.no-such-rule",
    hint: "`ainstein-cms notifications list` numbers them.",
  });
}

function noRules(): Fault {
  return new Fault("usage", `Nobody is told of anything: ${HOME_CONFIG} has no \`notifications\`.`, {
    code: "notifications.no-rules",
    hint: "docs/notifications.md shows how to write one.",
  });
}

function sample(context: Context, { on: [kind = "run-failed"], connections }: NotificationRule) {
  const facts = { help: "nothing needs to be done" };
  const connection = connections?.[0] ?? null;
  const atMs = context.clock.now();
  const told = { id: randomUUID(), kind, connection, atMs, facts, test: true } as const;
  return messageOf(told, secretsIn(context.env));
}

/** For a timer: looks at runs, circuits and sign-ins of all connections, and sends what waits. Asks no site. */
export async function check(context: Context, args: Args): Promise<ExitCode> {
  if (loadHomeConfig(context).notifications.length === 0) throw noRules();
  surveyRuns(context);
  surveyCircuits(context);
  await surveyTokens(context);
  const { sent, later, givenUp } = await sendDue(context);
  context.ui.record({ type: "notifications", sent, later, givenUp });
  const isWell = later + givenUp === 0;
  if (!isWell || !switchFlag(args, "quiet")) context.ui.out(wordsOf(sent, later, givenUp));
  return isWell ? EXIT.done : EXIT.failed;
}

function wordsOf(sent: number, later: number, givenUp: number): string {
  const parts = [
    ...(sent > 0 ? [`${sent} sent`] : []),
    ...(later > 0 ? [`${later} could not be sent and will be tried again`] : []),
    ...(givenUp > 0 ? [`${givenUp} given up`] : []),
  ];
  return parts.length === 0 ? "There is nothing to tell" : `Notifications: ${parts.join(", ")}`;
}
