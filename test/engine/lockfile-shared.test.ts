// The lockfile of a root whose targets are worked on by several processes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleProgram, linesOf, tempDir } from "../store/programs.ts";

const TIMES = 40;

test("two processes that write lines of two targets at once lose none of them at any moment", async () => {
  const writer = bundleProgram("test/engine/lockfile-writer.ts");
  const root = tempDir();
  const start = String(Date.now() + 800);
  const ended = await Promise.all(
    ["one", "two"].map((target) => linesOf(writer, root, target, String(TIMES), start)),
  );
  expect(ended).toEqual([["0 true"], ["0 true"]]);
  const lines = readFileSync(join(root, "ainstein.lock"), "utf8").split("\n");
  for (const target of ["one", "two"]) {
    const own = lines.filter((line) => line.includes(`"target":"${target}"`) && line.includes('"path"'));
    expect(own).toHaveLength(TIMES);
  }
});
