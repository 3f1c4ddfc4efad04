import { expect } from "vitest";
import { sha256Hex } from "../../../src/lib/hash.ts";
import type { Rule } from "../contract.ts";

/** A PNG of one transparent pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

export const STORE_RULES: readonly Rule[] = [
  {
    name: "a term is created once and found again",
    check: async ({ connector, kind, target, unique }) => {
      const { terms } = connector;
      if (terms === undefined) return { skip: "the platform has no terms" };
      for (const { id } of Object.values((await kind(target.samples[0].kind)).taxonomies)) {
        for (const name of [unique("Term"), `${unique("Fish")} & "Chips" <é>`, `${unique("パン")}`]) {
          const made = await terms.create(id, name, undefined);
          expect([made.taxonomy, made.name, made.path]).toEqual([id, name, [name]]);
          expect((await terms.create(id, name, undefined)).id).toBe(made.id);
          expect((await terms.list(id)).filter((term) => term.id === made.id)).toEqual([made]);
        }
      }
      return undefined;
    },
  },
  {
    name: "terms of one name below two parents are two, and know their path",
    check: async ({ connector, kind, target, unique }) => {
      const { terms } = connector;
      if (terms === undefined) return { skip: "the platform has no terms" };
      const taxonomies = Object.values((await kind(target.samples[0].kind)).taxonomies);
      const taxonomy = taxonomies.find((candidate) => candidate.hierarchical)?.id;
      if (taxonomy === undefined) return { skip: "the platform has no terms with children" };
      const [first, second, name] = [unique("First"), unique("Second"), unique("Child")];
      const a = await terms.create(taxonomy, first, undefined);
      const b = await terms.create(taxonomy, second, undefined);
      const below = [await terms.create(taxonomy, name, a), await terms.create(taxonomy, name, b)];
      expect(below.map((term) => term.path)).toEqual([
        [first, name],
        [second, name],
      ]);
      expect(below[0]?.id).not.toBe(below[1]?.id);
      expect((await terms.create(taxonomy, name, b)).id).toBe(below[1]?.id);
      const listed = (await terms.list(taxonomy)).filter((term) => term.name === name);
      expect(new Set(listed.map((term) => term.path.join("/")))).toEqual(
        new Set([`${first}/${name}`, `${second}/${name}`]),
      );
      return undefined;
    },
  },
  {
    name: "terms that are asked for by id are those of the listing, and ids that are not there are left out",
    check: async ({ connector, kind, target, unique }) => {
      const { terms } = connector;
      if (terms?.get === undefined) return { skip: "the platform has no terms by id" };
      for (const { id, hierarchical } of Object.values((await kind(target.samples[0].kind)).taxonomies)) {
        const parent = hierarchical ? await terms.create(id, unique("Above"), undefined) : undefined;
        const made = await terms.create(id, unique("Known"), parent);
        await terms.create(id, unique("Other"), undefined);
        expect(await terms.get(id, [made.id, "99999999"])).toEqual([made]);
        expect(await terms.get(id, [])).toEqual([]);
      }
      return undefined;
    },
  },
  {
    name: "a file is uploaded once and found by its digest",
    check: async ({ connector, sent, unique }) => {
      const { media } = connector;
      if (media === undefined) return { skip: "the platform takes no files" };
      const bytes = Buffer.concat([PIXEL, Buffer.from(unique("pixel"))]);
      const digest = sha256Hex(bytes);
      const path = `images/Ünïcode näme ${unique("x")}.png`;
      const file = {
        ref: path,
        path,
        digest,
        type: "image/png",
        size: bytes.byteLength,
        alt: "A 'pixel' & <b>",
      };
      expect(await media.findByDigest([digest])).toEqual([]);
      const made = await media.upload(file, bytes);
      expect([made.type, made.alt]).toEqual(["image/png", file.alt]);
      expect(made.url).toMatch(/^[a-z]+:\/\//);
      const writes = sent().filter((request) => request.write).length;
      expect((await media.upload(file, bytes)).id).toBe(made.id);
      expect(sent().filter((request) => request.write)).toHaveLength(writes);
      const found = await media.findByDigest([digest, "f".repeat(64)]);
      expect(found.map((item) => [item.id, item.url])).toEqual([[made.id, made.url]]);
      expect(digest.startsWith(found[0]?.digest ?? "none") && found[0]?.digest !== "").toBe(true);
      expect(await media.get([made.id])).toEqual(found);
      return undefined;
    },
  },
  {
    name: "different bytes are different files, though their names are equal",
    check: async ({ connector, unique }) => {
      const { media } = connector;
      if (media === undefined) return { skip: "the platform takes no files" };
      const path = `${unique("same")}.png`;
      const made = [];
      for (const label of ["one", "two"]) {
        const bytes = Buffer.concat([PIXEL, Buffer.from(unique(label))]);
        const file = { ref: path, path, digest: sha256Hex(bytes), type: "image/png", size: bytes.byteLength };
        made.push(await media.upload(file, bytes));
      }
      expect(new Set(made.map((item) => item.id)).size).toBe(2);
      expect(new Set(made.map((item) => item.url)).size).toBe(2);
      expect(await media.get(["no-such-media"])).toEqual([]);
      return undefined;
    },
  },
];
