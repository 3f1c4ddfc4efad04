import type { Token } from "markdown-it";
import { hasMediaExtension } from "../media-types.ts";
import { rawMedia } from "./addresses.ts";
import { parseMarkdown } from "./parser.ts";
import { imageReference, plainText } from "./render.ts";

/** What a document shows, or links to, of the operator's files. */
export interface MediaRef {
  /** As written. */
  readonly ref: string;
  readonly alt: string;
  /** Linked or played, not shown: where no such file is, it is an address like any other. */
  readonly link?: true;
}

/**
 * References to local media in order of appearance, each once: images, links to files of a type that may be uploaded,
 * and the same in raw markup. Addresses (`https:`, `data:`, `//…`) are left out.
 */
export function mediaRefs(markdown: string): readonly MediaRef[] {
  const found = new Map<string, MediaRef>();
  for (const media of mediaIn(parseMarkdown(markdown).tokens)) {
    const before = found.get(media.ref);
    const wanted = isLocal(media.ref) && (media.link !== true || hasMediaExtension(media.ref));
    const shownNow = before?.link === true && media.link !== true;
    if (wanted && (before === undefined || shownNow)) found.set(media.ref, media);
  }
  return [...found.values()];
}

/**
 * What a document shows of files that are not the operator's, each once: images at any address, and links to what looks
 * like a file.
 */
export function foreignMedia(markdown: string): readonly MediaRef[] {
  const found = mediaIn(parseMarkdown(markdown).tokens).filter(
    ({ ref, link }) => /^(?:https?|local):/i.test(ref) && (link !== true || hasMediaExtension(ref)),
  );
  return [...new Map(found.map((media) => [media.ref, media])).values()];
}

function mediaIn(tokens: readonly Token[]): readonly MediaRef[] {
  return tokens.flatMap((token): readonly MediaRef[] => {
    const { type, content } = token;
    if (type === "image") return [{ ref: imageReference(token), alt: plainText(token.children ?? []) }];
    if (type === "link_open") return [{ ref: String(token.attrGet("href") ?? ""), alt: "", link: true }];
    if (type === "html_block" || type === "html_inline" || type === "cms_block") return rawMedia(content);
    return mediaIn(token.children ?? []);
  });
}

function isLocal(ref: string): boolean {
  return (
    ref !== "" && !ref.startsWith("#") && !ref.startsWith("//") && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(ref)
  );
}
