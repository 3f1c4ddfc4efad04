// Every command as data: what help shows, what the parser accepts, and where the code is. Imports no code itself.
import type { Command } from "../commands/context.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import type { Flag } from "./flags.ts";

export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follows; only the last one may. */
  readonly many?: boolean;
}

export interface Entry {
  readonly name: string;
  readonly group: "Setting up" | "Working with content";
  readonly summary: string;
  /** What a person wants to know before the first use; one paragraph. */
  readonly about: string;
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  readonly exits: readonly ExitCode[];
  /** `connections show wp`: each is parsed by itself and reaches the command with its name as first positional. */
  readonly actions?: readonly Action[];
  readonly load: () => Promise<Command>;
}

export interface Action {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
}

/** What each exit code tells a script. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.done]: "done",
  [EXIT.failed]: "some documents failed",
  [EXIT.usage]: "wrong usage or configuration, or a consent is missing",
  [EXIT.pending]: "changes are pending (with --exit-code)",
  [EXIT.conflicts]: "unresolved conflicts",
  [EXIT.auth]: "the site refused the credentials",
  [EXIT.unavailable]: "the site is not available",
  [EXIT.locked]: "another run holds the lock",
  [EXIT.defect]: "a defect of this program",
  [EXIT.interrupted]: "interrupted",
};

export const COMMANDS: readonly Entry[] = [];
