import type { Entry } from "./entry.ts";

/** Commands that compare content with sites and move it. */
export const CONTENT_COMMANDS: readonly Entry[] = [];
