import { expect, it } from "vitest";
import { byAction } from "../../src/commands/actions.ts";
import type { Args, Context } from "../../src/commands/context.ts";

const asked: Args[] = [];
const command = byAction("drills", {
  serve: async () => async (_, args) => {
    asked.push(args);
    return 0;
  },
  list: () => Promise.reject(new Error("loaded although nobody asked for it")),
});
const run = (...positionals: readonly string[]) =>
  command({} as unknown as Context, { positionals, flags: { port: 1 } });

it("an action gets what follows its name", async () => {
  expect(await run("serve", "a", "b")).toBe(0);
  expect(asked).toEqual([{ positionals: ["a", "b"], flags: { port: 1 } }]);
});

it.each([
  ["serv", 'There is no action "serv" for drills.', "Did you mean serve? There are: serve, list."],
  ["toString", 'There is no action "toString" for drills.', "There are: serve, list."],
  ["", "What about drills?", "There are: serve, list."],
])("%j is none, and those there are are named", async (action, message, hint) => {
  await expect(run(action)).rejects.toMatchObject({ kind: "usage", code: "unknown-action", message, hint });
});
