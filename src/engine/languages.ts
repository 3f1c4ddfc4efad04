// Languages of documents as a site knows them.
import { Fault } from "../lib/fault.ts";
import type { Base } from "../sync/model.ts";
import { rowKey, type Site } from "./site.ts";

/**
 * The site's tag for a document's language: the same, else the only one that differs in being more or less precise
 * (`de` and `de-AT`). "" on a site that knows no languages. Throws `invalid` for one that the site does not have.
 */
export function localeOn({ model, account }: Pick<Site, "model" | "account">, locale: string): string {
  const { languages } = model;
  if (languages === undefined) return "";
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
 * Lines of entries that got a language, or lost it, when the site began or ceased to know languages: under the one that
 * they have now. An id that entries of several languages share tells nothing.
 */
export function withLocalesOfNow(
  { listing }: Pick<Site, "listing">,
  lines: readonly Base[],
): readonly Base[] {
  const lost = lines.filter((line) => !listing.has(rowKey(line)));
  if (lost.length === 0) return lines;
  const now = new Map<string, readonly string[]>();
  for (const row of listing.values()) {
    const key = `${row.kind}\0${row.id}`;
    now.set(key, [...(now.get(key) ?? []), row.locale]);
  }
  return lines.map((line) => {
    const [locale, ...others] = now.get(`${line.kind}\0${line.id}`) ?? [];
    const turned = locale !== undefined && others.length === 0 && (locale === "") !== (line.locale === "");
    return turned ? { ...line, locale } : line;
  });
}
