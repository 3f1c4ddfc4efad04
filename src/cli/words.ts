// What a shell is told at each press of the Tab key, as far as that can be told without this machine's names.
import { printable } from "../lib/redact.ts";
import { type Candidate, type Expected, expectedAt } from "./candidates.ts";
import { GLOBAL_FLAGS } from "./flags.ts";
import { COMMANDS } from "./table.ts";
import { TOPICS } from "./topics.ts";

/** `words`: what was typed behind the program's name; the last is the unfinished one. */
export function expectedOf(words: readonly string[]): Expected {
  return expectedAt(words, { commands: COMMANDS, flags: GLOBAL_FLAGS, topics: TOPICS });
}

/** `word<Tab>what it is`. */
export function wordLine({ value, help }: Candidate): string {
  return help === "" ? value : `${value}\t${printable(help)}`;
}

/** Undefined where names of this machine are wanted. Lines for the shell's script, as `completion words` prints them. */
export function fixedLines(words: readonly string[]): readonly string[] | undefined {
  const { words: fixed, source } = expectedOf(words);
  if (source !== undefined && source !== "files" && source !== "directories") return undefined;
  return [...fixed.map(wordLine), ...(source === undefined ? [] : [`:${source}`])];
}
