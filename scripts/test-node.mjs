// npm run test:node -- 22 [arguments of npm test]    the tests on another Node, in a copy of this checkout
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { capture, run } from "./commands.mjs";
import { root } from "./setup.mjs";

/** Node of that version from the registry, with its headers. Returns the directory of its programs. */
function fetchNode(version, dir) {
  const name = `node-${process.platform}-${process.arch}`;
  writeFileSync(path.join(dir, "package.json"), "{}\n");
  if (run("npm", ["install", "--silent", "--prefix", dir, `${name}@${version}`]) !== 0) return undefined;
  return path.join(dir, "node_modules", name, "bin");
}

/** What git tracks or would track, as it is now. Installed packages stay behind: they are compiled for one Node. */
async function copyCheckout(to) {
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = await capture("git", listing, { cwd: root });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`);
  for (const name of listed.stdout.split("\0")) {
    const from = path.join(root, name);
    if (name !== "" && existsSync(from)) cpSync(from, path.join(to, name), { verbatimSymlinks: true });
  }
  run("git", ["init", "--quiet"], { cwd: to });
  run("git", ["add", "--all"], { cwd: to });
}

const [version = "", ...rest] = process.argv.slice(2);
if (!/^\d+(?:\.\d+){0,2}$/.test(version)) {
  console.error("usage: npm run test:node -- <version of Node> [arguments of npm test]");
  process.exit(2);
}
const dir = mkdtempSync(path.join(tmpdir(), "ainstein-node-"));
try {
  const programs = fetchNode(version, dir);
  if (programs === undefined) {
    console.error(`Node ${version} cannot be had; npm's own words are above.`);
    process.exitCode = 2;
  } else {
    const checkout = path.join(dir, "checkout");
    await copyCheckout(checkout);
    const env = { ...process.env, PATH: `${programs}${path.delimiter}${process.env.PATH}` };
    const test = path.join(checkout, "scripts/test.mjs");
    process.exitCode = run(path.join(programs, "node"), [test, ...rest], { cwd: checkout, env });
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
