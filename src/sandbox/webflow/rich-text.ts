// PURE: what Webflow does to the HTML of a rich text.
import type { Behaviours } from "./behaviours.ts";

/** Custom code that somebody put into a rich text: nobody looks into it. */
const EMBED = /<div\b[^>]*\bdata-rt-embed-type\s*=[^>]*>/gi;

export function storedRichText(
  html: string,
  { emptiesCode, cleansHtml }: Pick<Behaviours, "emptiesCode" | "cleansHtml">,
): string {
  const parts = partsOf(html, EMBED);
  const hasCode = parts.some(({ text, isBox }) => !isBox && /<pre\b/i.test(text));
  if (hasCode && emptiesCode === "field") return "";
  return parts.map(({ text, isBox }) => (isBox ? text : cleaned(withoutCode(text), cleansHtml))).join("");
}

/** Boxes that open so, and what stands around them. */
function partsOf(
  html: string,
  opening: RegExp,
): readonly { readonly text: string; readonly isBox: boolean }[] {
  const parts: { text: string; isBox: boolean }[] = [];
  let done = 0;
  for (const { index } of html.matchAll(opening)) {
    if (index < done) continue;
    const end = endOfDiv(html, index);
    parts.push({ text: html.slice(done, index), isBox: false });
    parts.push({ text: html.slice(index, end), isBox: true });
    done = end;
  }
  return [...parts, { text: html.slice(done), isBox: false }];
}

function endOfDiv(html: string, start: number): number {
  let depth = 0;
  for (const { index, 0: tag } of html.slice(start).matchAll(/<\/?div\b[^>]*>/gi)) {
    depth += tag.startsWith("</") ? -1 : 1;
    if (depth === 0) return start + index + tag.length;
  }
  return html.length;
}

function withoutCode(html: string): string {
  return html.replace(/(<pre\b[^>]*>)[\s\S]*?(<\/pre>)/gi, "$1$2");
}

const BLOCKS = /<(p|h[1-6]|ul|ol|li|blockquote|figure|figcaption)(?=[\s>])(?![^>]*\bid=)/gi;

/** Markup of somebody's own. */
const BOX = /<div\b[^>]*>/gi;

/** After a save in the Designer: blocks have ids, empty ones mostly, and pictures stand in figures; boxes stay. */
function cleaned(html: string, how: Behaviours["cleansHtml"]): string {
  if (how === "none") return html;
  return partsOf(html, BOX)
    .map(({ text, isBox }) => (isBox ? text : marked(text)))
    .join("");
}

function marked(html: string): string {
  return html
    .replace(
      /<p>\s*(<img\b[^>]*>)\s*<\/p>/gi,
      '<figure class="w-richtext-align-fullwidth w-richtext-figure-type-image"><div>$1</div></figure>',
    )
    .replace(BLOCKS, '<$1 id=""');
}
