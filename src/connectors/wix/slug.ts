// Slugs as Wix's blog takes them, told before anything is sent. Pure.

/** In characters of the address, where letters outside ASCII take three to nine: Wix refuses longer ones. */
export const LONGEST = 100;

/** Lower case; white space and the marks that addresses keep for themselves become hyphens. Other letters stay. */
export function siteSlug(text: string): string {
  const plain = text
    .normalize("NFC")
    .toLowerCase()
    .replace(/['’‘]/gu, "")
    .replace(/[\s.@:/?#[\]!$&()*+,;=\\%<>|^~"{}`£–—“”]+/gu, "-")
    .replace(/-+/g, "-")
    .replace(/^-|-$/g, "");
  return Array.from(plain).slice(0, LONGEST).join("").replace(/-$/, "");
}

/** Whether it fits into an address. */
export function fits(slug: string): boolean {
  return encodeURIComponent(slug.replace(/\p{Cs}/gu, "")).length <= LONGEST;
}

/** Of the path of an address; as it is where it cannot be read. */
export function slugIn(path: string): string {
  const last =
    path
      .replace(/[?#].*$/s, "")
      .replace(/\/+$/, "")
      .split("/")
      .at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
