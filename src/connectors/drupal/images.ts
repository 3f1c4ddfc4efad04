// Files of the operator's and files of the site, one for the other. Pure.
import type { MediaFile } from "../../content/document.ts";
import { type Addresses, htmlFormat } from "../../content/markdown/format.ts";
import type { Refs, RemoteMedia } from "../contract.ts";

type Known = Pick<Refs, "media" | "files" | "links" | "siteUrl">;

/** Digits of the SHA-256 in an upload's name: 48 bits. */
export const DIGITS = 12;

/** `harbour-0123456789ab.jpg`; Drupal puts `_0` behind a name that it has already. "" for what is no upload of ours. */
export function digitsIn(address: string): string {
  const name =
    address
      .replace(/[?#].*$/s, "")
      .split("/")
      .at(-1) ?? "";
  return /-([0-9a-f]{12})(?:_\d{1,4})?\.[a-z0-9]{1,5}(?:\.webp)?$/i.exec(name)?.[1]?.toLowerCase() ?? "";
}

/** Images and links in bodies. Addresses of the site itself stand there without its name, as its editor writes them. */
export function addressesOf(refs: Known): Addresses {
  return {
    toSite(ref) {
      const media = uploadOf(ref, refs);
      return media === undefined ? undefined : { src: placeOf(media.url) };
    },
    toLocal: (src) => refOf(src, refs),
    linkToSite: (href) => {
      const media = uploadOf(href, refs);
      return media === undefined ? refs.links.toSite(href) : placeOf(media.url);
    },
    linkToLocal: (href) => refOf(href, refs) ?? refs.links.toLocal(href),
    whole: (src) => (isWhole(src) ? undefined : wholeAddress(src, refs.siteUrl)),
  };
}

export const isWhole = (src: string) => src === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(src);

export function wholeAddress(src: string, siteUrl: string): string | undefined {
  return URL.canParse(src, `${siteUrl}/`) ? new URL(src, `${siteUrl}/`).href : undefined;
}

const placeOf = (url: string) => (URL.canParse(url) ? new URL(url).pathname : url);

/** The upload with a local file's bytes, where the site has it. */
export function uploadOf(ref: string, refs: Known): RemoteMedia | undefined {
  const file = refs.files.find((candidate) => candidate.ref === ref);
  if (file === undefined) return undefined;
  return refs.media.find((item) => item.digest !== "" && file.digest.startsWith(item.digest));
}

/** The upload that an address of the site shows, in any of its styles. */
export function mediaAt(src: string, refs: Known): RemoteMedia | undefined {
  const wanted = addressKey(src, refs.siteUrl);
  return refs.media.find(
    (item) => item.url === src || (item.id !== "" && addressKey(item.url, refs.siteUrl) === wanted),
  );
}

/** `/sites/default/files/styles/large/public/a.png?itok=x` is `/sites/default/files/a.png` in another size. */
function addressKey(src: string, siteUrl: string): string {
  const whole = wholeAddress(src, siteUrl) ?? src;
  return whole
    .replace(/^https?:/i, "")
    .replace(/[?#].*$/s, "")
    .replace(/\/styles\/[^/]+\/(?:public|private)\//, "/");
}

/** The local file that an address shows. */
export function refOf(src: string, refs: Known): string | undefined {
  const digest = mediaAt(src, refs)?.digest ?? "";
  return digest === "" ? undefined : fileWith(digest, refs)?.ref;
}

export function fileWith(digest: string, { files }: Pick<Known, "files">): MediaFile | undefined {
  return digest === "" ? undefined : files.find((file) => file.digest.startsWith(digest));
}

// --- Bodies --------------------------------------------------------------------------------------------------

/** The teaser of a body ends at `<!--break-->`. */
const format = htmlFormat({ more: "<!--break-->" });

const IMAGE = /<img\b[^<>]*>/gi;
const MARK = /\s+data-entity-(?:type|uuid)=(?:"[^"]*"|'[^']*')/gi;

/** Drupal keeps a file that an `<img>` names by its id; all others are cleared away after some hours. */
function bare(body: string): string {
  return body.replace(IMAGE, (tag) => tag.replace(MARK, ""));
}

function marked(body: string, stored: string, refs: Known): string {
  const before = new Map([...stored.matchAll(IMAGE)].map(([tag]) => [bare(tag), tag]));
  return body.replace(IMAGE, (tag) => {
    const known = before.get(tag);
    if (known !== undefined) return known;
    const src = /\ssrc=(?:"([^"]*)"|'([^']*)')/i
      .exec(tag)
      ?.slice(1)
      .find((value) => value !== undefined);
    const media = src === undefined ? undefined : mediaAt(src, refs);
    if (media === undefined || media.id === "") return tag;
    return `<img data-entity-type="file" data-entity-uuid="${media.id}"${tag.slice("<img".length)}`;
  });
}

export function encodeBody(markdown: string, stored: string | undefined, refs: Known): string {
  const addresses = addressesOf(refs);
  if (stored === undefined) return marked(format.encode(markdown, addresses), "", refs);
  const plain = bare(stored);
  const body = format.encodeOnto(markdown, plain, addresses);
  return body === plain ? stored : marked(body, stored, refs);
}

export const decodeBody = (stored: string, refs: Known): string =>
  format.decode(bare(stored), addressesOf(refs));

export const patchBody = (local: string, stored: string, refs: Known): string =>
  format.patch(local, bare(stored), addressesOf(refs));

export const sameBody = (a: string, b: string): boolean => format.same(bare(a), bare(b));

/** Ids of the files that a body names. */
export function filesIn(body: string): readonly string[] {
  return [...body.matchAll(/\sdata-entity-uuid=["']([0-9a-f-]{36})["']/gi)].flatMap(([, id]) => id ?? []);
}
