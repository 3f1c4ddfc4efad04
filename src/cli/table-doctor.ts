import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";
import { ONLINE } from "./table-flags.ts";

/** Commands that say what is wrong. */
export const DOCTOR_COMMANDS: readonly Entry[] = [
  {
    name: "doctor",
    summary: "find out what is wrong, and what helps",
    about:
      "Without a name, looks at this machine: Node, home directory, disk, database, keychain, clock, what ended processes left, content directories and their lockfiles. With the name of a connection, goes the way to its site step by step: name, certificate, answer, clock, sign-in, rights, version, budget, tokens, webhooks. Says what it saw, what that means and what helps. Exits with 1 where something is broken.",
    positionals: [
      {
        name: "connection",
        optional: true,
        help: "connection to look at (default: this machine)",
        of: "connections",
      },
    ],
    flags: [
      {
        name: "fix",
        help: "mend what is ours: locks and runs of ended processes, a lockfile that is gone, room in the database",
      },
      ...ONLINE,
    ],
    examples: ["ainstein-cms doctor", "ainstein-cms doctor --fix", "ainstein-cms doctor wp-client --json"],
    exits: [EXIT.done, EXIT.failed, EXIT.usage],
    load: async () => (await import("../commands/doctor.ts")).doctor,
  },
];
