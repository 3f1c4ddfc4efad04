import { type Fault, formatPlace } from "../lib/fault.ts";
import { printable, redact } from "../lib/redact.ts";
import type { Paint } from "./style.ts";

/**
 * A fault for people: what happened where, what the server said it was, and the way out on a line of its own. `root`: the
 * one that it is about, where a command is about several.
 */
export function faultLines(fault: Fault, subject: string | undefined, paint: Paint, root?: string): string[] {
  const place = fault.place === undefined ? undefined : formatPlace(fault.place);
  const where = place ?? (subject === "" ? undefined : subject);
  const also =
    place !== undefined && subject !== undefined && subject !== "" && !place.startsWith(subject)
      ? ` [${subject}]`
      : "";
  const told = [
    ...(fault.code === fault.kind || fault.code === fault.place?.field ? [] : [fault.code]),
    ...(fault.httpStatus === undefined ? [] : [`HTTP ${fault.httpStatus}`]),
  ];
  const said = where !== undefined && startsWithName(fault.message, where);
  const head = `${rootHead(root)}${where === undefined || said ? "" : `${printable(where + also)}: `}`;
  const tail = told.length === 0 ? "" : paint("dim", ` (${printable(told.join(", "))})`);
  const label = fault.kind === "interrupted" ? "stopped:" : "error:";
  const lines = [`${paint("red", label)} ${head}${say(fault.message)}${tail}`];
  if (fault.hint !== undefined) lines.push(`${" ".repeat(label.length + 1)}${say(fault.hint)}`);
  return lines;
}

/** Said before what is about one root of several. */
export function rootHead(root: string | undefined): string {
  return root === undefined ? "" : `${printable(root)}: `;
}

/** A message that begins with the name of what it is about needs no other heading. */
export function startsWithName(message: string, name: string): boolean {
  return message.startsWith(`${name} `);
}

function say(text: string): string {
  return printable(redact(text, []));
}
