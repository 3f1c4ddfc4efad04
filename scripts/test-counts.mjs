// What a test run amounts to.

const NONE = { passed: 0, failed: 0, skipped: 0 };

/**
 * Counts of one run of vitest.
 * @param report its JSON report, or undefined when there is none
 * @param status its exit status: a failure that the report does not show (an error outside any test) counts as one
 */
export function countResults(report, status) {
  if (report === undefined) return { ...NONE, failed: 1 };
  // A file that could not be loaded has no tests to fail.
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + broken;
  const nothingRan = report.numPassedTests + failed === 0;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (status !== 0 || nothingRan) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The line a run ends with, and whether all is well. */
export function lastLine(counts) {
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  const [passed, failed, skipped] = ["passed", "failed", "skipped"].map(sum);
  const text = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return { text, ok: failed === 0 && passed > 0 };
}
