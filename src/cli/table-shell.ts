import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";

/** Commands for those who type commands. */
export const SHELL_COMMANDS: readonly Entry[] = [
  {
    name: "completion",
    summary: "complete commands and names with the Tab key",
    about:
      "Prints a script that lets a shell complete commands, options, names of connections, runs and files. It asks the program itself, so that it never grows old. docs/shell.md says where it belongs.",
    positionals: [],
    flags: [],
    actions: [
      { name: "bash", summary: "print the script for bash", positionals: [], flags: [] },
      { name: "zsh", summary: "print the script for zsh", positionals: [], flags: [] },
      { name: "fish", summary: "print the script for fish", positionals: [], flags: [] },
      {
        name: "words",
        summary: "print what may stand in place of the last word, for these scripts",
        positionals: [
          {
            name: "words",
            optional: true,
            many: true,
            help: "after --, what was typed behind the program's name",
          },
        ],
        flags: [],
      },
    ],
    examples: [
      "ainstein-cms completion bash >> ~/.bash_completion",
      "ainstein-cms completion fish > ~/.config/fish/completions/ainstein-cms.fish",
      'eval "$(ainstein-cms completion zsh)"',
    ],
    exits: [EXIT.done, EXIT.usage],
    looks: true,
    load: async () => (await import("./completion.ts")).completion,
  },
];
