// Bundles src/ into dist/. Packages stay external; each lazily imported command becomes its own chunk.
import { renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
// Built aside and put in place whole, so that a program started meanwhile finds all of its parts.
const fresh = `dist.${process.pid}`;
await build({
  absWorkingDir: root,
  entryPoints: ["src/cli/main.ts", "src/auth/keychain-child.ts"],
  outbase: "src",
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  chunkNames: "chunks/[name]-[hash]",
  logLevel: "warning",
});
rmSync(`${root}/dist`, { recursive: true, force: true });
renameSync(`${root}/${fresh}`, `${root}/dist`);
