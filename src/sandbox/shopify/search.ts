// PURE: the part of Shopify's search syntax that content tools use: terms `field:value` with comparators, quotes, a `*` at
// the end, AND (also unsaid), OR, NOT and `-`, parentheses.

/** How one filter sees an entry. */
export type Facet<T> =
  | { readonly type: "text" | "word" | "time"; readonly of: (entry: T) => string | null }
  | { readonly type: "number"; readonly of: (entry: T) => number }
  | { readonly type: "list"; readonly of: (entry: T) => readonly string[] };

/** By the name that queries use; `default` is what a term without a field looks in. */
export type Facets<T> = Readonly<Record<string, Facet<T>>>;

export interface Search<T> {
  matches(entry: T): boolean;
  /** Filters that do not exist, which are ignored. */
  readonly unknown: readonly string[];
}

type Test<T> = (entry: T) => boolean;
interface Reading<T> {
  readonly tokens: string[];
  readonly facets: Facets<T>;
  readonly unknown: string[];
  readonly now: number;
}

const TOKEN = /\(|\)|-?(?:[\w.]+:)?(?:[<>]=?)?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|[^\s()]+/g;

/** `now` is what the word means in `created_at:<now`, in ms since 1970. */
export function parseSearch<T>(query: string, facets: Facets<T>, now: number): Search<T> {
  const reading: Reading<T> = { tokens: query.match(TOKEN) ?? [], facets, unknown: [], now };
  const test = anyOf(reading);
  return { matches: test, unknown: reading.unknown };
}

function anyOf<T>(reading: Reading<T>): Test<T> {
  const tests = [allOf(reading)];
  while (reading.tokens[0] === "OR") {
    reading.tokens.shift();
    tests.push(allOf(reading));
  }
  return (entry) => tests.some((test) => test(entry));
}

function allOf<T>(reading: Reading<T>): Test<T> {
  const tests: Test<T>[] = [];
  for (
    let next = reading.tokens[0];
    next !== undefined && next !== "OR" && next !== ")";
    next = reading.tokens[0]
  ) {
    if (next === "AND") reading.tokens.shift();
    else tests.push(oneTest(reading));
  }
  return (entry) => tests.every((test) => test(entry));
}

function oneTest<T>(reading: Reading<T>): Test<T> {
  const token = reading.tokens.shift() ?? "";
  if (token === "NOT") {
    const test = oneTest(reading);
    return (entry) => !test(entry);
  }
  if (token === "(") {
    const test = anyOf(reading);
    reading.tokens.shift();
    return test;
  }
  if (token.startsWith("-") && token.length > 1) {
    const test = term(token.slice(1), reading);
    return (entry) => !test(entry);
  }
  return term(token, reading);
}

function term<T>(token: string, { facets, unknown, now }: Reading<T>): Test<T> {
  const [, name = "default", comparator = "", raw = ""] =
    /^(?:([\w.]+):)?([<>]=?)?([\s\S]*)$/.exec(token) ?? [];
  const value = unquoted(raw);
  const facet = facets[name];
  if (facet === undefined) {
    unknown.push(name);
    return () => true;
  }
  if (value === "*") return (entry) => ![null, ""].includes(String(facet.of(entry) ?? ""));
  switch (facet.type) {
    case "number":
      return (entry) => compares(facet.of(entry) - Number(value), comparator);
    case "time":
      return timeTest(facet.of, comparator, value === "now" ? now : Date.parse(value));
    case "list":
      return (entry) => facet.of(entry).some((one) => same(one, value));
    case "word":
      return (entry) => same(facet.of(entry) ?? "", value);
    case "text":
      return (entry) =>
        (facet.of(entry) ?? "").toLowerCase().includes(value.replace(/\*$/, "").toLowerCase());
  }
}

function timeTest<T>(of: (entry: T) => string | null, comparator: string, against: number): Test<T> {
  return (entry) => {
    const time = of(entry);
    return time !== null && compares(Date.parse(time) - against, comparator);
  };
}

function compares(difference: number, comparator: string): boolean {
  if (Number.isNaN(difference)) return false;
  switch (comparator) {
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    default:
      return difference === 0;
  }
}

/** Without regard to case; a `*` at the end stands for the rest. */
function same(text: string, value: string): boolean {
  const [have, want] = [text.toLowerCase(), value.toLowerCase()];
  return want.endsWith("*") ? have.startsWith(want.slice(0, -1)) : have === want;
}

function unquoted(raw: string): string {
  const quoted = /^(['"])([\s\S]*)\1$/.exec(raw);
  return (quoted === null ? raw : (quoted[2] ?? "")).replace(/\\(.)/g, "$1");
}
