// Problems as the machines of code hosts take them, to show beside the line of a pull or merge request.

import type { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { printable } from "../lib/redact.ts";

export interface Annotation {
  readonly level: "error" | "warning";
  /** Of the file from the directory the command runs in, with `/`; "" where it is about none. */
  readonly path: string;
  readonly fault: Fault;
}

/**
 * One workflow command for each. Source:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export function githubAnnotations(annotations: readonly Annotation[]): readonly string[] {
  return annotations.map(({ level, path, fault }) => {
    const { line, column } = fault.place ?? {};
    const where = { file: path === "" ? undefined : path, line, col: column, title: fault.code };
    const properties = Object.entries(where).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${property(String(value))}`],
    );
    return `::${level} ${properties.join(",")}::${data(textOf(fault))}`;
  });
}

/** A Code Quality report. Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
export function gitlabReport(annotations: readonly Annotation[]): string {
  const seen = new Map<string, number>();
  const issues = annotations.map(({ level, path, fault }) => {
    const { code, place } = fault;
    const description = printable(textOf(fault));
    const same = JSON.stringify([path, code, description]);
    const times = (seen.get(same) ?? 0) + 1;
    seen.set(same, times);
    return {
      description,
      check_name: code,
      fingerprint: sha256Hex(`${same}${times}`),
      severity: level === "error" ? "major" : "minor",
      location: { path: path === "" ? "." : path, lines: { begin: place?.line ?? 1 } },
    };
  });
  return JSON.stringify(issues, null, 2);
}

function textOf({ message, hint }: Fault): string {
  return hint === undefined ? message : `${message}. ${hint.charAt(0).toUpperCase()}${hint.slice(1)}`;
}

/** A line end would end the command, and what follows could be another. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
