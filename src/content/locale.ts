// The language of a document, as tags and paths tell it.
import type { ContentRule } from "./config.ts";

export const LOCALE_TOKEN = "{locale}";

/** Codes of ISO 639-1. Longer ones are names of directories as well, so a path cannot tell them: `bin`, `doc`, `src`. */
const LANGUAGES = new Set(
  (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu " +
    "fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km " +
    "kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om " +
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr " +
    "ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
  ).split(" "),
);

/** BCP 47 in its canonical form; `de_AT` counts as `de-AT`. Undefined for what is no language tag. */
export function canonicalLocale(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text.replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}

export interface Placed {
  /** What the path says, canonical; "" where it says nothing. */
  readonly locale: string;
  /** The path without its language: translations that lie side by side have the same. */
  readonly plain: string;
}

/** Where a path stands in a content rule; undefined when it lies outside of the rule's directory. */
export function placeIn(
  { dir, path: template }: Pick<ContentRule, "dir" | "path">,
  path: string,
): Placed | undefined {
  const segments = path.split("/");
  const dirs = dir === "" ? [] : dir.split("/");
  if (segments.length <= dirs.length) return undefined;
  let locale = "";
  for (const [index, wanted] of dirs.entries()) {
    if (segments[index] === wanted) continue;
    const found = wanted.includes(LOCALE_TOKEN) ? tagIn(wanted, segments[index] ?? "") : undefined;
    if (found === undefined) return undefined;
    locale = found;
    segments[index] = wanted;
  }
  return locale === ""
    ? placeBelow(template.split("/"), segments, dirs.length)
    : { locale, plain: segments.join("/") };
}

/** The language in a directory below the rule's, or in the file's name: `{locale}/{slug}.md`, `{slug}.{locale}.md`. */
function placeBelow(template: readonly string[], segments: string[], depth: number): Placed {
  const plain = () => segments.join("/");
  const at = template.findIndex((segment) => segment.includes(LOCALE_TOKEN));
  const wanted = template[at] ?? "";
  const last = segments.length - 1;
  const [index, pattern] = at === template.length - 1 ? [last, suffixOf(wanted)] : [depth + at, wanted];
  const segment = segments[index];
  if (
    at < 0 ||
    pattern === undefined ||
    segment === undefined ||
    (index === last) !== (at === template.length - 1)
  )
    return { locale: "", plain: plain() };
  const extension = index === last ? (/\.[a-z]+$/i.exec(segment)?.[0] ?? "") : "";
  const stem = segment.slice(0, segment.length - extension.length);
  const start = index === last && pattern !== LOCALE_TOKEN ? stem.lastIndexOf(".") : 0;
  const locale = start < 0 ? undefined : tagIn(pattern, stem.slice(start));
  if (locale === undefined) return { locale: "", plain: plain() };
  segments[index] = index === last ? `${stem.slice(0, start) || "index"}${extension}` : pattern;
  return { locale, plain: plain() };
}

/** What a file's name ends with: only after a dot, since `about-us.md` names no language. */
function suffixOf(name: string): string | undefined {
  const stem = name.replace(/\.(md|markdown|json)$/, "");
  if (stem === LOCALE_TOKEN) return LOCALE_TOKEN;
  return stem.endsWith(`.${LOCALE_TOKEN}`) ? `.${LOCALE_TOKEN}` : undefined;
}

function tagIn(pattern: string, text: string): string | undefined {
  const [before = "", after = ""] = pattern.split(LOCALE_TOKEN);
  if (!text.startsWith(before) || !text.endsWith(after)) return undefined;
  const tag = text.slice(before.length, text.length - after.length);
  if (!/^[a-z]{2}([-_][a-z0-9]{2,8})*$/i.test(tag) || !LANGUAGES.has(tag.slice(0, 2).toLowerCase()))
    return undefined;
  return canonicalLocale(tag);
}
