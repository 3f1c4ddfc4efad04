// What `doctor` looks at.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DATABASE, type Store } from "../../store/db.ts";
import type { Context } from "../context.ts";

export interface Machine {
  readonly context: Context;
  /** Whether what is ours may be mended. */
  readonly fix: boolean;
}

/** Undefined where there is no database: looking makes none. */
export function storeOf({ home, store }: Pick<Context, "home" | "store">): Store | undefined {
  return existsSync(resolve(home, DATABASE)) ? store() : undefined;
}
