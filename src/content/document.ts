import type { JsonObject } from "../lib/json.ts";

/** One locale of one piece of content as the operator edits it. */
export interface Document {
  /** Content type, e.g. `post`. */
  readonly kind: string;
  /** BCP 47 tag, or "" where the document names none. */
  readonly locale: string;
  /**
   * Front matter in the vocabulary every platform understands (title, slug, status, date, excerpt, tags,
   * categories, author, image, seo …) plus the platform's own names. Dates are strings as written.
   */
  readonly fields: JsonObject;
  /** Markdown with LF line ends, without the title's H1 when the title came from there. "" when there is none. */
  readonly body: string;
}

/** The states of an entry, as `status:` in front matter names them. */
export const STATES = ["draft", "pending", "private", "scheduled", "published", "archived"] as const;
export type State = (typeof STATES)[number];

/** What a document's file may be, by its ending. */
export const FILE_FORMATS = ["md", "json"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** True for states in which visitors see the entry now or will by themselves. */
export function isLive(state: State | undefined): boolean {
  return state === "published" || state === "scheduled";
}

/** A file of the operator's that a document refers to. */
export interface MediaFile {
  /** As written in the document: `./images/a.png`, `../a.png`, `/static/a.png`. */
  readonly ref: string;
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly digest: string;
  /** Sniffed from the bytes, e.g. `image/png`. */
  readonly type: string;
  readonly size: number;
  readonly alt?: string;
  /** Only linked to or played, not shown. */
  readonly link?: true;
}
