// Finding programs and running them. Plain Node: needed before any package is installed.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import path from "node:path";

/** Where to look: servers live in sbin, which is not on an ordinary user's PATH. */
function searchPath() {
  const own = (process.env.PATH ?? "").split(path.delimiter).filter((dir) => dir !== "");
  return [...new Set([...own, "/usr/local/sbin", "/usr/sbin", "/sbin"])];
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Absolute path of the program, or undefined. */
export function which(name) {
  return searchPath()
    .map((dir) => path.join(dir, name))
    .find(executable);
}

/** Absolute path of the first program whose name matches, the highest name first, or undefined. */
export function whichMatching(pattern) {
  for (const dir of searchPath()) {
    let names;
    try {
      names = readdirSync(dir);
    } catch {
      continue;
    }
    const found = names
      .filter((name) => pattern.test(name))
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
      .find((name) => executable(path.join(dir, name)));
    if (found !== undefined) return path.join(dir, found);
  }
  return undefined;
}

/** Runs to the end with the terminal passed through. Returns the exit status, 1 when it could not be started. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { stdio: "inherit", ...options });
  return done.status ?? 1;
}

/** Did it run and end with 0? Its output is dropped. */
export function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/**
 * Runs to the end and returns what it said. Never throws for a failure of the program.
 * @returns {Promise<{status: number, stdout: string, stderr: string}>}
 */
export function capture(command, args, { input = "", ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, stdout, stderr }));
    child.stdin.on("error", () => undefined); // a program that ends without reading its input
    child.stdin.end(input);
  });
}
