import type { Vault } from "../auth/vault.ts";
import type { Emit } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";
import type { ExitCode } from "../lib/exit.ts";
import type { Ui } from "../report/ui.ts";
import type { Store } from "../store/db.ts";
import type { Tuning } from "./pacing.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything a command is given. Made once, by src/cli; whatever was opened is closed by `dispose`. */
export interface Context {
  readonly env: Environment;
  /** AINSTEIN_HOME. Exists, mode 0700, once `store` was called. */
  readonly home: string;
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborted at the first Ctrl-C; a step in flight is finished, nothing new is begun. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly ui: Ui;
  readonly version: string;
  /** How fast the command line wants sites to be asked; it wins over what is set for a connection. */
  readonly tuning?: Tuning;
  /** Opened on first use. */
  readonly store: () => Store;
  readonly vault: () => Vault;
  readonly dispose: () => void;
}

/** What the command line was parsed to: positional arguments, and flags by camelCase name. */
export interface Args {
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

export type Command = (context: Context, args: Args) => Promise<ExitCode>;
