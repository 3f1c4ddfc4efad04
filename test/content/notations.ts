import { parseSource } from "../../src/content/source.ts";
import type { Fault } from "../../src/lib/fault.ts";

export const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");
export const string = (data: Uint8Array): string => Buffer.from(data).toString("utf8");
export const parse = (text: string, path = "a.md") => parseSource(bytes(text), path);

export function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (thrown) {
    return thrown as Fault;
  }
  throw new Error("nothing was thrown");
}

/** Every notation that operators use, in one front matter. */
export const HARD = `---
# who wrote this
title:   "Hello: World"   # keep me
slug: 'hello'
date: 2026-01-31
updated: 2026-01-31 10:00:00 +0200
number: 007
big: 12345678901234567890
thousand: 1_000
version: 1.10
count: 3
draft: true
tags:
- one # first
- "two"

# above summary
summary: |
  first line

  third line
folded: >-
  a b
  c
flow: [ a, b , "c" ]
empty:
image: &img
  src: ./a.png   # the picture
  alt: 'An "image"'
again: *img
inline: {a: 1, b: two}
last: plain
  over two lines
# end
---

# Heading

text --- with

---

rule
`;
