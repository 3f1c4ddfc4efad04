// Commands that the installation's own configuration names: run with nothing of ours, and never for ever.
import { execFile, spawn } from "node:child_process";
import { endGroup, hasGroups } from "../store/processes.ts";
import type { Environment } from "./context.ts";

/** What a program needs to run as its owner set it up: no key, no connection, no credentials of anything else. */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TMPDIR|DISPLAY|WAYLAND_DISPLAY|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|SYSTEMROOT|SYSTEMDRIVE|PATHEXT|COMSPEC|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMFILES.*|WINDIR)$/i;

export interface RuleCommand {
  /** The program, then its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly cwd?: string | undefined;
  /** Of this process; the command gets a small part of it. */
  readonly env: Environment;
  /** What it finds on its standard input. */
  readonly input: string;
  /** After so many milliseconds it is ended, with all that it started. */
  readonly limitMs: number;
}

/** Completes `the command x …`; undefined where it ended well. Never throws. */
export type Trouble = string | undefined;

/** Runs a command to its end. What it prints is dropped. */
export function runRuleCommand({ command, cwd, env, input, limitMs }: RuleCommand): Promise<Trouble> {
  const [program = "", ...args] = command;
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && NEEDED.test(name));
  return new Promise<Trouble>((resolve) => {
    let isLate = false;
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: Object.fromEntries(kept),
      stdio: ["pipe", "ignore", "ignore"],
      detached: hasGroups,
      windowsHide: true,
    });
    const timer = setTimeout(() => {
      isLate = true;
      endTree(child.pid);
    }, limitMs);
    const end = (trouble: Trouble): void => {
      clearTimeout(timer);
      resolve(trouble);
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      end(error.code === "ENOENT" ? "was not found" : `could not be run (${error.code ?? error.message})`);
    });
    child.once("exit", (status, signal) => {
      if (isLate) end(`was ended after ${limitMs / 1000} s`);
      else if (status === 0) end(undefined);
      else end(status === null ? `was ended by ${signal}` : `ended with ${status}`);
    });
    // A program need not read what it is given.
    child.stdin.once("error", () => {});
    child.stdin.end(input);
  }).catch((thrown: NodeJS.ErrnoException) => `could not be run (${thrown.code ?? thrown.message})`);
}

function endTree(pid: number | undefined): void {
  if (pid === undefined) return;
  if (hasGroups) endGroup(pid);
  else execFile("taskkill", ["/pid", `${pid}`, "/T", "/F"], () => {});
}
