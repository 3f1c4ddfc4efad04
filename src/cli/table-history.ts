import { EXIT } from "../lib/exit.ts";
import type { Action, Entry, Positional } from "./entry.ts";
import { ONLINE } from "./table-flags.ts";

const CONNECTION: Positional = {
  name: "connection",
  optional: true,
  help: "connection to look at (default: all)",
  of: "connections",
};

const ACTIONS: readonly Action[] = [
  {
    name: "calls",
    summary:
      "show the requests that were sent, what came of them, and what was decided; --json with what signs them",
    apart: true,
    positionals: [CONNECTION],
    flags: [
      {
        name: "run",
        value: "id",
        spoken: true,
        of: "runs",
        help: "of this run alone; the beginning of its id will do",
      },
      {
        name: "since",
        value: "date",
        spoken: true,
        help: "not before, e.g. 2026-01-31 or 2026-01-31T09:30Z",
      },
      { name: "until", value: "date", spoken: true, help: "before" },
      {
        name: "only",
        value: "kind",
        choices: ["reads", "writes", "decisions"],
        help: "requests that only looked, those that may change something, or what runs decided and did",
      },
      {
        name: "entry",
        value: "id",
        spoken: true,
        help: "what was decided about this entry; or about a file, by its path in the root",
      },
      { name: "failed", help: "what was refused or not answered" },
      { name: "limit", value: "n", type: "count", help: "the last so many of each connection (default: 50)" },
      { name: "all", help: "all of them, for an export" },
    ],
  },
  {
    name: "verify",
    summary: "tell whether this record, and the journal of runs, is as it was written",
    apart: true,
    positionals: [CONNECTION],
    flags: [
      {
        name: "file",
        value: "file",
        spoken: true,
        help: "an export instead (calls --all --json), and whether the record here still holds all of it",
      },
    ],
  },
];

/** Commands that look back. */
export const HISTORY_COMMANDS: readonly Entry[] = [
  {
    name: "history",
    summary: "show who changed what, when, and what it said",
    about:
      "Shows every version of a document that is known, newest first: what runs sent, found, wrote and read, merged with git's commits and the site's own revisions, and where that knowledge ends. --at prints what one side said at a time. `history calls` shows the requests themselves, `history verify` tells whether that record was tampered with. Reads only.",
    positionals: [{ name: "path", optional: true, help: "file of the document, or address of its entry" }],
    flags: [
      {
        name: "target",
        value: "name",
        repeatable: true,
        of: "connections",
        help: "connection to look at; again for more (default: all)",
      },
      { name: "at", value: "date", help: "print the text of then, e.g. 2026-01-31 or 2026-01-31T09:30Z" },
      {
        name: "side",
        value: "side",
        choices: ["site", "file"],
        help: "with --at: whose text (default: site)",
      },
      { name: "conflicts", help: "show conflicts and how they were settled (default: of the whole root)" },
      { name: "offline", help: "ask no site" },
      ...ONLINE,
    ],
    examples: [
      "ainstein-cms history posts/hello.md",
      "ainstein-cms history posts/hello.md --at 2026-01-31 > then.md",
      "ainstein-cms history --conflicts",
      "ainstein-cms history calls acme --failed --since 2026-01-31",
      "ainstein-cms history verify",
    ],
    exits: [EXIT.done, EXIT.failed, EXIT.usage, EXIT.auth],
    looks: true,
    actions: ACTIONS,
    load: async () => (await import("../commands/history.ts")).history,
  },
  {
    name: "metrics",
    summary: "print figures of all connections, as Prometheus reads them",
    about:
      "Prints requests by what came of them, how long they took, the share of the vendor's quota in use, open circuits, the queue, runs, conflicts, and the days until tokens end, for each connection; with --json a line for each figure. Asks no site. `webhooks serve` offers the same at /metrics of its --admin-port.",
    positionals: [],
    flags: [],
    examples: ["ainstein-cms metrics", "ainstein-cms metrics > /var/lib/node_exporter/ainstein.prom"],
    exits: [EXIT.done],
    looks: true,
    load: async () => (await import("../commands/metrics.ts")).metrics,
  },
];
