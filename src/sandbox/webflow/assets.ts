// Files of the site: announced with their MD5, then sent to the storage. https://developers.webflow.com/data/docs/working-with-assets
import { createHash } from "node:crypto";
import { isObject } from "../../lib/json.ts";
import { parseForm } from "../multipart.ts";
import { json, type Reply } from "../serve.ts";
import { takes } from "./behaviours.ts";
import { invalid, malformed, notFound } from "./errors.ts";
import { type Asset, newId, nowStamp, type SiteStore } from "./state.ts";

const LONGEST_NAME = 100;
const BUCKET = "webflow-sandbox";

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  svg: "image/svg+xml",
  pdf: "application/pdf",
  txt: "text/plain",
  mp4: "video/mp4",
};

/** The site shows a file under its id and the name that it was given. */
const pathOf = ({ site }: SiteStore, { id, fileName }: Pick<Asset, "id" | "fileName">) =>
  `/files/${site.id}/${id}_${encodeURIComponent(fileName)}`;

function shownAsset(store: SiteStore, asset: Asset) {
  const { id, displayName, altText, folder, createdOn, lastUpdated, bytes, type } = asset;
  return {
    ...{ id, contentType: type, size: bytes?.byteLength ?? 0, siteId: store.site.id },
    hostedUrl: store.url + pathOf(store, asset),
    ...{ originalFileName: asset.fileName, displayName, lastUpdated, createdOn },
    ...{ variants: [], altText, folderId: folder ?? null },
  };
}

export function listAssets(store: SiteStore, query: URLSearchParams): Reply {
  for (const name of query.keys()) {
    if (!/^(?:localeId|offset|limit|folderId)$/.test(name)) throw malformed(`Unknown parameter: ${name}`);
  }
  const folder = query.get("folderId");
  const all = [...store.assets.values()].filter(
    (asset) => asset.bytes !== undefined && (folder === null || asset.folder === folder),
  );
  const [limit, offset] = [Number(query.get("limit") ?? 100), Number(query.get("offset") ?? 0)];
  if (!(limit >= 1 && limit <= 100)) throw invalid({ param: "limit", description: "must be 1 to 100" });
  const page = all.toReversed().slice(offset, offset + limit);
  return json(200, {
    assets: page.map((asset) => shownAsset(store, asset)),
    pagination: { limit, offset, total: all.length },
  });
}

export function oneAsset(store: SiteStore, id: string): Reply {
  return json(200, shownAsset(store, assetOf(store, id)));
}

function assetOf({ assets }: SiteStore, id: string): Asset {
  const asset = assets.get(id);
  if (asset?.bytes === undefined) throw notFound("asset");
  return asset;
}

export function changeAsset(store: SiteStore, id: string, body: unknown): Reply {
  const asset = assetOf(store, id);
  if (!isObject(body)) throw malformed("Request is malformed");
  const { displayName = asset.displayName, altText = asset.altText, ...rest } = body;
  if (Object.keys(rest).length > 0) throw malformed(`Unknown key: ${Object.keys(rest).join(", ")}`);
  if (typeof displayName !== "string" || (altText !== null && typeof altText !== "string")) {
    throw invalid({ param: "altText", description: "must be a string" });
  }
  Object.assign(asset, { displayName, altText, lastUpdated: nowStamp(store) });
  return oneAsset(store, id);
}

export function removeAsset(store: SiteStore, id: string): Reply {
  const asset = assetOf(store, id);
  store.assets.delete(id);
  store.hosted.delete(pathOf(store, asset));
  return { status: 204, type: "application/json", body: "" };
}

/** The first step: where the bytes go, and with which fields. */
export function announceAsset(store: SiteStore, body: unknown): Reply {
  if (!isObject(body)) throw malformed("Request is malformed");
  const { fileName, fileHash, parentFolder, ...rest } = body;
  if (Object.keys(rest).length > 0) throw malformed(`Unknown key: ${Object.keys(rest).join(", ")}`);
  if (typeof fileName !== "string" || fileName === "" || fileName.length >= LONGEST_NAME) {
    throw invalid({ param: "fileName", description: `must be shorter than ${LONGEST_NAME} characters` });
  }
  const type = TYPES[/\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? ""];
  if (type === undefined) throw invalid({ param: "fileName", description: "Unsupported file type" });
  if (typeof fileHash !== "string" || !/^[0-9a-f]{32}$/.test(fileHash)) {
    throw invalid({ param: "fileHash", description: "must be an MD5 hash" });
  }
  const known = [...store.assets.values()].find((one) => one.hash === fileHash);
  const isSame = store.behaviours.sameHash === "same";
  const now = nowStamp(store);
  const asset: Asset =
    known !== undefined && isSame
      ? known
      : {
          ...{ id: newId(), hash: fileHash, fileName, displayName: fileName, altText: null },
          folder: typeof parentFolder === "string" ? parentFolder : undefined,
          ...{ createdOn: now, lastUpdated: now, bytes: undefined, type },
        };
  store.assets.set(asset.id, asset);
  return json(200, announced(store, asset));
}

function announced(store: SiteStore, asset: Asset) {
  const { id, type, fileName, folder, createdOn, lastUpdated } = asset;
  const date = nowStamp(store).replace(/[-:]|\.\d+/g, "");
  const hostedUrl = store.url + pathOf(store, asset);
  return {
    uploadDetails: {
      acl: "public-read",
      bucket: BUCKET,
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `SANDBOX/${date.slice(0, 8)}/us-east-1/s3/aws4_request`,
      "X-Amz-Date": date,
      key: keyOf(store, asset),
      Policy: Buffer.from(JSON.stringify({ id, hash: asset.hash })).toString("base64"),
      "X-Amz-Signature": signatureOf(store, asset),
      success_action_status: "201",
      "content-type": type,
      "Cache-Control": "max-age=31536000, must-revalidate",
    },
    ...{ contentType: type, id, ...(folder === undefined ? {} : { parentFolder: folder }) },
    uploadUrl: `${store.url}/storage/${BUCKET}`,
    assetUrl: hostedUrl,
    ...{ hostedUrl, originalFileName: fileName, createdOn, lastUpdated },
  };
}

const keyOf = ({ site }: SiteStore, { id, fileName }: Asset) => `${site.id}/${id}_${fileName}`;

const signatureOf = (store: SiteStore, asset: Asset) =>
  createHash("sha256")
    .update(`${keyOf(store, asset)} ${asset.hash}`)
    .digest("hex");

/** Of images and of other files, as Webflow's guide says. */
const MAX_IMAGE = 4 * 1024 * 1024;
const MAX_FILE = 10 * 1024 * 1024;

/** The second step, at the storage: a form whose last field is the file. */
export function receiveFile(store: SiteStore, contentType: string, body: Buffer): Reply {
  const form = parseForm(contentType, body);
  const asset = [...store.assets.values()].find((one) => keyOf(store, one) === form?.fields.key);
  if (takes(store.behaviours, "refusesUploads")) return storageError(503, "SlowDown", "Try again.");
  if (form?.file === undefined || asset === undefined) {
    return storageError(403, "AccessDenied", "There is no upload of that name.");
  }
  const { fields, file } = form;
  if (fields["X-Amz-Signature"] !== signatureOf(store, asset)) {
    return storageError(403, "SignatureDoesNotMatch", "The signature does not fit.");
  }
  if (file.after.length > 0) return storageError(400, "InvalidArgument", "The file must be the last field.");
  const most = asset.type.startsWith("image/") ? MAX_IMAGE : MAX_FILE;
  if (file.bytes.byteLength > most) return storageError(400, "EntityTooLarge", "The upload is too large.");
  const md5 = createHash("md5").update(file.bytes).digest("hex");
  if (md5 !== asset.hash) return storageError(400, "BadDigest", "The bytes are others than announced.");
  asset.bytes = file.bytes;
  store.hosted.set(pathOf(store, asset), { type: asset.type, bytes: file.bytes });
  const xml = `<?xml version="1.0" encoding="UTF-8"?><PostResponse><Key>${keyOf(store, asset)}</Key></PostResponse>`;
  return { status: 201, type: "application/xml", body: xml };
}

function storageError(status: number, code: string, message: string): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, type: "application/xml", body };
}
