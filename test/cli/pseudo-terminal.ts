import { type IPty, spawn } from "node-pty";

export interface Session {
  /** All that the program wrote, escape sequences included. */
  readonly text: () => string;
  /** Resolves with what was written when the pattern is found in it; rejects after ten seconds. */
  readonly until: (pattern: RegExp) => Promise<string>;
  readonly type: (keys: string) => void;
  readonly exit: Promise<number>;
}

/** Runs a Node program on a real pseudo-terminal of this many columns. */
export function onTerminal(
  args: readonly string[],
  options: { columns?: number; env?: Record<string, string>; cwd?: string } = {},
): Session {
  const { PATH = "" } = process.env;
  const pty: IPty = spawn(process.execPath, [...args], {
    cols: options.columns ?? 80,
    rows: 30,
    name: "xterm-256color",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH, TERM: "xterm-256color", LANG: "C.UTF-8", ...options.env },
  });
  let text = "";
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    text += data;
    for (const watch of watchers) watch();
  });
  const exit = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => resolve(exitCode));
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(watch);
        reject(new Error(`${pattern} is not in: ${JSON.stringify(text)}`));
      }, 10_000);
      const watch = (): void => {
        if (!pattern.test(text)) return;
        clearTimeout(timer);
        watchers.delete(watch);
        resolve(text);
      };
      watchers.add(watch);
      watch();
    });
  return { text: () => text, until, type: (keys) => pty.write(keys), exit };
}
