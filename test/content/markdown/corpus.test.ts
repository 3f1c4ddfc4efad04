import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { type RealDocument, realDocuments } from "./corpus.ts";
import { measure } from "./fidelity.ts";

/** All documents of the corpus, where its place is named; else a hundred short ones of the project's own packages. */
const corpus = process.env.AINSTEIN_CORPUS;
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
if (corpus !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

function sample(): readonly RealDocument[] {
  return realDocuments(modules)
    .filter(({ body }) => body.length < 4000)
    .slice(0, 100);
}

describe.each([
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
] as const)("documents of many hands, %s", (_name, format) => {
  it("lose nothing on the way up or down, gain nothing, and come to rest", () => {
    const documents = corpus === undefined ? sample() : realDocuments(corpus);
    expect(documents.length).toBeGreaterThanOrEqual(corpus === undefined ? 100 : 1500);
    const { losses, additions, fixed, same } = measure(documents, format);
    expect(losses).toEqual([]);
    expect(additions).toEqual([]);
    expect({ fixed, same }).toEqual({ fixed: documents.length, same: documents.length });
  });
});
