// Bundles src/ into dist/. Packages stay external; each lazily imported command becomes its own chunk.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = path.join(root, "dist");

function filesOf(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Is dist/ what was just built? Chunks carry the hash of their content in their names. */
function upToDate(files) {
  if (!existsSync(dist)) return false;
  const there = new Set(filesOf(dist));
  return (
    there.size === files.length &&
    files.every((file) => there.has(file.path) && readFileSync(file.path).equals(file.contents))
  );
}

/** Written aside and put in place whole, so that a program started meanwhile finds all of its parts. */
function put(files) {
  const fresh = path.join(root, `dist.${process.pid}`);
  const old = `${fresh}.old`;
  for (const file of files) {
    const target = path.join(fresh, path.relative(dist, file.path));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, file.contents);
  }
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["src/cli/main.ts", "src/auth/keychain-child.ts"],
  outbase: "src",
  outdir: "dist",
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  // Lines and names stay as they are for whoever reads a stack; what is said in fewer words is.
  minifySyntax: true,
  chunkNames: "chunks/[name]-[hash]",
  logLevel: "warning",
});
// A program that is running loads its later parts by their names: they stay where nothing changed.
if (!upToDate(outputFiles)) put(outputFiles);
