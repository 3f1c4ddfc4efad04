// A file in any style, an edit of one block on the site, another in the file: everything else keeps its bytes.
import fc from "fast-check";
import { expect, test } from "vitest";
import { blockStarts } from "../../src/content/markdown/blocks.ts";
import { type BodyFormat, html, wordpressBlocks } from "../../src/content/markdown/format.ts";
import { parseSource, patchSource } from "../../src/content/source.ts";
import { mergedText, mergeText } from "../../src/sync/merge-text.ts";
import { block, siteImages } from "./markdown/documents.ts";

/** Tags that stay open reach into the blocks behind them, and footnotes are gathered from all over. */
const closed = block.filter((text) => !/never closed|\.\/d\.png|<i>open|<\/i>|<cite>|\[\^/.test(text));

/** Blocks with a paragraph between them, or two lists would be one. */
const pieces = fc
  .array(closed, { minLength: 2, maxLength: 6 })
  .map((list) => list.flatMap((text, n) => [`Paragraph ${n} stands *between*.`, text]));

const header = fc
  .subarray([
    "# at the top\n",
    "layout:   post\n",
    "tags: [ bread , 'rye' ] # two\n",
    "summary: >-\n  folded\n  text\n",
    "\n",
    "count: 007\n",
    'quoted: "a \\u00e9"\n',
    "map: { a: 1,  b: 2 }\n",
  ])
  .map((rows) =>
    [...rows.slice(0, 3).join(""), "title: 'Old'  # the title\n", rows.slice(3).join("")].join(""),
  );

const cases = fc.record({
  parts: pieces,
  header,
  gap: fc.constantFrom("\n\n", "\n\n\n", "\n \n"),
  eol: fc.constantFrom("\n", "\r\n"),
  bom: fc.constantFrom("", "\uFEFF"),
  end: fc.constantFrom("", "\n", "\n\n"),
  format: fc.constantFrom<BodyFormat>(wordpressBlocks, html),
  how: fc.constantFrom("replaced", "inserted", "removed"),
  theirs: fc.nat(),
  ours: fc.nat(),
});

/** The blocks after somebody edited the one at `at`. */
function edited(parts: readonly string[], at: number, how: string, text: string): readonly string[] {
  const fresh = how === "removed" ? [] : how === "inserted" ? [parts[at] ?? "", text] : [text];
  return [...parts.slice(0, at), ...fresh, ...parts.slice(at + 1)];
}

/** Without the paragraph between them, two lists, or a list and indented code, would be one block. */
function place(parts: readonly string[], pick: number, how: string): number {
  return how === "removed" ? (pick % (parts.length / 2)) * 2 + 1 : pick % parts.length;
}

test("an edit of one block on the site leaves every other byte of the file", () => {
  fc.assert(
    fc.property(cases, ({ parts, header: front, gap, eol, bom, end, format, how, theirs }) => {
      const at = place(parts, theirs, how);
      const body = `${parts.join(gap)}${end}`;
      const stored = format.encode(body, siteImages);
      const there = edited(parts, at, how, "Edited on the site.").join("\n\n");
      const now = format.encodeOnto(there, stored, siteImages);
      const file = `${bom}${`---\n${front}---\n\n${body}`.replaceAll("\n", eol)}`;
      const source = parseSource(Buffer.from(file, "utf8"), "a.md");
      // The blank line behind the fence belongs to the body.
      const patched = format.patch(source.body, now, siteImages);
      const bytes = patchSource(source, { set: { title: "New" }, body: patched });
      const after = Buffer.from(bytes).toString("utf8");
      const kept = (list: readonly string[]) => list.join(gap).replaceAll("\n", eol);
      const before = `${bom}---${eol}${front.replace("'Old'", "'New'").replaceAll("\n", eol)}---${eol}`;
      expect(after.startsWith(before)).toBe(true);
      const head = kept(parts.slice(0, how === "inserted" ? at + 1 : at));
      const tail = kept(parts.slice(at + 1));
      expect(after.slice(before.length).trimStart().startsWith(head.trimStart())).toBe(true);
      expect(after.trimEnd().endsWith(tail.trimEnd())).toBe(true);
      expect(format.same(format.encode(patched, siteImages), now)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("an edit on the site and another in the file are both in the merge, and every other block is as it was", () => {
  fc.assert(
    fc.property(cases, ({ parts, gap, end, format, how, theirs, ours }) => {
      const there = place(parts, theirs, how);
      const here = ours % parts.length;
      fc.pre(Math.abs(there - here) > 1);
      const base = `${parts.join(gap)}${end}`;
      const stored = format.encode(base, siteImages);
      const now = format.encodeOnto(
        edited(parts, there, how, "Edited on the site.").join("\n\n"),
        stored,
        siteImages,
      );
      const mine = parts.map((text, n) => (n === here ? "Edited in the file." : text));
      const chunks = mergeText(
        base,
        `${mine.join(gap)}${end}`,
        format.patch(base, now, siteImages),
        blockStarts,
      );
      const merged = mergedText(chunks) ?? "conflict";
      const head = mine.slice(0, how === "inserted" ? there + 1 : there).join(gap);
      const tail = `${mine.slice(there + 1).join(gap)}${end}`;
      expect(merged.startsWith(head)).toBe(true);
      expect(merged.endsWith(tail)).toBe(true);
      expect(merged.includes("Edited on the site.")).toBe(how !== "removed");
      expect(merged).toContain("Edited in the file.");
    }),
    { numRuns: 400 },
  );
});
