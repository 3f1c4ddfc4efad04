// A strict reader of Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/

export interface Family {
  readonly type: string;
  /** By name and labels as they stand there. */
  readonly samples: ReadonlyMap<string, number>;
}

const SAMPLE =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\}))?)+\})? (?<value>[+-]?Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Throws on whatever a scraper would refuse, and on what it would take and misread. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family & { readonly samples: Map<string, number> }>();
  let helped = "";
  let current = "";
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line is not ended");
  for (const line of text.split("\n").slice(0, -1)) {
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === "HELP") {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      helped = name;
    } else if (word === "TYPE") {
      if (helped !== name || families.has(name)) throw new Error(`TYPE of ${name} is out of place`);
      if (!/^(counter|gauge|histogram)$/.test(rest)) throw new Error(`there is no type ${rest}`);
      families.set(name, { type: rest, samples: new Map() });
      current = name;
    } else {
      const { name: sample = "", labels = "", value = "" } = SAMPLE.exec(line)?.groups ?? {};
      const family = families.get(current);
      const suffixes = family?.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      if (family === undefined || !suffixes.some((suffix) => sample === current + suffix)) {
        throw new Error(`no sample of ${current}: ${line}`);
      }
      const series = `${sample}${labels}`;
      if (family.samples.has(series)) throw new Error(`${series} comes twice`);
      family.samples.set(series, value.endsWith("Inf") ? Number(`${value}inity`) : Number(value));
    }
  }
  for (const [name, { type, samples }] of families) {
    if (samples.size === 0) throw new Error(`${name} has no sample`);
    if (type === "counter" && !name.endsWith("_total")) throw new Error(`${name} is a counter`);
    if (type === "histogram") checkHistogram(name, samples);
  }
  return families;
}

/** Buckets are cumulative, in the order of their bounds, and the last is the count. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  let bound = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const [series, value] of samples) {
    const le = /le="([^"]*)"/.exec(series)?.[1];
    if (le !== undefined) {
      const next = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
      if (next <= bound || value < count) throw new Error(`${series} is not cumulative`);
      [bound, count] = [next, value];
    } else if (series.startsWith(`${name}_count`)) {
      if (bound !== Number.POSITIVE_INFINITY || value !== count)
        throw new Error(`${series} is not the last bucket`);
      [bound, count] = [Number.NEGATIVE_INFINITY, 0];
    }
  }
}
