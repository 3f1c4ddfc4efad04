// How WordPress makes a slug of a text (sanitize_title and utf8_uri_encode), told before anything is sent. Pure.

/** Octets of the percent-encoded form; longer slugs are cut by the server. */
const LONGEST = 200;

/** Letters that have no decomposition in Unicode, as WordPress writes them without accents. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: "s",
  æ: "ae",
  Æ: "ae",
  œ: "oe",
  Œ: "oe",
  ø: "o",
  Ø: "o",
  ł: "l",
  Ł: "l",
  đ: "d",
  Đ: "d",
  ð: "d",
  Ð: "d",
  þ: "th",
  Þ: "th",
  ħ: "h",
  Ħ: "h",
  ı: "i",
  ĸ: "k",
  ŋ: "n",
  Ŋ: "n",
};

/** The slug that the site will keep for this text, readable: `日本` stays `日本`. "" when nothing is left. */
export function siteSlug(text: string): string {
  let slug = readableSlug(text.trim()).replace(
    /[ßæÆœŒøØłŁđĐðÐþÞħĦıĸŋŊ]/g,
    (letter) => PLAIN[letter] ?? letter,
  );
  slug = withoutAccents(slug).toLowerCase();
  slug = slug
    .replace(/[\u00a0\u2000-\u200b\u2010-\u2015\s./\u2044]+/gu, "-")
    .replace(/[\u0021-\u002c\u003a-\u0040\u005b-\u005e\u0060\u007b-\u007f]/g, "")
    .replace(/[\u00a1-\u00bf\u2018-\u201f\u2020-\u2027\u2030-\u203e\u20ac\u2122\ufeff]/gu, "")
    .replace(/-{2,}/g, "-")
    .replace(/^-+|-+$/g, "");
  return cut(slug).replace(/-+$/, "");
}

/** The stored form `%e6%97%a5` as people read it; anything that would not come back the same stays as stored. */
export function readableSlug(stored: string): string {
  if (!stored.includes("%")) return stored;
  try {
    const text = decodeURIComponent(stored);
    return storedSlug(text) === stored.toLowerCase() ? text : stored;
  } catch {
    return stored;
  }
}

/** The form in WordPress's database: lower-case percent-encoding of everything outside ASCII. */
export function storedSlug(slug: string): string {
  return [...slug]
    .map((letter) => (letter.charCodeAt(0) < 128 ? letter : encodeURIComponent(letter).toLowerCase()))
    .join("");
}

/** Latin letters lose their accents; in other scripts the marks belong to the letter. */
function withoutAccents(text: string): string {
  const decomposed = text.normalize("NFD").replace(/(\p{Script=Latin})\p{Mn}+/gu, "$1");
  return decomposed.normalize("NFC");
}

function cut(slug: string): string {
  let length = 0;
  let kept = "";
  for (const letter of slug) {
    length += letter.charCodeAt(0) < 128 ? 1 : encodeURIComponent(letter).length;
    if (length > LONGEST) break;
    kept += letter;
  }
  return kept;
}
