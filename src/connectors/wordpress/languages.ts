// Sites in several languages: what Polylang and WPML show of them in the API, and what they hide.
import { z } from "zod";
import { canonicalLocale } from "../../content/locale.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Draft, Model } from "../contract.ts";
import { phpText } from "./php.ts";
import type { Row } from "./rows.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

export interface SiteLanguages {
  /** BCP 47 by the plug-in's code, e.g. `de`. */
  readonly locales: ReadonlyMap<string, string>;
  readonly fallback: string;
  /** Whether entries in two languages may have one slug; undefined where only trying tells. */
  readonly sharedSlugs: boolean | undefined;
}

/** Namespace of the few lines of PHP that docs/languages.md has for sites whose plug-in shows no languages. */
const OURS = "ainstein/v1";

const languageSchema = z.object({
  slug: z.string().min(1),
  locale: phpText,
  is_default: z.boolean().catch(false),
});
const oursSchema = z.object({ languages: z.array(languageSchema), shared_slugs: z.boolean() });

/**
 * Undefined on a site in one language. Throws `unsupported` (`languages-unsupported`) where a plug-in keeps several apart
 * and the API does not tell which entry is in which: entries of the others could not be seen, or not be told apart.
 */
export async function loadLanguages(site: Site): Promise<SiteLanguages | undefined> {
  const { namespaces } = await site.root();
  const plugin = pluginOf(namespaces);
  if (plugin === undefined) return undefined;
  const found = namespaces.includes(OURS)
    ? (await site.get("/ainstein/v1/languages", {}, (payload) => oursSchema.parse(payload))).value
    : plugin === "Polylang"
      ? await polylangs(site)
      : undefined;
  if (found === undefined) throw unsupported(plugin, "the API does not tell its languages");
  if (found.languages.length < 2) return undefined;
  const types = await Promise.all((await site.kinds()).map((kind) => site.type(kind)));
  if (!types.some(isTranslated))
    throw unsupported(plugin, "the API does not tell which entry is in which language");
  const locales = new Map(found.languages.map((own) => [own.slug, tagOf(own, plugin)] as const));
  const first = found.languages.find((own) => own.is_default) ?? found.languages[0];
  const fallback = locales.get(first?.slug ?? "") ?? "";
  return { locales, fallback, sharedSlugs: found.shared_slugs };
}

function pluginOf(namespaces: readonly string[]): string | undefined {
  if (namespaces.includes("pll/v1")) return "Polylang";
  if (namespaces.some((name) => /^wpml(\/|$)/.test(name))) return "WPML";
  return namespaces.includes(OURS) ? "a language plug-in" : undefined;
}

/** https://polylang.pro/doc/languages-rest-api/ */
async function polylangs(site: Site) {
  try {
    const decode = (payload: unknown) => z.array(languageSchema).parse(payload);
    const { value } = await site.get("/pll/v1/languages", {}, decode);
    return { languages: value, shared_slugs: undefined };
  } catch (thrown) {
    if (isFault(thrown, "not-found") || isFault(thrown, "forbidden")) return undefined;
    throw thrown;
  }
}

function tagOf({ slug, locale }: z.infer<typeof languageSchema>, plugin: string): string {
  const tag = canonicalLocale(slug) ?? canonicalLocale(locale);
  if (tag !== undefined) return tag;
  throw unsupported(plugin, `its language "${slug}" is no language tag`);
}

function unsupported(plugin: string, why: string): Fault {
  return new Fault("unsupported", `the site keeps several languages with ${plugin}, and ${why}`, {
    code: "languages-unsupported",
    scope: "connection",
    hint: "nothing was sent. Polylang Pro tells it; for Polylang and WPML the plug-in in docs/languages.md does, a few lines of PHP",
  });
}

/** Whether entries of the type have a language; the plug-ins leave out the types that the operator told them to. */
export function isTranslated({ properties }: ContentType): boolean {
  return properties.has("lang") && properties.has("translations");
}

/** The model of a site in several languages; one in one language stays as it is. */
export function inLanguages(
  { kinds }: Model,
  types: readonly ContentType[],
  languages: SiteLanguages | undefined,
): Model {
  if (languages === undefined) return { kinds };
  const { locales, fallback } = languages;
  const translated = new Set(types.filter(isTranslated).map((type) => type.kind));
  const marked = kinds.map((kind) =>
    translated.has(kind.name) ? kind : { ...kind, untranslated: true as const },
  );
  return { kinds: marked, languages: { locales: [...locales.values()], fallback } };
}

/** Code of a language on the site; undefined for entries without one. Throws `invalid` for one that it does not have. */
export async function codeOf(site: Site, type: ContentType, locale: string): Promise<string | undefined> {
  const languages = isTranslated(type) ? await site.languages() : undefined;
  if (languages === undefined || locale === "") return undefined;
  const found = [...languages.locales].find(([, tag]) => tag === locale);
  if (found !== undefined) return found[0];
  throw new Fault("invalid", `the site has no language "${locale}"`, {
    code: "unknown-locale",
    hint: `it has: ${[...languages.locales.values()].join(", ")}`,
  });
}

/** What a row says of its language. The group is the lowest id among its translations. */
export function spoken(
  row: Pick<Row, "id" | "lang" | "translations">,
  languages: SiteLanguages | undefined,
): { readonly locale: string; readonly group?: string } {
  const locale = languages?.locales.get(row.lang ?? "") ?? "";
  if (locale === "") return { locale };
  return { locale, group: String(Math.min(row.id, ...Object.values(row.translations ?? {}))) };
}

/** Fields of a request that makes an entry. */
export interface LanguageFields extends JsonObject {
  readonly lang?: string;
  readonly translations?: Readonly<Record<string, number>>;
}

/** Language of a create, and the entries that the new one becomes a translation of: all that `original` is one of. */
export async function languageFields(
  site: Site,
  type: ContentType,
  { locale }: Pick<Draft, "locale">,
  original: Row | undefined,
): Promise<LanguageFields> {
  const lang = await codeOf(site, type, locale);
  if (lang === undefined) return {};
  if (original?.lang === undefined) return { lang };
  return { lang, translations: { ...original.translations, [original.lang]: original.id } };
}

/** What of the language a new entry did not get. */
export function notSpoken({ lang, translations }: LanguageFields, row: Row): readonly string[] {
  if (lang === undefined) return [];
  const linked = Object.entries(translations ?? {}).every(([code, id]) => row.translations?.[code] === id);
  return [...(row.lang === lang ? [] : ["locale"]), ...(linked ? [] : ["translationKey"])];
}

/** `consequence`: what became of the entry. */
export function notSpokenFault(parts: readonly string[], consequence: string): Fault {
  return new Fault("invalid", `WordPress did not keep ${parts.join(", ")} as sent; ${consequence}`, {
    code: "not-kept",
    hint: "the language plug-in refuses it to this role, or links another entry in this language already",
  });
}
