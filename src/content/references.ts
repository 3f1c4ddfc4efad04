import MarkdownIt, { type Token } from "markdown-it";

/** An address in a body: of a link, or of an image in Markdown or HTML. */
export interface Reference {
  readonly type: "link" | "image";
  /** As written. */
  readonly ref: string;
  /** Line of the body, from 1. */
  readonly line: number;
}

const parser = new MarkdownIt({ html: true });
parser.normalizeLink = (url) => url;
parser.validateLink = () => true;

/** In the order of the text; code is left out. */
export function referencesIn(body: string): readonly Reference[] {
  const lines = body.split("\n");
  const found: Reference[] = [];
  for (const token of parser.parse(body, {})) {
    const [from, to] = token.map ?? [0, 0];
    const locate = (ref: string): number => {
      const index = lines.slice(from, to).findIndex((line) => line.includes(ref));
      return from + (index < 0 ? 0 : index) + 1;
    };
    for (const { type, ref } of addressesOf(token)) found.push({ type, ref, line: locate(ref) });
  }
  return found;
}

function addressesOf(token: Token): { type: "link" | "image"; ref: string }[] {
  if (token.type === "inline") return (token.children ?? []).flatMap((child) => [...addressesOf(child)]);
  if (token.type === "link_open") return [{ type: "link", ref: String(token.attrGet("href") ?? "") }];
  if (token.type === "image") return [{ type: "image", ref: String(token.attrGet("src") ?? "") }];
  if (token.type !== "html_block" && token.type !== "html_inline") return [];
  return [...token.content.matchAll(/<(img|a)\b[^>]*?\s(?:src|href)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(
    (found) => ({
      type: found[1]?.toLowerCase() === "a" ? "link" : "image",
      ref: found[2] ?? found[3] ?? "",
    }),
  );
}
