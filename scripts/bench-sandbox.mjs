// The program's sandboxes as Node can run them from the sources.
import { symlinkSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./setup.mjs";

/** What `src/sandbox/<platform>/server.ts` exports, built in this directory. */
export async function sandboxModule(dir, platform) {
  symlinkSync(path.join(root, "node_modules"), path.join(dir, "node_modules"));
  symlinkSync(path.join(root, "fixtures"), path.join(dir, "fixtures"));
  const outfile = path.join(dir, `src/sandbox/${platform}.mjs`);
  await build({
    entryPoints: [path.join(root, `src/sandbox/${platform}/server.ts`)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  });
  return import(pathToFileURL(outfile).href);
}
