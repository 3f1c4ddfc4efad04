import { isMap, isScalar, isSeq, type Scalar, visit, Document as YamlDocument } from "yaml";
import type { Json } from "../lib/json.ts";

/** How the operator writes YAML, for new values to look alike. */
export interface Style {
  /** Lists below a key stand further in than the key. */
  readonly indentSeq: boolean;
  /** Flow collections have spaces inside their brackets. */
  readonly padding: boolean;
  /** Style of the scalar being replaced, where there is one. */
  readonly scalar: Scalar.Type | undefined;
}

export const PLAIN_STYLE: Style = { indentSeq: true, padding: false, scalar: undefined };

const DATE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d:?\d\d))?)?$/;

/** What the lists already there look like. */
export function renderStyle(document: YamlDocument.Parsed): Style {
  let indentSeq: boolean | undefined;
  let padding = false;
  visit(document, {
    Pair: (_key, pair) => {
      if (indentSeq !== undefined || !isSeq(pair.value) || pair.value.flow === true) return;
      const token = pair.value.srcToken;
      const parent = (pair as { srcToken?: { key?: { indent?: number } | null } }).srcToken?.key?.indent;
      if (token?.type === "block-seq") indentSeq = token.indent > (parent ?? 0);
    },
    Collection: (_key, node) => {
      const token = node.srcToken;
      if (token?.type !== "flow-collection") return;
      padding ||= token.items[0]?.start.some((part) => part.type === "space") ?? false;
    },
  });
  return { ...PLAIN_STYLE, indentSeq: indentSeq ?? true, padding };
}

/** `key: value` with a final line end; with `inline`, the value stands on the key's line. */
export function pairText(key: string, value: Json, style: Style, inline: boolean): string {
  return print({ [key]: value }, style, inline ? "values" : "none");
}

/** `- value` with a final line end. */
export function blockItem(value: Json, style: Style): string {
  return print([value], style, "none");
}

/** The value as it stands inside brackets. */
export function flowValue(value: Json, style: Style): string {
  return trimmed(trimmed(print([value], style, "all")).slice(1, -1));
}

/** Without the spaces and line ends around it: to YAML, a no-break space is a character like any other. */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\n]+|(?<![ \t\n])[ \t\n]+$/g, "");
}

function print(value: Json, style: Style, flow: "none" | "values" | "all"): string {
  const document = new YamlDocument(value, {
    schema: "core",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar: (key, node) => {
      if (key === "key" || typeof node.value !== "string") return;
      styleScalar(node as Scalar<string>, style, flow !== "none");
    },
    Collection: (_key, node, path) => {
      if (flow === "all" || (flow === "values" && path.length > 1)) node.flow = true;
    },
  });
  const text = document.toString({
    lineWidth: 0,
    indentSeq: style.indentSeq,
    flowCollectionPadding: style.padding,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
  return unquoteDate(text, document, style);
}

function styleScalar(node: Scalar<string>, style: Style, inline: boolean): void {
  const quoted = style.scalar === "QUOTE_DOUBLE" || style.scalar === "QUOTE_SINGLE";
  const onOneLine = !node.value.includes("\n");
  if (onOneLine && node.value !== node.value.trim()) {
    node.type = "QUOTE_DOUBLE";
  } else if (onOneLine) {
    const block = style.scalar === "BLOCK_LITERAL" || style.scalar === "BLOCK_FOLDED";
    if (style.scalar !== undefined && !(inline && block)) node.type = style.scalar;
  } else {
    const block = style.scalar === "BLOCK_FOLDED" ? "BLOCK_FOLDED" : "BLOCK_LITERAL";
    node.type = inline || quoted ? "QUOTE_DOUBLE" : block;
  }
}

/** Readers of YAML 1.1 need dates unquoted to see dates; in the core schema both are the same string. */
function unquoteDate(text: string, document: YamlDocument, style: Style): string {
  const root = document.contents;
  const only = isMap(root) ? root.items[0]?.value : undefined;
  const isDate = isScalar(only) && typeof only.value === "string" && DATE.test(only.value);
  const quoted = style.scalar === "QUOTE_DOUBLE" || style.scalar === "QUOTE_SINGLE";
  const isTitle = isMap(root) && isScalar(root.items[0]?.key) && root.items[0].key.value === "title";
  return isDate && !quoted && !isTitle ? text.replace(/: (["'])(.*)\1\n$/, ": $2\n") : text;
}
