// WordPress's newest block editor as one script for a window, from packages that nothing else here needs.
//   node scripts/newest-blocks.mjs    installs them (over 1 GB, for a moment) and leaves .cache/wordpress-blocks/editor.js
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { run } from "./commands.mjs";
import { root } from "./setup.mjs";

const packages = path.join(root, "test/wordpress-blocks/newest");
const cache = path.join(root, ".cache/wordpress-blocks");
const ENTRY = `
import * as blocks from "@wordpress/blocks";
import { registerCoreBlocks } from "@wordpress/block-library";
registerCoreBlocks();
globalThis.wp = { blocks };`;

mkdirSync(cache, { recursive: true });
const dir = mkdtempSync(path.join(cache, "install-"));
try {
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
    copyFileSync(path.join(packages, name), path.join(dir, name));
  }
  if (run("npm", ["ci"], { cwd: dir, stdio: ["ignore", "inherit", "inherit"] }) !== 0) {
    throw new Error("the packages of WordPress's editor could not be installed");
  }
  await build({
    absWorkingDir: dir,
    stdin: { contents: ENTRY, resolveDir: dir },
    outfile: "editor.js",
    bundle: true,
    format: "iife",
    platform: "browser",
    loader: { ".css": "empty" },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  renameSync(path.join(dir, "editor.js"), path.join(cache, "editor.js"));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
