import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { bundleProgram, linesOf, tempDir } from "./programs.ts";

it("survives the garbage collector", async () => {
  expect(await linesOf(bundleProgram("test/store/churn.ts"), tempDir())).toEqual(["done"]);
});

it("is the only one that makes databases and statements", () => {
  const others = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name}`)
    .filter((path) => path !== "src/store/driver.ts");
  expect(others.length).toBeGreaterThan(50);
  const makers = others.filter((path) =>
    /\bnew Database\(|\.pragma\(|\bdb\.prepare\(/.test(readFileSync(path, "utf8")),
  );
  expect(makers).toEqual([]);
});
