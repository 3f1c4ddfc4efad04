import { afterAll, expect, it } from "vitest";
import { laterRuns } from "../../src/engine/undo-changes.ts";
import { openStore } from "../../src/store/db.ts";
import { intend, settle } from "../../src/store/journal.ts";
import { createRun, findRun } from "../../src/store/runs.ts";
import { removeTempDirs, tempDir } from "../commands/bench.ts";
import { intent, run } from "../store/samples.ts";

afterAll(removeTempDirs);

it("a later write to a translation is none to its original, though both have one id", () => {
  const store = openStore(tempDir("home"));
  const wrote = (id: string, locale: string) => {
    createRun(store, { ...run, id });
    settle(store, intend(store, { ...intent, run: id, op: "update", id: "7", locale }), "done", {});
  };
  wrote("first", "en");
  wrote("second", "de");
  const first = findRun(store, "first");
  expect([...laterRuns(store, first).values()].map(({ id }) => id)).toEqual(["second"]);
  expect([...laterRuns(store, first).keys()].some((name) => name.endsWith("\0en"))).toBe(false);
  wrote("third", "en");
  expect([...laterRuns(store, first)].map(([name, { id }]) => [name.slice(-2), id]).sort()).toEqual([
    ["de", "second"],
    ["en", "third"],
  ]);
  store.close();
});
