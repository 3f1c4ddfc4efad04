import { EXIT } from "../lib/exit.ts";
import type { Entry, Positional } from "./entry.ts";
import type { Flag } from "./flags.ts";

const TARGET: Flag = {
  name: "target",
  value: "name",
  repeatable: true,
  help: "connection to work with; repeat it for several, or `all`",
};

const CHECKSUM: Flag = { name: "checksum", help: "read every body, trusting no listing" };

const EXIT_CODE: Flag = { name: "exit-code", help: "exit 3 when something would change" };

/** How a command that writes may be looked at beforehand, and what it may do without asking. */
const PLANNING: readonly Flag[] = [
  { name: "dry-run", help: "print the plan and change nothing" },
  { name: "plan-out", value: "file", help: "save the plan for `apply` and change nothing" },
  EXIT_CODE,
  CHECKSUM,
];

const CONSENTS: readonly Flag[] = [
  { name: "yes", help: "do not ask; covers no removal and no mass change" },
  { name: "delete", help: "carry out removals" },
  { name: "max-delete", value: "n", type: "count", help: "allow up to n removals in one run" },
  {
    name: "max-changes",
    value: "n",
    type: "count",
    help: "allow up to n updates of live entries in one run",
  },
];

const LOSSY: Flag = { name: "allow-lossy", help: "send documents of which the site drops a part" };

const PATHS: Positional = {
  name: "paths",
  optional: true,
  many: true,
  help: "files or directories (default: the whole root)",
};

const ALWAYS = [EXIT.done, EXIT.usage, EXIT.auth, EXIT.unavailable] as const;
const WRITES = [
  EXIT.done,
  EXIT.failed,
  EXIT.usage,
  EXIT.pending,
  EXIT.conflicts,
  EXIT.auth,
  EXIT.unavailable,
  EXIT.locked,
  EXIT.interrupted,
] as const;

/** Commands that compare content with sites and move it. */
export const CONTENT_COMMANDS: readonly Entry[] = [];
void [TARGET, PLANNING, CONSENTS, LOSSY, PATHS, ALWAYS, WRITES];
