import type { Entry } from "./entry.ts";
import { EXIT_MEANINGS } from "./table.ts";

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
`;
}

/** What follows the options in the help of one command. */
export function afterEntry(entry: Entry): string {
  const examples = entry.examples.map((line) => `  $ ${line}`).join("\n");
  const exits = entry.exits.map((code) => `${String(code).padStart(5)}  ${EXIT_MEANINGS[code]}`).join("\n");
  return `\nExamples:\n${examples}\n\nExit codes:\n${exits}\n`;
}
