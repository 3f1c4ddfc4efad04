// Languages of documents as a site knows them.
import { Fault } from "../lib/fault.ts";
import type { Base } from "../sync/model.ts";
import type { Problem } from "./gather.ts";
import type { Loaded } from "./pair.ts";
import type { FileFacts } from "./scan.ts";
import { rowKey, type Site } from "./site.ts";

/**
 * The site's tag for a document's language: the same, else the only one that differs in being more or less precise
 * (`de` and `de-AT`). "" where the site or the kind knows no languages. Throws `invalid` for one that the site does not have.
 */
export function localeOn(
  { model, account }: Pick<Site, "model" | "account">,
  kind: string,
  locale: string,
): string {
  const { languages, kinds } = model;
  const untranslated = kinds.find(({ name }) => name === kind)?.untranslated === true;
  if (languages === undefined || untranslated) return "";
  const { locales, fallback } = languages;
  if (locale === "") return fallback;
  if (locales === undefined || locales.includes(locale)) return locale;
  const near = locales.filter((tag) => tag.startsWith(`${locale}-`) || locale.startsWith(`${tag}-`));
  const [only, ...others] = near;
  if (only !== undefined && others.length === 0) return only;
  const said = near.length > 1 ? `several languages that "${locale}" could mean` : `no language "${locale}"`;
  throw new Fault("invalid", `${account.siteTitle} has ${said}`, {
    code: "unknown-locale",
    hint: `correct the document's language, or add it on the site, which has: ${locales.join(", ")}`,
  });
}

/**
 * Lines of entries that have another language now than then, under the one that they have. An id that entries of several
 * languages share tells nothing. Whoever changes the language of an entry must change that of its file, too: one that
 * says nothing of it, or the old one, becomes a problem.
 */
export function withLocalesOfNow(
  { listing }: Pick<Site, "listing">,
  lines: readonly Base[],
  loaded: Loaded,
  problems: Problem[],
): readonly Base[] {
  const claimed = new Set(lines.map(rowKey));
  if (lines.every((line) => listing.has(rowKey(line)))) return lines;
  const now = new Map<string, readonly string[]>();
  for (const row of listing.values()) {
    const key = `${row.kind}\0${row.id}`;
    now.set(key, [...(now.get(key) ?? []), row.locale]);
  }
  return lines.map((line) => {
    const [locale, ...others] = now.get(`${line.kind}\0${line.id}`) ?? [];
    if (locale === undefined || others.length > 0 || locale === line.locale) return line;
    const turned = { ...line, locale };
    if (claimed.has(rowKey(turned))) return line;
    if (locale !== "" && line.locale !== "" && !saysSo(loaded.get(line.path), locale)) {
      problems.push({ path: line.path, fault: turnedThere(line, locale) });
    }
    return turned;
  });
}

function saysSo(file: FileFacts | "left-out" | undefined, locale: string): boolean {
  return typeof file === "object" && file.locale === locale;
}

function turnedThere({ path, id, locale: before }: Base, locale: string): Fault {
  return new Fault(
    "conflict",
    `entry ${id} of ${path} was in "${before}" and is in "${locale}" on the site now`,
    {
      code: "locale-changed",
      place: { file: path, field: "locale" },
      hint: `write \`locale: ${locale}\` into the file, or move it to where that language lies; or change it back on the site`,
    },
  );
}
