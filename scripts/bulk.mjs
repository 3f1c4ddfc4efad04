// Many varied documents for tests of quantity: the same number gives the same bytes on every machine.
//   node scripts/bulk.mjs <directory> [count]
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";

const SIDE = 64;
const WORDS =
  "oven flour salt crust morning water grain harbour kettle roast copper ember apple window ladder market stone".split(
    " ",
  );
const TITLES = [
  (n) => `Order number ${n}`,
  (n) => `“Quotes” & ampersands <${n}>: a title`,
  (n) => `パンの日記 第${n}号`,
  (n) => `🥖 Bread no. ${n} 👩‍🍳`,
  (n) => `مخبز الميناء ${n}`,
  (n) => `${n} ${"very ".repeat(57)}long title`.padEnd(300, "."),
];

/** Numbers from 0 up to `below`, always the same for one seed (mulberry32). */
export function dice(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function sentence(roll) {
  const words = Array.from({ length: 6 + roll(10) }, () => WORDS[roll(WORDS.length)]);
  const text = words.join(" ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function paragraph(roll) {
  return Array.from({ length: 2 + roll(4) }, () => sentence(roll)).join(" ");
}

/** Kinds of blocks, each made of what the dice give. */
export const BLOCKS = [
  paragraph,
  (roll) => `## ${sentence(roll)}`,
  (roll) => `> ${paragraph(roll)}`,
  (roll) => `- ${sentence(roll)}\n  - ${sentence(roll)}\n    - ${sentence(roll)}\n- ${sentence(roll)}`,
  (roll) => `1. ${sentence(roll)}\n2. ${sentence(roll)}\n   1. ${sentence(roll)}`,
  (roll) =>
    `| Item | Price |\n| --- | ---: |\n| ${WORDS[roll(WORDS.length)]} | ${roll(900)} |\n| **${sentence(roll)}** | — |`,
  (roll) => `\`\`\`js\nconst ${WORDS[roll(WORDS.length)]} = ${roll(1000)} < 5 && "&amp;";\n\`\`\``,
  (roll) =>
    `A *few* **marks**, some \`code\`, a [link](https://example.com/${roll(99)}?a=1&b=2), ~~gone~~. 🍞`,
];

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, body, sum]);
}

/** A PNG of 64 by 64 pixels in stripes. */
function picture(roll) {
  const colours = Array.from({ length: 4 }, () => [roll(256), roll(256), roll(256)]);
  const rows = Array.from({ length: SIDE }, (_, y) => {
    const pixels = Array.from({ length: SIDE }, (_, x) => colours[((x + y) >> 3) % 4]);
    return Buffer.from([0, ...pixels.flat()]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2], 8); // 8 bits per channel, RGB
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function post(n) {
  const roll = dice(n);
  const title = TITLES[n % TITLES.length](n);
  const day = new Date(Date.UTC(2025, 0, 1 + (n % 360), 8, n % 60))
    .toISOString()
    .slice(0, 16)
    .replace("T", " ");
  const blocks = Array.from({ length: 4 + roll(8) }, () => BLOCKS[roll(BLOCKS.length)](roll));
  if (n % 4 === 0) blocks.splice(1, 0, `![Stripes of picture ${n % 40}](images/stripes-${n % 40}.png)`);
  return `---
title: ${JSON.stringify(title)}
date: ${day}
status: published
tags: [${WORDS[n % WORDS.length]}, ${WORDS[(n * 7 + 3) % WORDS.length]}]
categories: [Bulk/${["Bread", "Coffee", "Sweet"][n % 3]}]
---

${blocks.join("\n\n")}
`;
}

/** Writes `count` posts and the pictures they use into the directory. Posts share ten pictures. */
export function writeBulk(dir, count) {
  mkdirSync(path.join(dir, "images"), { recursive: true });
  for (let n = 1; n <= count; n++) {
    writeFileSync(path.join(dir, `bulk-${String(n).padStart(5, "0")}.md`), post(n));
    if (n % 4 === 0) writeFileSync(path.join(dir, "images", `stripes-${n % 40}.png`), picture(dice(n % 40)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [dir, count = "200"] = process.argv.slice(2);
  if (dir === undefined || !/^[1-9]\d{0,5}$/.test(count)) {
    console.error("usage: node scripts/bulk.mjs <directory> [count]");
    process.exit(2);
  }
  writeBulk(dir, Number(count));
}
