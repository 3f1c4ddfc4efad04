// Names as people write them and as WordPress keeps them. Pure.
import { foldName, splitTermPath } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};

/** Term names, and titles written by roles without `unfiltered_html`, are stored with entities. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
      ? String.fromCodePoint(code)
      : whole;
  });
}

/** Term names and alternative texts lose everything from a `<` on (sanitize_text_field), unless it is an entity. */
export function keepAngles(text: string): string {
  return text.replaceAll("<", "&lt;");
}

/** What makes two names the same for WordPress: case, entities and outer white space aside. */
export function nameKey(name: string): string {
  return foldName(decodeEntities(name));
}

const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ł: "l",
  ς: "σ",
  ё: "е",
};

/**
 * Where WordPress looks for a term by its name, its database takes these for one (utf8mb4_unicode_520_ci): accents of
 * Latin and Greek letters aside, and the forms of a letter. Japanese sound marks, which the database leaves out too,
 * make other words, so they count here.
 */
export function termFold(name: string): string {
  return decodeEntities(name)
    .normalize("NFKD")
    .replace(/([\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036f]+/gu, "$1")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[ßæœøđðłςё]/gu, (letter) => LETTERS[letter] ?? letter)
    .replace(/\p{Cf}/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
}

/** `Parent/Child` to its names; the first is "" for one that must be at the top. Throws `invalid` for an empty one. */
export function termNames(path: string): readonly string[] {
  const names = splitTermPath(path);
  if (names.every((name, at) => name !== "" || (at === 0 && names.length > 1))) return names;
  throw new Fault("invalid", `"${path}" has an empty name in it`, {
    code: "term-name",
    hint: "write Parent/Child, and \\/ for a slash inside a name",
  });
}
