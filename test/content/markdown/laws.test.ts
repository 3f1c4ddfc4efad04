import { describe, vi } from "vitest";
import { type BodyFormat, html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { itKeepsTheLaws } from "./laws.ts";

const RUNS = { numRuns: Number(process.env.BODY_RUNS ?? 80) };
if (process.env.BODY_RUNS !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

const FORMATS: readonly [string, BodyFormat][] = [
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
];

describe.each(FORMATS)("the laws of %s", (_name, format) => {
  itKeepsTheLaws(format, RUNS);
});
