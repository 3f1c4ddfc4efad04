// What holds of every format of bodies, whatever the document.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BodyFormat } from "../../../src/content/markdown/format.ts";
import { documents, noImages, siteImages } from "./documents.ts";

/** `pulled`: a stored body as the site may give it, made of one of ours. */
export function itKeepsTheLaws(
  format: BodyFormat,
  RUNS: { readonly numRuns: number },
  pulled: (stored: string) => string = (stored) => `${stored}\n`,
): void {
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
        const stored = pulled(format.encode(markdown, siteImages));
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
}
