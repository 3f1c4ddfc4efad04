// Bodies in the text format `plain_text`: Drupal keeps them without tags, and shows each break of a line. Pure.

import { invalid } from "../values.ts";

/** The format that shows tags as text. */
export const PLAIN = "plain_text";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

/** As visitors see a plain text: paragraphs where lines are left out, and line breaks. */
export function htmlOfPlain(text: string): string {
  const safe = text.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
  return safe
    .split(/\n(?:[ \t]*\n)+/)
    .map((paragraph) => paragraph.replace(/^\n+|\n+$/g, ""))
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => `<p>${paragraph.replaceAll("\n", "<br>\n")}</p>`)
    .join("\n");
}

/** The plain text that is shown so; undefined where tags say more than paragraphs and line breaks do. */
function plainOfHtml(html: string): string | undefined {
  const text = html
    .trim()
    .replace(/\n?<br ?\/?>\n?/gi, "\n")
    .replace(/<\/p>\s*<p>/gi, "\n\n")
    .replace(/^<p>|<\/p>$/gi, "");
  if (/<[a-z!/]/i.test(text)) return undefined;
  return text
    .replace(/&(?:lt|gt|quot|#0?39|nbsp);/g, (entity) => SIGNS[entity] ?? entity)
    .replaceAll("&amp;", "&");
}

const SIGNS: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&#039;": "'",
  "&nbsp;": "\u00a0",
};

/** What is stored of a body: the text as it was where that shows the same. Throws `invalid` where plain text cannot say it. */
export function requirePlain(html: string, stored: string | undefined): string {
  if (stored !== undefined && htmlOfPlain(stored) === html) return stored;
  const text = plainOfHtml(html);
  if (text !== undefined) return text;
  throw invalid(
    "body",
    `has more than paragraphs, and the text format ${PLAIN} would show its tags to visitors`,
    "say another `format:`, e.g. basic_html, or leave marks, links and images out",
  );
}
