import { remembering } from "../../lib/remember.ts";
import { canonicalAttrs, type Delimiter, delimiters } from "./delimiters.ts";
import { type HtmlToken, isInline, isVoid, type Open, tokenizeHtml } from "./html-tokens.ts";

/** How line ends inside text count: as a space (HTML), or as a line break that WordPress adds when it shows the text. */
export type LineEnds = "space" | "break";

/** Elements whose white space counts. */
const VERBATIM = new Set(["pre", "textarea", "script", "style", "xmp", "listing"]);

const LEADING_LINE_END = new Set(["pre", "textarea", "listing"]);

/**
 * Markup in one canonical spelling: two texts that say the same are equal, and none that differ in a word, a link,
 * an image, an attribute or code. Entity forms, attribute order and quotes, white space between blocks, self-closing
 * slashes, and the classes that WordPress versions add or leave out do not count.
 */
export function canonical(html: string, lineEnds: LineEnds): string {
  return SPELLINGS[lineEnds](html);
}

/** A body is compared with what it was and with what is sent: most of its blocks come again and again. */
const REMEMBERED_CHARS = 8_000_000;

const SPELLINGS: Readonly<Record<LineEnds, (html: string) => string>> = {
  space: remembering((html) => canonicalTokens(tokenizeHtml(html), "space"), REMEMBERED_CHARS),
  break: remembering((html) => canonicalTokens(tokenizeHtml(html), "break"), REMEMBERED_CHARS),
};

export function canonicalTokens(tokens: readonly HtmlToken[], lineEnds: LineEnds): string {
  const parts: string[] = [];
  const implied = impliedDelimiters(tokens);
  let verbatim = 0;
  tokens.forEach((token, i) => {
    if (token.kind === "text") {
      const atStart = breaksLine(tokens[i - 1]);
      const atEnd = breaksLine(tokens[i + 1]);
      const text = verbatim > 0 ? token.text : undefined;
      parts.push(
        text === undefined
          ? spaced(token.text, atStart, atEnd, lineEnds)
          : escapeMarkup(skipsLineEnd(tokens[i - 1]) ? text.replace(/^\n/, "") : text),
      );
    } else if (token.kind === "open") {
      parts.push(openTag(token));
      if (VERBATIM.has(token.name)) verbatim += 1;
    } else if (token.kind === "close") {
      if (token.name !== "br" && isVoid(token.name)) return;
      parts.push(`</${token.name}>`);
      if (VERBATIM.has(token.name) && verbatim > 0) verbatim -= 1;
    } else if (!implied.has(i)) parts.push(commentText(token.text));
  });
  return parts.join("");
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** A line end right after such a token is no part of the text. */
function skipsLineEnd(token: HtmlToken | undefined): boolean {
  return token?.kind === "open" && LEADING_LINE_END.has(token.name);
}

/** White space next to such a token has no width. */
function breaksLine(token: HtmlToken | undefined): boolean {
  if (token === undefined) return true;
  if (token.kind === "text") return false;
  if (token.kind === "comment") return delimiterIn(token.text) !== undefined;
  return token.name === "br" || !isInline(token.name);
}

const BLANK_RUN = /[ \t\n\f\r]+/g;

function spaced(text: string, atStart: boolean, atEnd: boolean, lineEnds: LineEnds): string {
  const from = atStart ? text.search(/[^ \t\n\f\r]/) : 0;
  if (from === -1) return "";
  let to = text.length;
  while (atEnd && to > from && " \t\n\f\r".includes(text[to - 1] ?? "")) to -= 1;
  const kept = text.slice(from, to);
  return escapeMarkup(kept).replace(BLANK_RUN, (run) => {
    if (lineEnds === "space" || !run.includes("\n")) return " ";
    return run.indexOf("\n") === run.lastIndexOf("\n") ? "<br>" : "<p-break>";
  });
}

/**
 * Classes that one version of WordPress writes and another leaves out, by element, and those that say of an image
 * only what its address says already: which upload it is, in which size; or of an embed: whose it is, of which shape.
 */
const OPTIONAL_CLASSES = new Map<string, RegExp>([
  ...["h1", "h2", "h3", "h4", "h5", "h6"].map((name) => [name, /^wp-block-heading$/] as const),
  ["ul", /^wp-block-list$/],
  ["ol", /^wp-block-list$/],
  ["table", /^has-fixed-layout$/],
  ["figcaption", /^wp-element-caption$/],
  ["hr", /^has-alpha-channel-opacity$/],
  ["figure", /^(?:size|is-type|is-provider|wp-block-embed|wp-embed-aspect)-[\w-]+$|^wp-has-aspect-ratio$/],
  ["img", /^wp-image-\d+$/],
]);

/** The same for the attributes of blocks. */
const OPTIONAL_ATTRS = new Map([
  ["table", ["hasFixedLayout"]],
  ["image", ["id", "sizeSlug", "linkDestination"]],
  ["gallery", ["linkTo", "sizeSlug"]],
  ["embed", ["url", "type", "providerNameSlug", "responsive"]],
]);

/** And for the classes among them: an older editor takes those that a newer one writes for an author's. */
const OPTIONAL_CLASS_NAMES = new Map([
  ["heading", /^wp-block-heading$/],
  ["list", /^wp-block-list$/],
  ["embed", /^wp-embed-aspect-[\d-]+$|^wp-has-aspect-ratio$/],
]);

function openTag(token: Open): string {
  const values = new Map(token.attrs.map(({ name, value }) => [name, value]));
  const optional = OPTIONAL_CLASSES.get(token.name);
  const classes = values.get("class");
  if (classes !== undefined && optional !== undefined) {
    const kept = classes.split(/\s+/).filter((name) => !optional.test(name) && name !== "");
    values.set("class", kept.join(" "));
  }
  if (values.get("class") === "") values.delete("class");
  if (token.name === "a" && values.get("target") === "_blank") dropSafeRel(values);
  const attrs = [...values].map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).sort();
  const slash = token.selfClosing && !isVoid(token.name) ? "/" : "";
  return `<${token.name}${attrs.join("")}${slash}>`;
}

/** WordPress adds `noopener` (before 5.6 `noopener noreferrer`) to links that open a window. */
function dropSafeRel(values: Map<string, string>): void {
  const names = (values.get("rel") ?? "").split(/\s+/).filter((name) => name !== "");
  if (!names.includes("noopener")) return;
  const kept = names.filter((name) => name !== "noopener" && name !== "noreferrer");
  if (kept.length === 0) values.delete("rel");
  else values.set("rel", kept.join(" "));
}

function delimiterIn(comment: string): Delimiter | undefined {
  if (!comment.includes("wp:")) return undefined;
  const text = `<!--${comment}-->`;
  for (const found of delimiters(text))
    return found.end === text.length && found.start === 0 ? found : undefined;
  return undefined;
}

function commentText(text: string): string {
  const found = delimiterIn(text);
  if (found === undefined) return `<!--${text.trim()}-->`;
  return `<!--${found.kind} wp:${found.name} ${attrsOf(found)}-->`;
}

function attrsOf({ name, attrs }: Delimiter, implied: readonly string[] = []): string {
  const ignored = [...(OPTIONAL_ATTRS.get(name) ?? []), ...implied];
  return canonicalAttrs(attrs, ignored, OPTIONAL_CLASS_NAMES.get(name));
}

/** Blocks that WordPress before 6.1 saved as bare elements, by the block around, and attributes their tags say too. */
const IMPLIED_BLOCKS = new Map([
  ["list", new Map<string, readonly string[]>([["list-item", []]])],
  ["list-item", new Map([["list", ["ordered", "start"]]])],
  ["quote", new Map<string, readonly string[]>([["paragraph", []]])],
]);

/** Places of the delimiters, in pairs, that do no more than stand around an element of their own. */
function impliedDelimiters(tokens: readonly HtmlToken[]): Set<number> {
  const implied = new Set<number>();
  const open: { readonly name: string; readonly opensAt: number | undefined }[] = [];
  tokens.forEach((token, i) => {
    const found = token.kind === "comment" ? delimiterIn(token.text) : undefined;
    if (found?.kind === "open") {
      const derived = IMPLIED_BLOCKS.get(open.at(-1)?.name ?? "")?.get(found.name);
      const plain = derived !== undefined && attrsOf(found, derived) === "";
      open.push({
        name: found.name,
        opensAt: plain && isBlockTag(beyond(tokens, i, 1), "open") ? i : undefined,
      });
    } else if (found?.kind === "close" && open.at(-1)?.name === found.name) {
      const opensAt = open.pop()?.opensAt;
      if (opensAt !== undefined && isBlockTag(beyond(tokens, i, -1), "close")) implied.add(opensAt).add(i);
    }
  });
  return implied;
}

/** The next token in a direction that is not white space. */
function beyond(tokens: readonly HtmlToken[], from: number, step: 1 | -1): HtmlToken | undefined {
  const next = tokens[from + step];
  return next?.kind === "text" && /^[ \t\n\f\r]*$/.test(next.text) ? tokens[from + 2 * step] : next;
}

function isBlockTag(token: HtmlToken | undefined, kind: "open" | "close"): boolean {
  return token?.kind === kind && !isInline(token.name);
}
