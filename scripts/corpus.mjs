// The packages of test/corpus, whose documents are read and whose code is never run.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { capture } from "./commands.mjs";
import { root } from "./setup.mjs";

const dir = path.join(root, "test/corpus");
const modules = path.join(dir, "node_modules");
const stamp = path.join(modules, ".complete");

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Installs them unless they are there. @returns their directory; undefined where npm failed, which is told */
export async function ensureCorpus() {
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(dir, "package-lock.json")))
    .digest("hex");
  if (read(stamp) === wanted) return modules;
  console.error("Installing the packages whose documents are read, some 350 MB, a few minutes …");
  const omitted = ["--omit=optional", "--omit=peer", "--legacy-peer-deps"];
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", ...omitted];
  const done = await capture("npm", args, { cwd: dir });
  if (done.status !== 0) {
    console.error(`npm ${args.join(" ")} failed in ${dir}:\n${done.stderr.slice(-2000)}`);
    return undefined;
  }
  writeFileSync(stamp, wanted);
  return modules;
}
