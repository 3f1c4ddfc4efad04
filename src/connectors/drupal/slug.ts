// Addresses of entries as Drupal keeps them. Pure.

/** In characters; the database takes 255 with the slash. */
const LONGEST = 254;

/**
 * Drupal keeps an alias as it is given, so this is ours: without slashes around it, blanks, and what addresses give a
 * meaning of its own. "" where nothing is left.
 */
export function siteSlug(text: string): string {
  const plain = text
    .normalize("NFC")
    .replace(/[\s?#%\\]+/gu, "-")
    .replace(/\/{2,}/g, "/")
    .replace(/-{2,}/g, "-")
    .replace(/^[-/]+|[-/]+$/g, "");
  return [...plain]
    .slice(0, LONGEST)
    .join("")
    .replace(/[-/]+$/, "");
}
