import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";

/** Commands for trying things out. */
export const SANDBOX_COMMANDS: readonly Entry[] = [
  {
    name: "sandbox",
    summary: "try a platform on this machine, without a site",
    about:
      "Starts an imitation of a platform on this machine, with content to play with: connect, pull, publish, and whatever is done ends with it. Requests and answers keep to what the platform itself publishes; what it assumes beyond that is told in docs/sandbox.md.",
    positionals: [{ name: "platform", help: "shopify, webflow or wix" }],
    flags: [
      { name: "port", value: "n", type: "count", help: "port to listen on (default: any)" },
      { name: "empty", help: "begin without content" },
    ],
    examples: ["ainstein-cms sandbox shopify", "ainstein-cms sandbox webflow --port 8455 --json"],
    exits: [EXIT.done, EXIT.usage],
    serves: true,
    load: async () => (await import("../commands/sandbox.ts")).sandbox,
  },
];
