// Makes a fresh clone ready to work: Node's version, npm packages, system packages. Plain Node, as it runs first.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture, run, succeeds, which } from "./commands.mjs";
import { GROUPS, install } from "./packages.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Exits with 2 when this Node is older than package.json allows. */
export function ensureNode() {
  const floor = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).engines.node.replace(
    ">=",
    "",
  );
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [floorMajor, floorMinor] = floor.split(".").map(Number);
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return;
  console.error(
    `Node ${floor} or newer is needed; this is ${process.version}. Get a newer one from https://nodejs.org`,
  );
  process.exit(2);
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Does node_modules hold just what the lockfile says? Optional packages may be missing. */
function modulesCurrent() {
  const wanted = readLock(path.join(root, "package-lock.json"));
  const installed = readLock(path.join(root, "node_modules/.package-lock.json"));
  if (wanted === undefined || installed === undefined) return false;
  const same = Object.entries(installed).every(([name, entry]) => wanted[name]?.version === entry.version);
  const whole = Object.entries(wanted).every(
    ([name, entry]) => name === "" || entry.optional || entry.devOptional || installed[name] !== undefined,
  );
  return same && whole;
}

/** A database driver that was compiled for another Node does not load. */
function driverLoads() {
  return succeeds(process.execPath, [
    "-e",
    `new (require(${JSON.stringify(path.join(root, "node_modules/better-sqlite3"))}))(":memory:")`,
  ]);
}

/** Names Node's own headers to node-gyp, where they came with it: compiling then downloads nothing. */
function withHeaders() {
  const prefix = path.dirname(path.dirname(process.execPath));
  const there = existsSync(path.join(prefix, "include/node/node_version.h"));
  return there ? { ...process.env, npm_package_config_node_gyp_nodedir: prefix } : process.env;
}

/** Ends with 2 when npm fails, naming what it may have lacked. */
function npm(args, title, missing) {
  console.log(`${title} (npm ${args.join(" ")}) …`);
  const started = Date.now();
  const status = run("npm", args, { cwd: root, env: withHeaders(), stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) {
    console.error(`npm ${args.join(" ")} failed with exit ${status}; its own words are above.`);
    if (missing.length > 0) warnMissing(missing, "compiling the database driver needs");
    process.exit(2);
  }
  console.log(`… done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** Installs npm packages unless they are there and up to date. Uses the user's npm settings. Exits with 2 on failure. */
export async function ensureModules() {
  const compiler = async () => (process.platform === "linux" ? await ensureDebian(["build"]) : []);
  if (!modulesCurrent()) {
    const title = "Installing npm packages, a minute or two where the database driver is compiled";
    npm(["ci"], title, await compiler());
  }
  if (!driverLoads()) {
    const title = `Compiling the database driver for Node ${process.version}`;
    npm(["rebuild", "better-sqlite3"], title, await compiler());
  }
  if (driverLoads()) return;
  console.error("The database driver better-sqlite3 does not load.");
  console.error(`Install a compiler, then try again:\n  ${install("build")}\n  npm rebuild better-sqlite3`);
  process.exit(2);
}

/** How apt is called here, or undefined where it cannot be. */
function apt() {
  if (which("apt-get") === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  return which("sudo") !== undefined && succeeds("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined;
}

function listsEmpty() {
  try {
    return !readdirSync("/var/lib/apt/lists").some((name) => name.includes("_Packages"));
  } catch {
    return true;
  }
}

async function aptGet(prefix, args) {
  const words = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
  return await capture(words[0], words.slice(1));
}

async function aptInstall(prefix, packages) {
  const args = ["install", "-y", "--no-install-recommends", ...packages];
  if (!listsEmpty()) {
    const done = await aptGet(prefix, args);
    if (done.status === 0) return done;
  }
  // Lists that are missing or out of date: packages are not found, or are no longer where the lists say.
  const updated = await aptGet(prefix, ["update"]);
  return updated.status === 0 ? await aptGet(prefix, args) : updated;
}

/**
 * Installs the missing ones of these groups of system packages where that needs no password; see packages.mjs.
 * @returns {Promise<{group: string, title: string, reason: string, command: string}[]>} what stays missing
 */
export async function ensureDebian(groups) {
  const missing = groups.filter((group) => !GROUPS[group].present());
  if (missing.length === 0) return [];
  const prefix = apt();
  const leave = (reason, left) =>
    left.map((group) => ({ group, title: GROUPS[group].title, reason, command: install(group) }));
  if (prefix === undefined) {
    const why =
      which("apt-get") === undefined ? "apt-get is not here" : "neither root nor sudo without a password";
    return leave(`not installed, and cannot be installed by this script: ${why}`, missing);
  }
  console.log(`Installing ${missing.map((group) => GROUPS[group].title).join(", ")} (apt-get) …`);
  const started = Date.now();
  const done = await aptInstall(prefix, [...new Set(missing.flatMap((group) => GROUPS[group].packages))]);
  console.log(
    `… ${done.status === 0 ? "done" : "failed"} in ${((Date.now() - started) / 1000).toFixed(0)} s`,
  );
  const left = missing.filter((group) => !GROUPS[group].present());
  return leave(done.status === 0 ? "still not found after apt-get" : tail(done), left);
}

function tail({ stdout, stderr }) {
  const lines = `${stdout}\n${stderr}`.trim().split("\n");
  return `apt-get failed: ${
    (lines
      .filter((line) => line.startsWith("E:"))
      .slice(0, 3)
      .join(" ") ||
      lines.at(-1)) ??
    ""
  }`;
}

/** Tells, so that nobody overlooks it, what is missing, what that means, and how to get it. */
export function warnMissing(missing, meaning) {
  const bar = "!".repeat(100);
  console.error(bar);
  for (const { title, reason, command } of missing) {
    console.error(`! ${meaning} ${title}: ${reason}`);
    console.error(`!   to have it: ${command}`);
  }
  console.error(bar);
}
