// What Joomla keeps of an alias as it is. Pure.
import { PLAIN_LETTERS } from "../letters.ts";

/** Letters that have no decomposition in Unicode. */
const PLAIN: Readonly<Record<string, string>> = {
  ...PLAIN_LETTERS,
  ı: "i",
};

/** Longer aliases do not fit into Joomla's table with room for a number behind them. */
const LONGEST = 190;

/** Lower-case letters a to z, digits and hyphens: Joomla leaves these alone. "" when nothing is left. */
export function siteSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => PLAIN[letter] ?? letter)
    .normalize("NFD")
    .replace(/\p{Mn}+/gu, "")
    .replace(/['’]/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}
