// Values of front matter where a platform wants a text, and the fault for those that it cannot use. Pure.
import { type Document, STATES, type State } from "../content/document.ts";
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

/** A state that documents know, which says when it is to be where it is `scheduled`. Throws `invalid` for others. */
export function stateOf(value: Json, { fields }: Document): State {
  const status = STATES.find((state) => state === value);
  if (status === undefined) throw invalid("status", `"${String(value)}" is not one of ${STATES.join(", ")}`);
  if (status === "scheduled" && typeof fields.date !== "string") {
    throw invalid("status", '"scheduled" needs a date', "add `date:` with the time to publish at");
  }
  return status;
}

/** The fault for a state that a platform lacks, naming those it has. `on`: the platform, and of which entries it is said. */
export function noState(
  status: State,
  on: string,
  states: readonly State[],
  hint = "use `status: draft`",
): Fault {
  return invalid("status", `"${status}" does not exist on ${on}, which has ${states.join(", ")}`, hint);
}
