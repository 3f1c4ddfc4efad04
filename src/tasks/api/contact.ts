// PURE: what a contact form asks for, as the body's schema and as the columns it is stored in.
import { catalogueTable } from "../database/catalogue.ts";
import type { ColumnModel, TableModel } from "../database/types.ts";
import type { BodyFieldSpec, EndpointSpec } from "../schema.ts";
import { EMAIL, objectOf, text } from "./schemas.ts";
import type { JsonSchema, Need } from "./types.ts";

export const CONTACT_TABLE = "contact_messages";

type Field = Exclude<BodyFieldSpec, string>;

const line = (name: string, max: number, required = true): Field => ({ name, type: "string", required, max });

/** Fields whose rules are known by their names. */
const KNOWN: Readonly<Record<string, Field>> = {
  name: line("name", 200),
  first_name: line("first_name", 100),
  last_name: line("last_name", 100),
  email: { name: "email", type: "email", required: true },
  message: { name: "message", type: "text", required: true, max: 5000 },
  subject: line("subject", 200),
  company: line("company", 200, false),
  phone: line("phone", 40, false),
  website: { name: "website", type: "url", required: false },
};
const USUAL: readonly string[] = ["name", "email", "message", "company", "phone"];
const TAKEN: readonly string[] = ["id", "created_at"];
const UNKNOWN_LENGTH = 1000;
const URL_LENGTH = 2000;
const TEXT_LENGTH = 5000;
const STRING_LENGTH = 200;

export interface ContactForm {
  readonly body: JsonSchema;
  readonly columns: readonly ColumnModel[];
}

/** The form of one endpoint; `needs` are what its fields lack, `assumed` what was taken as meant. */
export function contactForm(
  spec: EndpointSpec,
  at: string,
): { readonly form: ContactForm; readonly needs: readonly Need[]; readonly assumed: readonly string[] } {
  const given = spec.fields ?? spec.validation ?? USUAL;
  const fields = given.map((field) => (typeof field === "string" ? known(field) : field));
  const key = spec.fields === undefined ? "validation" : "fields";
  const needs = fields.flatMap((field, index) => fieldNeeds(field, fields, `${at}.${key}.${index}`));
  const assumed = given
    .filter((field) => typeof field === "string" && !Object.hasOwn(KNOWN, field))
    .map((field) => `${String(field)} is a text of at most ${UNKNOWN_LENGTH} characters that must be given`);
  const body = objectOf(
    Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])),
    fields.filter(({ required }) => required).map(({ name }) => name),
  );
  return { form: { body, columns: fields.map(fieldColumn) }, needs, assumed };
}

function known(name: string): Field {
  return (Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined) ?? line(name, UNKNOWN_LENGTH);
}

function fieldNeeds(field: Field, all: readonly Field[], at: string): readonly Need[] {
  const need = (message: string, hint: string): readonly Need[] => [{ field: at, message, hint }];
  const { name, type, min, max, values } = field;
  if (TAKEN.includes(name)) return need(`${name} is given by the service`, "Choose another name.");
  if (/password|passphrase|^pin$/.test(name))
    return need(`${name} is not kept: a form's rows are read by many`, "Use the handler register.");
  if (all.filter((other) => other.name === name).length > 1)
    return need(`The field ${name} is listed twice`, "Leave one out.");
  if ((type === "enum") !== (values !== undefined))
    return need(`values belong to the type enum, and ${name} is ${type}`, "Give both, or neither.");
  if ((min !== undefined || max !== undefined) && ["boolean", "date", "enum", "email"].includes(type))
    return need(`min and max mean nothing for the type ${type}`, "Leave them out.");
  const lengths = ["string", "text", "url"].includes(type);
  if (lengths && [min, max].some((bound) => bound !== undefined && (bound < 0 || !Number.isInteger(bound))))
    return need(`min and max of ${name} are lengths`, "Use whole numbers from 0.");
  if (lengths && max !== undefined && max > (type === "text" ? 16_000 : URL_LENGTH))
    return need(
      `${name} may be at most ${type === "text" ? 16_000 : URL_LENGTH} characters long`,
      "Lower max.",
    );
  if (type === "integer" && [min, max].some((bound) => bound !== undefined && !isInt32(bound)))
    return need(
      `min and max of ${name} must be whole numbers of 32 bits`,
      "Use the type string for larger ones.",
    );
  if (type === "decimal" && (min !== undefined || max !== undefined))
    return need(
      `${name} is sent as text, which has no min and max`,
      "Leave them out, or use the type integer.",
    );
  if (min !== undefined && max !== undefined && min > max)
    return need(`min of ${name} is more than its max`, "Swap them.");
  return [];
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 2_147_483_647;
}

function fieldSchema({ type, required, min, max, values }: Field): JsonSchema {
  const least = min ?? (required ? 1 : undefined);
  const lengths = (most: number) => ({
    ...(least === undefined ? {} : { minLength: least }),
    maxLength: max ?? most,
  });
  switch (type) {
    case "string":
      return text(lengths(STRING_LENGTH));
    case "text":
      return text(lengths(TEXT_LENGTH));
    case "url":
      return { type: "string", format: "uri", ...lengths(URL_LENGTH) };
    case "email":
      return EMAIL;
    case "integer":
      return { type: "integer", minimum: min ?? -2_147_483_648, maximum: max ?? 2_147_483_647 };
    case "decimal":
      return { type: "string", pattern: "^-?\\d{1,10}(?:\\.\\d{1,2})?$" };
    case "boolean":
      return { type: "boolean" };
    case "date":
      return { type: "string", format: "date" };
    case "enum":
      return { type: "string", enum: values ?? [] };
  }
}

function fieldColumn({ name, type, required, max, values }: Field): ColumnModel {
  const base = { name, nullable: !required };
  switch (type) {
    case "string":
      return { ...base, type, length: max ?? STRING_LENGTH };
    case "url":
      return { ...base, type: "text" };
    case "decimal":
      return { ...base, type, precision: 12, scale: 2 };
    case "enum":
      return { ...base, type, values: values ?? [] };
    default:
      return { ...base, type };
  }
}

/** The table for all contact forms of an API: a column that one of them lacks may be empty. */
export function contactTable(forms: readonly ContactForm[]): TableModel | undefined {
  const usual = catalogueTable(CONTACT_TABLE);
  if (usual === undefined || forms.length === 0) return undefined;
  const merged = new Map<string, ColumnModel>();
  for (const column of forms.flatMap(({ columns }) => columns)) {
    const everywhere = forms.every(({ columns }) =>
      columns.some((other) => other.name === column.name && !other.nullable),
    );
    const length = Math.max(column.length ?? 0, merged.get(column.name)?.length ?? 0);
    merged.set(column.name, { ...column, nullable: !everywhere, ...(length === 0 ? {} : { length }) });
  }
  const own = (name: string) => usual.columns.filter((column) => column.name === name);
  return { ...usual, columns: [...own("id"), ...merged.values(), ...own("created_at")] };
}
