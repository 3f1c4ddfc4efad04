import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "./context.ts";

/** In AINSTEIN_HOME: what this installation does by itself. */
export const HOME_CONFIG = "config.yaml";

/** Looks for the file alone, as every command does. */
export function hasHomeConfig({ home }: Pick<Context, "home">): boolean {
  return existsSync(join(home, HOME_CONFIG));
}
