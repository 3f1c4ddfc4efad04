import { describe, expect, it } from "vitest";
import { Fault } from "../../src/lib/fault.ts";
import { githubAnnotations, gitlabReport } from "../../src/report/annotations.ts";

const fault = (message: string, line?: number) =>
  new Fault("invalid", message, {
    code: "some-code",
    hint: "mend it",
    place: { file: "a.md", ...(line === undefined ? {} : { line, column: 2 }) },
  });

describe("annotations of GitHub", () => {
  it("name file, line and column, with the cure", () => {
    expect(
      githubAnnotations([{ level: "error", path: "posts/a.md", fault: fault("It is wrong", 3) }]),
    ).toEqual(["::error file=posts/a.md,line=3,col=2,title=some-code::It is wrong. Mend it"]);
  });

  it("are one line each, whatever a file is called or a text says", () => {
    const trick = fault("50 %\n::warning::mine\r", 1);
    expect(githubAnnotations([{ level: "warning", path: "a,line=9:\n%.md", fault: trick }])).toEqual([
      "::warning file=a%2Cline=9%3A%0A%25.md,line=1,col=2,title=some-code::50 %25%0A::warning::mine%0D. Mend it",
    ]);
  });

  it("leave out what is not known", () => {
    const nowhere = new Fault("usage", "No root", { code: "x" });
    expect(githubAnnotations([{ level: "error", path: "", fault: nowhere }])).toEqual([
      "::error title=x::No root",
    ]);
  });
});

describe("the Code Quality report of GitLab", () => {
  const report = (...messages: readonly string[]) =>
    JSON.parse(
      gitlabReport(
        messages.map((message) => ({ level: "error" as const, path: "a.md", fault: fault(message, 4) })),
      ),
    ) as readonly Readonly<Record<string, unknown>>[];

  it("has what GitLab asks for of each", () => {
    expect(report("It is wrong")).toEqual([
      {
        description: "It is wrong. Mend it",
        check_name: "some-code",
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        severity: "major",
        location: { path: "a.md", lines: { begin: 4 } },
      },
    ]);
    expect(report()).toEqual([]);
  });

  it("tells two mistakes with one text apart, and knows them again in the next report", () => {
    const [first, second] = report("Same", "Same");
    expect(first?.fingerprint).not.toBe(second?.fingerprint);
    expect(report("Other", "Same")[1]?.fingerprint).toBe(first?.fingerprint);
  });
});
