// Bodies that fit the fields of an endpoint, and bodies that must not be taken. Pure.
import type { FieldRule } from "./expect.ts";

export type Body = Readonly<Record<string, unknown>>;

/** Text that a careless program spoils, or carries out. */
export const AWKWARD = `Robert'); DROP TABLE users;-- <script>alert(1)</script> \${7*7} {{7*7}} é 漢 ✓ "\\`;

/** `nth` makes what must be unique so. */
export function goodBody(fields: readonly FieldRule[], nth: number): Body {
  return Object.fromEntries(fields.map((field) => [field.name, goodValue(field, nth)]));
}

export function goodValue(rule: FieldRule, nth: number): unknown {
  const { type, name, min, max, values } = rule;
  switch (type) {
    case "email":
      return `probe${nth}@example.test`;
    case "integer":
      return Math.ceil(min ?? 1);
    case "decimal":
      return "12.50";
    case "boolean":
      return true;
    case "date":
      return "2026-02-28";
    case "url":
      return "https://example.test/a";
    case "enum":
      return values?.[0] ?? "";
    default:
      return sized(name === "password" ? `Tr1al-${nth}-of-it` : `${name} ${nth}`, min ?? 1, max ?? 200);
  }
}

function sized(text: string, min: number, max: number): string {
  return text.slice(0, max).padEnd(min, "x");
}

export interface BadBody {
  readonly what: string;
  readonly body: unknown;
}

/** Each differs from a good one in one thing. */
export function badBodies(fields: readonly FieldRule[]): readonly BadBody[] {
  const good = goodBody(fields, 0);
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  const single = fields.flatMap((field) => [
    ...(field.required ? [{ what: `${field.name} missing`, body: without(field.name) }] : []),
    ...badValues(field).map(({ what, body: value }) => ({
      what: `${field.name} ${what}`,
      body: { ...good, [field.name]: value },
    })),
  ]);
  return [
    ...single,
    { what: "a field there is not", body: { ...good, is_admin: true } },
    { what: "a list in place of fields", body: [good] },
    { what: "text in place of fields", body: "text" },
    { what: "null in place of fields", body: null },
  ];
}

function badValues({ type, min, max, values, required }: FieldRule): readonly BadBody[] {
  const wrongType = type === "integer" || type === "boolean" ? "text" : 42;
  const all: BadBody[] = [
    { what: "of another type", body: wrongType },
    { what: "an object", body: { a: 1 } },
  ];
  if (required) all.push({ what: "null", body: null });
  if (type === "email") {
    all.push({ what: "that is no address", body: "not-an-address" });
    all.push({ what: "too long", body: `${"a".repeat(250)}@example.test` });
  }
  if ((type === "string" || type === "text") && max !== undefined) {
    all.push({ what: "too long", body: "x".repeat(max + 1) });
  }
  if ((type === "string" || type === "text") && min !== undefined && min > 0) {
    all.push({ what: "too short", body: "x".repeat(min - 1) });
  }
  if (type === "string" || type === "text") {
    all.push({
      what: "with a character that no database keeps",
      body: sized("a\u0000b", min ?? 0, max ?? 200),
    });
  }
  if (type === "integer") {
    if (min !== undefined) all.push({ what: "too small", body: min - 1 });
    if (max !== undefined) all.push({ what: "too large", body: max + 1 });
    all.push({ what: "with a fraction", body: (min ?? 0) + 0.5 });
  }
  if (type === "enum") all.push({ what: "that is not on its list", body: `${values?.[0] ?? ""}-no` });
  if (type === "date") all.push({ what: "that is no day", body: "2026-02-30" });
  if (type === "url") all.push({ what: "that is no address", body: "no address" });
  return all;
}

/** A good body whose free texts are awkward. */
export function awkwardBody(fields: readonly FieldRule[], nth: number): Body {
  return Object.fromEntries(
    fields.map((field) => {
      const free = (field.type === "string" || field.type === "text") && field.name !== "password";
      const { max = 200, min = 0 } = field;
      return [field.name, free ? sized(AWKWARD, min, max) : goodValue(field, nth)];
    }),
  );
}
