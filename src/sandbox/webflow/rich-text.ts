// PURE: what Webflow does to the HTML of a rich text.
import type { Behaviours } from "./behaviours.ts";

/** Custom code that somebody put into a rich text: nobody looks into it. */
const EMBED = /<div\b[^>]*\bdata-rt-embed-type\s*=[^>]*>/gi;

export function storedRichText(
  html: string,
  { emptiesCode, cleansHtml }: Pick<Behaviours, "emptiesCode" | "cleansHtml">,
): string {
  const parts = partsOf(html);
  const hasCode = parts.some(({ text, isEmbed }) => !isEmbed && /<pre\b/i.test(text));
  if (hasCode && emptiesCode === "field") return "";
  return parts.map(({ text, isEmbed }) => (isEmbed ? text : cleaned(withoutCode(text), cleansHtml))).join("");
}

/** Embeds, and what stands around them. */
function partsOf(html: string): readonly { readonly text: string; readonly isEmbed: boolean }[] {
  const parts: { text: string; isEmbed: boolean }[] = [];
  let done = 0;
  for (const { index } of html.matchAll(EMBED)) {
    if (index < done) continue;
    const end = endOfDiv(html, index);
    parts.push({ text: html.slice(done, index), isEmbed: false });
    parts.push({ text: html.slice(index, end), isEmbed: true });
    done = end;
  }
  return [...parts, { text: html.slice(done), isEmbed: false }];
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

/** After a save in the Designer: blocks have ids, empty ones mostly, and pictures stand in figures. */
function cleaned(html: string, how: Behaviours["cleansHtml"]): string {
  if (how === "none") return html;
  return html
    .replace(
      /<p>\s*(<img\b[^>]*>)\s*<\/p>/gi,
      '<figure class="w-richtext-align-fullwidth w-richtext-figure-type-image"><div>$1</div></figure>',
    )
    .replace(BLOCKS, '<$1 id=""');
}
