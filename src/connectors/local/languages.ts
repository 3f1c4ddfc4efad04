// The languages of a site, and which entries say the same in several of them.
import { canonicalLocale } from "../../content/locale.ts";
import { Fault } from "../../lib/fault.ts";
import type { Draft, Languages } from "../contract.ts";
import type { Head } from "./shelf.ts";
import type { Storage } from "./storage.ts";

/** From the setting `locales`. Throws `usage` for what is no language tag. */
export function languagesOf(settings: Readonly<Record<string, string>>): Languages {
  const tags = (settings.locales ?? "").split(",").map((tag) => tag.trim());
  const locales = tags.filter((tag) => tag !== "").map((tag) => canonicalLocale(tag) ?? refuseTag(tag));
  return { locales: locales.length === 0 ? undefined : locales, fallback: locales[0] ?? "" };
}

function refuseTag(tag: string): never {
  throw new Fault("usage", `locales: "${tag}" is not a language tag`, {
    code: "bad-setting",
    hint: "connect again with --set locales=en,de",
  });
}

/** Throws `invalid` for a language that the site does not have. */
export function refuseUnknownLocale({ locales }: Languages, locale: string): void {
  if (locales === undefined || locales.includes(locale)) return;
  throw new Fault("invalid", `the site has no language "${locale}"`, {
    code: "unknown-locale",
    hint: `it has: ${locales.join(", ")}`,
  });
}

/**
 * The group of a new entry; undefined for one that begins its own. Throws `invalid` where the group has an entry in its
 * language, or the entry to translate is not there.
 */
export function groupFor(
  storage: Storage,
  heads: readonly Head[],
  { kind, locale, translationOf }: Draft,
): string | undefined {
  if (translationOf === undefined) return undefined;
  const sibling = storage.entry(translationOf);
  if (sibling === undefined || sibling.kind !== kind) {
    throw new Fault("invalid", `the site has no ${kind} ${translationOf} to translate`, {
      code: "no-original",
    });
  }
  const group = sibling.group ?? sibling.id;
  const holder = heads.find(
    ({ record }) => record.locale === locale && (record.group ?? record.id) === group,
  );
  if (holder === undefined) return group;
  throw new Fault("invalid", `entry ${holder.record.id} is the translation of ${translationOf} already`, {
    code: "translation-taken",
  });
}
