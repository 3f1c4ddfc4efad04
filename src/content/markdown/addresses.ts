import { type Open, tokenizeHtml } from "./html-tokens.ts";

export interface ShownUpload {
  readonly src: string;
  readonly id?: string;
  /** The size that WordPress names in its classes, `full` unless told; "" for none. */
  readonly size?: string;
  /** In pixels, where the site tells. */
  readonly width?: number;
  readonly height?: number;
}

/** Both ways between what a document calls images, files and other documents, and where the site has them. */
export interface Addresses {
  /**
   * Document reference (`./a.png`) -> what the site shows for it; undefined leaves the reference as written. With an
   * id that is a number, the image carries the class `wp-image-<id>`.
   */
  toSite(ref: string): ShownUpload | undefined;
  /**
   * A site's address (or one of its sizes, or the media id) -> the document's reference; undefined leaves the address.
   */
  toLocal(src: string, id: string | undefined): string | undefined;
  /**
   * Link to a file or another document (`./other.md#part`) -> its address on the site; undefined leaves the link as
   * written.
   */
  linkToSite(href: string): string | undefined;
  /** A site's address -> the document's link to what it leads to; undefined leaves the address. */
  linkToLocal(href: string): string | undefined;
  /**
   * What a site's own image that is named from where the site is (`/uploads/a.png`) is called elsewhere; undefined for
   * whole addresses. In a document such a name would be a file of the operator's.
   */
  whole?(src: string): string | undefined;
}

/** Nothing is known: every address stays as it is. */
export const noAddresses: Addresses = {
  toSite: () => undefined,
  toLocal: () => undefined,
  linkToSite: () => undefined,
  linkToLocal: () => undefined,
};

/** The media id that WordPress notes in an image's classes. */
export function mediaId(classes: string): string | undefined {
  return /(?:^|\s)wp-image-(\d+)(?:\s|$)/.exec(classes)?.[1];
}

function attributeOf(tag: Open, name: string): string | undefined {
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

/** Attributes that are addresses: of what is shown, and of what is linked to or played. */
const ADDRESSED: Readonly<Record<string, readonly string[]>> = {
  img: ["src"],
  a: ["href"],
  video: ["src", "poster"],
  audio: ["src"],
  source: ["src"],
  track: ["src"],
};
const ADDRESSED_TAG = /<(?:img|a|video|audio|source|track)\s/i;

/** Raw markup with the addresses of its images, links and players changed; every other byte stays. */
function replaceAddresses(
  markup: string,
  change: (address: string, tag: Open) => string | undefined,
): string {
  if (!ADDRESSED_TAG.test(markup)) return markup;
  let result = "";
  let done = 0;
  for (const tag of tokenizeHtml(markup)) {
    if (tag.kind !== "open") continue;
    for (const { name, value, range } of tag.attrs) {
      const replaced = ADDRESSED[tag.name]?.includes(name) ? change(value, tag) : undefined;
      if (replaced === undefined || replaced === value) continue;
      result += `${markup.slice(done, range.start)}${name}="${escapeAttribute(replaced)}"`;
      done = range.end;
    }
  }
  return result + markup.slice(done);
}

export function rawToSite(markup: string, addresses: Addresses): string {
  return replaceAddresses(markup, (address, tag) =>
    tag.name === "img" ? addresses.toSite(address)?.src : addresses.linkToSite(address),
  );
}

/** Images and links under the document's references, where the way back gives the very same bytes; else as it is. */
export function rawToLocal(markup: string, addresses: Addresses): string {
  const local = replaceAddresses(markup, (address, tag) => {
    if (tag.name !== "img") return localLink(address, addresses);
    const ref = addresses.toLocal(address, mediaId(attributeOf(tag, "class") ?? ""));
    return ref !== undefined && addresses.toSite(ref)?.src === address ? ref : undefined;
  });
  return rawToSite(local, addresses) === markup ? local : markup;
}

/** The document's link for an address, where it leads back to the very same one. */
export function localLink(href: string, addresses: Addresses): string | undefined {
  const link = addresses.linkToLocal(href);
  return link !== undefined && addresses.linkToSite(link) === href ? link : undefined;
}

/**
 * The same map, with the ids and sizes that a stored body shows uploads with: of addresses that the map does not know,
 * and of uploads that the body shows in one smaller size. Images that the body names from where the site is have whole
 * addresses in documents, and keep theirs in the body.
 */
export function withStored(addresses: Addresses, stored: string): Addresses {
  let shown: StoredUploads | undefined;
  const inStored = (): StoredUploads => {
    shown ??= storedUploads(stored, addresses);
    return shown;
  };
  return {
    ...addresses,
    toLocal: (src, id) => addresses.toLocal(src, id) ?? addresses.whole?.(src),
    toSite(ref) {
      const known = addresses.toSite(ref);
      if (known === undefined) return inStored().bySrc.get(ref);
      return (known.id === undefined ? undefined : inStored().byId.get(known.id)) ?? known;
    },
  };
}

interface StoredUploads {
  readonly bySrc: ReadonlyMap<string, ShownUpload>;
  /** Undefined for one that is shown in several sizes. */
  readonly byId: ReadonlyMap<string, ShownUpload | undefined>;
}

function storedUploads(stored: string, { whole }: Addresses): StoredUploads {
  const bySrc = new Map<string, ShownUpload>();
  const byId = new Map<string, ShownUpload | undefined>();
  if (!/<img/i.test(stored)) return { bySrc, byId };
  let size = "";
  for (const tag of tokenizeHtml(stored)) {
    if (tag.kind === "open" && tag.name === "figure") {
      size = /(?:^|\s)size-([\w-]+)/.exec(attributeOf(tag, "class") ?? "")?.[1] ?? "";
    } else if (tag.kind === "close" && tag.name === "figure") size = "";
    if (tag.kind !== "open" || tag.name !== "img") continue;
    const src = attributeOf(tag, "src");
    const id = mediaId(attributeOf(tag, "class") ?? "");
    if (src === undefined) continue;
    const elsewhere = whole?.(src);
    const upload = id === undefined ? { src } : { src, id, size };
    if (elsewhere !== undefined && !bySrc.has(elsewhere)) bySrc.set(elsewhere, upload);
    if (id === undefined) continue;
    if (!bySrc.has(src)) bySrc.set(src, upload);
    byId.set(id, byId.has(id) && byId.get(id)?.src !== src ? undefined : upload);
  }
  return { bySrc, byId };
}

/** Everything that raw markup shows (`link` absent) or links to. */
export function rawMedia(markup: string): { ref: string; alt: string; link?: true }[] {
  if (!ADDRESSED_TAG.test(markup)) return [];
  return tokenizeHtml(markup).flatMap((tag) => {
    if (tag.kind !== "open") return [];
    const addresses = tag.attrs.filter(({ name }) => ADDRESSED[tag.name]?.includes(name));
    return addresses.map(({ name, value }) => {
      if (tag.name === "img") return { ref: value, alt: attributeOf(tag, "alt") ?? "" };
      return { ref: value, alt: "", ...(name === "poster" ? {} : { link: true as const }) };
    });
  });
}
