// Posts of one size for measurements: the same number gives the same bytes on every machine.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BLOCKS, dice } from "./bulk.mjs";

const BYTES = 5000;
const CATEGORIES = ["Bread", "Coffee", "Sweet", "Harbour", "Market", "Garden", "Winter", "Summer"];
const TAGS = Array.from({ length: 24 }, (_, n) => `topic ${n + 1}`);

function choose(roll, from, count) {
  const left = [...from];
  return Array.from({ length: count }, () => left.splice(roll(left.length), 1)[0]);
}

function body(roll) {
  const blocks = [];
  while (Buffer.byteLength(blocks.join("\n\n")) < BYTES) blocks.push(BLOCKS[roll(BLOCKS.length)](roll));
  return blocks.join("\n\n");
}

/** A live post of some 5 KB with two categories and three tags. Each edition of it has another last paragraph. */
export function benchPost(n, edition = 0) {
  const roll = dice(n);
  const date = new Date(Date.UTC(2024, 0, 1 + (n % 360), 8, n % 60, n % 59)).toISOString().slice(0, 19);
  const categories = choose(roll, CATEGORIES, 2);
  const tags = choose(roll, TAGS, 3);
  const changed = edition === 0 ? "" : `\n\nEdition ${edition} of it.`;
  return `---
title: Post ${n} of a measurement
date: ${date}
status: published
categories: [${categories.join(", ")}]
tags: [${tags.join(", ")}]
---

${body(roll)}${changed}
`;
}

/** Writes `count` of them into the directory. */
export function writeBenchPosts(dir, count, edition = 0) {
  mkdirSync(dir, { recursive: true });
  for (let n = 1; n <= count; n++) {
    writeFileSync(path.join(dir, `post-${String(n).padStart(5, "0")}.md`), benchPost(n, edition));
  }
}
