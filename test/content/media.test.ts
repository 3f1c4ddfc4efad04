import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isLocalRef, resolveMedia } from "../../src/content/media.ts";
import { sniff } from "../../src/content/media-types.ts";
import { sha256Hex } from "../../src/lib/hash.ts";

let dir: string;
let root: string;
const PNG = Buffer.from("\x89PNG\r\n\x1a\n0000", "latin1");

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "media-"));
  root = join(dir, "root");
  await mkdir(join(root, "posts/images"), { recursive: true });
  await mkdir(join(root, "static/img"), { recursive: true });
  await writeFile(join(dir, "secret.png"), PNG);
  const files: Record<string, string | Buffer> = {
    "posts/images/a.png": PNG,
    "posts/images/b c.png": PNG,
    "static/img/s.png": PNG,
    "top.png": PNG,
    "empty.png": "",
    "binary.txt": Buffer.from([104, 0, 105]),
    "text.png": "hello",
    "fake.png": "<html>",
    "wrong.jpg": PNG,
    "drawing.svg": '<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "lfs.png": `version https://git-lfs.example/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12\n`,
    "big.png": Buffer.concat([PNG, Buffer.alloc(2000)]),
  };
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(root, path), bytes);
  await symlink(join(dir, "secret.png"), join(root, "link.png"));
  await symlink("top.png", join(root, "inside.png"));
  await mkdir(join(root, "dir.png"));
  execFileSync("mkfifo", [join(root, "pipe.png")]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test.each([
  ["./images/a.png", "posts/images/a.png"],
  ["images/a.png?w=100#x", "posts/images/a.png"],
  ["images/b%20c.png", "posts/images/b c.png"],
  ["images/b c.png", "posts/images/b c.png"],
  ["../top.png", "top.png"],
  ["/top.png", "top.png"],
  ["/img/s.png", "static/img/s.png"],
  ["../inside.png", "top.png"],
])("%s", async (ref, path) => {
  expect(await resolveMedia(root, "posts/a.md", ref)).toEqual({
    ref,
    path,
    digest: sha256Hex(PNG),
    type: "image/png",
    size: PNG.length,
  });
});

test("a drawing is told by its type", async () => {
  expect((await resolveMedia(root, "a.md", "drawing.svg")).type).toBe("image/svg+xml");
});

test.each([
  ["../../secret.png", "media-outside"],
  ["/../secret.png", "media-outside"],
  ["..%2f..%2fsecret.png", "media-outside"],
  ["../../nothing-there.png", "media-outside"],
  ["/link.png", "media-outside"],
  ["/none.png", "media-missing"],
  ["/dir.png", "media-missing"],
  ["/pipe.png", "media-missing"],
  ["/empty.png", "media-empty"],
  ["/binary.txt", "media-type"],
  ["/text.png", "media-type"],
  ["/fake.png", "media-type"],
  ["/wrong.jpg", "media-type"],
  ["/lfs.png", "lfs-pointer"],
  ["/big.png", "media-too-large"],
  ["https://example.org/a.png", "media-ref"],
  ["a%00.png", "media-ref"],
])("%s is refused: %s", async (ref, code) => {
  await expect(resolveMedia(root, "posts/a.md", ref, { maxBytes: 1000 })).rejects.toMatchObject({
    kind: "invalid",
    code,
    message: expect.stringContaining(JSON.stringify(ref)) as string,
    place: { file: "posts/a.md" },
  });
});

test("types are told from the first bytes", () => {
  const bytes = (text: string) => Buffer.from(text, "latin1");
  expect(sniff(bytes("\xff\xd8\xff\xe0"))).toBe("image/jpeg");
  expect(sniff(bytes("GIF89a"))).toBe("image/gif");
  expect(sniff(bytes("RIFF\n\0\0\0WEBPVP8 "))).toBe("image/webp");
  expect(sniff(bytes("\0\0\0\x1cftypavif\0\0\0\0mif1"))).toBe("image/avif");
  expect(sniff(bytes("\0\0\0\x1cftypisom\0\0\0\0mp41"))).toBe("video/mp4");
  expect(sniff(bytes("%PDF-1.7"))).toBe("application/pdf");
  expect(sniff(bytes("ID3\x04"))).toBe("audio/mpeg");
  expect(sniff(bytes("<html><svg>"))).toBeUndefined();
  expect(sniff(bytes("#!/bin/sh"))).toBeUndefined();
});

test("addresses, anchors and data are no files", () => {
  expect(
    ["https://a/b.png", "//a/b.png", "mailto:a@b", "#x", "data:image/png,x", "?a"].map(isLocalRef),
  ).toEqual(Array(6).fill(false));
  expect(["a.png", "../a.png", "/a.png", "a b.md#x"].every(isLocalRef)).toBe(true);
});

/** A zip archive whose directory names these files; nothing reads what they hold. */
function zip(...names: readonly string[]): Buffer {
  return zipFrom("PK\x03\x04-what the files hold-", names);
}

function zipFrom(begin: string, names: readonly string[]): Buffer {
  const directory = names.map((name) => {
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(Buffer.byteLength(name), 28);
    return Buffer.concat([head, Buffer.from(name)]);
  });
  const start = Buffer.from(begin, "latin1");
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(start.length, 16);
  return Buffer.concat([start, ...directory, end]);
}

test("archives and office documents are told apart by what they hold", () => {
  const office = "application/vnd.openxmlformats-officedocument";
  expect(sniff(zip("a.txt"))).toBe("application/zip");
  expect(sniff(zip("[Content_Types].xml", "word/document.xml"))).toBe(`${office}.wordprocessingml.document`);
  expect(sniff(zip("[Content_Types].xml", "xl/workbook.xml"))).toBe(`${office}.spreadsheetml.sheet`);
  expect(sniff(zip("[Content_Types].xml", "ppt/slides.xml"))).toBe(`${office}.presentationml.presentation`);
  expect(sniff(zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"))).toBeUndefined();
  expect(sniff(zip("a.txt").subarray(0, 60))).toBeUndefined();
  const head = `PK\x03\x04${"0".repeat(26)}mimetypeapplication/vnd.oasis.opendocument.textPK`;
  expect(sniff(zipFrom(head, ["mimetype", "content.xml"]))).toBe("application/vnd.oasis.opendocument.text");
});

test("texts are told by name, and only where they are text", () => {
  const text = Buffer.from("a;b\nçiğ köfte;1\n");
  expect(sniff(text, ".csv")).toBe("text/csv");
  expect(sniff(text, ".txt")).toBe("text/plain");
  expect([sniff(text), sniff(text, ".md"), sniff(text, ".vtt")]).toEqual([undefined, undefined, undefined]);
  expect(sniff(Buffer.from("WEBVTT\n\n"), ".vtt")).toBe("text/vtt");
  expect(sniff(Buffer.from("caf\xe9", "latin1"), ".txt")).toBeUndefined();
  expect(sniff(Buffer.from("a\0b"), ".txt")).toBeUndefined();
});

test("films and sounds are told by their first bytes", () => {
  const bytes = (text: string) => Buffer.from(text, "latin1");
  expect(sniff(bytes("\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webmB"))).toBe("video/webm");
  expect(sniff(bytes("\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x88matroska"))).toBeUndefined();
  expect(sniff(bytes("OggS\0\x02....\x80theora"))).toBe("video/ogg");
  expect(sniff(bytes("OggS\0\x02....\x01vorbis"))).toBe("audio/ogg");
  expect(sniff(bytes("RIFF\n\0\0\0WAVEfmt "))).toBe("audio/wav");
  expect(sniff(bytes("\0\0\0\x14ftypqt  "))).toBe("video/quicktime");
  expect(sniff(bytes("\0\0\0\x14ftypM4A \0\0\0\0isom"))).toBe("audio/mp4");
  expect(sniff(bytes("fLaC"))).toBe("audio/flac");
});
