/** Extensions by the type that the bytes must show; the first is the usual one. What is not here never leaves the machine. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  "image/png": [".png", ".apng"],
  "image/jpeg": [".jpg", ".jpeg", ".jpe", ".jfif"],
  "image/gif": [".gif"],
  "image/webp": [".webp"],
  "image/avif": [".avif"],
  "image/svg+xml": [".svg"],
  "application/pdf": [".pdf"],
  "application/rtf": [".rtf"],
  "application/zip": [".zip"],
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": [".docx"],
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": [".xlsx"],
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": [".pptx"],
  "application/vnd.oasis.opendocument.text": [".odt"],
  "application/vnd.oasis.opendocument.spreadsheet": [".ods"],
  "application/vnd.oasis.opendocument.presentation": [".odp"],
  "text/plain": [".txt"],
  "text/csv": [".csv"],
  "text/vtt": [".vtt"],
  "video/mp4": [".mp4", ".m4v"],
  "video/quicktime": [".mov"],
  "video/webm": [".webm"],
  "video/ogg": [".ogv", ".ogg"],
  "audio/ogg": [".ogg", ".oga"],
  "audio/mpeg": [".mp3"],
  "audio/mp4": [".m4a"],
  "audio/wav": [".wav"],
  "audio/flac": [".flac"],
};

/** Every extension that an upload may have, with its dot, in lower case. */
export const MEDIA_EXTENSIONS: ReadonlySet<string> = new Set(Object.values(EXTENSIONS).flat());

/** Whether a reference is to such a file, as far as its name tells. */
export function hasMediaExtension(ref: string): boolean {
  const extension = /\.[A-Za-z0-9]+$/.exec(ref.replace(/[?#].*$/s, ""))?.[0];
  return extension !== undefined && MEDIA_EXTENSIONS.has(extension.toLowerCase());
}

export function fits(type: string, extension: string): boolean {
  return EXTENSIONS[type]?.includes(extension) === true;
}

/** With its dot; "" for a type that is not allowed. */
export function usualExtension(type: string): string {
  return EXTENSIONS[type]?.[0] ?? "";
}

/**
 * The type that a whole file's bytes show; undefined when it is none of those allowed. Plain text shows no type of its
 * own: the extension (with its dot, in lower case) says which kind of text it is.
 */
export function sniff(bytes: Uint8Array, extension = ""): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096));
  const text = head.toString("latin1");
  for (const [type, sign] of SIGNS) if (sign.test(text)) return type;
  if (text.slice(4, 8) === "ftyp") return isoMedia(text);
  if (text.startsWith("OggS")) return text.includes("\x80theora") ? "video/ogg" : "audio/ogg";
  if (text.startsWith("PK\x03\x04")) return packed(bytes);
  if (isSvg(head.toString("utf8"))) return "image/svg+xml";
  const kind = TEXTS.find((type) => fits(type, extension));
  return kind !== undefined && isText(bytes) && (kind !== "text/vtt" || /^(\xef\xbb\xbf)?WEBVTT/.test(text))
    ? kind
    : undefined;
}

const SIGNS: readonly (readonly [string, RegExp])[] = [
  ["image/png", /^\x89PNG\r\n\p{Cc}\n/u],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF.{4}WEBP/s],
  ["audio/wav", /^RIFF.{4}WAVE/s],
  ["application/pdf", /^%PDF-/],
  ["application/rtf", /^\{\\rtf/],
  ["audio/mpeg", /^(?:ID3|\xff[\xfb\xf3\xf2\xfa])/],
  ["audio/flac", /^fLaC/],
  ["video/webm", /^\p{Cc}E\xdf\xa3.{0,40}webm/su],
];

const TEXTS = ["text/plain", "text/csv", "text/vtt"] as const;

/** ISO base media file: major brand and compatible brands. */
function isoMedia(text: string): string | undefined {
  const brands = text.slice(8, 64);
  if (/avi[fs]/.test(brands)) return "image/avif";
  if (brands.startsWith("qt  ")) return "video/quicktime";
  if (/^M4[AB] /.test(brands)) return "audio/mp4";
  return /isom|iso[2-9]|mp4[12]|avc1|M4V|dash|MSNV/.test(brands) ? "video/mp4" : undefined;
}

const OFFICE: readonly (readonly [string, string])[] = [
  ["word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
];

/** Office documents are zip archives, told apart by what they hold. One with macros is not taken for a plain one. */
function packed(bytes: Uint8Array): string | undefined {
  const names = zipNames(bytes);
  if (names === undefined) return undefined;
  const first = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).toString("latin1");
  const open =
    /^.{30}mimetype(application\/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))PK/s.exec(
      first,
    )?.[1];
  if (open !== undefined) return open;
  if (!names.includes("[Content_Types].xml")) return "application/zip";
  if (names.some((name) => /vbaProject\.bin$/i.test(name))) return undefined;
  return OFFICE.find(([folder]) => names.some((name) => name.startsWith(folder)))?.[1] ?? "application/zip";
}

/** Names in a zip archive's directory, at its end; undefined for an archive that is cut off. */
function zipNames(bytes: Uint8Array): readonly string[] | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = whole.lastIndexOf("PK\x05\x06", undefined, "latin1");
  if (end < 0 || end + 22 > whole.length) return undefined;
  const names: string[] = [];
  let at = whole.readUInt32LE(end + 16);
  for (let left = whole.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (at + 46 > whole.length || whole.readUInt32LE(at) !== 0x02014b50) return undefined;
    const length = whole.readUInt16LE(at + 28);
    names.push(whole.toString("utf8", at + 46, at + 46 + length));
    at += 46 + length + whole.readUInt16LE(at + 30) + whole.readUInt16LE(at + 32);
  }
  return names;
}

/** UTF-8 without control characters. */
function isText(bytes: Uint8Array): boolean {
  try {
    return !/(?![\t-\r])\p{Cc}/u.test(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
}

function isSvg(text: string): boolean {
  const start = text
    .replace(/^\uFEFF/, "")
    .replace(/^(\s+|<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*>)*/i, "");
  return /^<svg[\s>]/.test(start);
}
