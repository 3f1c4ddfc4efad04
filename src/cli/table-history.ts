import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";
import { ONLINE } from "./table-flags.ts";

/** Commands that look back. */
export const HISTORY_COMMANDS: readonly Entry[] = [
  {
    name: "history",
    summary: "show who changed what, when, and what it said",
    about:
      "Shows every version of a document that is known, newest first: what runs sent, found, wrote and read, merged with git's commits and the site's own revisions, and where that knowledge ends. --at prints what one side said at a time. Reads only.",
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
    ],
    exits: [EXIT.done, EXIT.usage, EXIT.auth],
    looks: true,
    load: async () => (await import("../commands/history.ts")).history,
  },
];
