// Values of front matter where a platform wants a text, and the fault for those that it cannot use. Pure.
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";

/** An `invalid` fault of this field: the sentence goes on with `why`. */
export function invalid(field: string, why: string, hint?: string): Fault {
  return new Fault("invalid", `${field} ${why}`, {
    code: `invalid-${field}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A text, or a number as text. Throws `invalid` for anything else. */
export function textOf(name: string, value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw invalid(name, "must be a text");
}

/** Throws `invalid` for a value that is none of these, naming them. */
export function oneOf(name: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value;
  throw invalid(name, `"${value}" is not one of ${allowed.join(", ")}`);
}
