import { FILE_FORMATS, STATES } from "../content/document.ts";
import { EXIT } from "../lib/exit.ts";
import type { Entry, Positional } from "./entry.ts";
import type { Flag } from "./flags.ts";
import {
  CANARY,
  CARRYING_OUT,
  COMMIT,
  DRY_RUN,
  GUARDS,
  LOSSY,
  MAX_DELETE,
  ONLINE,
  REPORT,
  RUN_ARCHIVE,
  UNDO_OUT,
  YES,
} from "./table-flags.ts";

const TARGET: Flag = {
  name: "target",
  value: "name",
  repeatable: true,
  of: "targets",
  help: "connection to work with; again for more, or `all`",
};

const ALL_ROOTS: Flag = {
  name: "all-roots",
  help: "each root of ainstein.workspace.yaml, with its own targets",
};

const CHECKSUM: Flag = { name: "checksum", help: "read every body, trusting no listing" };
const EXIT_CODE: Flag = { name: "exit-code", help: "exit 3 when something would change" };

/** What a command that writes may be asked to show beforehand. */
const PLANNING: readonly Flag[] = [
  DRY_RUN,
  { name: "plan-out", value: "file", help: "save the plan too; with --dry-run for `apply`" },
  { ...EXIT_CODE, help: "with --dry-run, exit 3 when something would change" },
  CHECKSUM,
];

const DELETE: Flag = { name: "delete", help: "carry out removals" };

/** Of commands that only look. */
const COMPARING: readonly Flag[] = [
  TARGET,
  EXIT_CODE,
  CHECKSUM,
  { name: "delete", help: "show removals too" },
  ...ONLINE,
];

const FILE: Positional = { name: "path", help: "file of the document" };
const PATHS: Positional = {
  name: "paths",
  optional: true,
  many: true,
  help: "files or directories (default: all of the root)",
};

const LOOKS = [
  EXIT.done,
  EXIT.failed,
  EXIT.usage,
  EXIT.pending,
  EXIT.conflicts,
  EXIT.auth,
  EXIT.unavailable,
] as const;
const BINDS = [EXIT.done, EXIT.failed, EXIT.usage, EXIT.auth, EXIT.unavailable] as const;
const WRITES = [...LOOKS, EXIT.locked, EXIT.interrupted] as const;

/** Commands that compare content with sites and move it. */
export const CONTENT_COMMANDS: readonly Entry[] = [
  {
    name: "status",
    summary: "show what differs between files and sites",
    about:
      "Compares files and entries with the state both last agreed on, and shows the plan at a glance. Reads only.",
    positionals: [PATHS],
    flags: [
      ...COMPARING,
      ALL_ROOTS,
      { name: "overdue", help: "list entries that should be live by now and are not, instead; exit 1" },
      { name: "media", help: "list uploads made from here that nothing shows any more, instead" },
    ],
    examples: ["ainstein-cms status", "ainstein-cms status posts --target wp-client --exit-code"],
    exits: LOOKS,
    looks: true,
    load: async () => (await import("../commands/status.ts")).status,
  },
  {
    name: "diff",
    summary: "show what differs, word by word",
    about:
      "Shows for each document that differs what the file says against what the site says: [-old-] and {+new+} words in lines that were edited, - and + lines where they were replaced. Reads only.",
    positionals: [PATHS],
    flags: [
      ...COMPARING,
      {
        name: "format",
        value: "format",
        choices: ["text", "markdown"],
        spoken: true,
        help: "markdown is a comment for a pull request, without texts that are not public (default: text)",
      },
    ],
    examples: [
      "ainstein-cms diff",
      "ainstein-cms diff posts/hello.md --target wp-client",
      "ainstein-cms diff --target wp-client --format markdown > comment.md",
    ],
    exits: LOOKS,
    looks: true,
    load: async () => (await import("../commands/diff.ts")).diff,
  },
  {
    name: "push",
    summary: "send local changes to the sites",
    about:
      "Sends what changed in the files since both sides last agreed, after showing the plan. New documents become drafts unless they say otherwise; what changed on both sides is a conflict and stays as it is.",
    positionals: [PATHS],
    flags: [
      TARGET,
      ...PLANNING,
      YES,
      DELETE,
      ...GUARDS,
      LOSSY,
      CANARY,
      { name: "release", help: "send files that are held since their change was undone" },
      COMMIT,
      UNDO_OUT,
      RUN_ARCHIVE,
      REPORT,
      ...ONLINE,
    ],
    examples: [
      "ainstein-cms push --target wp-client",
      "ainstein-cms push posts --target wp-client --dry-run --plan-out plan.json",
    ],
    exits: WRITES,
    load: async () => (await import("../commands/push.ts")).push,
  },
  {
    name: "pull",
    summary: "bring changes of the sites into the files",
    about:
      "Writes what changed on the site since both sides last agreed into the files: only the blocks and fields that changed. In an empty directory it writes every entry, or those that the options below choose.",
    positionals: [PATHS],
    flags: [
      TARGET,
      ALL_ROOTS,
      { name: "kind", value: "name", repeatable: true, help: "only entries of this kind; again for more" },
      {
        name: "status",
        value: "state",
        repeatable: true,
        choices: STATES,
        help: "only entries in this state; again for more",
      },
      { name: "since", value: "date", help: "only entries changed since, e.g. 2026-01-31" },
      { name: "limit", value: "n", type: "count", help: "at most n new entries, the newest first" },
      {
        name: "format",
        value: "format",
        choices: FILE_FORMATS,
        help: "new files are md or json (default: as `content:` names them)",
      },
      ...PLANNING,
      { ...YES, help: "do not ask before files are removed" },
      DELETE,
      ...GUARDS,
      CANARY,
      COMMIT,
      UNDO_OUT,
      RUN_ARCHIVE,
      REPORT,
      ...ONLINE,
    ],
    examples: [
      "ainstein-cms pull --target wp-client",
      "ainstein-cms pull --target wp-client --kind page --status draft --limit 20",
    ],
    exits: WRITES,
    load: async () => (await import("../commands/pull.ts")).pull,
  },
  {
    name: "sync",
    summary: "bring both sides in step",
    about:
      "Sends what changed in the files, brings what changed on the sites, and merges documents that were changed on both sides: field by field, and the body block by block and line by line. What does not merge is a conflict and stays as it is; `resolve` settles it.",
    positionals: [PATHS],
    flags: [TARGET, ...PLANNING, YES, DELETE, ...CARRYING_OUT],
    examples: ["ainstein-cms sync --target wp-client", "ainstein-cms sync posts --target all --yes"],
    exits: WRITES,
    load: async () => (await import("../commands/sync.ts")).sync,
  },
  {
    name: "resolve",
    summary: "settle conflicts, at the prompt or by strategy",
    about:
      "Goes through the documents that both sides changed: shows both versions word by word and asks, field by field and passage by passage, which one to keep. Writes the files and the lockfile, never a site: the next push sends what was settled. In scripts --strategy decides, or `onConflict` in ainstein.yaml by field.",
    positionals: [PATHS],
    flags: [
      TARGET,
      {
        name: "strategy",
        value: "how",
        choices: ["ours", "theirs", "merge", "newest"],
        help: "for all conflicts: ours (the file), theirs (the site), merge (what merges), newest (last commit against last change there)",
      },
      { ...DRY_RUN, help: "show what would be settled and change nothing" },
      UNDO_OUT,
      RUN_ARCHIVE,
      ...ONLINE,
    ],
    examples: [
      "ainstein-cms resolve",
      "ainstein-cms resolve posts/hello.md --target wp-client",
      "ainstein-cms resolve --strategy merge --target wp-client",
    ],
    exits: WRITES,
    load: async () => (await import("../commands/resolve.ts")).resolve,
  },
  {
    name: "publish",
    summary: "push and set live, in bulk",
    about:
      "Sends documents like push and sets them live, except those whose status is draft, pending, private or archived. A directory without ainstein.yaml works too: it becomes the root, its .md files posts.",
    positionals: [{ ...PATHS, optional: false, unless: "all-roots", help: "files or directories" }],
    flags: [TARGET, ALL_ROOTS, ...PLANNING, YES, DELETE, ...CARRYING_OUT],
    examples: [
      "ainstein-cms publish ./posts --target wp-client",
      "ainstein-cms publish ./posts --target wp-client --yes --json",
      "ainstein-cms publish --all-roots --yes",
    ],
    exits: WRITES,
    load: async () => (await import("../commands/publish.ts")).publish,
  },
  {
    name: "apply",
    summary: "carry out a saved plan, or refuse it",
    about:
      "Carries out exactly the plan that --plan-out saved. If anything it speaks of has changed since, nothing is sent.",
    positionals: [{ name: "plan.json", help: "file that --plan-out wrote" }],
    flags: [
      DRY_RUN,
      CHECKSUM,
      { name: "skip-moved", help: "carry out the steps that still hold; the others are conflicts" },
      { ...YES, help: "do not ask before removals" },
      ...CARRYING_OUT,
    ],
    examples: ["ainstein-cms apply plan.json"],
    exits: WRITES,
    load: async () => (await import("../commands/apply.ts")).apply,
  },
  {
    name: "link",
    summary: "bind a file to an entry",
    about:
      "Binds a file to an entry that is already on the site, changing neither. Later runs keep the two in step.",
    positionals: [FILE, { name: "entry", help: "id or address of the entry" }],
    flags: [TARGET, ...ONLINE],
    examples: [
      "ainstein-cms link posts/hello.md https://example.org/hello/",
      "ainstein-cms link posts/hello.md 17 --target wp-client",
    ],
    exits: BINDS,
    load: async () => (await import("../commands/link.ts")).link,
  },
  {
    name: "unlink",
    summary: "stop managing a file",
    about:
      "Forgets which entry a file belongs to and leaves it alone from then on. Neither file nor entry is touched.",
    positionals: [FILE],
    flags: [TARGET, ...ONLINE],
    examples: ["ainstein-cms unlink posts/hello.md --target wp-client"],
    exits: BINDS,
    load: async () => (await import("../commands/unlink.ts")).unlink,
  },
  {
    name: "media",
    summary: "list and delete uploads that nothing shows",
    about:
      "Lists uploads that were made from here and that neither a document of this root nor an entry of the site shows, in any size. Themes, widgets, patterns, what the API does not show, and the trash are not looked through. `remove` deletes uploads for good: no trash keeps them.",
    positionals: [],
    flags: [TARGET, ...ONLINE],
    actions: [
      { name: "list", summary: "list uploads that nothing shows", positionals: [], flags: [] },
      {
        name: "remove",
        summary: "delete uploads for good",
        positionals: [{ name: "ids", optional: true, many: true, help: "ids of uploads" }],
        flags: [
          { name: "orphaned", help: "all uploads made from here that nothing shows" },
          DRY_RUN,
          { ...YES, help: "do not ask; takes --delete besides" },
          DELETE,
          MAX_DELETE,
        ],
      },
    ],
    examples: [
      "ainstein-cms media --target wp-client",
      "ainstein-cms media remove 123 --target wp-client --delete",
      "ainstein-cms media remove --orphaned --target wp-client --delete --dry-run",
    ],
    exits: [...BINDS, EXIT.locked, EXIT.interrupted],
    load: async () => (await import("../commands/media.ts")).media,
  },
  {
    name: "open",
    summary: "show the entry of a file in the browser",
    about:
      "Opens the entry as visitors see it, or its edit screen. Without a terminal it prints the address only.",
    positionals: [FILE],
    flags: [TARGET, ...ONLINE, { name: "edit", help: "open the site's edit screen instead" }],
    examples: ["ainstein-cms open posts/hello.md", "ainstein-cms open posts/hello.md --edit"],
    exits: BINDS,
    load: async () => (await import("../commands/open.ts")).open,
  },
];
