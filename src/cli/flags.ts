/** What a shell can offer of this machine. `targets`: connections that the root at hand may write to, and `all`. */
export type Known = "platforms" | "connections" | "targets" | "runs";

/** One flag of the command line, as data. The names commands read are the camelCase of `name`. */
export interface Flag {
  /** Long name without dashes. A name beginning with `no-` is a switch that commands read as e.g. `noBrowser`. */
  readonly name: string;
  /** Placeholder of the value in help. A flag without one is a switch. */
  readonly value?: string;
  /**
   * `count` is an integer from 0 up and reaches the command as a number; `duration` is one such as 90s, 30m or 2h and
   * reaches it as a number of milliseconds; `text` (the default) is a string.
   */
  readonly type?: "text" | "count" | "duration";
  readonly choices?: readonly string[];
  /** What may stand there. A value called `file` or `dir` is one of the file system. */
  readonly of?: Known;
  /** No variable sets it: another command's flag of that name has the variable. */
  readonly spoken?: true;
  /** May be given several times; reaches the command as an array. */
  readonly repeatable?: boolean;
  readonly help: string;
}

/** Consents and secrets must be said each time, in the command itself. */
const NOT_FROM_ENVIRONMENT = /^(yes|force|delete|target|version|help|max-.*|allow-.*|.*-stdin)$/;

/** `AINSTEIN_PLAN_OUT` for `plan-out`; undefined for a flag that no variable may set. */
export function variableOf(flag: Flag): string | undefined {
  if (flag.spoken === true || NOT_FROM_ENVIRONMENT.test(flag.name)) return undefined;
  return `AINSTEIN_${flag.name.toUpperCase().replaceAll("-", "_")}`;
}

/** `planOut` for `plan-out`. */
export function keyOf(flag: Flag): string {
  return flag.name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Known to every command; the command line itself acts on most of them. */
export const GLOBAL_FLAGS = [
  { name: "json", help: "print JSON lines on stdout; nothing asks" },
  { name: "quiet", help: "print problems only" },
  { name: "verbose", help: "print every document, and where a defect arose" },
  { name: "debug-http", help: "print each request and answer on stderr, without credentials" },
  { name: "no-color", help: "print without colours (NO_COLOR works too)" },
  { name: "no-input", help: "never ask; fail where an answer is needed" },
  { name: "home", value: "dir", help: "directory of this installation (AINSTEIN_HOME)" },
] as const satisfies readonly Flag[];
