import { expect, it } from "vitest";
import { countResults, lastLine } from "../../scripts/test-counts.mjs";

const report = {
  numPassedTests: 4,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
};

it("counts tests as the report does", () => {
  expect(countResults({ ...report, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }, 1)).toEqual({
    passed: 4,
    failed: 2,
    skipped: 2,
  });
});

it("counts a file that does not load as a failure", () => {
  const testResults = [...report.testResults, { status: "failed", assertionResults: [] }];
  expect(countResults({ ...report, testResults }, 1).failed).toBe(1);
});

it("counts a file with a failed test only by its tests", () => {
  const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }] }];
  expect(countResults({ ...report, numFailedTests: 1, testResults }, 1).failed).toBe(1);
});

it("counts an error outside any test as a failure", () => {
  expect(countResults(report, 1).failed).toBe(1);
});

it("counts a run without a report, and one in which nothing ran, as a failure", () => {
  expect(countResults(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countResults({ ...report, numPassedTests: 0, numPendingTests: 3, testResults: [] }, 0).failed).toBe(
    1,
  );
});

it("ends with the sums, and tells of skipped tests apart", () => {
  const one = { passed: 1, failed: 0, skipped: 0 };
  expect(lastLine([one, one])).toEqual({ text: "2 passed, 0 failed", ok: true, note: "" });
  expect(lastLine([one, { passed: 0, failed: 1, skipped: 2 }])).toEqual({
    text: "1 passed, 1 failed",
    ok: false,
    note: expect.stringMatching(/^2 skipped/),
  });
});

it("is not well when nothing passed", () => {
  expect(lastLine([]).ok).toBe(false);
});
