import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { wordpressBlocks } from "../../src/content/markdown/format.ts";
import { documents, noImages, blocks as randomBlocks } from "../content/markdown/documents.ts";
import { FOREIGN, READABLE } from "../content/markdown/wordpress-bodies.ts";
import { withoutWordPress } from "../wordpress.ts";
import { CONSTRUCTS, CUTS, documentOf, uploads } from "./constructs.ts";
import { type BlockFault, type Editor, type EditorBlock, htmlBlocksOf, ownFaults } from "./editor.ts";
import { installedEditor } from "./installed.ts";
import { asksForNewest, newestEditor } from "./newest.ts";

const RUNS = { numRuns: Number(process.env.BODY_RUNS ?? 40) };
const LONG_MS = 3_600_000;
const ALL = [...CONSTRUCTS, ...CUTS];

const { encode, decode, encodeOnto, patch, same } = wordpressBlocks;

function summary(faults: readonly BlockFault[]): string[] {
  return faults.map(({ kind, name, issues, source, saved }) =>
    [kind, name, ...issues.map((issue) => issue.slice(0, 300)), source, saved].join("\n"),
  );
}

function names(blocks: readonly EditorBlock[]): string[] {
  return blocks.flatMap(({ name, innerBlocks }) => [name.replace(/^core\//, ""), ...names(innerBlocks)]);
}

function randomly(arbitrary: fc.Arbitrary<string>, holds: (markdown: string) => void): void {
  fc.assert(fc.property(arbitrary, holds), RUNS);
}

const faultsFor = (editor: Editor, markdown: string) =>
  ownFaults(editor, markdown, encode(markdown, uploads));

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** Documents of many hands: what installed packages say of themselves. */
function readmes(count: number): string[] {
  const packages = readdirSync(MODULES).flatMap((name) =>
    name.startsWith("@") ? readdirSync(`${MODULES}${name}`).map((inner) => `${name}/${inner}`) : [name],
  );
  const found = packages.map((name) => `${MODULES}${name}/README.md`).filter((file) => existsSync(file));
  const step = Math.max(1, Math.floor(found.length / count));
  return found.filter((_, i) => i % step === 0).slice(0, count);
}

const EDITABLE = "code embed gallery heading html image list paragraph quote shortcode table".split(" ");

interface Row {
  readonly cells: readonly { readonly content: unknown }[];
}

/** What an author does to a block in the editor: a word more, another film. False for a block with nothing to edit. */
function edit(block: EditorBlock): boolean {
  const { attributes, innerBlocks, name } = block;
  const add = (key: string): boolean => {
    attributes[key] = `${attributes[key]} edited`;
    return true;
  };
  switch (name) {
    case "core/paragraph":
    case "core/heading":
    case "core/list-item":
    case "core/code":
      return add("content");
    case "core/html":
      if ("content" in attributes) return add("content");
      block.innerContent = ["\n<div>edited</div>\n"];
      return true;
    case "core/shortcode":
      attributes.text = '[edited id="1"]';
      return true;
    case "core/image":
      return add("alt");
    case "core/embed":
      attributes.url = "https://www.youtube.com/watch?v=edited";
      return true;
    case "core/table":
      attributes.body = (attributes.body as Row[]).map((row) => ({
        ...row,
        cells: row.cells.map((cell, i) => (i === 0 ? { ...cell, content: "edited" } : cell)),
      }));
      return true;
    default: {
      const [first] = innerBlocks;
      return first !== undefined && edit(first);
    }
  }
}

/** Bare text between blocks becomes paragraphs in the editor: an edit of its own. */
const someBlocks = randomBlocks.map((list) => list.filter((one) => !one.startsWith("<!-- raw -->")));

/** Blocks with a paragraph after each, one of which is to change. */
const anchored = fc
  .tuple(
    someBlocks.filter(({ length }) => length > 0),
    fc.nat(),
  )
  .map(([list, seed]) => {
    const anchor = `Anchor ${seed % list.length}.`;
    return { text: list.map((block, i) => `${block}\n\nAnchor ${i}.`).join("\n\n"), anchor };
  });

const EDITORS: readonly [name: string, start: () => Editor, isLeftOut: boolean][] = [
  ["the installed WordPress", installedEditor, withoutWordPress],
  ["the newest packages", newestEditor, !asksForNewest],
];

/** What would break the block that it is in, or those around it. */
const TROUBLE: readonly [name: string, markdown: string][] = [
  ["a tag left open in text", "Some <i>open text of a Promise<T>"],
  ["a tag closed in text that was not open", "Some </b> text"],
  ["an element where none may be", "Text <div>in a</div> paragraph"],
  ["a tag left open in a heading", "## Some <b>heading"],
  ["a tag left open in a list", "- one <b>\n- two"],
  ["a tag left open in a table", "| a |\n| - |\n| <b> |"],
  ["the end of a block that never began", "<div>\n<!-- /wp:paragraph -->\n</div>"],
  ["the end of a block in a list", "- a\n\n  <div>\n  <!-- /wp:html --></div>"],
  ["the beginning of a block that never ends", "<div>\n<!-- wp:group -->\n</div>"],
];

const FAULTY: readonly [name: string, kind: BlockFault["kind"], stored: string][] = [
  [
    "a tag of the wrong level",
    "invalid",
    '<!-- wp:heading -->\n<h3 class="wp-block-heading">x</h3>\n<!-- /wp:heading -->',
  ],
  [
    "a fault in a block within a block",
    "invalid",
    '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:image -->\n<img src="x.png"/>\n<!-- /wp:image --></blockquote>\n<!-- /wp:quote -->',
  ],
  [
    "a block that it does not have",
    "unknown",
    "<!-- wp:vendor/thing -->\n<p>x</p>\n<!-- /wp:vendor/thing -->",
  ],
  [
    "what an older editor saved",
    "migrated",
    '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><p>Said</p></blockquote>\n<!-- /wp:quote -->',
  ],
  [
    "an attribute that its markup denies",
    "rewritten",
    '<!-- wp:heading {"level":2} -->\n<h2 class="wp-block-heading">x</h2>\n<!-- /wp:heading -->',
  ],
];

/** One of each provider that the editors of all versions know by the address. */
const EMBEDDED = [
  "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
  "https://youtu.be/dQw4w9WgXc_",
  "https://www.youtube.com/shorts/abc",
  "https://vimeo.com/22439234",
  "https://www.dailymotion.com/video/x8abc",
  "https://www.ted.com/talks/some_talk",
  "https://wordpress.tv/2024/01/01/talk/",
  "https://videopress.com/v/abc",
  "https://animoto.com/play/abc",
  "https://www.tiktok.com/@someone/video/123",
  "https://twitter.com/someone/status/123",
  "https://soundcloud.com/someone/song",
  "https://open.spotify.com/track/abc",
  "https://www.mixcloud.com/someone/set/",
  "https://www.reverbnation.com/someone",
  "https://www.reddit.com/r/some/comments/abc/title/",
  "https://imgur.com/a/abc",
  "https://issuu.com/someone/docs/paper",
  "https://www.kickstarter.com/projects/one/two",
  "https://www.scribd.com/document/123/Title",
  "https://speakerdeck.com/someone/slides",
  "https://someone.tumblr.com/post/123/title",
  "https://cloudup.com/abc",
  "https://poll.fm/123",
  "https://www.pinterest.com/pin/123/",
  "https://www.flickr.com/photos/someone/123/",
];

for (const [name, start, isLeftOut] of EDITORS) {
  describe.skipIf(isLeftOut)(`the editor of ${name}`, () => {
    let editor: Editor;
    beforeAll(() => {
      editor = start();
    }, LONG_MS);

    it.each(ALL)("has no fault to find in: $name", ({ markdown, blocks }) => {
      const stored = encode(markdown, uploads);
      expect(summary(editor.faults(stored))).toEqual([]);
      expect(names(editor.parse(stored))).toEqual(blocks);
    });

    it.each(TROUBLE)("has no fault to find around: %s", (_name, markdown) => {
      const whole = `Before.\n\n${markdown}\n\nAfter.\n`;
      const stored = encode(whole, uploads);
      expect(summary(faultsFor(editor, whole))).toEqual([]);
      expect(names(editor.parse(stored))).toEqual(["paragraph", "html", "paragraph"]);
      expect(same(encode(decode(stored, uploads), uploads), stored)).toBe(true);
    });

    it.each(FAULTY)("finds fault: %s", (_name, kind, stored) => {
      expect(editor.faults(stored).map((fault) => fault.kind)).toContain(kind);
    });

    it("saves a document of all constructs as what it was", () => {
      const markdown = documentOf([...CUTS, ...CONSTRUCTS]);
      const stored = encode(markdown, uploads);
      expect(summary(editor.faults(stored))).toEqual([]);
      const saved = editor.serialize(editor.parse(stored));
      expect(patch(markdown, saved, uploads)).toBe(markdown);
      expect(encodeOnto(markdown, saved, uploads)).toBe(saved);
      expect(same(encode(decode(saved, uploads), uploads), stored)).toBe(true);
    });

    it("changes nothing but the block that its author changes, whichever it is", () => {
      const edited = new Set<string>();
      for (const { markdown } of ALL) {
        const whole = `Before *it*.\n\n\n${markdown}\n\n* After\n* it\n`;
        const blocks = editor.parse(encode(whole, uploads));
        const [, block] = blocks;
        if (blocks.length !== 3 || block === undefined || !edit(block)) continue;
        edited.add(block.name.replace("core/", ""));
        const patched = patch(whole, editor.serialize(blocks), uploads);
        expect(patched).toMatch(/^Before \*it\*\.\n\n\n[\s\S]*\n\n\* After\n\* it\n$/);
        expect(patched).toContain("edited");
        expect(patched).not.toContain("<!-- wp:");
      }
      expect([...edited].sort()).toEqual(EDITABLE);
    });

    it("finds no fault with what is stored for random documents", () => {
      randomly(documents, (markdown) => {
        expect(summary(faultsFor(editor, markdown))).toEqual([]);
      });
    });

    it("finds no fault with what is stored for documents of many hands", () => {
      const files = readmes(Number(process.env.BODY_RUNS ?? 15));
      expect(files.length).toBeGreaterThanOrEqual(15);
      for (const file of files) {
        const markdown = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
        expect(summary(faultsFor(editor, markdown)), file).toEqual([]);
      }
    });

    it("changes one paragraph of a random document where its author changes one", () => {
      fc.assert(
        fc.property(anchored, ({ text, anchor }) => {
          const stored = encode(text, uploads);
          const blocks = editor.parse(stored);
          // Where another tag's end closes a tag (`<b>x</i>`), saving alone corrects it: an edit of the editor's own.
          fc.pre(isDeepStrictEqual(htmlBlocksOf(editor.serialize(blocks)), htmlBlocksOf(stored)));
          const changed = blocks.filter(({ attributes }) => String(attributes.content) === anchor);
          expect(changed).toHaveLength(1);
          for (const { attributes } of changed) attributes.content = `${anchor} <em>More</em>`;
          const patched = patch(text, editor.serialize(blocks), uploads);
          expect(patched).toBe(text.replace(anchor, `${anchor} *More*`));
        }),
        RUNS,
      );
    });

    it("keeps blocks of others byte for byte", () => {
      for (const [, stored] of [...FOREIGN, ...READABLE]) {
        expect(encodeOnto(decode(stored, noImages), stored, noImages)).toBe(stored);
      }
    });

    it("names the providers of films and posts as they are named here", () => {
      const variations = editor.getBlockVariations("core/embed");
      for (const address of EMBEDDED) {
        const [block] = editor.parse(encode(address, noImages));
        const own = variations.find(({ patterns = [] }) => patterns.some((one) => one.test(address)));
        const { providerNameSlug, responsive } = block?.attributes ?? {};
        expect([block?.name, address, providerNameSlug, responsive ?? false]).toEqual([
          "core/embed",
          address,
          own?.attributes.providerNameSlug,
          own?.attributes.responsive ?? false,
        ]);
      }
    });
  });
}
