// PURE: the part of multipart/form-data that uploads use.

export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: { readonly bytes: Uint8Array; readonly after: readonly string[] } | undefined;
}

/** `after` names the fields that came behind the file, which a storage service ignores. Undefined where it is none. */
export function parseForm(contentType: string, body: Buffer): Form | undefined {
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const mark = Buffer.from(`--${boundary}`);
  const fields: Record<string, string> = {};
  const after: string[] = [];
  let bytes: Uint8Array | undefined;
  for (const part of partsOf(body, mark)) {
    const end = part.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = part.subarray(0, end).toString("utf8");
    const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? "";
    const content = part.subarray(end + 4);
    if (name === "file" && bytes === undefined) bytes = content;
    else {
      fields[name] = content.toString("utf8");
      if (bytes !== undefined) after.push(name);
    }
  }
  return { fields, file: bytes === undefined ? undefined : { bytes, after } };
}

function partsOf(body: Buffer, mark: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = body.indexOf(mark);
  while (from >= 0) {
    const to = body.indexOf(mark, from + mark.length);
    if (to < 0) break;
    // Each part stands between line ends that belong to the marks.
    parts.push(body.subarray(from + mark.length + 2, to - 2));
    from = to;
  }
  return parts;
}
