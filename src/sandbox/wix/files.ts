// The Media Manager: places to send files to, and what becomes of them.
import { createHash, randomBytes } from "node:crypto";
import { isObject, type JsonObject } from "../../lib/json.ts";
import { json, type Reply } from "../serve.ts";
import { invalid, notFound } from "./reply.ts";
import { type StoredFile, stamp, type WixStore } from "./state.ts";

export function fileView(store: WixStore, file: StoredFile): JsonObject {
  const isReady = file.readyAt <= store.clock.now();
  const url = `${store.url}/media/${file.id}`;
  const isImage = file.mimeType.startsWith("image/");
  return {
    id: file.id,
    displayName: file.displayName,
    url,
    parentFolderId: "media-root",
    hash: createHash("md5").update(file.bytes).digest("hex"),
    sizeInBytes: String(file.bytes.byteLength),
    private: false,
    mediaType: isImage ? "IMAGE" : "DOCUMENT",
    ...(isReady && !file.failed && isImage
      ? { media: { image: { image: { id: file.id, url, filename: file.displayName, ...sizeOf(file) } } } }
      : {}),
    operationStatus: isReady ? (file.failed ? "FAILED" : "READY") : "PENDING",
    ...(file.sourceUrl === undefined ? {} : { sourceUrl: file.sourceUrl }),
    createdDate: stamp(file.createdAt),
    updatedDate: stamp(file.createdAt),
    siteId: store.site.id,
    state: "OK",
  };
}

/** In pixels. ASSUMED for other formats than PNG. */
function sizeOf({ bytes }: StoredFile): JsonObject {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPng = header.length >= 24 && header.toString("latin1", 1, 4) === "PNG";
  if (!isPng) return { width: 1200, height: 800 };
  return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
}

/** A place for one file, at the sandbox's own address. */
export function newPlace(store: WixStore, given: unknown): JsonObject {
  const { mimeType, fileName } = isObject(given) ? given : {};
  if (typeof mimeType !== "string") {
    throw invalid([{ field: "mimeType", description: "must not be empty", ruleName: "REQUIRED_FIELD" }]);
  }
  const token = randomBytes(12).toString("hex");
  store.places.set(token, { token, mimeType, fileName: String(fileName ?? "file") });
  return { uploadUrl: `${store.url}/upload/${token}` };
}

/** Each PUT makes a file, as ASSUMED of an address that is used twice. */
export function receive(store: WixStore, token: string, bytes: Uint8Array): Reply {
  const place = store.places.get(token);
  if (place === undefined) throw notFound("upload");
  const file = keepFile(store, place.fileName, place.mimeType, bytes, undefined);
  return json(200, { file: fileView(store, file) });
}

/** Nothing is fetched from anywhere: the bytes are the address. */
export function importFile(store: WixStore, given: unknown): JsonObject {
  const { url, mimeType, displayName } = isObject(given) ? given : {};
  if (typeof url !== "string" || !/^https?:\/\//.test(url)) {
    throw invalid([{ field: "url", description: "must be an address", ruleName: "INVALID" }]);
  }
  const name = typeof displayName === "string" ? displayName : (url.split("/").at(-1) ?? "file");
  const type = typeof mimeType === "string" ? mimeType : "image/jpeg";
  return { file: fileView(store, keepFile(store, name, type, Buffer.from(url), url)) };
}

function keepFile(
  store: WixStore,
  displayName: string,
  mimeType: string,
  bytes: Uint8Array,
  sourceUrl: string | undefined,
): StoredFile {
  const { behaviours, clock } = store;
  const number = store.nextNumber;
  store.nextNumber += 1;
  const extension = /\.[a-z0-9]+$/i.exec(displayName)?.[0] ?? "";
  const id = `a15e11_${number.toString(16).padStart(32, "0")}~mv2${extension}`;
  const createdAt = clock.now();
  const file: StoredFile = {
    ...{ id, displayName, mimeType, bytes, createdAt, sourceUrl },
    readyAt: createdAt + behaviours.processingMs,
    failed: behaviours.processingFails,
  };
  store.files.set(id, file);
  return file;
}

export function searchFiles(store: WixStore, given: unknown): JsonObject {
  const { search } = isObject(given) ? given : {};
  const words = typeof search === "string" ? search.toLowerCase() : "";
  const seen = store.clock.now() - store.behaviours.searchLagMs;
  const found = [...store.files.values()].filter(
    ({ displayName, createdAt }) => displayName.toLowerCase().includes(words) && createdAt <= seen,
  );
  return { files: found.slice(0, 100).map((file) => fileView(store, file)) };
}

export function fileOf(store: WixStore, id: string): StoredFile {
  const file = store.files.get(id);
  if (file === undefined) throw notFound("file");
  return file;
}

export function showFile(store: WixStore, id: string): Reply {
  const { mimeType, bytes } = fileOf(store, id);
  return { status: 200, type: mimeType, body: bytes };
}
