import type { Args, Command, Context } from "../commands/context.ts";
import { type KnownName, knownConnections, knownRuns, knownTargets } from "../commands/known-names.ts";
import { manifests } from "../connectors/registry.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Candidate, Source } from "./candidates.ts";
import { COMPLETION_SCRIPTS } from "./completion-scripts.ts";
import type { Known } from "./flags.ts";
import { expectedOf, wordLine } from "./words.ts";

/** Prints the script of a shell, or answers one. */
export const completion: Command = async (context, args) => {
  const [action, ...words] = args.positionals;
  if (action === "words") return answer(context, words);
  const script = COMPLETION_SCRIPTS.get(action ?? "");
  if (script === undefined) {
    throw new Fault("usage", "for which shell?", {
      code: "missing-name",
      hint: `ainstein-cms completion ${[...COMPLETION_SCRIPTS.keys()].join("|")}`,
    });
  }
  context.ui.record({ type: "completion", target: null, shell: action, script });
  context.ui.out(script.trimEnd());
  return EXIT.done;
};

/**
 * A line for each word that may stand there, `word<Tab>what it is`; `:files` or `:directories` alone where the shell finds
 * them itself. Never fails: who pressed Tab wants no error in the middle of a line.
 */
async function answer(context: Context, words: Args["positionals"]): Promise<ExitCode> {
  const { words: fixed, source } = expectedOf(words);
  for (const word of fixed) tell(context, word);
  if (source === "files" || source === "directories") context.ui.out(`:${source}`);
  else if (source !== undefined) {
    for (const { name, about } of await namesOf(context, source)) tell(context, { value: name, help: about });
  }
  return EXIT.done;
}

function tell({ ui }: Context, word: Candidate): void {
  ui.record({ type: "word", target: null, ...word });
  ui.out(wordLine(word));
}

async function namesOf(
  context: Context,
  source: Exclude<Source, "files" | "directories">,
): Promise<readonly KnownName[]> {
  try {
    return await NAMES[source](context);
  } catch {
    return [];
  }
}

const NAMES: Readonly<
  Record<Known, (context: Context) => readonly KnownName[] | Promise<readonly KnownName[]>>
> = {
  platforms: () => manifests.map(({ id, title }) => ({ name: id, about: title })),
  connections: knownConnections,
  targets: knownTargets,
  runs: knownRuns,
};
