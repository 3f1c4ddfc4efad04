import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type BodyFormat, html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { documents, noImages, siteImages } from "./documents.ts";

const RUNS = { numRuns: Number(process.env.BODY_RUNS ?? 80) };
if (process.env.BODY_RUNS !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

const FORMATS: readonly [string, BodyFormat][] = [
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
];

describe.each(FORMATS)("the laws of %s", (_name, format) => {
  it("gives Markdown that encodes to the same as what it came from", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const stored = format.encode(`${markdown}\n\nThe end`, siteImages);
        const decoded = format.decode(stored, siteImages);
        expect(format.same(format.encode(decoded, siteImages), stored)).toBe(true);
      }),
      RUNS,
    );
  });

  it("comes to rest after one round", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const once = format.decode(format.encode(markdown, siteImages), siteImages);
        const stored = format.encode(once, siteImages);
        const twice = format.decode(stored, siteImages);
        expect(format.encode(twice, siteImages)).toBe(stored);
      }),
      RUNS,
    );
  });

  it("changes nothing where nothing changed", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const stored = format.encode(markdown, siteImages);
        expect(format.patch(markdown, stored, siteImages)).toBe(markdown);
        expect(format.encodeOnto(markdown, stored, siteImages)).toBe(stored);
      }),
      RUNS,
    );
  });

  it("pushes a pulled body back as the very bytes it was", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const stored = `${format.encode(markdown, siteImages)}\n`;
        expect(format.encodeOnto(format.decode(stored, noImages), stored, noImages)).toBe(stored);
      }),
      RUNS,
    );
  });

  it("brings over whatever another document said", () => {
    fc.assert(
      fc.property(documents, documents, (local, remote) => {
        const stored = format.encode(remote, siteImages);
        const patched = format.patch(local, stored, siteImages);
        expect(format.same(format.encodeOnto(patched, stored, siteImages), stored)).toBe(true);
        const pushed = format.encodeOnto(local, stored, siteImages);
        expect(format.patch(local, pushed, siteImages)).toBe(local);
      }),
      RUNS,
    );
  });
});
