import { expect } from "vitest";
import type { Rule } from "../contract.ts";

export const LANGUAGE_RULES: readonly Rule[] = [
  {
    name: "one slug in two languages is two entries, and a write to one leaves the other",
    check: async ({ connector, draft, listed, read, refsFor, target, unique }) => {
      const { languages } = await connector.model();
      if (languages === undefined) return { skip: "the site knows no languages" };
      const [here, there] = languages.locales ?? ["en", "de"];
      if (here === undefined || there === undefined) return { skip: "the site has one language" };
      const [sample] = target.samples;
      const slug = unique("spoken");
      const make = async (locale: string, translationOf?: string) => {
        const document = { ...sample, locale };
        const wanted = await draft(document, slug, await refsFor(document));
        const told = translationOf === undefined ? wanted : { ...wanted, translationOf };
        return connector.create(told, await connector.prepare(told));
      };
      const first = await make(here);
      const second = await make(there, first.id);
      expect([first.locale, second.locale]).toEqual([here, there]);
      expect([first.slug, second.slug]).toEqual([slug, slug]);
      expect(second.group).toBe((await read(first)).entry?.group);
      expect((await listed(sample.kind)).filter((id) => [first.id, second.id].includes(id))).toHaveLength(2);
      const { kind, locale, scope } = second;
      const change = { key: "", kind, locale, scope, slug, wire: { title: "Changed" } };
      const before = (await read(first)).entry;
      expect((await connector.update(second.id, change, second)).title).toBe("Changed");
      expect((await read(first)).entry).toEqual(before);
      return undefined;
    },
  },
];
