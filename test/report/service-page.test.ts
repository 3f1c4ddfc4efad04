import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { servicePage, withServicesList } from "../../src/report/service-page.ts";
import { allProviders } from "../../src/services/registry.ts";

const providers = await allProviders();
const DOCS = `${import.meta.dirname}/../../docs`;
const HOW = "run `node scripts/service-pages.mjs`";

describe("pages of providers", () => {
  test.each(providers.map((provider) => [provider.id, provider] as const))("%s", (id, provider) => {
    expect(readFileSync(`${DOCS}/services/${id}.md`, "utf8"), HOW).toBe(servicePage(provider));
  });

  test("there is one for each, and the list has them", () => {
    const pages = readdirSync(`${DOCS}/services`).sort();
    expect(pages, HOW).toEqual(providers.map(({ id }) => `${id}.md`).sort());
    const list = readFileSync(`${DOCS}/services.md`, "utf8");
    expect(list, HOW).toBe(withServicesList(list, providers));
  });

  test("a page says of a check that proves nothing that it proves nothing", () => {
    const unproven = providers.filter(({ checks }) => checks.some(({ kind }) => kind === "none"));
    expect(unproven.length).toBeGreaterThan(2);
    for (const provider of unproven) {
      expect(servicePage(provider)).toContain("**Not verifiable without a side effect.**");
    }
  });
});
