import { describe, expect, it, vi } from "vitest";
import { html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { CORPUS, chosenDocuments } from "./corpus.ts";
import { measure } from "./fidelity.ts";

if (CORPUS !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

describe.each([
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
] as const)("documents of many hands, %s", (_name, format) => {
  it("lose nothing on the way up or down, gain nothing, and come to rest", () => {
    const documents = chosenDocuments(100);
    expect(documents.length).toBeGreaterThanOrEqual(CORPUS === undefined ? 100 : 1500);
    const { losses, additions, fixed, same } = measure(documents, format);
    expect(losses).toEqual([]);
    expect(additions).toEqual([]);
    expect({ fixed, same }).toEqual({ fixed: documents.length, same: documents.length });
  });
});
