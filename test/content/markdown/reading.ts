// What a reader would see of a body, read by programs that share nothing with the formats but markdown-it itself.
import MarkdownIt from "markdown-it";
import footnotes from "markdown-it-footnote";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

const renderer = new MarkdownIt({ html: true, maxNesting: 200 }).use(footnotes);
renderer.normalizeLink = (url) => url;
renderer.normalizeLinkText = (text) => text;
// The plug-in's rule above the notes is no part of them.
renderer.renderer.rules.footnote_block_open = () => '<section class="footnotes"><ol class="footnotes-list">';
renderer.renderer.rules.fence = (tokens, at) => {
  const { info = "", content = "" } = tokens[at] ?? {};
  const [language = "", ...words] = renderer.utils.unescapeAll(info).trim().split(/\s+/);
  const classes = [
    ...(language === "" ? [] : [`language-${language}`]),
    ...(words.length === 0 ? [] : [`meta-${encodeURIComponent(words.join(" "))}`]),
  ];
  const named = classes.length === 0 ? "" : ` class="${renderer.utils.escapeHtml(classes.join(" "))}"`;
  return `<pre><code${named}>${codeText(content)}</code></pre>`;
};
renderer.renderer.rules.code_block = (tokens, at) =>
  `<pre><code>${codeText(tokens[at]?.content ?? "")}</code></pre>`;

/** Markdown's code ends with a line end that is no part of it. A line end first of all would be lost to HTML. */
function codeText(content: string): string {
  return renderer.utils.escapeHtml(content.replace(/\n$/, ""));
}

/** The parts of Markdown that are markup kept as it is: blocks of WordPress, and what stands between raw marks. */
const FENCED =
  /^<!-- raw( \d+)? -->\n[\s\S]*?\n<!-- \/raw\1 -->$|^<!-- wp:(\S+) (?:\{.*\} )?(?:\/-->$|-->\n[\s\S]*?\n<!-- \/wp:\2 -->$)/gm;

/** Words, links, images, code, cells, marks and tags of a Markdown text, each as often as it is there. */
export function factsOfMarkdown(markdown: string): string[] {
  const markup = [...markdown.matchAll(FENCED)].map(([whole]) => whole);
  return [renderer.render(markdown.replace(FENCED, "")), ...markup].flatMap(factsOfHtml);
}

/** Share of a Markdown text, from 0 to 1, that is markup kept as it is. */
export function fencedShare(markdown: string): number {
  const fenced = [...markdown.matchAll(FENCED)].reduce((sum, [whole]) => sum + whole.length, 0);
  return markdown === "" ? 0 : fenced / markdown.length;
}

/** The same of a stored body, as its visitors get it: WordPress takes its own comments out. */
export function factsOfHtml(stored: string): string[] {
  const facts: string[] = [];
  const html = stored.replace(/<!-- \/?wp:\S+ (?:\{.*?\} )?\/?-->/g, "");
  for (const node of parseFragment(html).childNodes) read(node, facts);
  // A browser closes a tag that is left open as often as there are blocks behind it.
  const anchors = new Set(facts.filter((fact) => fact.startsWith("tag a ")));
  return [...facts.filter((fact) => !anchors.has(fact)), ...anchors];
}

/** Tags that every format writes in its own way, or that only hold others together. */
const FRAMES = new Set(
  "p pre ul ol li table thead tbody tfoot tr figure blockquote html head body template".split(" "),
);

function read(node: Node, facts: string[]): void {
  if (node.nodeName === "#text" && "value" in node) facts.push(...words(node.value));
  else if (node.nodeName === "#comment" && "data" in node) readComment(node.data, facts);
  else if ("tagName" in node) readElement(node, facts);
}

function words(text: string): string[] {
  return text
    .replace(/\[( |X)\](?=\s)/g, (box) => (box === "[ ]" ? "[]" : "[x]"))
    .split(/[ \t\n\f\r]+/)
    .filter((word) => word !== "")
    .map((word) => `word ${word}`);
}

function readComment(data: string, facts: string[]): void {
  if (!/^ \/?(wp:|raw( \d+)? $)/.test(data)) facts.push(`comment ${data.trim()}`);
}

function readElement(element: Element, facts: string[]): void {
  if (isRepeated(element)) return;
  const { tagName } = element;
  const attr = (name: string): string | undefined => attribute(element, name);
  if (tagName === "img")
    return void facts.push(`image ${attr("src")} ${squeezed(attr("alt") ?? "")}`, ...titleOf(element));
  if (tagName === "code") {
    const language = /(?:^|\s)language-(\S+)/.exec(classesOf(element))?.[1] ?? "";
    const meta = decodeURIComponent(/\smeta-(\S+)/.exec(classesOf(element))?.[1] ?? "");
    return void facts.push(`code ${language} ${meta} ${textOf(element)}`);
  }
  if (tagName === "figcaption") return void facts.push(`title ${textOf(element)}`);
  if (tagName === "td" || tagName === "th") facts.push(...cell(element));
  else if (tagName === "a" && attr("href") !== undefined)
    facts.push(`link ${attr("href")}`, ...titleOf(element));
  else if (tagName === "ol" && attr("start") !== undefined) facts.push(`start ${attr("start")}`);
  else if (tagName === "input" && attr("type") === "checkbox") {
    facts.push(`word [${attr("checked") === undefined ? "" : "x"}]`);
    return;
  } else if (!FRAMES.has(tagName)) facts.push(`tag ${tagName} ${attributesOf(element)}`);
  for (const child of element.childNodes) read(child, facts);
}

/** A browser opens such a tag again in all that follows one that was left open, be that white space alone. */
const REOPENED = new Set("a b big em font i s small strong u".split(" "));

function isRepeated(element: Element): boolean {
  const named = element.attrs.some(({ name }) => name === "id" || name === "name");
  const empty = element.childNodes.every(
    (child) => child.nodeName === "#text" && textOf(child).trim() === "",
  );
  return REOPENED.has(element.tagName) && empty && !named;
}

/** An empty cell says nothing: Markdown's empty header row stands for none. */
function cell(element: Element): string[] {
  const text = squeezed(textOf(element));
  return text === "" ? [] : [`cell ${alignmentOf(element)} ${text}`];
}

function titleOf(element: Element): string[] {
  const title = attribute(element, "title");
  return title === undefined ? [] : [`title ${title}`];
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

/** Both classes of a code block: the one of `<pre>` and the one of `<code>`. */
function classesOf(element: Element): string {
  const parent = element.parentNode;
  const outer = parent !== null && "tagName" in parent ? (attribute(parent, "class") ?? "") : "";
  return `${outer} ${attribute(element, "class") ?? ""}`;
}

function alignmentOf(cell: Element): string {
  return (
    /\b(left|center|right)\b/.exec(
      `${attribute(cell, "style") ?? ""} ${attribute(cell, "data-align") ?? ""}`,
    )?.[1] ?? ""
  );
}

function attributesOf(element: Element): string {
  return (
    element.attrs
      .map(({ name, value }) => [
        name,
        name === "class" ? value.replace(/(^|\s)(wp-block-|has-)[\w-]+/g, "").trim() : value,
      ])
      // An empty id names nothing.
      .filter(([name, value]) => !((name === "class" || name === "id") && value === ""))
      .map((pair) => pair.join("="))
      .sort()
      .join(" ")
  );
}

function textOf(node: Node): string {
  if (node.nodeName === "#text" && "value" in node) return node.value;
  if (node.nodeName === "br") return " ";
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

function squeezed(text: string): string {
  return text.replace(/[ \t\n\f\r]+/g, " ").trim();
}

/** What the first list has and the second has not, each as often as it is missing. */
export function missing(wanted: readonly string[], had: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const fact of had) counts.set(fact, (counts.get(fact) ?? 0) + 1);
  return wanted.filter((fact) => {
    const left = counts.get(fact) ?? 0;
    counts.set(fact, left - 1);
    return left <= 0;
  });
}
