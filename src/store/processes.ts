import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { kill, pid as ownPid, platform, versions } from "node:process";
import { errorCode } from "./failures.ts";

/** A process, told apart from later ones with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** When it started, in a form only good for comparing; "" where the system does not tell. */
  readonly startTime: string;
  /** Where `pid` means something: the machine, and on Linux the pid name space when it is a container's. */
  readonly host: string;
}

/** Of the Node that runs this process, as "24.1.0". */
export const nodeVersion: string = versions.node;

/** `pid:[…]` of the name space a Linux system boots with (PROC_PID_INIT_INO in linux/proc_ns.h). */
const FIRST_NAMESPACE = "pid:[4026531836]";

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)) and the boot it counts from; "" where there is no such file. */
export function startTimeOf(pid: number): string {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const boot = tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  // The command name in field 2 may hold spaces and parentheses, so counting starts behind its last one.
  const ticks = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return ticks === undefined ? "" : `${boot?.trim() ?? ""}:${ticks}`;
}

export function thisProcess(): ProcessId {
  const space = tryRead(() => readlinkSync("/proc/self/ns/pid"));
  const host = space === undefined || space === FIRST_NAMESPACE ? hostname() : `${hostname()}/${space}`;
  return { pid: ownPid, startTime: startTimeOf(ownPid), host };
}

/** Is this process of our own host still running? A later process with the same number does not count. */
export function isRunning({ pid, startTime }: Pick<ProcessId, "pid" | "startTime">): boolean {
  try {
    kill(pid, 0);
  } catch (thrown) {
    // EPERM: it runs, as another user.
    if (errorCode(thrown) !== "EPERM") return false;
  }
  const now = startTimeOf(pid);
  return now === "" || startTime === "" || now === startTime;
}

/** Whether a child can be made the head of a group, so that what it starts can be ended with it. */
export const hasGroups: boolean = platform !== "win32";

/** Ends the group of processes that this child of ours is the head of, at once; nothing where it is gone. */
export function endGroup(head: number): void {
  tryRead(() => kill(-head, "SIGKILL"));
}
