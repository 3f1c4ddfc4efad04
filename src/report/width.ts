// How many columns a text takes on a terminal (Unicode UAX #11 and UTS #51, as terminals apply them).

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u;
const NOTHING = /^[\p{Mark}\p{Control}\p{Format}\p{Default_Ignorable_Code_Point}]*$/u;
const PLAIN = /^[\u0020-\u007e]*$/;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Text without escape sequences. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += signWidth(segment);
  return width;
}

function signWidth(sign: string): 0 | 1 | 2 {
  if (NOTHING.test(sign)) return 0;
  return WIDE.test(sign) ? 2 : 1;
}

/** The text, or its beginning with "…", in at most `columns` columns. */
export function clip(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = "";
  for (const { segment } of segmenter.segment(text)) {
    width += signWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Spaces after the text up to `columns`. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}
