import { Command, CommanderError, type HelpConfiguration, Option } from "commander";
import type { Args } from "../commands/context.ts";
import { manifests } from "../connectors/registry.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Ui } from "../report/ui.ts";
import type { Entry, Positional } from "./entry.ts";
import { type Flag, GLOBAL_FLAGS, keyOf } from "./flags.ts";
import { afterCommands, afterEntry, afterHelp } from "./help.ts";
import { COMMANDS, GROUPS } from "./table.ts";
import { TOPICS, type Topic } from "./topics.ts";
import { type Given, readFlags } from "./values.ts";

export const PROGRAM = "ainstein-cms";

/** What the command line asked for: a command with its arguments, or just something to be told. */
export type Invocation =
  | { readonly entry: Entry; readonly args: Args }
  | { readonly tell: (ui: Ui) => Promise<void> }
  | { readonly print: string; readonly exit: ExitCode };

interface Asked {
  readonly entry: Entry;
  readonly flags: readonly Flag[];
  readonly positionals: readonly string[];
  readonly command: Command;
}

/** Throws `usage` for anything the table does not know, with the nearest thing that it does. */
export function parseCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  version: string,
  columns: number,
): Invocation {
  let printed = "";
  let asked: Asked | undefined;
  let topic: Topic | undefined;
  const program = buildProgram(version, columns, {
    print: (text) => {
      printed += text;
    },
    ask: (request) => {
      asked = request;
    },
    explain: (found) => {
      topic = found;
    },
  });
  try {
    program.parse(argv, { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.code === "commander.version" && argv.includes("--verbose")) return versionTold(version, env);
    if (thrown.exitCode === 0) return { print: printed, exit: EXIT.done };
    if (thrown.code === "commander.help") return { print: printed, exit: EXIT.usage };
    throw usageFault(thrown, argv);
  }
  if (topic !== undefined) return topicTold(topic, columns);
  if (asked === undefined) return { print: printed, exit: EXIT.done };
  const flags = [...GLOBAL_FLAGS, ...asked.flags];
  const values = readFlags(flags, givenFlags(flags, asked.command), env);
  refuseNeither(asked, values);
  return { entry: asked.entry, args: { positionals: asked.positionals, flags: values } };
}

/** Loaded only when it is asked for, as the code of a command is. */
function topicTold(topic: Topic, columns: number): Invocation {
  const tell = async (ui: Ui): Promise<void> => {
    const { topicText } = await import("./topic-text.ts");
    const text = topicText(topic, columns, ui.colour);
    ui.record({ type: "topic", target: null, topic: topic.name, text });
    ui.out(text.trimEnd());
  };
  return { tell };
}

function versionTold(version: string, env: Readonly<Record<string, string | undefined>>): Invocation {
  const tell = async (ui: Ui): Promise<void> => {
    const { versionDetails } = await import("./version-details.ts");
    const details = await versionDetails(version, env);
    ui.record({ type: "version", target: null, version, details: Object.fromEntries(details) });
    for (const [name, value] of details) ui.out(`${`${name}:`.padEnd(17)} ${value}`);
  };
  return { tell };
}

/** Of an argument and the switch that stands in its place, one is needed. */
function refuseNeither({ entry, positionals }: Asked, values: Readonly<Record<string, unknown>>): void {
  for (const [index, { name, unless }] of entry.positionals.entries()) {
    if (unless === undefined || positionals.length > index) continue;
    if (values[keyOf({ name: unless, help: "" })] === true) continue;
    throw new Fault("usage", `missing required argument '${name}'`, {
      hint: `${PROGRAM} help ${entry.name} shows how it is used; --${unless} stands in its place.`,
    });
  }
}

interface Sink {
  print(text: string): void;
  ask(request: Asked): void;
  explain(topic: Topic): void;
}

function buildProgram(version: string, columns: number, sink: Sink): Command {
  const program = new Command(PROGRAM)
    .description("Keep directories of Markdown and JSON in step with content management systems.")
    .usage("<command> [options]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain the program or a command")
    .helpCommand(false)
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({
      writeOut: sink.print,
      writeErr: sink.print,
      outputError: () => {},
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addFlags(program, GLOBAL_FLAGS);
  for (const { title, entries } of GROUPS) {
    program.commandsGroup(`${title}:`);
    for (const entry of entries) addEntry(program, entry, sink);
  }
  program.commandsGroup("More:");
  program
    .command("help")
    .argument("[command...]", "name of a command, or of a topic")
    .description("explain a command or a topic")
    .addHelpText("after", afterHelp())
    .action((names: readonly string[]) => {
      const topic = names.length === 1 ? TOPICS.find(({ name }) => name === names[0]) : undefined;
      if (topic === undefined) sink.print(helpText(program, names));
      else sink.explain(topic);
    });
  return program.addHelpText("after", afterCommands());
}

/** A list of commands shows their names; what they take is in their own help. */
const HELP: HelpConfiguration = { showGlobalOptions: true, subcommandTerm: (command) => command.name() };

function addEntry(program: Command, entry: Entry, sink: Sink): void {
  const command = program.command(entry.name).summary(entry.summary).description(entry.about);
  const ask = (flags: readonly Flag[], positionals: readonly string[], asked: Command): void =>
    sink.ask({ entry, flags, positionals, command: asked });
  addFlags(command, entry.flags);
  if (entry.actions === undefined || entry.positionals.length > 0) {
    addPositionals(command, entry.positionals);
    command.action(() => ask(entry.flags, command.args, command));
  } else {
    command.usage("[action] [options]").argument("[action]");
    command.action((name: string | undefined) => {
      if (name !== undefined)
        throw unknownName("action", name, entry.actions ?? [], `${PROGRAM} help ${entry.name}`);
      ask(entry.flags, [], command);
    });
  }
  for (const action of entry.actions ?? []) {
    const flags = action.apart === true ? action.flags : [...entry.flags, ...action.flags];
    const child = command.command(action.name).summary(action.summary).description(sentence(action.summary));
    addFlags(child, flags);
    addPositionals(child, action.positionals);
    child.action(() => ask(flags, [action.name, ...child.args], child));
  }
  command.addHelpText("after", afterEntry(entry));
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

function addPositionals(command: Command, positionals: readonly Positional[]): void {
  for (const { name, help, optional, unless, many, of } of positionals) {
    const names = of === "platforms" ? `${manifests.map(({ id }) => id).join(", ")} ` : "";
    const inner = many === true ? `${name}...` : name;
    const either = unless === undefined ? "" : `, or --${unless}`;
    command.argument(
      optional === true || unless !== undefined ? `[${inner}]` : `<${inner}>`,
      names + help + either,
    );
  }
}

function addFlags(command: Command, flags: readonly Flag[]): void {
  for (const flag of flags) {
    const value = flag.value === undefined ? "" : ` <${flag.value}>`;
    const option = new Option(`--${flag.name}${value}`, flag.help);
    if (flag.repeatable === true) option.argParser(collect);
    command.addOption(option);
  }
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Commander keeps `--no-x` as `x: false`, and the default as `x: true`. */
function givenFlags(flags: readonly Flag[], command: Command): Given {
  const found = command.optsWithGlobals<Record<string, string | boolean | readonly string[] | undefined>>();
  const given: Record<string, string | true | readonly string[] | undefined> = {};
  for (const flag of flags) {
    const negated = flag.name.startsWith("no-");
    const value = found[keyOf(negated ? { ...flag, name: flag.name.slice(3) } : flag)];
    if (negated) given[keyOf(flag)] = value === false ? true : undefined;
    else given[keyOf(flag)] = value === false ? undefined : value;
  }
  return given;
}

function helpText(program: Command, names: readonly string[]): string {
  let command = program;
  for (const name of names) {
    const found = command.commands.find((candidate) => candidate.name() === name);
    const known = command.commands.map((candidate) => ({ name: candidate.name() }));
    const topics = command === program ? TOPICS : [];
    const what = command === program ? "command or topic" : "action";
    if (found === undefined) throw unknownName(what, name, [...known, ...topics], `${PROGRAM} help`);
    command = found;
  }
  return fullHelp(command);
}

/** `helpInformation` alone leaves out the texts added after it. */
function fullHelp(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

function unknownName(
  what: string,
  name: string,
  known: readonly { readonly name: string }[],
  list: string,
): Fault {
  const nearest = nearestName(
    name,
    known.map((item) => item.name),
  );
  const hint = nearest === undefined ? `${list} lists them.` : `Did you mean ${nearest}?`;
  return new Fault("usage", `unknown ${what} "${name}"`, { hint });
}

/** Commander's sentence becomes the message, its suggestion the hint. */
function usageFault(error: CommanderError, argv: readonly string[]): Fault {
  const [first = "", ...rest] = error.message.split("\n");
  const suggestion = rest.join(" ").replace(/^\(|\)$/g, "");
  // `services connect` is about services, though there is a command `connect`, too.
  const command = argv.find((word) => COMMANDS.some(({ name }) => name === word));
  const action = strangeAction(argv, command);
  if (action !== undefined && error.code === "commander.excessArguments") return action;
  const help = command === undefined ? `${PROGRAM} help` : `${PROGRAM} help ${command}`;
  return new Fault("usage", first.replace(/^error: /, ""), {
    hint: suggestion === "" ? `${help} shows how it is used.` : suggestion,
  });
}

/** An action that is misspelt looks like an argument too many, and what comes after it like another. */
function strangeAction(argv: readonly string[], command: string | undefined): Fault | undefined {
  const { actions = [] } = COMMANDS.find(({ name }) => name === command) ?? {};
  const word = command === undefined ? undefined : argv[argv.indexOf(command) + 1];
  if (word === undefined || actions.length === 0 || actions.some(({ name }) => name === word))
    return undefined;
  return unknownName("action", word, actions, `${PROGRAM} help ${command}`);
}
