import { usualExtension } from "../../content/media-types.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import type { MediaRecord } from "./record.ts";
import type { Storage } from "./storage.ts";
import type { Locked } from "./terms.ts";

export function createMediaStore(storage: Storage, locked: Locked): MediaStore {
  const remote = (record: MediaRecord): RemoteMedia => ({
    id: record.id,
    digest: record.digest,
    url: `${storage.publicUrl}/media/${record.file}`,
    type: record.type,
    alt: record.alt,
    variants: [],
  });
  const byDigest = (digest: string): readonly MediaRecord[] => {
    const start = idOfDigest(digest);
    if (start === "") return [];
    const records = storage
      .mediaIds()
      .flatMap((id) => (id.startsWith(start) ? (storage.media(id) ?? []) : []));
    return records.filter((record) => record.digest.startsWith(digest));
  };
  return {
    findByDigest: async (digests) => [...new Set(digests)].flatMap((digest) => byDigest(digest).map(remote)),
    at: async (addresses) =>
      new Map(
        addresses.flatMap((address) => {
          const id = /^local:media\/([0-9a-f]{16})-/.exec(address)?.[1];
          const record = id === undefined ? undefined : storage.media(id);
          return record === undefined ? [] : [[address, remote(record)] as const];
        }),
      ),
    bytes: async ({ id }) => storage.mediaBytes(id),
    own: async () =>
      storage.mediaIds().flatMap((id) => {
        const record = storage.media(id);
        return record === undefined ? [] : [{ ...remote(record), size: storage.mediaBytes(id).length }];
      }),
    remove: (id) => locked(() => storage.removeMedia(id)),
    get: async (ids) =>
      [...new Set(ids)].flatMap((id) => {
        const record = storage.media(id);
        return record === undefined ? [] : [remote(record)];
      }),
    upload: (file, bytes) =>
      locked(() => {
        const { digest } = file;
        const [present] = byDigest(digest);
        if (present !== undefined) return remote(present);
        const id = idOfDigest(digest);
        const record = {
          id,
          digest,
          file: fileName(id, file.path, file.type),
          type: file.type,
          alt: file.alt ?? "",
        };
        storage.putMedia(record, bytes);
        return remote(record);
      }),
  };
}

/** 64 bits of the digest: names the record, and the file. */
function idOfDigest(digest: string): string {
  return digest.slice(0, 16);
}

/** Plain ASCII, so that bodies and addresses need no escapes. */
function fileName(id: string, path: string, type: string): string {
  const base = path.split("/").at(-1) ?? "";
  const stem = base
    .replace(/\.[^.]*$/, "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}+/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
  return `${id}-${stem === "" ? "file" : stem}${usualExtension(type) || ".bin"}`;
}
