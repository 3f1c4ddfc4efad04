import { EXIT } from "../lib/exit.ts";
import type { Action, Entry, Positional } from "./entry.ts";
import type { Flag } from "./flags.ts";
import {
  CARRYING_OUT,
  DRY_RUN,
  GUARDS,
  LOSSY,
  ONLINE,
  REPORT,
  RUN_ARCHIVE,
  UNDO_OUT,
  YES,
} from "./table-flags.ts";

const RUN: Positional = { name: "run", help: "id of the run or the beginning of one, or `last`", of: "runs" };
const AGAIN: readonly Flag[] = [DRY_RUN, YES, ...CARRYING_OUT];

const ACTIONS: readonly Action[] = [
  {
    name: "list",
    summary: "list the latest runs, newest first, as `runs` alone does",
    positionals: [],
    flags: [{ name: "limit", value: "n", type: "count", help: "so many (default: 20)" }],
  },
  {
    name: "show",
    summary: "show the documents of a run and what became of each",
    positionals: [RUN],
    flags: [REPORT],
  },
  {
    name: "resume",
    summary: "carry out what a run, or any, did not come to, planned anew",
    positionals: [{ ...RUN, optional: true, help: `${RUN.help} (default: --all)` }],
    flags: [
      { name: "all", help: "all runs that wait or whose process is gone, shared with who else does this" },
      ...AGAIN,
    ],
  },
  {
    name: "retry",
    summary: "carry out what failed in a run, planned anew",
    positionals: [RUN],
    flags: AGAIN,
  },
  {
    name: "undo",
    summary: "take a run back, except what was edited since",
    positionals: [
      { ...RUN, optional: true, help: `${RUN.help}; with --from only where the file has several` },
      { name: "paths", optional: true, many: true, help: "only these files or directories" },
    ],
    flags: [
      DRY_RUN,
      { name: "with-files", help: "give files back what they said, instead of holding them" },
      { name: "from", value: "file", help: "a run of another machine, as --undo-out collected it there" },
      YES,
      ...GUARDS,
      LOSSY,
      UNDO_OUT,
      RUN_ARCHIVE,
      REPORT,
      ...ONLINE,
    ],
  },
  {
    name: "import",
    summary: "take in runs of other installations, as --run-archive kept them there",
    positionals: [{ name: "archives", many: true, help: "directories of --run-archive, or files of them" }],
    flags: [],
  },
  {
    name: "prune",
    summary: "delete texts and records of runs that are older than they are to be kept",
    positionals: [],
    flags: [
      { name: "keep-texts", value: "days", type: "count", help: "days that texts are kept (default: 400)" },
      { name: "keep-audit", value: "days", type: "count", help: "days that runs are kept (default: 400)" },
      { name: "dry-run", help: "say what would go and delete nothing" },
    ],
  },
];

/** Commands about what was done. */
export const RUN_COMMANDS: readonly Entry[] = [
  {
    name: "runs",
    summary: "list runs, take them up again, undo them",
    about:
      "Every run that writes is recorded: who began it, what became of each document, and what was there before. `undo` takes a run back document by document; what somebody edited since is a conflict and stays as it is.",
    positionals: [],
    flags: [],
    actions: ACTIONS,
    examples: [
      "ainstein-cms runs",
      "ainstein-cms runs undo last --dry-run",
      "ainstein-cms runs undo 1a2b3c4d posts --with-files",
      "ainstein-cms runs retry last --yes",
      "ainstein-cms runs resume --yes",
      "ainstein-cms runs import /mnt/runs",
    ],
    exits: [
      EXIT.done,
      EXIT.failed,
      EXIT.usage,
      EXIT.conflicts,
      EXIT.auth,
      EXIT.unavailable,
      EXIT.locked,
      EXIT.interrupted,
    ],
    load: async () => (await import("../commands/runs.ts")).runs,
  },
];
