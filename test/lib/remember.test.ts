import { expect, test } from "vitest";
import { remembering } from "../../src/lib/remember.ts";

test("gives what the function gives, asks it once for what comes again soon, and forgets the rest", () => {
  const asked: string[] = [];
  const work = (text: string) => {
    asked.push(text);
    return text.toUpperCase();
  };
  const remembered = remembering(work, 80);
  for (let round = 0; round < 3; round += 1) {
    for (const text of ["aaaaa", "bbbbb", "aaaaa"]) expect(remembered(text)).toBe(text.toUpperCase());
  }
  expect(asked).toEqual(["aaaaa", "bbbbb"]);
  for (let n = 0; n < 50; n += 1) remembered(`other${n}`);
  expect(remembered("aaaaa")).toBe("AAAAA");
  expect(asked.filter((text) => text === "aaaaa")).toHaveLength(2);
});
