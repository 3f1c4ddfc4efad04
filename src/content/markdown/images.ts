import { type Open, tokenizeHtml } from "./html-tokens.ts";

export interface ShownUpload {
  readonly src: string;
  readonly id?: string;
  /** The size that WordPress names in its classes, `full` unless told; "" for none. */
  readonly size?: string;
}

/** Both ways between what a document calls an image and what the site shows for it. */
export interface ImageMap {
  /**
   * Document reference (`./a.png`) -> what the site shows for it; undefined leaves the reference as written. With an
   * id that is a number, the image carries the class `wp-image-<id>`.
   */
  toSite(ref: string): ShownUpload | undefined;
  /**
   * A site's address (or one of its sizes, or the media id) -> the document's reference; undefined leaves the address.
   */
  toLocal(src: string, id: string | undefined): string | undefined;
}

/** The media id that WordPress notes in an image's classes. */
export function mediaId(classes: string): string | undefined {
  return /(?:^|\s)wp-image-(\d+)(?:\s|$)/.exec(classes)?.[1];
}

export function attributeOf(tag: Open, name: string): string | undefined {
  return tag.attrs.find((attr) => attr.name === name)?.value;
}

export function escapeAttribute(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\u00a0", "&nbsp;");
}

/** Raw markup with the `src` of its images changed; every other byte stays. */
function replaceSources(markup: string, change: (src: string, tag: Open) => string | undefined): string {
  if (!/<img/i.test(markup)) return markup;
  let result = "";
  let done = 0;
  for (const tag of tokenizeHtml(markup)) {
    if (tag.kind !== "open" || tag.name !== "img") continue;
    const src = tag.attrs.find((attr) => attr.name === "src");
    const replaced = src === undefined ? undefined : change(src.value, tag);
    if (src === undefined || replaced === undefined || replaced === src.value) continue;
    result += `${markup.slice(done, src.range.start)}src="${escapeAttribute(replaced)}"`;
    done = src.range.end;
  }
  return result + markup.slice(done);
}

export function rawToSite(markup: string, images: ImageMap): string {
  return replaceSources(markup, (src) => images.toSite(src)?.src);
}

/** Images under the document's references, where the way back gives the very same bytes; else as it is. */
export function rawToLocal(markup: string, images: ImageMap): string {
  const local = replaceSources(markup, (src, tag) => {
    const ref = images.toLocal(src, mediaId(attributeOf(tag, "class") ?? ""));
    return ref !== undefined && images.toSite(ref)?.src === src ? ref : undefined;
  });
  return rawToSite(local, images) === markup ? local : markup;
}

/** The same map, and for addresses it does not know the ids and sizes that a stored body shows them with. */
export function withStoredImages(images: ImageMap, stored: string): ImageMap {
  let shown: Map<string, ShownUpload> | undefined;
  const inStored = (src: string): ShownUpload | undefined => {
    shown ??= shownUploads(stored);
    return shown.get(src);
  };
  return { ...images, toSite: (ref) => images.toSite(ref) ?? inStored(ref) };
}

function shownUploads(stored: string): Map<string, ShownUpload> {
  const found = new Map<string, ShownUpload>();
  if (!/<img/i.test(stored)) return found;
  let size = "";
  for (const tag of tokenizeHtml(stored)) {
    if (tag.kind === "open" && tag.name === "figure") {
      size = /(?:^|\s)size-([\w-]+)/.exec(attributeOf(tag, "class") ?? "")?.[1] ?? "";
    } else if (tag.kind === "close" && tag.name === "figure") size = "";
    if (tag.kind !== "open" || tag.name !== "img") continue;
    const src = attributeOf(tag, "src");
    const id = mediaId(attributeOf(tag, "class") ?? "");
    if (src !== undefined && id !== undefined && !found.has(src)) found.set(src, { src, id, size });
  }
  return found;
}

/** Every image in raw markup. */
export function rawImages(markup: string): { ref: string; alt: string }[] {
  if (!/<img/i.test(markup)) return [];
  return tokenizeHtml(markup).flatMap((tag) => {
    const ref = tag.kind === "open" && tag.name === "img" ? attributeOf(tag, "src") : undefined;
    return tag.kind !== "open" || ref === undefined ? [] : [{ ref, alt: attributeOf(tag, "alt") ?? "" }];
  });
}
