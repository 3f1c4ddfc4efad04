import { describe, expect, it } from "vitest";
import { wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { noImages } from "./documents.ts";
import { CLASSIC, FOREIGN, READABLE } from "./wordpress-bodies.ts";

const { decode, encode, encodeOnto, patch, same } = wordpressBlocks;

function paragraph(text: string): string {
  return `<!-- wp:paragraph -->\n<p>${text}</p>\n<!-- /wp:paragraph -->`;
}

/** Down and up again gives the very bytes, and a word that changes beside it on either side changes nothing else. */
function expectUntouched(stored: string, written: (text: string) => string, rewritten = written): void {
  const around = `${written("Before it.")}\n\n${stored}\n\n${written("After it.")}\n`;
  const markdown = decode(around, noImages);
  expect(encodeOnto(markdown, around, noImages)).toBe(around);
  const edited = markdown.replace("After it.", "After them.");
  expect(encodeOnto(edited, around, noImages)).toBe(
    around.replace(written("After it."), rewritten("After them.")),
  );
  const remote = around.replace("Before it.", "Before them.");
  expect(patch(markdown, remote, noImages)).toBe(markdown.replace("Before it.", "Before them."));
}

describe("what WordPress's editor writes", () => {
  it.each(READABLE)("comes down as Markdown: %s", (_name, stored, markdown) => {
    expect(decode(stored, noImages)).toBe(`${markdown}\n`);
    expect(same(encode(markdown, noImages), stored)).toBe(true);
    expect(encodeOnto(markdown, stored, noImages)).toBe(stored);
    expectUntouched(stored, paragraph);
  });

  it.each(FOREIGN)("keeps its bytes: %s", (_name, stored) => {
    const markdown = decode(stored, noImages);
    for (const line of stored.split("\n")) expect(markdown).toContain(line);
    expectUntouched(stored, paragraph);
  });

  it("keeps the media id and the size of an image whose description changes", () => {
    const image = (alt: string): string =>
      `<!-- wp:image {"id":12,"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://s.example/u/a-1024x683.png" alt="${alt}" class="wp-image-12"/></figure>\n<!-- /wp:image -->`;
    const markdown = decode(image("Old"), noImages);
    expect(encodeOnto(markdown.replace("Old", "New"), image("Old"), noImages)).toBe(image("New"));
  });

  it("keeps the media id of an image inside a paragraph that changes", () => {
    const text = (word: string): string =>
      paragraph(`${word} <img src="https://s.example/u/i.png" alt="i" class="wp-image-3"/> here`);
    const markdown = decode(text("Old"), noImages);
    expect(markdown).toBe("Old ![i](https://s.example/u/i.png) here\n");
    expect(encodeOnto(markdown.replace("Old", "New"), text("Old"), noImages)).toBe(text("New"));
  });

  it("keeps a gallery of the site's images a gallery, one image on a line", () => {
    const image = (id: number, alt: string, caption: string): string =>
      `<!-- wp:image {"id":${id},"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://s.example/u/${id}.png" alt="${alt}" class="wp-image-${id}"/>${caption}</figure>\n<!-- /wp:image -->`;
    const gallery = (alt: string): string =>
      `<!-- wp:gallery {"linkTo":"none","sizeSlug":"large"} -->\n<figure class="wp-block-gallery has-nested-images columns-default is-cropped">${image(1, "One", "")}\n\n${image(2, alt, '<figcaption class="wp-element-caption">Second</figcaption>')}</figure>\n<!-- /wp:gallery -->`;
    const markdown = decode(gallery("Two"), noImages);
    expect(markdown).toBe('![One](https://s.example/u/1.png)\n![Two](https://s.example/u/2.png "Second")\n');
    expectUntouched(gallery("Two"), paragraph);
    const pushed = encodeOnto(markdown.replace("Two", "2"), gallery("Two"), noImages);
    expect(pushed).toBe(
      gallery("2").replace(
        ',"sizeSlug":"large"} -->\n<figure class="wp-block-g',
        '} -->\n<figure class="wp-block-g',
      ),
    );
    expect(patch(markdown, gallery("Zwei"), noImages)).toBe(markdown.replace("Two", "Zwei"));
  });

  it("leaves badges in a line of text, each on a line of its own or not", () => {
    const badges = "![a](https://img.example/a.svg)\n[![b](https://img.example/b.svg)](https://b.example)";
    expect(encode(badges, noImages)).toMatch(/^<!-- wp:paragraph -->\n<p><img .* <a /);
  });

  it("leaves an address in angle brackets, in text or of strangers what it is", () => {
    for (const text of ["<https://vimeo.com/1>", "See https://vimeo.com/1", "https://stranger.example/1"]) {
      expect(encode(text, noImages)).toMatch(/^<!-- wp:paragraph -->/);
    }
  });

  it("takes another size of an image for another image", () => {
    const at = (size: string): string =>
      `<!-- wp:image -->\n<figure class="wp-block-image"><img src="https://s.example/u/a${size}.png" alt=""/></figure>\n<!-- /wp:image -->`;
    expect(same(at("-300x200"), at("-1024x683"))).toBe(false);
  });

  it.each([
    [
      "inside text",
      "<ul><li>a <!-- wp:list-item --> b<!-- /wp:list-item --></li></ul>",
      "<ul><li>ab</li></ul>",
    ],
    [
      "with attributes",
      '<ul><!-- wp:list-item {"className":"x"} -->\n<li>a</li>\n<!-- /wp:list-item --></ul>',
      "<ul><li>a</li></ul>",
    ],
  ])("sees block comments %s", (_name, a, b) => {
    const list = (inner: string): string => `<!-- wp:list -->\n${inner}\n<!-- /wp:list -->`;
    expect(same(list(a), list(b))).toBe(false);
  });
});

describe("what the classic editor writes", () => {
  it.each(CLASSIC)("keeps its bytes: %s", (_name, stored) => {
    expectUntouched(
      stored,
      (text) => text,
      (text) => `<p>${text}</p>`,
    );
  });
});
