import type { Flag } from "./flags.ts";

// Flags that more than one group of commands has.
export const YES: Flag = { name: "yes", help: "do not ask; covers no removal and no mass change" };
export const DRY_RUN: Flag = { name: "dry-run", help: "print the plan and change nothing" };
export const MAX_DELETE: Flag = {
  name: "max-delete",
  value: "n",
  type: "count",
  help: "remove n at most; lifts the guard that far",
};
export const GUARDS: readonly Flag[] = [
  MAX_DELETE,
  {
    name: "max-changes",
    value: "n",
    type: "count",
    help: "change n live entries at most; lifts the guard that far",
  },
];
export const LOSSY: Flag = { name: "allow-lossy", help: "send documents of which the site drops a part" };
export const CANARY: Flag = {
  name: "canary",
  value: "n",
  type: "count",
  help: "carry out the first n steps only, and read them back",
};
export const COMMIT: Flag = {
  name: "commit-lockfile",
  help: "commit ainstein.lock, and nothing else, to git afterwards",
};

/** Of every command that talks to sites. */
export const ONLINE: readonly Flag[] = [
  {
    name: "deadline",
    value: "time",
    type: "duration",
    help: "begin nothing new after so long, e.g. 90s, 30m, 2h",
  },
  { name: "rate", value: "n", help: "send n requests per second at most, e.g. 5 or 0.5" },
  { name: "concurrency", value: "n", help: "send n requests at one time at most" },
  {
    name: "politeness",
    value: "how",
    choices: ["gentle", "normal", "fast"],
    help: "how hard sites may be worked that state no limit (default: normal)",
  },
];

/** Of every command that writes. */
export const UNDO_OUT: Flag = {
  name: "undo-out",
  value: "file",
  help: "collect in a file what undoing this run elsewhere takes",
};

/** Of every command that writes. */
export const RUN_ARCHIVE: Flag = {
  name: "run-archive",
  value: "dir",
  help: "keep all that is recorded of this run in a directory, encrypted",
};

/** Of every command that carries out or shows runs. */
export const REPORT: Flag = {
  name: "report",
  value: "file",
  repeatable: true,
  help: "write a report: .html, .json or .junit.xml; again for more",
};

/** Of every command that carries out a plan on a site. */
export const CARRYING_OUT: readonly Flag[] = [
  ...GUARDS,
  LOSSY,
  CANARY,
  COMMIT,
  UNDO_OUT,
  RUN_ARCHIVE,
  REPORT,
  ...ONLINE,
];
