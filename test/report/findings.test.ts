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

const PIPE = { colour: false, terminal: false, columns: 80 };

const of = (state: Finding["state"]): Finding => ({ check: "x", state, code: "x", seen: "x" });

describe("a finding", () => {
  it("is a line with what was seen, and below it what helps, harmless for a terminal", () => {
    expect(findingLines(FINDING, PIPE)).toEqual([
      "  broken   certificate  For another name: evil.",
      "                        Nothing is sent.",
      "                        Cure: Use that one.",
      "                        With --fix it is done for you.",
      "                        See: docs/troubleshooting.md#x",
    ]);
  });

  it("is wrapped between words on a terminal, but for what is to be copied", () => {
    const finding: Finding = {
      ...of("broken"),
      seen: "The certificate of acme.example is for another name.",
      cure: "ainstein-cms connections set-url acme https://www.acme.example",
    };
    expect(findingLines(finding, { colour: false, terminal: true, columns: 40 })).toEqual([
      "  broken   x",
      "    The certificate of acme.example is",
      "    for another name.",
      "    Cure: ainstein-cms connections set-url acme https://www.acme.example",
    ]);
    expect(findingLines(finding, { colour: false, terminal: true, columns: 66 })).toEqual([
      "  broken   x            The certificate of acme.example is for",
      "                        another name.",
      "                        Cure: ainstein-cms connections set-url acme https://www.acme.example",
    ]);
  });

  it("that is well is one line", () => {
    expect(findingLines(of("ok"), { ...PIPE, colour: true })).toEqual([
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
