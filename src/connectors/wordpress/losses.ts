// What WordPress removes from texts of roles without `unfiltered_html` (wp_kses), before anything is sent. Pure.
import type { Addresses } from "../../content/markdown/addresses.ts";
import { type HtmlToken, type Open, tokenizeHtml } from "../../content/markdown/html-tokens.ts";
import { blocksOf } from "../../content/markdown/outline.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Loss, Right } from "../contract.ts";
import { ADDRESS_ATTRIBUTES, GLOBAL_ATTRIBUTES, IN_TEXTS, IN_TITLES, SCHEMES, STYLES } from "./kses-data.ts";

/** What is removed from these parts; the lines are left open. */
export function losses(wire: JsonObject, may: readonly Right[]): readonly Loss[] {
  if (may.includes("html")) return [];
  return ["title", "excerpt", "body"].flatMap((field) =>
    removedFrom(wire[field], field === "title" ? IN_TITLES : IN_TEXTS).map(({ sign: _, ...removed }) => ({
      field,
      ...removed,
    })),
  );
}

/** The same with the lines of the document that the body comes from. */
export function lossesWithLines(
  wire: JsonObject,
  may: readonly Right[],
  markdown: string,
  addresses: Addresses,
): readonly Loss[] {
  const found = losses(wire, may);
  if (!found.some(({ field }) => field === "body")) return found;
  const blocks = blocksOf(markdown, addresses).flatMap(({ line, stored, source }) =>
    removedFrom(stored, IN_TEXTS).map((removed) => ({ removed, line: line + lineIn(source, removed.sign) })),
  );
  return found.flatMap((loss) => {
    const at = loss.field === "body" ? blocks.filter(({ removed }) => removed.message === loss.message) : [];
    return at.length === 0 ? loss : at.map(({ line }) => ({ ...loss, line }));
  });
}

interface Removed {
  readonly message: string;
  readonly changed?: true;
  /** How it begins in the document. */
  readonly sign: string;
}

/** Lines from the first one of a block to the one that shows the sign; 0 where none does. */
function lineIn(source: string, sign: string): number {
  const at = source.toLowerCase().indexOf(sign.toLowerCase());
  return at < 0 ? 0 : source.slice(0, at).split("\n").length - 1;
}

type Allowed = typeof IN_TEXTS;

/** Each loss once. */
function removedFrom(value: Json | undefined, allowed: Allowed): readonly Removed[] {
  if (typeof value !== "string" || !value.includes("<")) return [];
  const found = tokenizeHtml(value).flatMap((token) => {
    if (token.kind === "open") return fromTag(token, value, allowed);
    return token.kind === "comment" ? fromComment(token, allowed) : [];
  });
  return [...new Map(found.map((removed) => [removed.message, removed])).values()];
}

/** Elements whose content is no text to be read: it stays when their tags go. */
const CODE = new Set(["script", "style"]);

function fromTag(tag: Open, html: string, allowed: Allowed): readonly Removed[] {
  const own = allowed.get(tag.name);
  if (own === undefined) {
    const rest = CODE.has(tag.name) ? ", and its text is left standing" : "";
    const message = `<${tag.name}> is removed${rest}: this role may not use it`;
    return [{ message, ...(rest === "" ? {} : { changed: true as const }), sign: `<${tag.name}` }];
  }
  return tag.attrs.flatMap((attribute): readonly Removed[] => {
    const { name, value } = attribute;
    const every =
      allowed === IN_TEXTS && (GLOBAL_ATTRIBUTES.has(name) || /^data(?:-[a-z0-9_]+)+$/.test(name));
    if (!own.has(name) && !every) {
      return [{ message: `${name} of <${tag.name}> is removed: this role may not use it`, sign: name }];
    }
    const written = html.slice(attribute.range.start, attribute.range.end);
    if (name === "style") return fromStyle(written.replace(/^[^=]*=\s*["']?|["']$/g, ""));
    return ADDRESS_ATTRIBUTES.has(name) ? fromAddress(value) : [];
  });
}

function fromAddress(address: string): readonly Removed[] {
  const scheme = /^([^:]*):/.exec(address)?.[1];
  if (scheme === undefined || scheme.includes("/?")) return [];
  if (SCHEMES.has(scheme.replace(/\s/g, "").toLowerCase())) return [];
  const shown = /^[\w+.-]{1,20}$/.test(scheme) ? `${scheme}:` : "what stands before the colon";
  const message = `${shown} is removed from addresses: this role may not use it`;
  return [{ message, changed: true, sign: `${scheme}:` }];
}

const FUNCTIONS = /\b(?:var|calc|min|max|minmax|clamp|repeat)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g;
const GRADIENT = /(?:repeating-)?(?:linear|radial|conic)-gradient\((?:[^()]|rgba?\([^()]*\))*\)/g;

function fromStyle(style: string): readonly Removed[] {
  return style.split(";").flatMap((item): readonly Removed[] => {
    const [name = "", value = ""] = splitOnce(item.trim());
    if (name === "" || value === "") return [];
    const known = STYLES.has(name) || /^--[a-zA-Z0-9_-]+$/.test(name);
    const addresses = [...value.matchAll(/url\(\s*["']?([^)"']*)["']?\s*\)/g)].flatMap(
      ([, url]) => url ?? [],
    );
    const rest = value
      .replace(/url\([^)]+\)/g, "")
      .replace(GRADIENT, "")
      .replace(FUNCTIONS, "");
    const clean = !/[\\(&=}]|\/\*/.test(rest) && addresses.every((url) => fromAddress(url).length === 0);
    if (known && clean) return [];
    return [{ message: `the style ${name.slice(0, 40)} is removed: this role may not use it`, sign: name }];
  });
}

function splitOnce(item: string): readonly string[] {
  const colon = item.indexOf(":");
  return colon < 0 ? [] : [item.slice(0, colon).trim(), item.slice(colon + 1).trim()];
}

const BLOCK = /^\s*\/?wp:/;

/** Comments stay, but for markup in them; the settings of a block are filtered text by text. */
function fromComment(comment: Extract<HtmlToken, { kind: "comment" }>, allowed: Allowed): readonly Removed[] {
  const { text } = comment;
  if (!BLOCK.test(text)) {
    if (!/<|--/.test(text)) return [];
    return [{ message: "a comment with markup in it is shown as text", changed: true, sign: "<!--" }];
  }
  const settings = /\{[\s\S]*\}/.exec(text)?.[0];
  if (settings === undefined || !settings.includes("\\u003c")) return [];
  return textsIn(parsed(settings)).flatMap((value) =>
    removedFrom(value, allowed).map((removed) => ({
      ...removed,
      message: `in the settings of a block, ${removed.message}`,
      sign: "\\u003c",
    })),
  );
}

function parsed(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return null;
  }
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((item) => textsIn(item as Json));
}
