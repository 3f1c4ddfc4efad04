// How Webflow makes a slug of a text, told before anything is sent. Pure.
import { PLAIN_LETTERS } from "../letters.ts";

/** In characters; longer ones are refused. */
const LONGEST = 256;

/**
 * Latin letters, digits, hyphens and underscores, as Webflow takes them; everything else becomes a hyphen. "" when nothing
 * is left: Webflow has no addresses in other scripts.
 */
export function siteSlug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[ßæœøłđðþ]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
    .normalize("NFD")
    .replace(/\p{Mn}+/gu, "")
    .replace(/['’]/gu, "");
  return plain
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}
