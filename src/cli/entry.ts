import type { Command } from "../commands/context.ts";
import type { ExitCode } from "../lib/exit.ts";
import type { Flag, Known } from "./flags.ts";

export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Name of the switch that stands in its place. */
  readonly unless?: string;
  /** Takes all that follows; only the last one may. */
  readonly many?: boolean;
  /** What may stand there; help begins with the names of platforms. */
  readonly of?: Known;
}

/** One command as data: what help shows, what the parser accepts, and where the code is. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** What a person wants to know before the first use; one paragraph. */
  readonly about: string;
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  readonly exits: readonly ExitCode[];
  /** Changes nothing anywhere; others only look with --dry-run. */
  readonly looks?: true;
  /** Goes on until it is interrupted: that is its proper end. */
  readonly serves?: true;
  /**
   * `connections show wp`: each is parsed by itself and reaches the command with its name as first positional. Of a
   * command that takes arguments itself, a first argument that is no action's name is one of those.
   */
  readonly actions?: readonly Action[];
  readonly load: () => Promise<Command>;
}

export interface Action {
  readonly name: string;
  readonly summary: string;
  /** The flags of its command are not for it. */
  readonly apart?: true;
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
}
