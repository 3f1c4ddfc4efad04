import { resolve } from "node:path";
import envPaths from "env-paths";
import { createKeychain } from "../auth/keychain.ts";
import { createVault, type Vault } from "../auth/vault.ts";
import type { PassphrasePurpose } from "../auth/vault-key.ts";
import type { Context, Environment } from "../commands/context.ts";
import type { Emit } from "../engine/events.ts";
import { systemClock } from "../lib/clock.ts";
import { printable } from "../lib/redact.ts";
import type { Ui } from "../report/ui.ts";
import { openStore, type Store } from "../store/db.ts";

export interface ContextParts {
  readonly env: Environment;
  readonly cwd: string;
  readonly version: string;
  /** `--home` or AINSTEIN_HOME. */
  readonly home: string | undefined;
  readonly ui: Ui;
  readonly emit: Emit;
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
    store ??= openStore(home);
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
    clock: systemClock,
    signal: parts.signal,
    emit: parts.emit,
    ui,
    version: parts.version,
    store: openedStore,
    vault: openedVault,
    dispose: () => {
      vault?.close();
      store?.close();
    },
  };
}
