import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";

const OFFLINE = [EXIT.done, EXIT.failed, EXIT.usage] as const;

/** Commands that prepare a machine or a directory. */
export const SETUP_COMMANDS: readonly Entry[] = [];
void OFFLINE;
