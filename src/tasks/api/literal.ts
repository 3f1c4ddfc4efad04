// PURE: data as JavaScript source, laid out as a formatter would.

const WIDTH = 110;
const NAME = /^[A-Za-z_$][\w$]*$/;

/** The value as source that begins at `column` of a line indented by `indent`; `tail` characters follow it. */
export function literal(value: unknown, indent = 0, column = indent, tail = 1): string {
  if (Array.isArray(value)) return list(value, indent, column, tail);
  if (typeof value === "object" && value !== null) return record(value, indent);
  return JSON.stringify(value);
}

function list(values: readonly unknown[], indent: number, column: number, tail: number): string {
  if (values.length === 0) return "[]";
  if (values.every((value) => typeof value !== "object" || value === null)) {
    const flat = `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
    if (column + flat.length + tail <= WIDTH) return flat;
  }
  const pad = " ".repeat(indent + 2);
  return `[\n${values.map((value) => `${pad}${literal(value, indent + 2)},\n`).join("")}${" ".repeat(indent)}]`;
}

function record(value: object, indent: number): string {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return "{}";
  const pad = " ".repeat(indent + 2);
  // Of quoted names, one makes none of the others quoted: each is as it has to be.
  const lines = entries.map(([key, each]) => {
    const head = `${pad}${NAME.test(key) ? key : JSON.stringify(key)}: `;
    return `${head}${literal(each, indent + 2, head.length)},\n`;
  });
  return `{\n${lines.join("")}${" ".repeat(indent)}}`;
}

/** `before { a, b } after`, a name to a line where that is too long for one. */
export function braced(names: readonly string[], before: string, after: string): string {
  const flat = `${before}{ ${names.join(", ")} }${after}`;
  if (flat.length <= WIDTH) return flat;
  const indent = " ".repeat(before.length - before.trimStart().length);
  return `${before}{\n${names.map((name) => `${indent}  ${name},\n`).join("")}${indent}}${after}`;
}
