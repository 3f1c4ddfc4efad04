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

/** Has letters that Ghost spells in ASCII by its own tables. */
export const isForeign = (slug: string): boolean => /[^\0-\x7f]/.test(slug);

/** Whether `slug` may be how Ghost spells `wanted`: any letters for those of other scripts, and a number at the end. */
export function maySpell(wanted: string, slug: string): boolean {
  const known = wanted.split(/[^\0-\x7f]+/).map((part) => part.replace(/^-|-$/g, ""));
  return new RegExp(`^${known.join("[\\w-]*")}(?:-\\d+)?$`).test(slug);
}

/**
 * The slug that Ghost gave to an earlier entry, where this one is numbered after it; undefined where it is not. `wanted`: what
 * was asked for.
 */
export function earlierSlug(slug: string, wanted: string): string | undefined {
  const before = /^(.+)-\d+$/.exec(slug)?.[1];
  // Of letters in another spelling the digits at their end stay.
  const [digits = ""] = /\d*$/.exec(wanted) ?? [];
  const fits = isForeign(wanted) ? before?.endsWith(digits) === true : before === wanted;
  return fits ? before : undefined;
}
