import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import envPaths from "env-paths";
import { environmentNames } from "../auth/environment.ts";
import { createKeychain } from "../auth/keychain.ts";
import { createVault, type Vault } from "../auth/vault.ts";
import type { PassphrasePurpose } from "../auth/vault-key.ts";
import type { Args, Context, Environment } from "../commands/context.ts";
import { ofFlag, readTuning } from "../commands/pacing.ts";
import type { Emit } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";
import { isFault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import type { Ui } from "../report/ui.ts";
import { openStore, type Store } from "../store/db.ts";

export interface ContextParts {
  readonly env: Environment;
  readonly cwd: string;
  readonly version: string;
  /** `--home` or AINSTEIN_HOME. */
  readonly home: string | undefined;
  readonly flags: Args["flags"];
  readonly ui: Ui;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const QUESTIONS: Readonly<Record<PassphrasePurpose, string>> = {
  new: "Choose a passphrase for this installation's secrets",
  again: "The same passphrase again",
  open: "Passphrase of this installation's secrets",
};

/** The composition root: what commands are given, each part opened on its first use. */
export function createContext(parts: ContextParts): Context {
  const { env, cwd, ui } = parts;
  const home = resolve(cwd, parts.home ?? envPaths("ainstein-cms", { suffix: "" }).data);
  let store: Store | undefined;
  let vault: Vault | undefined;
  const openedStore = (): Store => {
    store ??= openStoreSomewhere(parts, home);
    return store;
  };
  const openedVault = (): Vault => {
    vault ??= createVault({
      store: openedStore,
      env,
      keychain: createKeychain({ env, attended: ui.interactive }),
      ...(ui.interactive
        ? { askPassphrase: (purpose) => ui.secret(QUESTIONS[purpose], "AINSTEIN_PASSPHRASE") }
        : {}),
      notice: (message) => parts.emit({ type: "notice", level: "warning", message: printable(message) }),
    });
    return vault;
  };
  return {
    env,
    home,
    cwd,
    clock: parts.clock,
    signal: parts.signal,
    emit: parts.emit,
    ui,
    version: parts.version,
    tuning: readTuning(parts.flags, ofFlag),
    store: openedStore,
    vault: openedVault,
    dispose: () => {
      vault?.close();
      store?.close();
    },
  };
}

/**
 * A job whose connections come from the environment may have no home that can be written. Its journal is then kept in
 * a temporary one: for as long as the job lasts, a lost answer is still looked up and not repeated.
 */
function openStoreSomewhere({ env, home: chosen, emit }: ContextParts, home: string): Store {
  try {
    return openStore(home);
  } catch (thrown) {
    const unwritable = isFault(thrown) && ["store.read-only", "store.not-a-directory"].includes(thrown.code);
    if (!unwritable || chosen !== undefined || environmentNames(env).length === 0) throw thrown;
    const temporary = mkdtempSync(join(tmpdir(), "ainstein-cms-"));
    emit({
      type: "notice",
      level: "warning",
      message: `${home} cannot be written: what this run does is recorded in ${temporary}`,
      hint: "set AINSTEIN_HOME to a directory that lasts, to have it from one job to the next",
    });
    return openStore(temporary);
  }
}
