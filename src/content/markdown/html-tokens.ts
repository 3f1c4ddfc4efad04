import { type Token, Tokenizer, TokenizerMode } from "parse5";

/** A run of markup as the HTML standard's tokenizer sees it. `start` and `end` are offsets in UTF-16 units. */
export type HtmlToken = Text | Open | Close | Comment;

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Text extends Range {
  readonly kind: "text";
  /** Character references decoded. */
  readonly text: string;
}

export interface Open extends Range {
  readonly kind: "open";
  /** Lower case. */
  readonly name: string;
  readonly attrs: readonly { readonly name: string; readonly value: string; readonly range: Range }[];
  readonly selfClosing: boolean;
}

interface Close extends Range {
  readonly kind: "close";
  readonly name: string;
}

interface Comment extends Range {
  readonly kind: "comment";
  readonly text: string;
}

/** Elements whose content is text, and the tokenizer mode that reads it. */
const TEXT_MODES = new Map<string, (typeof TokenizerMode)[keyof typeof TokenizerMode]>([
  ["script", TokenizerMode.SCRIPT_DATA],
  ["style", TokenizerMode.RAWTEXT],
  ["xmp", TokenizerMode.RAWTEXT],
  ["iframe", TokenizerMode.RAWTEXT],
  ["noembed", TokenizerMode.RAWTEXT],
  ["noframes", TokenizerMode.RAWTEXT],
  ["textarea", TokenizerMode.RCDATA],
  ["title", TokenizerMode.RCDATA],
]);

/**
 * The tokens of a fragment, in order and without holes: what the standard's tokenizer drops (a tag that the end of
 * the text cuts off, `</>`) comes as text.
 */
export function tokenizeHtml(html: string): HtmlToken[] {
  if (!html.includes("<") && !html.includes("&")) {
    return html === "" ? [] : [{ kind: "text", start: 0, end: html.length, text: html }];
  }
  const tokens: HtmlToken[] = [];
  const add = (token: HtmlToken): void => {
    const last = tokens.at(-1);
    const covered = last?.end ?? 0;
    if (token.start > covered) addText(tokens, covered, token.start, html.slice(covered, token.start));
    if (token.kind === "text") addText(tokens, token.start, token.end, token.text);
    else tokens.push(token);
  };
  const addCharacters = (token: Token.CharacterToken): void => {
    add({ kind: "text", ...rangeOf(token), text: token.chars });
  };
  const tokenizer: Tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onStartTag: (token) => {
        add(openToken(token));
        const mode = TEXT_MODES.get(token.tagName);
        if (mode !== undefined) tokenizer.state = mode;
      },
      onEndTag: (token) => add({ kind: "close", ...rangeOf(token), name: token.tagName }),
      onComment: (token) => add({ kind: "comment", ...rangeOf(token), text: token.data }),
      onDoctype: (token) => {
        const range = rangeOf(token);
        add({ kind: "comment", ...range, text: html.slice(range.start, range.end) });
      },
      onCharacter: addCharacters,
      onNullCharacter: addCharacters,
      onWhitespaceCharacter: addCharacters,
      onEof: () => undefined,
      onParseError: null,
    },
  );
  tokenizer.write(html, true);
  const covered = tokens.at(-1)?.end ?? 0;
  if (covered < html.length) addText(tokens, covered, html.length, html.slice(covered));
  return tokens;
}

function addText(tokens: HtmlToken[], start: number, end: number, text: string): void {
  const last = tokens.at(-1);
  if (last?.kind === "text") {
    // The tokenizer gives a long text word by word: a new token for each would cost seconds.
    const growing: { end: number; text: string } = last;
    growing.end = end;
    growing.text += text;
  } else tokens.push({ kind: "text", start, end, text });
}

function rangeOf(token: { readonly location: Token.Location | null }): Range {
  return { start: token.location?.startOffset ?? 0, end: token.location?.endOffset ?? 0 };
}

function openToken(token: Token.TagToken): Open {
  const range = rangeOf(token);
  const places = token.location?.attrs ?? {};
  return {
    kind: "open",
    ...range,
    name: token.tagName,
    attrs: token.attrs.map(({ name, value }) => ({
      name,
      value,
      range: rangeOf({ location: places[name] ?? null }),
    })),
    selfClosing: token.selfClosing,
  };
}

const VOID = new Set(
  "area base br col embed hr img input link meta param source track wbr basefont bgsound frame keygen".split(
    " ",
  ),
);

/** True for elements that never have content or an end tag. */
export function isVoid(name: string): boolean {
  return VOID.has(name);
}

const INLINE = new Set(
  (
    "a abbr acronym b bdi bdo big button cite code data del dfn em font i img input ins kbd label mark nobr q " +
    "ruby rb rp rt rtc s samp select small span strike strong sub sup textarea time tt u var wbr br"
  ).split(" "),
);

/** True for elements that stand inside a line of text; all others break it. */
export function isInline(name: string): boolean {
  return INLINE.has(name);
}

const CLOSES_P = new Set(
  (
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form " +
    "h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section summary table ul"
  ).split(" "),
);

/** True for elements whose start tag ends an open paragraph. */
export function closesParagraph(name: string): boolean {
  return CLOSES_P.has(name);
}

/** Names of the elements that are open, innermost last, with what HTML leaves unclosed closed along the way. */
export interface OpenElements {
  depth(): number;
  outermost(): string | undefined;
  push(name: string): void;
  /** Closes the innermost element of this name and all inside it; false when none is open. */
  close(name: string): boolean;
  clear(): void;
}

export function openElements(): OpenElements {
  const names: string[] = [];
  const counts = new Map<string, number>();
  return {
    depth: () => names.length,
    outermost: () => names[0],
    push: (name) => {
      names.push(name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    close: (name) => {
      if ((counts.get(name) ?? 0) === 0) return false;
      for (;;) {
        const top = names.pop();
        if (top === undefined) return false;
        counts.set(top, (counts.get(top) ?? 1) - 1);
        if (top === name) return true;
      }
    },
    clear: () => {
      names.length = 0;
      counts.clear();
    },
  };
}
