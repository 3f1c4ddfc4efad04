import type { Entry } from "./entry.ts";
import { EXIT_MEANINGS } from "./table.ts";
import { TOPICS } from "./topics.ts";

/** What follows the list of commands in `ainstein-cms help`. */
export function afterCommands(): string {
  return `
Start with:
  $ ainstein-cms connect wordpress --name acme --url https://example.org
  $ ainstein-cms publish ./posts --target acme
or, without a site:
  $ ainstein-cms sandbox shopify

Every option may also come from the environment: AINSTEIN_PLAN_OUT for
--plan-out, 1 or 0 for a switch. Not so the consents (--yes, --force, --delete,
--max-*, --allow-*), --target and secrets. The command line wins.

\`ainstein-cms help <topic>\` tells the rest; \`ainstein-cms help help\` lists
the topics.
`;
}

/** What follows in the help of `help`. */
export function afterHelp(): string {
  const lines = TOPICS.map(({ name, summary }) => `  ${name.padEnd(17)}${summary}`);
  return `\nTopics:\n${lines.join("\n")}\n`;
}

/** What follows the options in the help of one command. */
export function afterEntry(entry: Entry): string {
  const examples = entry.examples.map((line) => `  $ ${line}`).join("\n");
  const exits = entry.exits.map((code) => `${String(code).padStart(5)}  ${EXIT_MEANINGS[code]}`).join("\n");
  return `\nExamples:\n${examples}\n\nExit codes:\n${exits}\n`;
}
