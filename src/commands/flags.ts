// Flags as the command line's parser left them: the types were checked there.
import { Fault } from "../lib/fault.ts";
import type { Args } from "./context.ts";

export function textFlag(args: Args, name: string): string | undefined {
  const value = args.flags[name];
  return typeof value === "string" ? value : undefined;
}

export function countFlag(args: Args, name: string): number | undefined {
  const value = args.flags[name];
  return typeof value === "number" ? value : undefined;
}

/** 0 is a free one. Throws `usage` for a number that no port has. */
export function portFlag(args: Args, name: string): number | undefined {
  const port = countFlag(args, name);
  if (port === undefined || port <= 65_535) return port;
  throw new Fault("usage", `There is no port ${port}.`, {
    code: "bad-port",
    hint: "Ports go up to 65535; leave it out for the usual one.",
  });
}

export function switchFlag(args: Args, name: string): boolean {
  return args.flags[name] === true;
}

export function listFlag(args: Args, name: string): readonly string[] {
  const value = args.flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The one positional of an action of `connections`. Throws `usage` when it is missing. */
export function nameOf(args: Args, action: string): string {
  const [name] = args.positionals;
  if (name !== undefined) return name;
  throw new Fault("usage", `Which connection?`, {
    code: "missing-name",
    hint: `ainstein-cms connections ${action} <name>; ainstein-cms connections list shows them.`,
  });
}
