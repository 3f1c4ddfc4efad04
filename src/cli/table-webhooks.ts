import { EXIT } from "../lib/exit.ts";
import type { Action, Entry, Positional } from "./entry.ts";
import type { Flag } from "./flags.ts";
import { ONLINE } from "./table-flags.ts";

const CONNECTION: Positional = { name: "connection", help: "name of the connection", of: "connections" };
const EVENT: Positional = { name: "event", help: "number of the event, as `webhooks events` lists it" };
const URL: Flag = { name: "url", value: "url", help: "where the platform reaches the receiver, https" };

const ACTIONS: readonly Action[] = [
  {
    name: "serve",
    summary: "take webhooks until interrupted, and do what the installation's config.yaml says",
    positionals: [],
    flags: [
      { name: "host", value: "address", help: "address to listen on (default: 127.0.0.1)" },
      { name: "port", value: "n", type: "count", help: "port to listen on (default: 8787)" },
      {
        name: "admin-port",
        value: "n",
        type: "count",
        help: "another port, of this machine alone, with /healthz, /readyz, /metrics",
      },
      {
        name: "sweep",
        value: "time",
        type: "duration",
        help: "look for what webhooks missed every so often, e.g. 15m",
      },
      ...ONLINE,
    ],
  },
  {
    name: "register",
    summary: "have the platform tell of changes, or say what to do by hand",
    positionals: [CONNECTION],
    flags: [
      URL,
      { name: "secret-stdin", help: "read from stdin what deliveries are verified with" },
      ...ONLINE,
    ],
  },
  {
    name: "list",
    summary: "list webhooks of a connection at the platform, or all that were made from here",
    positionals: [{ ...CONNECTION, optional: true }],
    flags: ONLINE,
  },
  {
    name: "remove",
    summary: "remove webhooks at the platform",
    positionals: [
      CONNECTION,
      { name: "ids", optional: true, many: true, help: "only these (default: all made from here)" },
    ],
    flags: ONLINE,
  },
  {
    name: "events",
    summary: "list what webhooks told, newest first",
    positionals: [{ ...CONNECTION, optional: true }],
    flags: [{ name: "limit", value: "n", type: "count", help: "so many (default: 20)" }],
  },
  { name: "show", summary: "show one event and what came of it", positionals: [EVENT], flags: [] },
  {
    name: "replay",
    summary: "do again what is to be done about an event",
    positionals: [EVENT],
    flags: ONLINE,
  },
  {
    name: "test",
    summary: "send the receiver a signed sample",
    positionals: [CONNECTION],
    flags: [{ ...URL, help: "the receiver's address (default: the one on this machine)" }],
  },
];

/** Commands about what platforms tell by themselves. */
export const WEBHOOK_COMMANDS: readonly Entry[] = [
  {
    name: "webhooks",
    summary: "take what platforms tell of changes: serve, register, events",
    about:
      "Platforms tell of changes by webhooks. `serve` takes them, believes only those that are signed, stores each once, leaves out echoes of our own writes, and then notes or pulls the change as config.yaml in AINSTEIN_HOME says. Webhooks are hints: `--sweep` finds what they missed.",
    positionals: [],
    flags: [],
    actions: ACTIONS,
    examples: [
      "ainstein-cms webhooks register shop --url https://hooks.example.com",
      "ainstein-cms webhooks serve --sweep 15m",
      "ainstein-cms webhooks test shop",
      "ainstein-cms webhooks events shop --limit 5",
    ],
    exits: [EXIT.done, EXIT.failed, EXIT.usage, EXIT.auth, EXIT.unavailable, EXIT.locked, EXIT.interrupted],
    serves: true,
    load: async () => (await import("../commands/webhooks.ts")).webhooks,
  },
];
