// Every command of the program. Imports data only: a command's code is loaded when it is called.
import { EXIT, type ExitCode } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";
import { CONTENT_COMMANDS } from "./table-content.ts";
import { DOCTOR_COMMANDS } from "./table-doctor.ts";
import { HISTORY_COMMANDS } from "./table-history.ts";
import { NOTIFICATION_COMMANDS } from "./table-notifications.ts";
import { RUN_COMMANDS } from "./table-runs.ts";
import { SANDBOX_COMMANDS } from "./table-sandbox.ts";
import { SERVICE_COMMANDS } from "./table-services.ts";
import { SETUP_COMMANDS } from "./table-setup.ts";
import { SHELL_COMMANDS } from "./table-shell.ts";
import { TASK_COMMANDS } from "./table-task.ts";
import { WEBHOOK_COMMANDS } from "./table-webhooks.ts";

export const GROUPS: readonly { readonly title: string; readonly entries: readonly Entry[] }[] = [
  { title: "Setting up", entries: SETUP_COMMANDS },
  { title: "Working with content", entries: [...CONTENT_COMMANDS, ...WEBHOOK_COMMANDS] },
  { title: "Carrying out tasks", entries: [...TASK_COMMANDS, ...SERVICE_COMMANDS] },
  {
    title: "Looking back",
    entries: [...RUN_COMMANDS, ...HISTORY_COMMANDS, ...DOCTOR_COMMANDS, ...NOTIFICATION_COMMANDS],
  },
  { title: "Trying out", entries: SANDBOX_COMMANDS },
  { title: "In the shell", entries: SHELL_COMMANDS },
];

export const COMMANDS: readonly Entry[] = GROUPS.flatMap(({ entries }) => entries);

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
