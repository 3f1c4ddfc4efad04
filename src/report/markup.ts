/** HTML that is safe as it stands. Made by `html` alone. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | undefined | readonly (Markup | string)[];

/** A template whose values are text, escaped, unless they are markup themselves. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.reduce((whole, text, index) => `${whole}${written(parts[index - 1])}${text}`) };
}

/** A text of this program, which is markup already. */
export function trusted(markup: string): Markup {
  return { markup };
}

function written(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string") return escaped(part);
  if (typeof part === "number") return String(part);
  return "markup" in part ? part.markup : part.map(written).join("");
}

/** Control characters, lone surrogates and what reorders text have no business in a page. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const SIGNS: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text
    .replace(/[\t\r\n]+/g, " ")
    .replace(UNSEEN, "\ufffd")
    .replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
}
