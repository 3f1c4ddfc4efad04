// How Ghost makes a slug of a text, told before anything is sent. Pure.
import { PLAIN_LETTERS } from "../letters.ts";

/** Letters without a Latin one inside, as Ghost spells them in ASCII (https://www.npmjs.com/package/unidecode). */
const PLAIN: Readonly<Record<string, string>> = {
  ...PLAIN_LETTERS,
  ...spelled(
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e iu ia",
  ),
  ...spelled("ѐёђѓєѕіїјљњћќѝўџґ", "ie io dj gj ie dz i yi j lj nj tsh kj i u dzh g"),
  ...spelled("αβγδεζηθικλμνξοπρςστυφχψω", "a b g d e z e th i k l m n x o p r s s t u ph kh ps o"),
  ...spelled("άέήίΰϊϋόύώ", "a e e i u i u o u o"),
};

function spelled(letters: string, ascii: string): Readonly<Record<string, string>> {
  const spellings = ascii.split(" ");
  return Object.fromEntries(Array.from(letters, (letter, i) => [letter, spellings[i] ?? ""]));
}

/** In characters; Ghost cuts off the rest. */
const LONGEST = 185;

/**
 * Lower case; white space and the marks that addresses keep for themselves become hyphens. Cyrillic and Greek become ASCII;
 * letters of other scripts are left: Ghost has large tables for them, and what it made of them is what its answer says.
 */
export function siteSlug(text: string): string {
  const plain = text
    .toLowerCase()
    .normalize("NFC")
    .replace(/[ßæœøłđðþ\u0370-\u04ff]/g, (letter) => PLAIN[letter] ?? letter)
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
