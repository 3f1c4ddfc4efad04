export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export function countResults(report: VitestReport | undefined, status: number): Counts;

/** `note` is said before the last line; empty when nothing was skipped. */
export function lastLine(counts: readonly Counts[]): {
  readonly text: string;
  readonly ok: boolean;
  readonly note: string;
};
