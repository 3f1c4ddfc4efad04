import { Fault } from "../lib/fault.ts";
import { type Flag, keyOf, variableOf } from "./flags.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What the argument parser found: the text of each flag by key, `true` for a switch, an array for a repeatable. */
export type Given = Readonly<Record<string, string | true | readonly string[] | undefined>>;

/**
 * Typed values by key: the command line first, then the environment. Flags set by neither are absent.
 * Throws `usage` naming the flag or the variable whose value cannot be used.
 */
export function readFlags(flags: readonly Flag[], given: Given, env: Variables): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const flag of flags) {
    const value = fromCommandLine(flag, given[keyOf(flag)]) ?? fromEnvironment(flag, env);
    if (value !== undefined) values[keyOf(flag)] = value;
  }
  return values;
}

function fromCommandLine(flag: Flag, given: Given[string]): unknown {
  if (given === undefined || given === true) return given;
  const source = `--${flag.name}`;
  if (typeof given === "string") return parse(flag, given, source);
  return given.map((text) => parse(flag, text, source));
}

/** An empty variable counts as unset: it is how CI systems pass on a variable nobody defined. */
function fromEnvironment(flag: Flag, env: Variables): unknown {
  const name = variableOf(flag);
  const text = name === undefined ? undefined : env[name];
  if (name === undefined || text === undefined || text === "") return undefined;
  if (flag.value === undefined) return parseSwitch(text, name);
  if (flag.repeatable !== true) return parse(flag, text, name);
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map((item) => parse(flag, item, name));
}

function parseSwitch(text: string, name: string): boolean | undefined {
  const word = text.toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  if (["0", "false", "no", "off"].includes(word)) return undefined;
  throw new Fault("usage", `${name} is "${text}", which is neither yes nor no`, {
    code: "bad-value",
    hint: `Set ${name}=1 to switch it on, or leave it out.`,
  });
}

function parse(flag: Flag, text: string, source: string): string | number {
  if (flag.choices !== undefined && !flag.choices.includes(text)) {
    throw badValue(source, text, `one of: ${flag.choices.join(", ")}`);
  }
  if (flag.type === "count") {
    if (!/^\d{1,9}$/.test(text)) throw badValue(source, text, "a whole number from 0 up");
    return Number(text);
  }
  if (flag.type === "duration") {
    const ms = durationOf(text);
    if (ms === undefined) throw badValue(source, text, "a time such as 90s, 30m or 2h, at most 500h");
    return ms;
  }
  if (text === "") throw badValue(source, text, `a value (${flag.value ?? ""})`);
  return text;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
/** Timers of node count in 32 bits. */
const LONGEST_MS = 500 * 3_600_000;

/** Milliseconds; undefined for what is no time, none at all, or too long. */
function durationOf(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,7}(?:\.\d{1,3})?)([smh])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

function badValue(source: string, text: string, wanted: string): Fault {
  return new Fault("usage", `${source} is "${text}", but must be ${wanted}`, { code: "bad-value" });
}
