import { describe, expect, it } from "vitest";
import { type Flag, GLOBAL_FLAGS, keyOf, variableOf } from "../../src/cli/flags.ts";
import { COMMANDS } from "../../src/cli/table.ts";
import { readFlags } from "../../src/cli/values.ts";
import { isFault } from "../../src/lib/fault.ts";

const FLAGS: readonly Flag[] = [
  { name: "plan-out", value: "file", help: "" },
  { name: "limit", value: "n", type: "count", help: "" },
  { name: "kind", value: "name", repeatable: true, help: "" },
  { name: "auth", value: "method", choices: ["browser", "key"], help: "" },
  { name: "no-browser", help: "" },
  { name: "yes", help: "" },
  { name: "max-delete", value: "n", type: "count", help: "" },
  { name: "password-stdin", help: "" },
  { name: "allow-lossy", help: "" },
  { name: "target", value: "name", repeatable: true, help: "" },
];

const TIME: readonly Flag[] = [{ name: "deadline", value: "time", type: "duration", help: "" }];

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (isFault(thrown, "usage")) return thrown.message;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

describe("values of flags", () => {
  it.each([
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["1.5h", 5_400_000],
  ])("that are times reach commands in milliseconds: %s", (text, ms) => {
    expect(readFlags(TIME, { deadline: text }, {})).toEqual({ deadline: ms });
    expect(readFlags(TIME, {}, { AINSTEIN_DEADLINE: text })).toEqual({ deadline: ms });
  });

  it.each(["30", "0m", "-5m", "1d", "600h", "m", "5 minutes", "1e3s"])(
    "that are no times are refused: %s",
    (text) => {
      expect(refusal(() => readFlags(TIME, { deadline: text }, {}))).toContain(
        `--deadline is "${text}", but must be a time such as`,
      );
    },
  );

  it("come from the command line before the environment", () => {
    const env = {
      AINSTEIN_PLAN_OUT: "env.json",
      AINSTEIN_LIMIT: "3",
      AINSTEIN_KIND: "post, page",
      AINSTEIN_NO_BROWSER: "yes",
    };
    expect(readFlags(FLAGS, {}, env)).toEqual({
      planOut: "env.json",
      limit: 3,
      kind: ["post", "page"],
      noBrowser: true,
    });
    expect(readFlags(FLAGS, { planOut: "a.json", limit: "0", kind: ["x"] }, env)).toEqual({
      planOut: "a.json",
      limit: 0,
      kind: ["x"],
      noBrowser: true,
    });
  });

  it("are absent where neither says anything, an empty or negative variable included", () => {
    expect(readFlags(FLAGS, {}, { AINSTEIN_PLAN_OUT: "", AINSTEIN_NO_BROWSER: "false" })).toEqual({});
  });

  it("never come from the environment for consents, targets and secrets", () => {
    const env = Object.fromEntries(
      FLAGS.map(({ name }) => [`AINSTEIN_${name.toUpperCase().replaceAll("-", "_")}`, "1"]),
    );
    const values = readFlags(FLAGS, {}, { ...env, AINSTEIN_AUTH: "key" });
    expect(Object.keys(values).sort()).toEqual(["auth", "kind", "limit", "noBrowser", "planOut"]);
  });

  it("name the flag or the variable when they cannot be used", () => {
    expect(refusal(() => readFlags(FLAGS, { limit: "-1" }, {}))).toBe(
      '--limit is "-1", but must be a whole number from 0 up',
    );
    expect(refusal(() => readFlags(FLAGS, {}, { AINSTEIN_LIMIT: "many" }))).toContain(
      'AINSTEIN_LIMIT is "many"',
    );
    expect(refusal(() => readFlags(FLAGS, { auth: "magic" }, {}))).toContain("must be one of: browser, key");
    expect(refusal(() => readFlags(FLAGS, {}, { AINSTEIN_NO_BROWSER: "perhaps" }))).toContain(
      "AINSTEIN_NO_BROWSER",
    );
    expect(refusal(() => readFlags(FLAGS, { planOut: "" }, {}))).toContain("--plan-out");
  });
});

describe("the table of commands", () => {
  it("names each command, flag and variable once", () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { flags, actions = [] } of COMMANDS) {
      for (const own of [flags, ...actions.map((action) => [...flags, ...action.flags])]) {
        const keys = own.map(keyOf);
        expect(new Set(keys).size).toBe(keys.length);
      }
    }
  });

  it("lets no variable set flags of two commands that take different values", () => {
    const flags = COMMANDS.flatMap((entry) => [
      ...entry.flags,
      ...(entry.actions ?? []).flatMap((each) => each.flags),
    ]);
    const choices = new Map<string, string>();
    for (const flag of flags) {
      const name = variableOf(flag);
      if (name === undefined || flag.choices === undefined) continue;
      const own = flag.choices.join(" ");
      expect(`${name}: ${choices.get(name) ?? own}`).toBe(`${name}: ${own}`);
      choices.set(name, own);
    }
    expect(choices.has("AINSTEIN_FORMAT")).toBe(true);
  });

  it("lets no variable collide with those that mean something else", () => {
    const taken = /^AINSTEIN_(KEY|LOCKFILE|PASSPHRASE|DEBUG|CONNECTION_.*)$/;
    const flags = COMMANDS.flatMap((entry) => [
      ...entry.flags,
      ...(entry.actions ?? []).flatMap((each) => each.flags),
    ]);
    expect(flags.map(variableOf).filter((name) => name !== undefined && taken.test(name))).toEqual([]);
  });

  it("has examples that use only what the command knows", () => {
    for (const { name, examples, flags, actions = [] } of COMMANDS) {
      expect(examples.length).toBeGreaterThan(0);
      const known = new Set(
        [...GLOBAL_FLAGS, ...flags, ...actions.flatMap((action) => action.flags)].map(
          (flag) => `--${flag.name}`,
        ),
      );
      for (const example of examples) {
        expect(example).toContain(`ainstein-cms ${name}`);
        for (const [flag] of example.matchAll(/--[a-z-]+/g)) expect(known).toContain(flag);
      }
    }
  });

  it("loads a function for every command", async () => {
    for (const { load } of COMMANDS) expect(typeof (await load())).toBe("function");
  });
});
