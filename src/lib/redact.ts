const MASK = "[hidden]";

/** Control characters (C0, DEL, C1), which move a terminal's cursor or colour it, and those that reorder text. */
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const ESC = "\\u001b";
/** Whole escape sequences (ECMA-48): strings such as OSC up to their terminator, CSI, and two-character ones. */
const ESCAPES = new RegExp(
  `(?:${ESC}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u009c]*(?:\\u0007|${ESC}\\\\|\\u009c)?` +
    `|(?:${ESC}\\[|\\u009b)[0-?]*[ -/]*[@-~]?` +
    `|${ESC}[ -/]*[0-~]?`,
  "gu",
);

/** Untrusted text on one line without anything a terminal would act on. Tabs and line breaks become spaces. */
export function printable(text: string): string {
  return text
    .replace(ESCAPES, "")
    .replace(/[\t\r\n]+/g, " ")
    .replace(CONTROL, "");
}

/** The beginning of an untrusted text, fit for a message. */
export function excerpt(text: string, length = 200): string {
  const line = printable(text).replace(/ {2,}/g, " ").trim();
  const signs = Array.from(line);
  return signs.length <= length ? line : `${signs.slice(0, length - 1).join("")}…`;
}

/** Names of query parameters: anything with such a word in it, and these short ones by themselves. */
const SECRET_NAME =
  /passw|passphrase|secret|token|api[-_]?key|access[-_]?key|signature|nonce|cookie|authorization|^[?&;](pass|pwd|key|sig|auth|code|state)$/i;
const SECRET_HEADER =
  /^(proxy-)?authorization$|^(set-)?cookie2?$|token|secret|api-?key|password|signature|nonce/i;

/** Known secrets out of a text, however they are written there, and everything that looks like a credential. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of spellings(secrets)) clean = clean.replaceAll(secret, MASK);
  return clean
    .replace(/\b(basic|bearer|digest)(\s+)[A-Za-z0-9+/=_.~-]{6,}/gi, `$1$2${MASK}`)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s:@"'<>]*:[^/\s@"'<>]+@/gi, `$1${MASK}@`)
    .replace(/([?&;](?:[^=&\s"'<>]*))=([^&\s"'<>#]+)/g, (whole, name: string) =>
      SECRET_NAME.test(name) ? `${name}=${MASK}` : whole,
    )
    .replace(
      /("[^"\\]*(?:password|passwd|secret|token|api_?key|authorization)[^"\\]*"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
      `$1"${MASK}"`,
    );
}

/** A secret as it is and as the encodings around us would write it, longest first so that none hides in another. */
function spellings(secrets: readonly string[]): string[] {
  const all = new Set<string>();
  for (const given of secrets) {
    if (given.length < 4) continue;
    all.add(given);
    // Half a surrogate pair cannot be encoded: whoever writes it writes this in its place.
    const secret = Buffer.from(given, "utf8").toString("utf8");
    all.add(secret);
    all.add(secret.replaceAll(" ", ""));
    all.add(encodeURIComponent(secret));
    all.add(new URLSearchParams({ s: secret }).toString().slice(2));
    all.add(JSON.stringify(secret).slice(1, -1));
    all.add(Buffer.from(secret, "utf8").toString("base64"));
  }
  return [...all].filter((spelling) => spelling.length >= 4).sort((a, b) => b.length - a.length);
}

/** Headers for a trace: values of those that carry credentials are masked. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADER.test(name) ? MASK : value]),
  );
}

/** An address for a message or a trace, without user, password and secret query parameters. */
export function redactUrl(address: string): string {
  return redact(address, []);
}
