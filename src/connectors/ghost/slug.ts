// How Ghost makes a slug of a text, told before anything is sent. Pure.

/** Letters that have no decomposition in Unicode, as Ghost spells them in ASCII. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
};

/** In characters; Ghost cuts off the rest. */
const LONGEST = 185;

/**
 * Lower case; white space and the marks that addresses keep for themselves become hyphens. Letters of other scripts are
 * left: Ghost spells them in ASCII by tables of its own, and what it made of them is what its answer says.
 */
export function siteSlug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[ßæœøłđðþ]/g, (letter) => PLAIN[letter] ?? letter)
    .normalize("NFD")
    .replace(/(\p{Script=Latin})\p{Mn}+/gu, "$1")
    .normalize("NFC")
    .replace(/['’‘]/gu, "")
    .replace(/[\s.@:/?#[\]!$&()*+,;=\\%<>|^~"{}`£–—“”]+/gu, "-")
    .replace(/-+/g, "-")
    .replace(/^-|-$/g, "");
  return plain.slice(0, LONGEST).replace(/-$/, "");
}

/** A slug that Ghost gave to the second or a later entry of that name. */
export function isNumbered(slug: string, wanted: string): boolean {
  return slug.startsWith(`${wanted}-`) && /^\d+$/.test(slug.slice(wanted.length + 1));
}
