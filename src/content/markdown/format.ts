// The two formats a CMS keeps bodies in, and the way to and from Markdown. All strings have LF line ends.
import { type Addresses, withStored } from "./addresses.ts";
import type { Dialect } from "./dialect.ts";
import { blocks, classicHtml, MORE, plainHtml } from "./dialects.ts";
import { decodeBody, encodeOnto, patchBody, sameSegments } from "./patch.ts";
import { rememberedEncode } from "./remembered.ts";
import { hasBareText, hasBlocks } from "./segments.ts";
import { storedBody } from "./units.ts";

export { type Addresses, noAddresses } from "./addresses.ts";
export { foreignMedia, type MediaRef, mediaRefs } from "./media-refs.ts";

export interface BodyFormat {
  /** Markdown -> stored body. Throws `invalid` for a document nested too deep. */
  encode(markdown: string, addresses: Addresses): string;
  /** Stored body -> Markdown. Anything Markdown cannot hold stays as raw markup that encodes back byte for byte. */
  decode(stored: string, addresses: Addresses): string;
  /**
   * Like encode, but each block that says the same as one of `stored`'s keeps that block's bytes. Nothing changed ->
   * exactly `stored`.
   */
  encodeOnto(markdown: string, stored: string, addresses: Addresses): string;
  /**
   * `local` with only those blocks replaced, inserted or removed that differ from `stored`. Untouched blocks stay byte
   * for byte, and so do the blank lines between them. Nothing changed -> exactly `local`.
   */
  patch(local: string, stored: string, addresses: Addresses): string;
  /**
   * Do two stored bodies say the same? Tolerates what servers rewrite: entity forms, attribute order and quotes,
   * `rel="noopener"`, white space between blocks, self-closing slashes, classes and inner block comments that differ
   * between WordPress versions, an image's media id. Never tolerates a different text, link, image, block or code.
   */
  same(a: string, b: string): boolean;
}

/** Of bodies that were encoded onto stored ones: a few thousand of usual length. */
const REMEMBERED_CHARS = 32_000_000;

/**
 * A format whose new bodies are `fresh`. `dialectOf` tells what a stored body is written in; `shared` reads two bodies
 * that differ in that alike.
 */
export function bodyFormat(
  fresh: Dialect,
  dialectOf: (stored: string) => Dialect = () => fresh,
  shared: Dialect = fresh,
): BodyFormat {
  return {
    encode: (markdown, addresses) => storedBody(markdown, fresh, addresses),
    decode: (stored, addresses) => decodeBody(stored, dialectOf(stored), withStored(addresses, stored)),
    encodeOnto: rememberedEncode((markdown, stored, given) => {
      const addresses = withStored(given, stored);
      const dialect = dialectOf(stored);
      const result = encodeOnto(markdown, stored, dialect, addresses);
      // The document brings a block of its own to a body that had none, or takes the last one away.
      return dialectOf(result) === dialect ? result : storedBody(markdown, fresh, addresses);
    }, REMEMBERED_CHARS),
    patch: (local, stored, addresses) =>
      patchBody(local, stored, dialectOf(stored), withStored(addresses, stored)),
    same: (a, b) => {
      if (a === b) return true;
      const [left, right] = [dialectOf(a), dialectOf(b)];
      const dialect = left === right ? left : shared;
      return sameSegments(dialect.split(a), dialect.split(b));
    },
  };
}

const classic = classicHtml(MORE);

/**
 * The block markup of WordPress's editor. A body without any block is classic HTML, in which blank lines part
 * paragraphs, and stays that.
 */
export const wordpressBlocks: BodyFormat = bodyFormat(
  blocks,
  (stored) => (hasBlocks(stored) ? blocks : classic),
  classic,
);

/**
 * Clean semantic HTML, for the classic editor and other CMSs. `<!--more-->` alone in its paragraph becomes `more`, the
 * platform's own mark for the end of an excerpt: `<hr id="system-readmore">`, `<!--break-->`. HTML with text at the top
 * level that no element holds is read as the classic editor's: one site reads all its bodies alike, so that line ends
 * count as line breaks in both where two are compared.
 */
export function htmlFormat({ more = MORE }: { readonly more?: string } = {}): BodyFormat {
  const [plain, classic] = [plainHtml(more), classicHtml(more)];
  return bodyFormat(plain, (stored) => (hasBareText(stored) ? classic : plain), classic);
}

/** The same with WordPress's mark. */
export const html: BodyFormat = htmlFormat();
