import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Editor, startEditor } from "./editor.ts";

/** Hundreds of packages that nothing else needs: only the long proofs install them, or who asks for them. */
export const asksForNewest =
  process.env.AINSTEIN_SWEEP !== undefined || process.env.AINSTEIN_BLOCKS === "newest";

/** The editor of the newest packages that the project has tried, made on first use. */
export function newestEditor(): Editor {
  const bundle = fileURLToPath(new URL("../../.cache/wordpress-blocks/editor.js", import.meta.url));
  if (!existsSync(bundle)) {
    const script = fileURLToPath(new URL("../../scripts/newest-blocks.mjs", import.meta.url));
    execFileSync(process.execPath, [script], { stdio: "inherit" });
  }
  return startEditor((run) => run(readFileSync(bundle, "utf8")));
}
