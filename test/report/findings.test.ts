import { describe, expect, it } from "vitest";
import { type Finding, findingLines, skippedLine, verdictWords } from "../../src/report/findings.ts";

const FINDING: Finding = {
  check: "certificate",
  state: "broken",
  code: "certificate-name",
  seen: "For another name: \u001b[2Jevil.",
  means: "Nothing is sent.",
  cure: "Use that one.",
  link: "docs/troubleshooting.md#x",
  fixable: true,
};

const of = (state: Finding["state"]): Finding => ({ check: "x", state, code: "x", seen: "x" });

describe("a finding", () => {
  it("is a line with what was seen, and below it what helps, harmless for a terminal", () => {
    expect(findingLines(FINDING, { colour: false })).toEqual([
      "  broken   certificate  For another name: evil.",
      "                        Nothing is sent.",
      "                        Cure: Use that one.",
      "                        With --fix it is done for you.",
      "                        See: docs/troubleshooting.md#x",
    ]);
  });

  it("that is well is one line", () => {
    expect(findingLines(of("ok"), { colour: true })).toEqual([
      "  \u001b[32mok       \u001b[39mx            x",
    ]);
  });
});

it("what could not be looked at is one line for all", () => {
  expect(skippedLine(["answer", "rights"], { colour: false })).toBe(
    "  skipped  answer, rights: they build on what is broken",
  );
});

describe("the verdict", () => {
  it.each([
    [["ok", "note", "skipped"], "all well"],
    [["warning", "ok"], "1 warning"],
    [["warning", "broken", "mended", "warning"], "1 broken, 2 warnings, 1 mended"],
  ] as const)("of %j is %s", (states, words) => {
    expect(verdictWords(states.map(of))).toBe(words);
  });
});
