// Files: from a staged upload or an address, through processing, to a path of the sandbox.

import { takes } from "./behaviours.ts";
import type { Asking, UserError } from "./context.ts";
import { userError } from "./context.ts";
import type { Given } from "./entries.ts";
import { newId, newNumber, nowStamp, type ShopStore, type StagedTarget, type StoredFile } from "./state.ts";
import { fileStatus, fileView } from "./views.ts";

interface FileInput {
  readonly originalSource: string;
  readonly filename?: Given<string>;
  readonly contentType?: Given<string>;
  readonly alt?: Given<string>;
  readonly duplicateResolutionMode?: Given<string>;
}

const IMAGES: Readonly<Record<string, string>> = {
  gif: "image/gif",
  heic: "image/heic",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
};
const ALT_LIMIT = 512;

export function fileCreate({ files }: { readonly files: readonly FileInput[] }, asking: Asking): object {
  const { store } = asking;
  const faults = files.flatMap((input, index) => createFaults(store, input, ["files", String(index)]));
  if (faults.length > 0) return { files: [], userErrors: faults };
  const made = files.map((input) => fileView(store, fileFromSource(asking, input)));
  return { files: made, userErrors: [] };
}

function createFaults(store: ShopStore, input: FileInput, field: readonly string[]): readonly UserError[] {
  if (!/^https?:\/\//.test(input.originalSource) || !URL.canParse(input.originalSource)) {
    return [userError([...field, "originalSource"], "INVALID_IMAGE_SOURCE_URL", "Image URL is invalid")];
  }
  const from = nameIn(input.originalSource);
  if (input.filename && extension(input.filename) !== extension(from)) {
    const message = "Provided filename extension must match original source.";
    return [userError([...field, "filename"], "MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE", message)];
  }
  if (input.duplicateResolutionMode === "REPLACE" && !input.filename) {
    const message = "Duplicate resolution mode REPLACE cannot be used without specifying filename.";
    return [userError(field, "MISSING_FILENAME_FOR_DUPLICATE_MODE_REPLACE", message)];
  }
  if (input.duplicateResolutionMode === "RAISE_ERROR" && named(store, input.filename ?? from) !== undefined) {
    return [
      userError([...field, "filename"], "FILENAME_ALREADY_EXISTS", "The provided filename already exists."),
    ];
  }
  return altFaults(input.alt, field);
}

function altFaults(alt: Given<string>, field: readonly string[]): readonly UserError[] {
  if ((alt ?? "").length <= ALT_LIMIT) return [];
  const message = `The alt value exceeds the maximum limit of ${ALT_LIMIT} characters.`;
  return [userError([...field, "alt"], "ALT_VALUE_LIMIT_EXCEEDED", message)];
}

/** A file on its way, or one of that name that is replaced. */
export function fileFromSource(asking: Asking, input: FileInput): StoredFile {
  const { store } = asking;
  asking.wrote = true;
  const wanted = input.filename ?? nameIn(input.originalSource);
  const former = named(store, wanted);
  const replaces = input.duplicateResolutionMode === "REPLACE" && former !== undefined;
  if (replaces) store.files.delete(former.id);
  const name = former === undefined || replaces ? wanted : withSuffix(wanted, newNumber(store));
  const staged = stagedFrom(store, input.originalSource);
  const mimeType = staged?.mimeType ?? IMAGES[extension(name)] ?? "application/octet-stream";
  const image = input.contentType === "IMAGE" || (!input.contentType && mimeType.startsWith("image/"));
  const path = hostSource(store, input.originalSource, "files", name);
  const lost = path === undefined || takes(store.behaviours, "failsFiles");
  const failure = image ? "IMAGE_DOWNLOAD_FAILURE" : "GENERIC_FILE_DOWNLOAD_FAILURE";
  const now = nowStamp(store);
  const file: StoredFile = {
    id: replaces ? former.id : newId(store, image ? "MediaImage" : "GenericFile"),
    kind: image ? "MediaImage" : "GenericFile",
    ...{ name, mimeType, createdAt: replaces ? former.createdAt : now, updatedAt: now },
    alt: input.alt ?? "",
    path: path ?? "",
    size: staged?.bytes?.byteLength ?? 0,
    readyAt: store.clock.now() + store.behaviours.processingMs,
    failure: lost ? failure : undefined,
  };
  store.files.set(file.id, file);
  return file;
}

interface FileChange {
  readonly id: string;
  readonly alt?: Given<string>;
  readonly filename?: Given<string>;
}

export function fileUpdate({ files }: { readonly files: readonly FileChange[] }, asking: Asking): object {
  const { store } = asking;
  const faults = files.flatMap((input, index) => updateFaults(store, input, ["files", String(index)]));
  if (faults.length > 0) return { files: [], userErrors: faults };
  const changed = files.flatMap(({ id, alt, filename }) => {
    const file = store.files.get(id);
    if (file === undefined) return [];
    if (typeof alt === "string") file.alt = alt;
    if (typeof filename === "string") file.name = filename;
    file.updatedAt = nowStamp(store);
    return [fileView(store, file)];
  });
  asking.wrote = true;
  return { files: changed, userErrors: [] };
}

function updateFaults(
  store: ShopStore,
  { id, alt }: FileChange,
  field: readonly string[],
): readonly UserError[] {
  const file = store.files.get(id);
  if (file === undefined) {
    return [userError([...field, "id"], "FILE_DOES_NOT_EXIST", `File id ${id} does not exist.`)];
  }
  if (fileStatus(store, file) !== "READY") {
    return [userError(field, "NON_READY_STATE", "Non-ready files cannot be updated.")];
  }
  return altFaults(alt, field);
}

export function fileDelete({ fileIds }: { readonly fileIds: readonly string[] }, asking: Asking): object {
  const { store } = asking;
  const unknown = fileIds.filter((id) => !store.files.has(id));
  if (unknown.length > 0) {
    const message = `File ids ${unknown.join(", ")} do not exist.`;
    return { deletedFileIds: null, userErrors: [userError(["fileIds"], "FILE_DOES_NOT_EXIST", message)] };
  }
  for (const id of fileIds) store.files.delete(id);
  for (const product of store.products.values()) {
    product.media = product.media.filter((id) => !fileIds.includes(id));
  }
  asking.wrote = true;
  return { deletedFileIds: [...fileIds], userErrors: [] };
}

interface StageInput {
  readonly resource: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly httpMethod: "POST" | "PUT";
  readonly fileSize?: Given<string>;
}

export function stagedUploadsCreate(
  { input }: { readonly input: readonly StageInput[] },
  { store }: Asking,
): object {
  const stagedTargets = input.map((one) => {
    const key = `tmp/${newNumber(store)}/${one.filename.replace(/[^\w.-]/g, "_")}`;
    const limit = one.fileSize ? Number(one.fileSize) : undefined;
    const { filename, mimeType, resource, httpMethod: method } = one;
    store.staged.set(key, { key, filename, mimeType, resource, method, limit, bytes: undefined });
    const address = `${store.url}/staged/${key}`;
    return method === "PUT"
      ? target(address, address, { content_type: mimeType, acl: "private" })
      : target(`${store.url}/staged/`, address, {
          key,
          "Content-Type": mimeType,
          success_action_status: "201",
          acl: "private",
        });
  });
  return { stagedTargets, userErrors: [] };
}

function target(url: string, resourceUrl: string, fields: Readonly<Record<string, string>>): object {
  const parameters = Object.entries(fields).map(([name, value]) => ({ name, value }));
  return { url, resourceUrl, parameters };
}

/** Where an article's or shop's image is shown from now on; undefined where the address leads to nothing. */
export function hostImage(store: ShopStore, source: string, folder: string): string | undefined {
  if (!/^https?:\/\//.test(source) || !URL.canParse(source)) return undefined;
  return hostSource(store, source, folder, nameIn(source));
}

function hostSource(store: ShopStore, source: string, folder: string, name: string): string | undefined {
  const own = source.startsWith(`${store.url}/`) ? source.slice(store.url.length) : undefined;
  if (own !== undefined && store.hosted.has(own)) {
    if (own.startsWith(`/cdn/shop/${folder}/`)) return own;
    return host(store, folder, name, source);
  }
  if (own === undefined) return host(store, folder, name, source);
  const staged = stagedFrom(store, source);
  if (staged?.bytes === undefined) return undefined;
  return host(store, folder, name, source, staged);
}

function host(store: ShopStore, folder: string, name: string, source: string, staged?: StagedTarget): string {
  const path = `/cdn/shop/${folder}/${encodeURIComponent(name)}?v=${newNumber(store)}`;
  const mimeType = staged?.mimeType ?? IMAGES[extension(name)] ?? "application/octet-stream";
  store.hosted.set(path, { mimeType, bytes: staged?.bytes, source });
  return path;
}

function stagedFrom(store: ShopStore, source: string): StagedTarget | undefined {
  const prefix = `${store.url}/staged/`;
  return source.startsWith(prefix) ? store.staged.get(source.slice(prefix.length)) : undefined;
}

function named(store: ShopStore, name: string): StoredFile | undefined {
  return [...store.files.values()].find((file) => file.name === name);
}

function nameIn(source: string): string {
  return decodeURIComponent(new URL(source).pathname.split("/").at(-1) ?? "") || "file";
}

function extension(name: string): string {
  return /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
}

function withSuffix(name: string, number: number): string {
  const uuid = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  return name.replace(/(\.[^.]*)?$/, (ending) => `_${uuid}${ending}`);
}
