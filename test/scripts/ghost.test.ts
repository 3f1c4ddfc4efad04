import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ghostCache, installedGhosts, startGhost } from "../../scripts/ghost.mjs";
import { sweep } from "../../scripts/ghost-install.mjs";
import { removeTempDirs, tempDir } from "../commands/bench.ts";

/** No process has it: numbers of processes end far below. */
const NOBODY = 2 ** 30;

describe("installations of a real Ghost", () => {
  afterEach(() => vi.unstubAllEnvs());
  afterAll(removeTempDirs);

  function cacheOf(...names: string[]): string {
    const cache = tempDir("cache");
    for (const name of names) mkdirSync(join(cache, name, "package"), { recursive: true });
    vi.stubEnv("AINSTEIN_TEST_CACHE", cache);
    return cache;
  }

  it("one that was cut off is none, and the next one removes what it left", () => {
    const cache = cacheOf(`ghost-6.65.0.${NOBODY}.partial`, "ghost-5.130.6");
    expect(installedGhosts()).toEqual([5]);
    sweep(cache);
    expect(readdirSync(cache)).toEqual(["ghost-5.130.6"]);
  });

  it("one that is under way beside another is left alone", () => {
    const mine = `ghost-6.65.0.${process.pid}.partial`;
    const cache = cacheOf(mine);
    sweep(cache);
    expect(readdirSync(cache)).toEqual([mine]);
  });

  it("none says how to have one", async () => {
    cacheOf();
    await expect(startGhost({ version: 6 })).rejects.toThrow("npm test -- --real ghost");
  });

  it("they are outside the repository, where the user keeps caches or says", () => {
    expect(ghostCache({ XDG_CACHE_HOME: "/c" })).toBe("/c/ainstein-cms-tests");
    expect(ghostCache({ XDG_CACHE_HOME: "/c", AINSTEIN_TEST_CACHE: "/t" })).toBe("/t");
  });
});
