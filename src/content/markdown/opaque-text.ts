// Text that means something to a CMS or a browser and nothing to Markdown: shortcodes, plug-in tags, tokens, addresses.

/** Why a stretch of text is taken as it is. */
export interface Opaque {
  readonly kind: "shortcode" | "tag" | "url";
  readonly end: number;
}

const NAME = /[A-Za-z][\w-]*/y;
const TOKEN_REST = /(?::[\w?-]+)+\]/y;
/** A plug-in's tag, and those of Twig and Liquid. */
const TAG = /\{\/?[A-Za-z][^{}<>\n`]{0,1000}\}|\{\{[^{}<>\n`]{1,1000}\}\}|\{%[^{}<>\n`]{1,1000}%\}/y;
/** Punctuation at the end belongs to the sentence, or closes an emphasis. */
const URL_TEXT = /https?:\/\/[^\s<>"'`*[\](){}|\\^]*[^\s<>"'`*[\](){}|\\^_~.,:;!?]/y;

/**
 * The opaque stretch that starts at an offset, if one does: `[gallery ids="1,2"]`, `[/caption]`, `[node:title]`,
 * `{loadposition x}`, `{{ x }}`, `{% x %}`, `https://…`. Brackets that Markdown reads as a link (`[a](b)`, `[a][b]`) are none.
 */
export function opaqueAt(text: string, at: number): Opaque | undefined {
  const char = text[at];
  if (char === "[") {
    const end = shortcodeEnd(text, at);
    if (end === undefined || "([:".includes(text[end] ?? " ")) return undefined;
    return { kind: "shortcode", end };
  }
  if (char === "{") return matchAt(TAG, text, at, "tag");
  if (char === "h" && !/\w/.test(text[at - 1] ?? " ")) return matchAt(URL_TEXT, text, at, "url");
  return undefined;
}

function matchAt(pattern: RegExp, text: string, at: number, kind: Opaque["kind"]): Opaque | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? { kind, end: pattern.lastIndex } : undefined;
}

function shortcodeEnd(text: string, at: number): number | undefined {
  const closing = text[at + 1] === "/";
  NAME.lastIndex = at + (closing ? 2 : 1);
  if (!NAME.test(text)) return undefined;
  const afterName = NAME.lastIndex;
  if (text[afterName] === "]") return afterName + 1;
  if (closing) return undefined;
  TOKEN_REST.lastIndex = afterName;
  if (TOKEN_REST.test(text)) return TOKEN_REST.lastIndex;
  return attributesEnd(text, afterName);
}

/** Past `key="value" key='value' key=value word /]`, of which at least one has a `=`. */
function attributesEnd(text: string, from: number): number | undefined {
  let at = from;
  let assigned = false;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === "]") return assigned || text[at - 1] === "/" ? at + 1 : undefined;
    if (char === "[" || char === "<" || char === ">") return undefined;
    if (char === "=") assigned = true;
    if (char === "\n" && text[at + 1] === "\n") return undefined;
    at = char === '"' || char === "'" ? quotedEnd(text, at) : at + 1;
    if (at === 0) return undefined;
  }
  return undefined;
}

/** Past the closing quote; 0 where there is none or where markup starts before it. */
function quotedEnd(text: string, at: number): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (char === quote) return i + 1;
    if (char === "<" || char === ">" || char === "[" || char === "]" || char === "\n") return 0;
  }
  return 0;
}

const REFERENCE = /&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});/;

/** Text in pieces, the opaque ones marked. What holds a character reference is not opaque: it would be read again. */
export function splitOpaque(text: string): { text: string; opaque: boolean }[] {
  const pieces: { text: string; opaque: boolean }[] = [];
  let plain = 0;
  let at = 0;
  while (at < text.length) {
    const found = opaqueAt(text, at);
    const value = found === undefined ? "" : text.slice(at, found.end);
    if (found === undefined || REFERENCE.test(value)) {
      at = found?.end ?? at + 1;
      continue;
    }
    if (at > plain) pieces.push({ text: text.slice(plain, at), opaque: false });
    pieces.push({ text: value, opaque: true });
    at = found.end;
    plain = at;
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain), opaque: false });
  return pieces;
}

/** The address's ampersands as HTML wants them; references that are already there stay. */
export function escapeUrlText(url: string): string {
  return url.replace(/&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)/g, "&amp;");
}
