import type { DocumentReport, ErrorReport, RunReport, TargetReport } from "./report-model.ts";

/**
 * JUnit XML as GitLab, Jenkins and GitHub's readers take it: a suite for each target, a case for each document. A
 * failure or conflict is a failed case, what ended a target or the command a case in error.
 */
export function junitReport(report: RunReport): string {
  const suites = [
    ...report.targets.map((target) => targetSuite(report, target)),
    ...(report.error === null ? [] : [commandSuite(report, report.error)]),
  ];
  const name = `ainstein-cms ${report.command}`;
  const counts = { name, ...addUp(suites.map(({ count }) => count)), time: secondsOf(report) };
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    open("testsuites", counts),
    ...suites.flatMap(({ lines }) => lines),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Count {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

interface Suite {
  readonly count: Count;
  readonly lines: readonly string[];
}

type Outcome = "passed" | "failure" | "error" | "skipped";

interface Case {
  readonly name: string;
  /** Of a document. */
  readonly file: string | undefined;
  readonly outcome: Outcome;
  readonly type: string;
  /** One line. */
  readonly message: string;
  readonly text: string;
}

function targetSuite(report: RunReport, target: TargetReport): Suite {
  const seen = new Set<string>();
  const cases = target.documents.map((document) => {
    const again = seen.has(document.path);
    seen.add(document.path);
    return documentCase(document, again);
  });
  if (target.error !== null) cases.push(errorCase(`${report.command} as a whole`, target.error));
  // Some readers take a suite without cases for a broken job.
  if (cases.length === 0) cases.push(idleCase(target));
  const name = target.root === null ? target.target : `${target.root} → ${target.target}`;
  const seconds = target.summary?.seconds ?? secondsOf(report);
  return suite(name, `ainstein.${target.target}`, report.startedAt, seconds, cases);
}

function commandSuite(report: RunReport, error: ErrorReport): Suite {
  const name = report.command;
  return suite(name, "ainstein", report.startedAt, secondsOf(report), [errorCase(name, error)]);
}

function suite(
  name: string,
  classname: string,
  timestamp: string,
  seconds: number,
  cases: readonly Case[],
): Suite {
  const of = (outcome: Outcome): number => cases.filter((one) => one.outcome === outcome).length;
  const count = {
    tests: cases.length,
    failures: of("failure"),
    errors: of("error"),
    skipped: of("skipped"),
  };
  const attributes = { name, ...count, time: seconds, timestamp: timestamp.slice(0, 19) };
  return {
    count,
    lines: [
      `  ${open("testsuite", attributes)}`,
      ...cases.flatMap((one) => caseLines(one, classname)),
      "  </testsuite>",
    ],
  };
}

function caseLines({ name, file, outcome, type, message, text }: Case, classname: string): readonly string[] {
  const head = open("testcase", { name, classname, ...(file === undefined ? {} : { file }), time: 0 });
  if (outcome === "passed") return [`    ${head}</testcase>`];
  const attributes = outcome === "skipped" ? { message } : { message, type };
  const body = outcome === "skipped" ? "" : textOf(text);
  return [`    ${head}`, `      ${open(outcome, attributes)}${body}</${outcome}>`, "    </testcase>"];
}

const OUTCOMES: Readonly<Record<DocumentReport["status"], Outcome>> = {
  ok: "passed",
  failed: "failure",
  conflict: "failure",
  skipped: "skipped",
  planned: "skipped",
  "not-attempted": "skipped",
};

/** With `again`, of one that has a case already: readers take cases of the same name for one. */
function documentCase(document: DocumentReport, again: boolean): Case {
  const { path, title, action, status, url, reason, code, message, hint, place } = document;
  const why = message ?? reason ?? "";
  const said = status === "failed" || status === "skipped" ? why : [status, why].filter(Boolean).join(": ");
  return {
    name: again ? `${path} (${action})` : path,
    file: path,
    outcome: OUTCOMES[status],
    type: code ?? status,
    message: said === "" ? status : said,
    text: [`${action} ${path}${title === null ? "" : ` "${title}"`}`, why, hint ?? "", place ?? "", url ?? ""]
      .filter((line) => line !== "")
      .join("\n"),
  };
}

function errorCase(name: string, { code, message, hint, place }: ErrorReport): Case {
  const text = [message, hint ?? "", place ?? ""].filter((line) => line !== "").join("\n");
  return { name, file: undefined, outcome: "error", type: code, message, text };
}

function idleCase({ summary }: TargetReport): Case {
  const count = summary?.unchanged ?? 0;
  const name = summary === null ? "nothing was found out" : `nothing to do, ${count} unchanged`;
  const outcome = summary === null ? "skipped" : "passed";
  return { name, file: undefined, outcome, type: "", message: name, text: "" };
}

function addUp(counts: readonly Count[]): Count {
  const sum = (key: keyof Count): number => counts.reduce((total, count) => total + count[key], 0);
  return { tests: sum("tests"), failures: sum("failures"), errors: sum("errors"), skipped: sum("skipped") };
}

function secondsOf({ startedAt, endedAt }: RunReport): number {
  return endedAt === null ? 0 : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
}

function open(name: string, attributes: Readonly<Record<string, string | number>>): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeOf(String(value))}"`);
  return `<${name}${written.join("")}>`;
}

function attributeOf(text: string): string {
  return textOf(text)
    .replaceAll('"', "&quot;")
    .replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** XML 1.0 has no way at all to write these. */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function textOf(text: string): string {
  return text
    .replace(NO_XML, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}
