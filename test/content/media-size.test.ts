import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { bytesToSend, isShrinkable, refuseTooLarge } from "../../src/content/media-size.ts";

const NOISE = Buffer.from(Array.from({ length: 400 * 300 * 3 }, (_, n) => (n * 2654435761) >>> 24));
const noise = () => sharp(NOISE, { raw: { width: 400, height: 300, channels: 3 } });
const file = (type: string) => ({ ref: "a.img", path: "a.img", type });
const place = { file: "a.md", line: 7 };
const shrink = (maxBytes: number, maxWidth?: number) =>
  ({ maxBytes, maxWidth, onTooLarge: "shrink" }) as const;
const refuse = (maxBytes: number, maxWidth?: number) =>
  ({ maxBytes, maxWidth, onTooLarge: "refuse" }) as const;

describe("a file within the bounds", () => {
  it("is sent as it is, byte for byte", async () => {
    const bytes = await noise().jpeg().toBuffer();
    expect(await bytesToSend(file("image/jpeg"), bytes, shrink(bytes.length, 400))).toBe(bytes);
    await refuseTooLarge(file("image/jpeg"), bytes, refuse(bytes.length, 400), place);
  });
});

describe("an image that is too large", () => {
  it("is refused with its line and the cure, by size and by width", async () => {
    const bytes = await noise().jpeg().toBuffer();
    await expect(refuseTooLarge(file("image/jpeg"), bytes, refuse(1000), place)).rejects.toMatchObject({
      code: "media-too-large",
      place,
      hint: expect.stringContaining("maxBytes") as string,
    });
    await expect(refuseTooLarge(file("image/jpeg"), bytes, refuse(1e9, 399), place)).rejects.toMatchObject({
      code: "media-too-wide",
      place,
      message: '"a.img" is 400 pixels wide, more than 399',
    });
  });

  it.each(["jpeg", "png", "webp"] as const)(
    "is sent as a smaller %s, the same one each time",
    async (kind) => {
      const bytes = await noise()[kind]().toBuffer();
      const rules = shrink(30_000, 200);
      await refuseTooLarge(file(`image/${kind}`), bytes, rules, place);
      const [first, again] = [
        await bytesToSend(file(`image/${kind}`), bytes, rules),
        await bytesToSend(file(`image/${kind}`), bytes, rules),
      ];
      expect(Buffer.from(first).equals(again)).toBe(true);
      expect(first.length).toBeLessThanOrEqual(30_000);
      const seen = await sharp(first).metadata();
      expect(seen.format).toBe(kind);
      expect(seen.width).toBeLessThanOrEqual(200);
    },
  );

  it("keeps its colour profile and stands upright, and leaves the camera's notes out", async () => {
    const bytes = await noise()
      .withIccProfile("p3")
      .withExif({ IFD0: { Artist: "Somebody" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const small = await bytesToSend(file("image/jpeg"), bytes, shrink(1e9, 150));
    const seen = await sharp(small).metadata();
    expect([seen.width, seen.height, seen.orientation ?? 1]).toEqual([150, 200, 1]);
    expect(seen.icc).toBeDefined();
    expect(seen.exif?.includes("Somebody") ?? false).toBe(false);
  });

  it("is refused where it is no image at all", async () => {
    const bytes = Buffer.from("\xff\xd8\xff not an image", "latin1");
    await expect(bytesToSend(file("image/jpeg"), bytes, shrink(10))).rejects.toMatchObject({
      code: "media-broken",
    });
  });
});

describe("what moves or is drawn", () => {
  it("is never made smaller: too many bytes are refused, any width is kept", async () => {
    const frames = await sharp(NOISE.subarray(0, 40 * 80 * 3), {
      raw: { width: 40, height: 80, channels: 3, pageHeight: 40 },
    })
      .webp()
      .toBuffer();
    expect(isShrinkable("image/webp", frames)).toBe(false);
    const moving = Buffer.from("\x89PNG\r\n\x1a\n....IHDR....acTL....IDAT", "latin1");
    expect(isShrinkable("image/png", moving)).toBe(false);
    expect(isShrinkable("image/png", await noise().png().toBuffer())).toBe(true);
    const drawing = Buffer.from('<svg width="9000"/>');
    await refuseTooLarge(file("image/svg+xml"), drawing, refuse(1000, 100), place);
    expect(await bytesToSend(file("image/svg+xml"), drawing, shrink(1000, 100))).toBe(drawing);
    await expect(refuseTooLarge(file("image/svg+xml"), drawing, shrink(5), place)).rejects.toMatchObject({
      code: "media-too-large",
    });
  });
});
