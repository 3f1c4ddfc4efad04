// Figures as Prometheus reads them: its text format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/
import type { Line } from "./json.ts";

export interface Sample {
  /** Behind the name of the metric: `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** The `Content-Type` of `prometheusText`. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** All of them, each line ended; of a metric without samples nothing. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(
        ({ suffix = "", labels, value }) => `${name}${suffix}${labelText(labels)} ${valueText(value)}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${name}="${escaped}"`;
  });
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isNaN(value) ? "NaN" : String(value);
}

/** Lines of the public format, one for each sample. */
export function* metricLines(metrics: readonly Metric[]): Iterable<Line> {
  for (const { name, type, samples } of metrics) {
    for (const { suffix = "", labels, value } of samples) {
      const { connection = null, ...others } = labels;
      yield {
        type: "metric",
        target: connection,
        metric: `${name}${suffix}`,
        kind: type,
        labels: others,
        value,
      };
    }
  }
}
