// Writes schema/ainstein.schema.json from the schema that the program itself checks `ainstein.yaml` with.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = `${root}node_modules/.schema-${process.pid}.mjs`;
try {
  await build({
    absWorkingDir: root,
    entryPoints: ["src/content/config-schema.ts"],
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  });
  const { configJsonSchema } = await import(pathToFileURL(bundle).href);
  mkdirSync(`${root}schema`, { recursive: true });
  writeFileSync(`${root}schema/ainstein.schema.json`, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  execFileSync("npx", ["biome", "format", "--write", "schema"], { cwd: root, stdio: "ignore" });
} finally {
  rmSync(bundle, { force: true });
}
