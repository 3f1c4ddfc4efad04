import { describe, expect, it } from "vitest";
import { expectedAt } from "../../src/cli/candidates.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import { COMMANDS } from "../../src/cli/table.ts";
import { TOPICS } from "../../src/cli/topics.ts";

const at = (...words: readonly string[]) =>
  expectedAt(words, { commands: COMMANDS, flags: GLOBAL_FLAGS, topics: TOPICS });
const values = (...words: readonly string[]) => at(...words).words.map(({ value }) => value);

describe("what may stand at the end of a command line", () => {
  it("is a command at first, whatever global flags come before", () => {
    expect(values("")).toEqual([...COMMANDS.map(({ name }) => name), "help"]);
    expect(values("--json", "--home", "dir", "pu")).toEqual(values(""));
  });

  it("is an action of a command that has some, then what the action takes", () => {
    expect(values("connections", "")).toContain("set-url");
    expect(at("connections", "show", "")).toEqual({ words: [], source: "connections" });
    expect(at("connections", "test", "a", "b", "")).toEqual({ words: [], source: "connections" });
    expect(at("connections", "show", "a", "")).toEqual({ words: [] });
    expect(at("runs", "undo", "")).toEqual({ words: [], source: "runs" });
    expect(at("runs", "undo", "last", "")).toEqual({ words: [], source: "files" });
  });

  it("is a flag after a dash: the action's, the command's and the global ones, those given already left out", () => {
    const flags = values("connections", "remove", "acme", "--yes", "--");
    expect(flags).toEqual(expect.arrayContaining(["--keep-remote", "--json", "--help"]));
    expect(flags).not.toContain("--yes");
    expect(flags).not.toContain("--version");
    expect(values("push", "--target", "a", "--")).toContain("--target");
    expect(values("-")).toContain("--version");
  });

  it("is the value of a flag that takes one, behind a space or an equals sign", () => {
    expect(at("push", "--target", "")).toEqual({ words: [], source: "targets" });
    expect(at("push", "--target=ac")).toEqual({ words: [], source: "targets" });
    expect(values("push", "--politeness", "")).toEqual(["gentle", "normal", "fast"]);
    expect(at("push", "--report", "")).toEqual({ words: [], source: "files" });
    expect(at("--home", "")).toEqual({ words: [], source: "directories" });
    expect(at("push", "--rate", "")).toEqual({ words: [] });
    expect(at("push", "--no-such=x")).toEqual({ words: [] });
  });

  it("is an argument again after a switch, and after two dashes nothing but that", () => {
    expect(at("push", "--yes", "")).toEqual({ words: [], source: "files" });
    expect(at("push", "--", "--target", "")).toEqual({ words: [], source: "files" });
    expect(at("fields", "")).toEqual({ words: [], source: "connections" });
    expect(at("connect", "")).toEqual({ words: [], source: "platforms" });
  });

  it("is a command, a topic or an action after help", () => {
    expect(values("help", "")).toEqual([...COMMANDS, ...TOPICS].map(({ name }) => name));
    expect(values("help", "runs", "")).toContain("undo");
    expect(values("help", "runs", "undo", "")).toEqual([]);
  });

  it("is nothing where a word before is no command or action", () => {
    expect(at("psuh", "")).toEqual({ words: [] });
    expect(at("runs", "udno", "")).toEqual({ words: [] });
  });
});

it("arguments and flags that name connections and runs say so in the table", () => {
  const parts = COMMANDS.flatMap((entry) => [
    ...[entry, ...(entry.actions ?? [])].flatMap(({ name, positionals, flags }) => [
      ...positionals.map((positional) => ({ where: `${entry.name} ${name}`, ...positional })),
      ...flags.map((flag) => ({ where: `${entry.name} ${name}`, ...flag })),
    ]),
  ]);
  const named = parts.filter(({ name }) => /^(?:connections?|target|run)$/.test(name));
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((part) => part.of === undefined).map(({ where, name }) => `${where}: ${name}`)).toEqual(
    [],
  );
});

it("no topic has the name of a command", () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(TOPICS.filter(({ name }) => names.includes(name) || name === "help")).toEqual([]);
});
