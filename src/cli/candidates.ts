// What may stand at the end of an unfinished command line. Pure: names of this machine are left to who asks.
import type { Action, Entry, Positional } from "./entry.ts";
import type { Flag, Known } from "./flags.ts";

export interface Candidate {
  readonly value: string;
  readonly help: string;
}

/** `files` and `directories` are the shell's own to find. */
export type Source = Known | "files" | "directories";

/** What is expected: these words, or what the source has. Neither where any text may stand. */
export interface Expected {
  readonly words: readonly Candidate[];
  readonly source?: Source;
}

export interface Vocabulary {
  readonly commands: readonly Entry[];
  /** Flags of every command. */
  readonly flags: readonly Flag[];
  /** What `help` explains besides commands. */
  readonly topics: readonly { readonly name: string; readonly summary: string }[];
}

const NOTHING: Expected = { words: [] };
/** Arguments that name files, by their names in the table. */
const FILES = /^(?:paths?|file|plan\.json)$/;

/** How far a command line has been read. */
interface Reading {
  readonly entry: Entry | undefined;
  readonly action: Action | undefined;
  /** Arguments read so far, without the names of command and action. */
  readonly taken: number;
  /** Names of the flags read so far. */
  readonly given: readonly string[];
  /** The flag whose value is the next word. */
  readonly open: Flag | undefined;
  /** Past `--`, where nothing is a flag. */
  readonly plain: boolean;
  /** A word that is no command stands where one must: whatever follows is anybody's guess. */
  readonly lost: boolean;
}

const START: Reading = {
  entry: undefined,
  action: undefined,
  taken: 0,
  given: [],
  open: undefined,
  plain: false,
  lost: false,
};

/** `words`: what was typed behind the program's name; the last is the unfinished one, empty for none. */
export function expectedAt(words: readonly string[], vocabulary: Vocabulary): Expected {
  const [first = ""] = words;
  const last = words.at(-1) ?? "";
  if (first === "help" && words.length > 1) return helpWords(words.slice(1, -1), vocabulary);
  const reading = words.slice(0, -1).reduce((so, word) => read(so, word, vocabulary), START);
  if (reading.lost) return NOTHING;
  if (reading.open !== undefined) return valuesOf(reading.open);
  if (!reading.plain && last.startsWith("-")) return flagWords(reading, last, vocabulary);
  const { entry, action } = reading;
  if (entry === undefined) {
    const help = { value: "help", help: "explain a command or a topic" };
    return { words: [...vocabulary.commands.map(named), help] };
  }
  const actions = action === undefined && reading.taken === 0 ? (entry.actions ?? []).map(named) : [];
  const expected = argumentWords((action ?? entry).positionals, reading.taken);
  return { ...expected, words: [...actions, ...expected.words] };
}

function read(so: Reading, word: string, vocabulary: Vocabulary): Reading {
  if (so.open !== undefined) return { ...so, open: undefined };
  if (!so.plain && word === "--") return { ...so, plain: true };
  if (!so.plain && word.startsWith("-")) {
    const name = word.replace(/^--|=.*$/g, "");
    const flag = flagsOf(so, vocabulary).find((known) => known.name === name);
    const open = flag?.value !== undefined && !word.includes("=") ? flag : undefined;
    return { ...so, given: [...so.given, name], open };
  }
  if (so.entry === undefined) {
    const entry = vocabulary.commands.find(({ name }) => name === word);
    return { ...so, entry, lost: so.lost || entry === undefined };
  }
  if (so.entry.actions !== undefined && so.action === undefined && so.taken === 0) {
    const action = so.entry.actions.find(({ name }) => name === word);
    if (action !== undefined) return { ...so, action };
    if (so.entry.positionals.length === 0) return { ...so, lost: true };
  }
  return { ...so, taken: so.taken + 1 };
}

function flagsOf({ entry, action }: Reading, { flags }: Vocabulary): readonly Flag[] {
  const shared = action?.apart === true ? [] : (entry?.flags ?? []);
  return [...(action?.flags ?? []), ...shared, ...flags];
}

function flagWords(reading: Reading, last: string, vocabulary: Vocabulary): Expected {
  const flags = flagsOf(reading, vocabulary);
  const [, name] = /^--([^=]+)=/.exec(last) ?? [];
  if (name !== undefined) {
    const flag = flags.find((known) => known.name === name);
    return flag === undefined ? NOTHING : valuesOf(flag);
  }
  const left = flags.filter((flag) => flag.repeatable === true || !reading.given.includes(flag.name));
  const own = left.map((flag) => ({ value: `--${flag.name}`, help: flag.help }));
  const version = { value: "--version", help: "print the version" };
  return {
    words: [
      ...own,
      { value: "--help", help: "explain the program or a command" },
      ...(reading.entry === undefined ? [version] : []),
    ],
  };
}

function valuesOf({ choices, of, value }: Flag): Expected {
  if (choices !== undefined) return { words: choices.map((choice) => ({ value: choice, help: "" })) };
  if (of !== undefined) return { words: [], source: of };
  if (value === "file") return { words: [], source: "files" };
  if (value === "dir") return { words: [], source: "directories" };
  return NOTHING;
}

function argumentWords(positionals: readonly Positional[], taken: number): Expected {
  const final = positionals.at(-1);
  const argument = positionals[taken] ?? (final?.many === true ? final : undefined);
  if (argument === undefined) return NOTHING;
  if (argument.of !== undefined) return { words: [], source: argument.of };
  if (FILES.test(argument.name)) return { words: [], source: "files" };
  return argument.name === "dir" ? { words: [], source: "directories" } : NOTHING;
}

function helpWords(before: readonly string[], { commands, topics }: Vocabulary): Expected {
  const [name, ...more] = before;
  if (name === undefined) return { words: [...commands, ...topics].map(named) };
  const actions = commands.find((entry) => entry.name === name)?.actions ?? [];
  return more.length > 0 ? NOTHING : { words: actions.map(named) };
}

function named({ name, summary }: { readonly name: string; readonly summary: string }): Candidate {
  return { value: name, help: summary };
}
