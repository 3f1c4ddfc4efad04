import { afterAll, expect, it } from "vitest";
import { isRemapped, openRoot } from "../../src/engine/root.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";

afterAll(removeTempDirs);

it("reads all files again where a merged lockfile says two things of the mapping, in either order", async () => {
  const { root: dir, write, env } = bench();
  const header = (target: string, more = {}) =>
    JSON.stringify({ target, platform: "local", site: "s", ...more });
  const remapped = async (...headers: readonly string[]) => {
    write("ainstein.lock", [JSON.stringify({ lockfile: 1, root: "r" }), ...headers, ""].join("\n"));
    return isRemapped(await openRoot(dir, env), "site");
  };
  const [now, before] = [header("site"), header("site", { fields: "h" })];
  expect(await remapped(now, header("other", { fields: "h" }))).toBe(false);
  expect(await remapped(now, before)).toBe(true);
  expect(await remapped(before, now)).toBe(true);
});
