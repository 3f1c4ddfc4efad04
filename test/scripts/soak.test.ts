import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** What makes a test do more than it does every day. */
const MORE = /\b(?:AINSTEIN_SWEEP|AINSTEIN_CORPUS|AINSTEIN_MODEL_\w+|BODY_RUNS)\b/;

const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((file) => join("test", file))
  .filter((file) => file.endsWith(".ts") && file !== join("test", "scripts", "soak.test.ts"));

/** Part of a path each, as vitest takes them. */
const filters = [
  "test/model",
  ...[...readFileSync("scripts/soak.mjs", "utf8").matchAll(/^ {2}"([\w/-]+)",$/gm)].map(
    ([, part]) => part ?? "",
  ),
];

test("every test that can do more is among those of `npm run test:soak`", () => {
  const able = files.filter((file) => MORE.test(readFileSync(file, "utf8")));
  expect(able.length).toBeGreaterThan(20);
  const reached = (file: string) => filters.some((part) => file.includes(part));
  const left = able.filter((file) =>
    file.endsWith(".test.ts")
      ? !reached(file)
      : !files.some(
          (other) => dirname(other) === dirname(file) && other.endsWith(".test.ts") && reached(other),
        ),
  );
  expect(left).toEqual([]);
});

test("every part of a path that `npm run test:soak` names leads to a test", () => {
  const leading = filters.filter((part) =>
    files.some((file) => file.endsWith(".test.ts") && file.includes(part)),
  );
  expect(leading).toEqual(filters);
});
