import { expect } from "vitest";
import { groupOf } from "../../../src/content/groups.ts";
import type { Rule } from "../contract.ts";

export const READING_RULES: readonly Rule[] = [
  {
    // First: the rules after it make entries.
    name: "an empty site lists nothing",
    check: async ({ listed, target }) => {
      for (const kind of new Set(target.samples.map((sample) => sample.kind))) {
        expect(await listed(kind)).toEqual([]);
      }
      return undefined;
    },
  },
  {
    name: "whoami names the account, the site and what it may do, the same each time",
    check: async ({ connector }) => {
      const account = await connector.whoami();
      expect(account.site).not.toBe("");
      expect(account.name).not.toBe("");
      expect(account.software).not.toBe("");
      expect(account.siteUrl).toMatch(/^[a-z]+:\/\//);
      expect(account.siteUrl).not.toMatch(/\/$/);
      expect(account.may).toEqual(expect.arrayContaining(["read", "write"]));
      expect(isZone(account.timezone)).toBe(true);
      expect(await connector.whoami()).toEqual(account);
      return undefined;
    },
  },
  {
    name: "the model names every kind of the samples, and the codec its fields",
    check: async ({ connector, codec, target }) => {
      const { kinds } = await connector.model();
      expect(new Set(kinds.map((kind) => kind.name)).size).toBe(kinds.length);
      for (const sample of target.samples) {
        const kind = kinds.find((candidate) => candidate.name === sample.kind);
        if (kind === undefined) throw new Error(`the model does not name ${sample.kind}`);
        const offered = codec.fields(kind);
        const named = Object.keys(sample.fields).filter((name) => !offered.includes(groupOf(name) ?? ""));
        expect(offered).toEqual(expect.arrayContaining(named));
        expect(codec.fields(kind)).toEqual(expect.arrayContaining(Object.keys(kind.taxonomies)));
      }
      return undefined;
    },
  },
  {
    name: "an unknown id reads as missing, beside entries that are there",
    check: async ({ connector, make, target }) => {
      const { entry } = await make(target.samples[0], "beside");
      const known = { id: entry.id, kind: entry.kind, locale: entry.locale };
      const results = await connector.read([{ ...known, id: target.unknownId }, known]);
      expect(results).toHaveLength(2);
      expect(results.find((result) => result.id === target.unknownId)).toEqual({
        id: target.unknownId,
        entry: undefined,
        gone: "missing",
      });
      expect(results.find((result) => result.id === entry.id)?.entry?.slug).toBe(entry.slug);
      return undefined;
    },
  },
  {
    name: "every entry is listed exactly once, over pages",
    check: async ({ make, listed, target }) => {
      const sample = { ...target.samples[0], body: "Short." };
      const made = [];
      for (let n = 0; n < (target.listingSize ?? 5); n++) made.push((await make(sample, "listed")).entry.id);
      const ids = await listed(sample.kind);
      expect(ids).toHaveLength(new Set(ids).size);
      expect(ids).toEqual(expect.arrayContaining(made));
      return undefined;
    },
  },
  {
    name: "a listing's row agrees with the entry read",
    check: async ({ connector, make, read, target }) => {
      const { entry } = await make(target.samples[0], "row");
      const result = await read(entry);
      for await (const page of connector.list([entry.kind])) {
        const row = page.find((candidate) => candidate.id === entry.id);
        if (row === undefined) continue;
        expect(result.entry).toMatchObject({
          id: row.id,
          kind: row.kind,
          locale: row.locale,
          scope: row.scope,
          slug: row.slug,
          url: row.url,
          title: row.title,
          state: row.state,
          revision: row.revision,
          pendingChanges: row.pendingChanges,
        });
        return undefined;
      }
      throw new Error("the entry is not listed");
    },
  },
  {
    name: "an entry that is recalled is the entry read",
    check: async ({ connector, make, read, target }) => {
      const { recall } = connector;
      if (recall === undefined) return { skip: "entries are read" };
      const { entry } = await make(target.samples[0], "recalled");
      const result = await read(entry);
      if (result.entry === undefined) throw new Error("the entry is not there");
      for await (const page of connector.list([entry.kind])) {
        const row = page.find((candidate) => candidate.id === entry.id);
        if (row === undefined) continue;
        expect(await recall(row, result.entry.wire)).toEqual(result.entry);
        return undefined;
      }
      throw new Error("the entry is not listed");
    },
  },
  {
    name: "reading sends no writes",
    check: async ({ connector, draft, listed, make, read, refsFor, sent, target, unique }) => {
      const { entry, draft: made, intent } = await make(target.samples[0], "quiet");
      const refs = await refsFor(target.samples[0]);
      const next = await draft(target.samples[0], unique("never-made"), refs);
      const before = sent().filter((request) => request.write);
      expect(before.length).toBeGreaterThan(0);
      const model = await connector.model();
      await listed(entry.kind);
      await read(entry);
      await connector.prepare(next);
      await connector.find(made, intent);
      for (const kind of model.kinds) {
        for (const { id } of Object.values(kind.taxonomies)) await connector.terms?.list(id);
      }
      await connector.media?.findByDigest(["0".repeat(64)]);
      await connector.media?.get([target.unknownId]);
      expect(sent().filter((request) => request.write)).toEqual(before);
      return undefined;
    },
  },
];

function isZone(timezone: string): boolean {
  if (/^[+-]\d{2}:\d{2}$/.test(timezone)) return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
