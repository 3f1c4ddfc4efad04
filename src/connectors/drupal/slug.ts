// Addresses of entries as Drupal keeps them. Pure.

/** In characters; the database takes 255 for the whole alias. */
const LONGEST = 200;

/**
 * Drupal keeps an alias as it is given, so this is ours: without slashes, blanks, and what addresses give a meaning of
 * their own. "" where nothing is left.
 */
export function siteSlug(text: string): string {
  const plain = text
    .normalize("NFC")
    .replace(/(?![\u200c\u200d])\p{C}|[\s/?#%\\<>"`|]+/gu, "-")
    .replace(/-{2,}/g, "-")
    .replace(/^-+|-+$/g, "");
  const slug = [...plain].slice(0, LONGEST).join("").replace(/-+$/, "");
  return /^\.+$/.test(slug) ? "" : slug;
}

/** What stands before the last part of an alias. */
export function siteFolder(text: string): string {
  return text
    .split("/")
    .map(siteSlug)
    .filter((part) => part !== "")
    .join("/");
}
