import { Fault } from "../lib/fault.ts";

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Set by the program itself or by the credentials. */
const OURS: ReadonlySet<string> = new Set([
  "authorization",
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
  "user-agent",
  "accept",
]);

/**
 * Extra headers from text, one `Name: value` a line; empty lines are skipped. Names come back in lower case.
 * Throws `usage` that names the line and never its value.
 */
export function parseHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    if (colon < 1) {
      throw new Fault("usage", `Line ${index + 1} of the extra headers is not "Name: value".`, {
        code: "bad-header",
      });
    }
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return checkHeaders(headers);
}

/** Names in lower case, values without control characters, none that would collide with our own. */
export function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([given, value]) => {
      const name = given.toLowerCase();
      if (!NAME.test(name)) throw refuse("A header name holds characters that no header may have.");
      if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
        throw refuse(`The value of the header ${name} holds characters that cannot be sent.`);
      }
      if (OURS.has(name))
        throw refuse(`The header ${name} is set by the program and cannot be an extra one.`);
      return [name, value];
    }),
  );
}

function refuse(message: string): Fault {
  return new Fault("usage", message, { code: "bad-header" });
}
