// Bodies as Webflow keeps them: HTML, in which code stands in embeds. Pure.
// https://developers.webflow.com/data/reference/field-types-item-values#rich-text
import type { Dialect, Segment } from "../../content/markdown/dialect.ts";
import { MORE, plainHtml } from "../../content/markdown/dialects.ts";
import { type BodyFormat, bodyFormat } from "../../content/markdown/format.ts";
import { parseMarkdown } from "../../content/markdown/parser.ts";
import { codeOf } from "../../content/markdown/render-html.ts";
import type { Loss } from "../contract.ts";

const plain = plainHtml(MORE);

/** What Webflow's editor puts around custom code, quotes and all. */
const embedded = (html: string) => `<div data-rt-embed-type='true'>${html}</div>`;

const PRE = /<pre\b[^>]*>[\s\S]*?<\/pre>/gi;

/** Only what is code and nothing else: other embeds are somebody's own. */
const CODE_EMBED =
  /<div data-rt-embed-type\s*=\s*["']?true["']?\s*>\s*(<pre\b[^>]*>[\s\S]*?<\/pre>)\s*<\/div>/gi;

/** Webflow empties code blocks that stand in the text itself. */
function withCodeEmbedded(html: string): string {
  return html.includes("data-rt-embed-type") ? html : html.replace(PRE, (code) => embedded(code));
}

const FIGURE =
  /<figure\b[^>]*\bclass="[^"]*\bw-richtext-figure-type-image\b[^"]*"[^>]*>\s*<div[^>]*>\s*(<img\b[^>]*>)\s*<\/div>\s*(<figcaption[^>]*>[\s\S]*?<\/figcaption>)?\s*<\/figure>/gi;

/** What Webflow's editor adds to blocks and pictures, and what means nothing by itself. */
function withoutEditorMarks(html: string): string {
  return html
    .replace(FIGURE, (_, image: string, caption: string | undefined) => {
      const shown = image.replace(/ (?:loading|width|height)="[^"]*"/gi, "");
      return caption === undefined ? `<p>${shown}</p>` : `<figure>${shown}${caption}</figure>`;
    })
    .replace(EMPTY_ID, "$1");
}

const EMPTY_ID = /(<[a-z][a-z0-9]*\b[^>]*?) id=""/gi;

/** HTML that stands in front matter as it is: without the empty ids that Webflow's editor gives all blocks. */
export const plainMarkup = (html: string) => html.replace(EMPTY_ID, "$1");

const asWebflowMeans = (html: string) => withoutEditorMarks(html.replace(CODE_EMBED, "$1"));

/** The segment that a stored one says the same as in plain HTML. */
function plainSegment(segment: Segment): Segment {
  const raw = asWebflowMeans(segment.raw);
  if (raw === segment.raw) return segment;
  const [first, ...rest] = plain.split(raw);
  return first === undefined || rest.length > 0 ? segment : first;
}

const webflow: Dialect = {
  ...plain,
  render: (nodes, addresses) => {
    const html = plain.render(nodes, addresses);
    const isRaw = nodes.some(({ token }) => token.type === "cms_block");
    return isRaw ? html : withCodeEmbedded(html);
  },
  split: (stored) =>
    plain.split(stored).map((segment) => {
      const same = plainSegment(segment);
      return same === segment ? segment : { ...segment, key: same.key, name: same.name };
    }),
  readable: (segment) => plain.readable(plainSegment(segment)),
};

export const webflowBody: BodyFormat = bodyFormat(webflow);

const MESSAGE =
  "Webflow keeps no code blocks in its rich text: this one would be sent as an embed, which its editor shows as custom code";

/** Code that is not in the stored body already, as Webflow has to be sent it. */
export function codeLosses(markdown: string, stored: string | undefined): readonly Loss[] {
  return parseMarkdown(markdown).tokens.flatMap((token): readonly Loss[] => {
    const isCode = token.type === "fence" || token.type === "code_block";
    const isMarkup = token.type === "html_block" && /<pre\b/i.test(token.content);
    if (!isCode && !isMarkup) return [];
    const code = isCode ? codeOf({ token, children: [] }) : token.content.trim();
    if (stored?.includes(code) === true || token.content.includes("data-rt-embed-type")) return [];
    const line = token.map === null ? {} : { line: token.map[0] + 1 };
    return [{ field: "body", message: MESSAGE, changed: true, ...line }];
  });
}
