import type { MediaFile } from "../content/document.ts";

export interface RemoteMedia {
  /** "" for a file that lies elsewhere on the web and is shown from there. */
  readonly id: string;
  /** SHA-256 of the original bytes where the store can tell (from its own record or from the name), else "". */
  readonly digest: string;
  readonly url: string;
  readonly type: string;
  readonly alt: string;
  /** Other addresses of the same file, e.g. its smaller sizes. */
  readonly variants: readonly string[];
  /** Of an image, in pixels, where the store tells. */
  readonly width?: number;
  readonly height?: number;
}

export interface StoredMedia extends RemoteMedia {
  /** In bytes, where the site tells. */
  readonly size: number | undefined;
}

export interface MediaStore {
  /** Uploads that carry these digests in their names or records. A digest may be a 12-digit prefix match. */
  findByDigest(digests: readonly string[]): Promise<readonly RemoteMedia[]>;
  /** The upload that each of these addresses shows, in any of its sizes, as decoded documents have them. */
  readonly at?: (addresses: readonly string[]) => Promise<ReadonlyMap<string, RemoteMedia>>;
  /** The bytes of an upload, where they cannot be had from its address. */
  readonly bytes?: (media: RemoteMedia) => Promise<Uint8Array>;
  /** All uploads that this program made, as far as the site shows who made them. */
  readonly own?: () => Promise<readonly StoredMedia[]>;
  /** Deletes an upload for good: no trash keeps it. One that is gone already is fine. */
  readonly remove?: (id: string) => Promise<void>;
  /** By id, for what an entry refers to. Missing ones are left out. */
  get(ids: readonly string[]): Promise<readonly RemoteMedia[]>;
  /**
   * Uploads once: `findByDigest` right before, and again after a lost answer. The digest is that of the operator's file;
   * `bytes` may be a smaller copy of it.
   */
  upload(file: MediaFile, bytes: Uint8Array): Promise<RemoteMedia>;
  /** What the site takes, as far as it can be known before anything is sent. `types`: those that are to be uploaded. */
  readonly limits?: (types: readonly string[]) => Promise<MediaLimits>;
}

export interface MediaLimits {
  /** Of one upload; undefined where the site does not tell. */
  readonly maxBytes: number | undefined;
  /** Of the types asked about, those that the site refuses -> what to do about it. */
  readonly refused: ReadonlyMap<string, string>;
}
