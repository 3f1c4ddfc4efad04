import { describe, expect, test } from "vitest";
import type { Account, Kind, Languages } from "../../src/connectors/contract.ts";
import { localeOn } from "../../src/engine/languages.ts";

const kind = (name: string): Kind => ({ name, title: name, fields: [], taxonomies: {}, body: true });
const account = { siteTitle: "Alder" } as Account;

function site(languages: Languages | undefined) {
  const kinds = [kind("post"), { ...kind("product"), untranslated: true as const }];
  return { account, model: languages === undefined ? { kinds } : { kinds, languages } };
}

describe("a document's language on a site", () => {
  const german = site({ locales: ["en", "de", "pt-BR", "pt-PT"], fallback: "en" });

  test.each([
    ["de", "de"],
    ["de-AT", "de"],
    ["pt-PT", "pt-PT"],
    ["", "en"],
  ])("%j is %j", (written, there) => {
    expect(localeOn(german, "post", written)).toBe(there);
    expect(localeOn(german, "product", written)).toBe("");
    expect(localeOn(site(undefined), "post", written)).toBe("");
    expect(localeOn(site({ locales: undefined, fallback: "" }), "post", written)).toBe(written);
  });

  test.each([
    ["fr", /no language "fr"/],
    ["pt", /several languages/],
    ["den", /no language "den"/],
  ])("%s is refused, naming those that the site has", (written, message) => {
    const refused = expect.objectContaining({
      code: "unknown-locale",
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining("en, de, pt-BR, pt-PT") as string,
    });
    expect(() => localeOn(german, "post", written)).toThrow(refused);
  });
});
