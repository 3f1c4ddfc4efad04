import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeBulk } from "../../scripts/bulk.mjs";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "bulk-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function contents(of: string): Record<string, string> {
  const names = readdirSync(of, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("."));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(of, name), "base64")]));
}

it("writes the same bytes each time, and as many posts as asked for", () => {
  writeBulk(path.join(dir, "one"), 60);
  writeBulk(path.join(dir, "two"), 60);
  const one = contents(path.join(dir, "one"));
  expect(contents(path.join(dir, "two"))).toEqual(one);
  expect(Object.keys(one).filter((name) => name.endsWith(".md"))).toHaveLength(60);
});

it("has every picture that a post refers to, and titles of 300 characters", () => {
  writeBulk(dir, 60);
  const posts = readdirSync(dir).filter((name) => name.endsWith(".md"));
  const texts = posts.map((name) => readFileSync(path.join(dir, name), "utf8"));
  const used = texts.flatMap((text) => [...text.matchAll(/\(images\/([^)]+)\)/g)].map((match) => match[1]));
  expect(new Set(used)).toEqual(new Set(readdirSync(path.join(dir, "images"))));
  const titles = texts.map((text) => JSON.parse(/^title: (.*)$/m.exec(text)?.[1] ?? '""') as string);
  expect(titles.filter((title) => title.length === 300)).toHaveLength(10);
});
