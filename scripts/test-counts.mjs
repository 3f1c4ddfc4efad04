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

/** The line a run ends with, whether all is well, and what to say before it of tests that were skipped. */
export function lastLine(counts) {
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  const [passed, failed, skipped] = ["passed", "failed", "skipped"].map(sum);
  return {
    text: `${passed} passed, ${failed} failed`,
    ok: failed === 0 && passed > 0,
    note:
      skipped > 0 ? `${skipped} skipped: rules that do not apply to a platform, and what is left out` : "",
  };
}
