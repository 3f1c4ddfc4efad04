// PURE: what a shop may make of HTML that it is given. Which of it Shopify does is not documented; see behaviours.ts.
import type { Behaviours } from "./behaviours.ts";

const VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr";

export function cleaned(html: string, how: Behaviours["cleansHtml"]): string {
  if (how === "none") return html;
  const safe = html
    .replace(/<script\b[\s\S]*?(?:<\/script\s*>|$)/gi, "")
    .replace(/(<[a-z][^>]*?)\s+on[a-z]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, "$1");
  if (how === "scripts") return safe;
  return safe.replace(new RegExp(`<(${VOID})\\b([^>]*?)\\s*/>`, "gi"), "<$1$2>").trim();
}
