// Names in any script, of any length, in any form: one document stays one document.
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { bench } from "../commands/bench.ts";
import {
  expectDone,
  expectIdle,
  type Operator,
  onEachPlatform,
  operatorOf,
  post,
  stepsOf,
} from "./platforms.ts";

const TITLES: Readonly<Record<string, string>> = {
  "cafe\u0301-au-lait": "Café au lait", // decomposed, as macOS once wrote names
  "straße-und-öl": 'Straße & Öl <mit> "Zeichen"',
  日本語の記事: "日本語の記事です",
  ขนมปัง: "ขนมปังและเนย",
  "خبز-القمح": "خبز القمح \u202Eمن\u202C اليمين",
  "emoji-🍞-bread": "Bread 🍞👨‍👩‍👧 of the family",
  ЙОГУРТ: "ЙОГУРТ и кефир",
  "i̇stanbul-ışık": "İstanbul'da ışık",
  long: `${"Ünïcödé ".repeat(31)}ends`,
  "long-日本": "記".repeat(250),
};

function writeAll(operator: Operator): void {
  for (const [name, title] of Object.entries(TITLES))
    operator.write(`${name}.md`, post(`title: ${JSON.stringify(title)}`, `Text of ${title.slice(0, 20)}.`));
}

const COUNT = Object.keys(TITLES).length;

describe("names in every script", () => {
  onEachPlatform(
    "are published once, keep their titles, and are found again from anywhere",
    {},
    async (operator) => {
      const { site } = operator;
      writeAll(operator);
      expectDone(await operator.does(publish));
      expect(
        site
          .entries()
          .map(({ title }) => title)
          .sort(),
      ).toEqual(Object.values(TITLES).sort());
      const before = site.entries();
      const writes = site.writes();
      expect(new Set(before.map(({ slug }) => slug)).size).toBe(COUNT);
      for (const { slug } of before) expect(slug).not.toMatch(/%[0-9a-f]?$|\uFFFD|%25/i);
      for (const machine of [operator, operator.another()])
        for (const command of [publish, push, pull]) expect(stepsOf(await machine.does(command))).toEqual([]);
      operator.write("ainstein.lock", "");
      operator.git("init", "-q");
      expectIdle(await operator.another().does(publish));
      expect([site.entries(), site.writes()]).toEqual([before, writes]);
      // An edit of each goes to the entry it belongs to.
      for (const name of Object.keys(TITLES)) operator.change(`${name}.md`, "Text of", "New text of");
      const sent = await operator.does(push, [], { maxChanges: COUNT });
      expectDone(sent);
      expect(sent.summary).toMatchObject({ created: 0, updated: COUNT });
      expect(site.entries().map(({ id, slug }) => [id, slug])).toEqual(
        before.map(({ id, slug }) => [id, slug]),
      );
    },
  );

  onEachPlatform(
    "are the same document when a file comes back composed, decomposed or in other case",
    {},
    async (operator) => {
      const { site } = operator;
      writeAll(operator);
      operator.write("ReadMe.md", post("title: Read me", "Read."));
      expectDone(await operator.does(publish));
      const before = site.entries();
      const writes = site.writes();
      for (const form of ["NFC", "NFD", "NFC"] as const) {
        for (const name of readdirSync(operator.root).filter((file) => file.endsWith(".md"))) {
          const other =
            name.toLowerCase() === "readme.md"
              ? form === "NFD"
                ? "README.md"
                : "ReadMe.md"
              : name.normalize(form);
          if (other !== name) renameSync(join(operator.root, name), join(operator.root, other));
        }
        for (const machine of [operator, operator.another()]) {
          const ran = await machine.does(push, [], { delete: true });
          expect(ran.summary).toMatchObject({ created: 0, deleted: 0, conflicts: 0, failed: 0, writes: 0 });
        }
      }
      expect([site.entries(), site.writes()]).toEqual([before, writes]);
    },
  );

  onEachPlatform("become files that every system can hold, one for each", {}, async ({ site }) => {
    const date = "2026-01-01T10:00:00Z";
    const slugs = [
      "read",
      "Read",
      "READ",
      "caf\u00e9",
      "cafe\u0301",
      "con",
      "aux",
      "日本語",
      "خبز",
      "🍞",
      "x".repeat(200),
      "記".repeat(60),
    ];
    for (const [n, slug] of slugs.entries())
      site.add({
        slug,
        title: `Title ${n} ${slug.slice(0, 10)}`,
        text: `Text ${n}.`,
        state: "published",
        date,
      });
    const operator = operatorOf(site, bench().root);
    const pulled = await operator.does(pull);
    expectDone(pulled);
    const files = readdirSync(operator.root).filter((name) => name.endsWith(".md"));
    expect(files).toHaveLength(slugs.length);
    // As file systems compare that know neither case nor the ways to write one letter.
    expect(new Set(files.map((name) => name.normalize("NFC").toLowerCase())).size).toBe(slugs.length);
    for (const name of files) {
      expect(name).not.toMatch(/^(?:con|aux|nul|prn)\./i);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    }
    for (const machine of [operator, operator.another()]) {
      expect(stepsOf(await machine.does(push, [], { delete: true }))).toEqual([]);
      expect(stepsOf(await machine.does(pull, [], { delete: true }))).toEqual([]);
    }
  });
});
