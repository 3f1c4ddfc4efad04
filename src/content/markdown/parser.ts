import markdownIt, {
  type Env,
  type MarkdownIt,
  type StateBlock,
  type StateCore,
  type StateInline,
  type Token,
} from "markdown-it";
import footnotes from "markdown-it-footnote";
import { Fault } from "../../lib/fault.ts";
import { type BlockFinder, blockFinder } from "./delimiters.ts";
import { opaqueAt } from "./opaque-text.ts";

/** Block nesting that no hand-written document has; what lies deeper would be left out by the parser. */
const MAX_NESTING = 200;

const parser = createParser();

function createParser(): MarkdownIt {
  const md = markdownIt({ html: true, maxNesting: MAX_NESTING });
  md.use(footnotes);
  // Addresses stay as they are written: escaping some characters would make a link differ from the stored one.
  md.normalizeLink = (url) => url;
  md.normalizeLinkText = (text) => text;
  const chains = { alt: ["paragraph", "reference", "blockquote", "list"] };
  md.block.ruler.before("code", "raw_wrapper", rawWrapper, chains);
  md.block.ruler.before("code", "cms_block", cmsBlock, chains);
  md.inline.ruler.after("text", "opaque_url", opaqueUrl);
  md.inline.ruler.before("link", "opaque_text", opaqueText);
  md.core.ruler.after("block", "task_items", taskItems);
  md.core.ruler.after("block", "info_strings", infoStrings);
  return md;
}

export interface ParsedMarkdown {
  /** Block tokens; those of level 0 have their lines in `map`. Footnotes come last, without lines. */
  readonly tokens: readonly Token[];
  /** Labels of the link references that the document defines, in markdown-it's normal form. */
  readonly references: ReadonlySet<string>;
}

/** The text that was parsed last: one document is looked through for files, for its blocks and for its table rows. */
let last: { readonly markdown: string; readonly parsed: ParsedMarkdown } | undefined;

/** Nobody changes the tokens. Throws `invalid` for a document nested deeper than it could be shown. */
export function parseMarkdown(markdown: string): ParsedMarkdown {
  if (last?.markdown !== markdown) last = { markdown, parsed: parsed(markdown) };
  return last.parsed;
}

function parsed(markdown: string): ParsedMarkdown {
  const env: Env = {};
  const tokens = parser.parse(markdown, env);
  if (tokens.some((token) => token.nesting === 1 && token.level + 1 >= MAX_NESTING)) {
    throw new Fault("invalid", `The body nests lists or quotes more than ${MAX_NESTING} levels deep`, {
      code: "body-too-deep",
      hint: "Take some levels of `>` or list indentation out of the body",
    });
  }
  return { tokens, references: new Set(Object.keys(env.references ?? {})) };
}

/** The key under which a reference label is looked up. */
export function referenceKey(label: string): string {
  return parser.utils.normalizeReference(label);
}

/** True where block markers are read as the CMS's: at the margin of the document itself. */
function atMargin(state: StateBlock, line: number): boolean {
  return state.level === 0 && state.blkIndent === 0 && state.sCount[line] === 0;
}

const finders = new WeakMap<Env, BlockFinder>();

/** A block of WordPress's markup, from its opening comment to its closing one, whatever lies between. */
function cmsBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine] ?? 0;
  if (!atMargin(state, startLine) || !state.src.startsWith("<!-- wp:", start)) return false;
  const finder = finders.get(state.env) ?? blockFinder(state.src);
  finders.set(state.env, finder);
  const end = finder(start);
  if (end === undefined) return false;
  let line = startLine;
  while (line < endLine && (state.eMarks[line] ?? 0) < end) line += 1;
  if (line >= endLine || state.src.slice(end, state.eMarks[line]).trim() !== "") return false;
  if (!silent) pushRaw(state, startLine, line + 1, state.src.slice(start, end), "block");
  return true;
}

/** `info` says what marked the markup: a block's own comments, or ours around it. */
function pushRaw(
  state: StateBlock,
  startLine: number,
  nextLine: number,
  content: string,
  info: "block" | "raw",
): void {
  const token = state.push("cms_block", "", 0);
  token.map = [startLine, nextLine];
  token.content = content;
  token.info = info;
  state.line = nextLine;
}

const RAW_OPEN = /<!-- raw( \d{1,3})? -->/y;

function rawClose(number: string): string {
  return `\n<!-- /raw${number} -->`;
}

const lastCloses = new WeakMap<Env, Map<string, number>>();

/** Markup between `<!-- raw -->` and `<!-- /raw -->`, which lies in the stored body without the two. */
function rawWrapper(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine] ?? 0;
  if (!atMargin(state, startLine)) return false;
  RAW_OPEN.lastIndex = start;
  const open = RAW_OPEN.exec(state.src);
  const contentStart = RAW_OPEN.lastIndex + 1;
  if (open === null || state.src[contentStart - 1] !== "\n") return false;
  const close = rawClose(open[1] ?? "");
  const lasts = lastCloses.get(state.env) ?? new Map<string, number>();
  lastCloses.set(state.env, lasts);
  const last = lasts.get(close) ?? state.src.lastIndexOf(close);
  lasts.set(close, last);
  if (last < contentStart) return false;
  const at = state.src.indexOf(close, contentStart);
  let line = startLine;
  while (line < endLine && (state.eMarks[line] ?? 0) < at + close.length) line += 1;
  if (line >= endLine || state.eMarks[line] !== at + close.length) return false;
  if (!silent) pushRaw(state, startLine, line + 1, state.src.slice(contentStart, at), "raw");
  return true;
}

/** Markup as one Markdown block that encodes back to exactly these bytes. */
export function wrapRaw(markup: string): string {
  for (let n = 1; n < 1000; n++) {
    const number = n === 1 ? "" : ` ${n}`;
    if (!`\n${markup}`.includes(rawClose(number)))
      return `<!-- raw${number} -->\n${markup}${rawClose(number)}`;
  }
  throw new Fault(
    "unsupported",
    "The stored body holds every end mark that raw markup could have in Markdown",
    {
      code: "raw-markup-unmarkable",
      hint: "Remove the `<!-- /raw … -->` comments from the entry in the CMS",
    },
  );
}

/** While it looks for the end of a link's text, markdown-it takes any rule that matches a `[` for a link in the link. */
function opaqueText(state: StateInline, silent: boolean): boolean {
  const char = state.src[state.pos];
  if (char !== "{" && (char !== "[" || silent)) return false;
  const found = opaqueAt(state.src, state.pos);
  if (found === undefined || found.end > state.posMax) return false;
  const text = state.src.slice(state.pos, found.end);
  if (state.env.references?.[parser.utils.normalizeReference(text.slice(1, -1))] !== undefined) return false;
  if (!silent) state.push("opaque_text", "", 0).content = text;
  state.pos = found.end;
  return true;
}

/** markdown-it asks at the colon, when the scheme is already text. */
function opaqueUrl(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith("://", state.pos)) return false;
  const scheme = state.src.startsWith("https", state.pos - 5) ? "https" : "http";
  const start = state.pos - scheme.length;
  const found = start < 0 ? undefined : opaqueAt(state.src, start);
  if (found?.kind !== "url" || found.end > state.posMax) return false;
  if (!silent) {
    if (!state.pending.endsWith(scheme)) return false;
    state.pending = state.pending.slice(0, -scheme.length);
    state.push("opaque_url", "", 0).content = state.src.slice(start, found.end);
  }
  state.pos = found.end;
  return true;
}

const TASK = /^\[([ xX])\](?=[ \t])/;

/** Notes the check mark of GFM's task list items in the item's `meta` and takes it out of the text. */
function taskItems(state: StateCore): void {
  state.tokens.forEach((token, i) => {
    const inline = state.tokens[i + 2];
    if (token.type !== "list_item_open" || inline?.type !== "inline") return;
    const mark = TASK.exec(inline.content);
    if (mark === null || state.tokens[i + 1]?.type !== "paragraph_open") return;
    token.meta = { checked: mark[1] !== " " };
    inline.content = inline.content.slice(mark[0].length).trimStart();
  });
}

/** The words after a fence, their escapes read. */
function infoStrings(state: StateCore): void {
  for (const token of state.tokens) {
    if (token.type === "fence") token.info = state.md.utils.unescapeAll(token.info);
  }
}
