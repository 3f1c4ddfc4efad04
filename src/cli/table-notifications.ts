import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";

/** Commands about telling somebody who is not there. */
export const NOTIFICATION_COMMANDS: readonly Entry[] = [
  {
    name: "notifications",
    summary: "tell somebody of failed runs: list, test, check",
    about:
      "Tells whoever config.yaml in AINSTEIN_HOME names, by a webhook that takes what Slack takes or by a command, of failed runs, refused sign-ins, open circuits and sign-ins that end. What is to be told is stored at once and sent at the end of the command; what could not be sent is sent by a later one, or by `webhooks serve`. `check` is for a timer: it looks at all connections and asks no site.",
    positionals: [],
    flags: [],
    actions: [
      {
        name: "list",
        summary: "list the rules, and for each what was sent, waits or was given up",
        positionals: [],
        flags: [],
      },
      {
        name: "test",
        summary: "send each rule's receiver a message that says it is a test",
        positionals: [],
        flags: [
          { name: "rule", value: "n", type: "count", help: "of this rule alone, as `list` numbers them" },
        ],
      },
      {
        name: "check",
        summary: "look for what is to be told, and send what waits",
        positionals: [],
        flags: [],
      },
    ],
    examples: [
      "ainstein-cms notifications list",
      "ainstein-cms notifications test --rule 1",
      "ainstein-cms notifications check --quiet",
    ],
    exits: [EXIT.done, EXIT.failed, EXIT.usage],
    load: async () => (await import("../commands/notifications.ts")).notifications,
  },
];
