import { shortHash } from "../lib/hash.ts";
import type { Document } from "./document.ts";
import { LOCALE_TOKEN } from "./locale.ts";

/** Bytes of UTF-8 that a new file's name may take before its extension. */
const MAX_NAME = 180;
const TOKENS = ["slug", "date", "year", "month", "day", "kind", "locale", "id"] as const;
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** The first `{token}` of a template that does not exist. */
export function unknownToken(template: string): string | undefined {
  const tokens: readonly string[] = TOKENS;
  return [...template.matchAll(/\{([^}]*)\}/g)]
    .map((found) => found[1] ?? "")
    .find((name) => !tokens.includes(name));
}

/** Two paths with one key are one file on some machine: macOS ignores case and composition, Windows case. */
export function pathKey(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

/** A name that Windows keeps for devices, or that it cannot store as it is. */
export function isReservedName(name: string): boolean {
  return RESERVED.test(name) || /[. ]$/.test(name) || /[<>:"\\|?*\p{Cc}]/u.test(name);
}

/** Lower case, words joined by `-`, letters and digits of any script. "" when nothing is left. */
export function slugify(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^\p{L}\p{N}\p{M}_-]+/gu, "-")
    .replace(/-{2,}/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** What no segment of an address may hold as it is: white space, invisible characters, separators, quotes, a lone `%`. */
const NO_SLUG = /(?![\u200c\u200d])\p{C}|[\s/\\?#<>"`|]|%(?![0-9a-f]{2})/iu;

/** A text that can stand in an address as one segment. Sites hold more of them than `slugify` makes: `a.b`, `😀`. */
export function isSlug(text: string): boolean {
  return text !== "" && !/^\.+$/.test(text) && !NO_SLUG.test(text);
}

/** `%e6%97%a5` as people read it; what is no valid escape stays. */
export function decodeSlug(slug: string): string {
  if (!/%[0-9a-f]{2}/i.test(slug)) return slug;
  try {
    return decodeURIComponent(slug);
  } catch {
    return slug;
  }
}

/** What a file's name says: the slug, and the date in front of it. `index.md` takes the directory's name. */
export function nameParts(path: string): { readonly slug: string; readonly date: string | undefined } {
  const segments = path.split("/");
  const file = (segments.at(-1) ?? "").replace(/\.(md|markdown|json)$/i, "");
  const name = file === "index" || file === "_index" ? (segments.at(-2) ?? "") : file;
  const dated = /^(\d{4}-\d\d-\d\d)-(.+)$/.exec(name);
  return { slug: slugify(dated?.[2] ?? name), date: dated?.[1] };
}

/** Where new files of a kind go. */
export interface PathRule {
  readonly dir: string;
  readonly path: string;
}

export interface PathOptions {
  /** The entry's id, for names that are taken or empty. */
  readonly id: string;
  /** `pathKey` of every path in use. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Path, relative to the root, for a document that has no file yet. Slug, id, kind, locale and date come from the
 * site and are untrusted: the path never leaves `rule.dir`, whose `{locale}` is filled, and is a name that every system can store.
 */
export function pathFor(rule: PathRule, document: Document, options: PathOptions): string {
  const filled = fillTemplate(rule.path, document, options.id);
  const extension = /\.(md|markdown|json)$/.exec(rule.path)?.[0] ?? ".md";
  const segments = filled
    .slice(0, -extension.length)
    .split("/")
    .map((segment) => safeName(segment))
    .filter((segment) => segment !== "");
  const dir = rule.dir.replace(LOCALE_TOKEN, safeName(document.locale));
  const stem = [...(dir === "" ? [] : [dir]), ...segments].join("/");
  const base = segments.length === 0 ? joinPath(dir, safeName(options.id) || "entry") : stem;
  const suffix = safeName(options.id) || "2";
  for (let attempt = 0; ; attempt += 1) {
    const extra = attempt === 0 ? "" : attempt === 1 ? `-${suffix}` : `-${suffix}-${attempt}`;
    const path = `${base}${extra}${extension}`;
    if (!options.taken.has(pathKey(path))) return path;
  }
}

function fillTemplate(template: string, document: Document, id: string): string {
  const { slug, title, date } = document.fields;
  const day = typeof date === "string" ? /^(\d{4})-(\d\d)-(\d\d)/.exec(date) : null;
  const fallback = slugify(typeof title === "string" ? title : "");
  const name = typeof slug === "string" && slug !== "" ? decodeSlug(slug) : fallback;
  const values: Readonly<Record<string, string>> = {
    slug: name === "" ? id : name,
    date: day?.[0] ?? "",
    year: day?.[1] ?? "",
    month: day?.[2] ?? "",
    day: day?.[3] ?? "",
    kind: document.kind,
    locale: document.locale,
    id,
  };
  // A token without a value takes its separator with it.
  return template.replace(
    /\{(\w+)\}([-_.]?(?!md$|markdown$|json$))/g,
    (_whole, token: string, separator: string) => {
      const value = (values[token] ?? "").replaceAll("/", "-");
      return value === "" ? "" : value + separator;
    },
  );
}

function joinPath(dir: string, name: string): string {
  return dir === "" ? name : `${dir}/${name}`;
}

function safeName(name: string): string {
  const clean = name
    .normalize("NFC")
    // Joiners belong to emoji and to Persian words; other invisible characters hide what a name is.
    .replace(/(?:(?![\u200c\u200d])[<>:"/\\|?*\p{C}\s])+/gu, "-")
    .replace(/^[.-]+|[. -]+$/g, "");
  const short = shorten(clean);
  return RESERVED.test(short) ? short.replace(/^[^.]+/, "$&-") : short;
}

/** At most MAX_NAME bytes, cut between characters, with a hash that keeps two long names apart. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME) return name;
  const hash = shortHash(name)
    .replace(/[^a-z0-9]/gi, "x")
    .slice(0, 8)
    .toLowerCase();
  let cut = "";
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name)) {
    if (Buffer.byteLength(cut + segment) > MAX_NAME - hash.length - 1) break;
    cut += segment;
  }
  return `${cut.replace(/[. -]+$/, "")}-${hash}`;
}
