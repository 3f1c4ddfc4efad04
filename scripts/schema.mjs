// Writes schema/*.json from the schemas that the program itself checks `ainstein.yaml`, `ainstein.workspace.yaml` and tasks with.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = `${root}node_modules/.schema-${process.pid}.mjs`;
const contents = `
export { configJsonSchema } from "./src/content/config-schema.ts";
export { workspaceJsonSchema } from "./src/content/workspace-schema.ts";
export { taskJsonSchema } from "./src/tasks/json-schema.ts";`;

function write(name, schema) {
  writeFileSync(`${root}schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
}

try {
  await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  });
  const { configJsonSchema, workspaceJsonSchema, taskJsonSchema } = await import(pathToFileURL(bundle).href);
  mkdirSync(`${root}schema`, { recursive: true });
  write("ainstein.schema.json", configJsonSchema());
  write("ainstein.workspace.schema.json", workspaceJsonSchema());
  write("task.schema.json", taskJsonSchema());
  execFileSync("npx", ["biome", "format", "--write", "schema"], { cwd: root, stdio: "ignore" });
} finally {
  rmSync(bundle, { force: true });
}
