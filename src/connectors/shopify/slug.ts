// How Shopify makes a handle of a text, told before anything is sent. Pure.
import { PLAIN_LETTERS } from "../letters.ts";

/** Longer handles are refused. */
const LONGEST = 255;

/** Lower case, letters and digits of any script, everything else a hyphen. "" when nothing is left. */
export function siteSlug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[ßæœøłđðþ]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
    .normalize("NFD")
    .replace(/(\p{Script=Latin})\p{Mn}+/gu, "$1")
    .normalize("NFC")
    .replace(/['’]/gu, "");
  return [...plain.replace(/[^\p{L}\p{N}\p{M}]+/gu, "-").replace(/^-+|-+$/g, "")]
    .slice(0, LONGEST)
    .join("")
    .replace(/-+$/, "");
}
